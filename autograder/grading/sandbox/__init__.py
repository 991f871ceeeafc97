"""The untrusted side: runs a submission's cells in a jail and serves requests. Imports nothing of the trusted side."""
