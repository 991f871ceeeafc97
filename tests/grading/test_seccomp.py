"""The filter of system calls is set, or the process ends."""

import os
from pathlib import Path

import pytest

from autograder.grading.sandbox import seccomp

NOBODY = 65534
BOUND = "NoNewPrivs:\t1" in Path("/proc/self/status").read_text()


@pytest.mark.skipif(os.uname().machine not in seccomp.ARCHITECTURES, reason="no filter for this machine")
@pytest.mark.skipif(BOUND, reason="no_new_privs is set here, so any process may set a filter")
def test_refused_filter_is_an_error():
    """Without no_new_privs the kernel takes no filter from a user without rights, and that does not pass in silence."""
    told, tell = os.pipe()
    if (pid := os.fork()) == 0:
        if os.geteuid() == 0:
            os.setresuid(NOBODY, NOBODY, NOBODY)
        try:
            seccomp.install()
        except OSError:
            os.write(tell, b"refused")
        os._exit(0)
    os.close(tell)
    assert os.read(told, 100) == b"refused"
    os.close(told)
    os.waitpid(pid, 0)
