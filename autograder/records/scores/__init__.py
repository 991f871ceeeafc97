"""Results as scores of students: who they are of, what lateness costs, which submission counts."""
