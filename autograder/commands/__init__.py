"""What the commands do: put the parts together, talk to the user, choose the exit code."""
