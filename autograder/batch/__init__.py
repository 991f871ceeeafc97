"""A class of submissions: workers, resume, results on disk, the table at the end."""
