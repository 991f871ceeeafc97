"""What holds for all tests."""

import signal

# A test run in the background may have been told to ignore Ctrl-C; commands that tests start and interrupt must heed it.
signal.signal(signal.SIGINT, signal.default_int_handler)
