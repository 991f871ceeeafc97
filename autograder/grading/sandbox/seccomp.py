"""System calls that no notebook needs and that break walls: refused with EPERM, by a seccomp filter.

A list of what is refused, not of what is allowed: torch, numpy and the shell use several hundred calls, and which
ones differs from version to version. The namespaces are the wall; this takes away what is known to dig under it,
and memory that no process shows as its own (memfd).
"""

import ctypes
import os
import struct

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, ENOSYS = 1, 38
LOAD, JUMP_EQUAL, JUMP_BITS, JUMP_ABOVE, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06  # BPF codes
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT = 0, 4, 16  # offsets in struct seccomp_data
NEW_NAMESPACES = 0x7E020000 | 0x80  # every CLONE_NEW… flag

# Names of audit architectures and numbers of calls, from the kernel's headers.
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32_BIT = 0x40000000
CLONE, CLONE3 = {"x86_64": 56, "aarch64": 220}, 435
REFUSED = {
    "x86_64": {
        "ptrace": 101, "syslog": 103, "vhangup": 153, "pivot_root": 155, "adjtimex": 159, "chroot": 161, "acct": 163,
        "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169,
        "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173, "init_module": 175, "delete_module": 176,
        "quotactl": 179, "clock_settime": 227, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250,
        "unshare": 272, "perf_event_open": 298, "fanotify_init": 300, "name_to_handle_at": 303,
        "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308, "process_vm_readv": 310,
        "process_vm_writev": 311, "kcmp": 312, "finit_module": 313, "kexec_file_load": 320, "bpf": 321,
        "userfaultfd": 323, "memfd_create": 319,
    },
    "aarch64": {
        "umount2": 39, "mount": 40, "pivot_root": 41, "vhangup": 58, "quotactl": 60, "acct": 89, "unshare": 97,
        "kexec_load": 104, "init_module": 105, "delete_module": 106, "clock_settime": 112, "syslog": 116,
        "ptrace": 117, "reboot": 142, "sethostname": 161, "setdomainname": 162, "settimeofday": 170, "adjtimex": 171,
        "add_key": 217, "request_key": 218, "keyctl": 219, "swapon": 224, "swapoff": 225, "perf_event_open": 241,
        "fanotify_init": 262, "name_to_handle_at": 264, "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268,
        "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "bpf": 280,
        "userfaultfd": 282, "kexec_file_load": 294, "chroot": 51, "memfd_create": 279,
    },
}  # fmt: skip
# The same numbers on every architecture.
REFUSED_EVERYWHERE = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_getfd": 438, "mount_setattr": 442,
    "memfd_secret": 447,
}  # fmt: skip


def install() -> bool:
    """Filter this process and all that it starts, for good; needs no_new_privs.

    Returns:
        Whether there is a filter for this machine.

    Raises:
        OSError: the kernel refused it.
    """
    machine = os.uname().machine
    if machine not in ARCHITECTURES:
        return False
    program = _program(machine)
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refused the seccomp filter")
    return True


def _program(machine: str) -> bytes:
    """The filter: the machine, then each refused call, then what a clone asks for."""
    refused = [*REFUSED[machine].values(), *REFUSED_EVERYWHERE.values()]
    steps = [
        _step(LOAD, ARCHITECTURE_AT),
        _step(JUMP_EQUAL, ARCHITECTURES[machine], 1, 0),
        _step(RETURN, KILL),  # a 32-bit call would have other numbers
        _step(LOAD, NUMBER_AT),
    ]
    if machine == "x86_64":
        steps += [_step(JUMP_ABOVE, X32_BIT, 0, 1), _step(RETURN, ERRNO | ENOSYS)]
    for number in refused:
        steps += [_step(JUMP_EQUAL, number, 0, 1), _step(RETURN, ERRNO | EPERM)]
    # The flags of clone3 are out of a filter's sight: without it, libraries use clone.
    steps += [_step(JUMP_EQUAL, CLONE3, 0, 1), _step(RETURN, ERRNO | ENOSYS)]
    steps += [
        _step(JUMP_EQUAL, CLONE[machine], 0, 3),
        _step(LOAD, FIRST_ARGUMENT_AT),
        _step(JUMP_BITS, NEW_NAMESPACES, 0, 1),
        _step(RETURN, ERRNO | EPERM),
        _step(RETURN, ALLOW),
    ]
    return b"".join(steps)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)
