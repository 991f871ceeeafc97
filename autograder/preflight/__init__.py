"""A notebook looked at before it is handed in: would it be read, does it run, what do its public tests say."""
