"""Walls the kernel gives: namespaces, a root folder of its own, a throwaway user, limits.

Two steps. `enter_root` is done once by the zygote: a mount namespace whose root holds read-only views of the
interpreter and of the system's programs, and nothing else of the host. `enter_box` is done by each forked
child: namespaces of its own, fresh folders to write in. `drop_privileges` comes last, before student code.

Works as root, and as an ordinary user where the kernel allows user namespaces.
"""

import contextlib
import ctypes
import fcntl
import mmap
import os
import resource
import secrets
import signal
import socket
import struct
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograder.grading.sandbox.settings import Isolation, Settings

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 4096, 8192, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
CAPABILITY_VERSION_3 = 0x20080522
LAST_CAPABILITY = 63

HOME = "/home/student"
STUDENT_UID = 1000  # inside a user namespace
THROWAWAY_UIDS = range(200_000, 250_000)  # as root: one uid per box, of a range no account uses
CONTAINER_UIDS = range(10_000, 60_000)  # an engine may give a container only the first 65,536
WRITABLE_FOLDERS = ("/tmp/", HOME + "/", "/dev/shm/")
SYSTEM_FOLDERS = ("/usr/bin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/sbin", "/usr/share")
ROOT_LINKS = ("/bin", "/lib", "/lib64", "/sbin")
ETC_FILES = (
    "alternatives",
    "fonts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "ssl",
)
DEVICES = ("null", "zero", "full", "random", "urandom")
GPU_DEVICES = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset")

_libc = ctypes.CDLL(None, use_errno=True)


class JailError(OSError):
    """The kernel refused a wall; the text says which."""


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise JailError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    done = _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode())
    _check(done, f"mount {kind or 'bind'} on {target}")


def unmount(target: str) -> None:
    _check(_libc.umount2(target.encode(), MNT_DETACH), f"unmount {target}")


def _prctl(option: int, *arguments: int) -> int:
    padded = [*arguments, 0, 0, 0, 0][:4]
    result: int = _libc.prctl(option, *(ctypes.c_ulong(a) for a in padded))
    return result


def die_with_parent(signal_number: int) -> None:
    """Have the kernel kill this process when the one that forked it ends."""
    _prctl(PR_SET_PDEATHSIG, signal_number)


def close_to_others() -> None:
    """Keep processes of the same user from reading or tracing this one; what it forks inherits that."""
    _check(_prctl(PR_SET_DUMPABLE, 0), "dumpable")


# --- the zygote's root --------------------------------------------------------------------------------------------


def enter_root(scratch: Path, extra: Iterable[Path] = (), gpu: str = "") -> dict[str, str]:
    """Give this process a root folder with nothing of the host but programs and libraries, read-only.

    Args:
        scratch: an empty folder to build it on.
        extra: more folders to show read-only, such as the course's data files.
        gpu: number of the GPU to show, or empty.

    Returns:
        Shown folders that a box's own ``/tmp`` will hide (a virtual environment below ``/tmp``, say), each with the
        place where it can be found again: for `enter_box`.

    Raises:
        JailError: the kernel refused.
    """
    if os.geteuid() == 0:
        unshare(CLONE_NEWNS)
    else:
        _enter_user_namespace(0, CLONE_NEWNS)
    root = str(scratch)
    mount("none", "/", "", MS_REC | MS_PRIVATE)
    mount("root", root, "tmpfs", MS_NOSUID, "mode=755,size=4m")
    covered: dict[str, str] = {}
    for folder in _shown_folders(extra):
        _show(folder, root)
        if folder.startswith(WRITABLE_FOLDERS):
            covered[folder] = f"/covered/{len(covered)}"
            _show(folder, root, covered[folder])
    _make_links(root)
    _make_etc(root)
    _make_devices(root, gpu)
    for folder in ("proc", "newproc", "tmp", "var", HOME[1:], "old"):
        Path(root, folder).mkdir(parents=True, exist_ok=True)
    Path(root, "var/tmp").symlink_to("/tmp")
    _pivot(root)
    return covered


def _enter_user_namespace(inner_uid: int, flags: int = 0) -> None:
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER | flags)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inner_uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{inner_uid} {outer_gid} 1")


def _shown_folders(extra: Iterable[Path]) -> list[str]:
    """Folders of the host to show: the system's programs, the interpreter and its packages, and ``extra``."""
    python = {sys.prefix, sys.base_prefix, os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix)}
    wanted = [*SYSTEM_FOLDERS, *sorted(python - {"/usr", "/"}), *map(str, extra)]
    wanted += [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    wanted += [link for link in ROOT_LINKS if Path(link).is_dir() and not Path(link).is_symlink()]
    wanted = [folder for folder in dict.fromkeys(wanted) if Path(folder).is_dir()]
    return [f for f in wanted if not any(f.startswith(other + "/") for other in wanted)]


def _show(source: str, root: str, place: str = "") -> None:
    target = root + (place or source)
    if Path(source).is_dir():
        Path(target).mkdir(parents=True, exist_ok=True)
    else:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        Path(target).touch()
    mount(source, target, "", MS_BIND | MS_REC)
    # A remount inside a user namespace may add flags but take none away.
    kept = os.statvfs(target).f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)
    relatime = os.statvfs(target).f_flag & (1024 | 2048 | 4096)  # ST_NOATIME, ST_NODIRATIME, ST_RELATIME
    times = {1024: 1024, 2048: 2048, 4096: 1 << 21}
    flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | kept
    for told, flag in times.items():
        flags |= flag if relatime & told else 0
    mount("none", target, "", flags)


def _make_links(root: str) -> None:
    for link in ROOT_LINKS:
        if Path(link).is_symlink():
            Path(root + link).symlink_to(Path(link).readlink())


def _make_etc(root: str) -> None:
    etc = Path(root, "etc")
    etc.mkdir()
    for name in ETC_FILES:
        path = Path("/etc", name)
        if path.is_symlink():
            (etc / name).symlink_to(os.path.realpath(path))
        elif path.exists():
            _show(str(path), root)
    (etc / "passwd").write_text(f"root:x:0:0:root:/:/bin/sh\nstudent:x:{STUDENT_UID}:{STUDENT_UID}::{HOME}:/bin/sh\n")
    (etc / "group").write_text(f"root:x:0:\nstudent:x:{STUDENT_UID}:\n")
    (etc / "hosts").write_text("127.0.0.1 localhost sandbox\n")


def _make_devices(root: str, gpu: str) -> None:
    dev = Path(root, "dev")
    dev.mkdir()
    driver = [name for name in (f"nvidia{gpu}", *GPU_DEVICES) if gpu and Path("/dev", name).exists()]
    for name in (*DEVICES, *driver):
        (dev / name).touch()
        mount(f"/dev/{name}", str(dev / name), "", MS_BIND)
    for name in ("pts", "shm"):
        (dev / name).mkdir()
    links = {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
    for name, target in links.items():
        (dev / name).symlink_to(target)


def _pivot(root: str) -> None:
    # The host's /proc stays until a box has its own: a user namespace may mount one only where one is visible.
    mount("/proc", f"{root}/proc", "", MS_BIND | MS_REC)
    number = SYS_PIVOT_ROOT[os.uname().machine]
    _check(_libc.syscall(number, root.encode(), f"{root}/old".encode()), "pivot_root")
    os.chdir("/")
    unmount("/old")
    Path("/old").rmdir()
    mount("none", "/", "", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID)


# --- a box --------------------------------------------------------------------------------------------------------


def unshare_box() -> None:
    """Namespaces of its own for what is forked next: processes, mounts, network, shared memory, host name."""
    unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)


def enter_box(disk_mb: int, covered: dict[str, str]) -> None:
    """Fresh folders to write in, a process list and a loopback of its own. Runs as the box's first process.

    Args:
        covered: what `enter_root` returned.
    """
    mount("proc", "/newproc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    unmount("/proc")
    mount("/newproc", "/proc", "", MS_MOVE)
    for target in (HOME, "/tmp", "/dev/shm"):
        mount("work", target, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=1777,size={disk_mb}m,nr_inodes=100k")
    for folder, place in covered.items():
        Path(folder).mkdir(parents=True, exist_ok=True)
        mount(place, folder, "", MS_BIND | MS_REC)
    mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    # Shared memory of the System V kind is in nobody's resident set: bound it here.
    Path("/proc/sys/kernel/shmall").write_text(str(disk_mb * 2**20 // mmap.PAGESIZE))
    socket.sethostname("sandbox")
    _raise_loopback()


def _raise_loopback() -> None:
    """Honest code talks to itself on 127.0.0.1; there is no other interface."""
    get_flags, set_flags, up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(sock, get_flags, request))[1]
        fcntl.ioctl(sock, set_flags, struct.pack("16sH14s", b"lo", flags | up, b""))


def limit_resources(settings: Settings) -> None:
    """Limits that every process of the box inherits."""
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: settings.cpu_s,
        resource.RLIMIT_NPROC: settings.processes,
        resource.RLIMIT_NOFILE: settings.open_files,
        resource.RLIMIT_FSIZE: settings.disk_mb * 2**20,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def throwaway_uids(isolation: Isolation) -> Sequence[int]:
    """The users that boxes may run as; 0 where this process cannot choose one."""
    if os.geteuid() != 0:
        return [0]
    return CONTAINER_UIDS if isolation == Isolation.DOCKER else THROWAWAY_UIDS


def die_first() -> None:
    """Have the kernel choose this process, and what it will fork, when memory runs out."""
    Path("/proc/self/oom_score_adj").write_text("1000")


def purge(uid: int) -> None:
    """End every process of a throwaway user and remove its files; for boxes that share process numbers and folders.

    Done by a process that becomes that user: to the kernel "all processes that I may signal" is one step, in which
    none can fork away.
    """
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            own = Path(HOME, str(uid))
            own.chmod(0o700)
            for folder in (own, Path("/tmp"), Path("/dev/shm")):
                _remove_own_files(folder, uid)
        except OSError as err:
            print(f"what a submission left could not be removed: {err}", file=sys.__stderr__, flush=True)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def _remove_own_files(folder: Path, uid: int) -> None:
    """Remove what a user has in a folder, however deep: folders in folders are moved up first, as paths have an end."""
    while mine := [path for path in folder.iterdir() if path.lstat().st_uid == uid]:
        for path in mine:
            if path.is_symlink() or not path.is_dir():
                path.unlink()
                continue
            path.chmod(0o700)  # to move a folder is to write to it, too
            for inner in path.iterdir():
                if inner.is_dir() and not inner.is_symlink():
                    inner.chmod(0o700)
                    inner.rename(folder / secrets.token_hex(16))
                else:
                    inner.unlink()
            path.rmdir()


def drop_privileges(uid: int) -> None:
    """Become a user with no rights at all, for good.

    Args:
        uid: the throwaway uid, used when running as the host's root; else the one user of a namespace.
    """
    if not uid:
        _check(_prctl(PR_SET_DUMPABLE, 1), "dumpable")  # else the maps of a user namespace cannot be written
        _enter_user_namespace(STUDENT_UID)
    for capability in range(LAST_CAPABILITY + 1):  # while there is still the right to
        _prctl(PR_CAPBSET_DROP, capability)
    if uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    _drop_capabilities()
    _check(_prctl(PR_SET_NO_NEW_PRIVS, 1), "no_new_privs")
    # After a change of uid the kernel gives /proc/self to root; a notebook may look at itself.
    _check(_prctl(PR_SET_DUMPABLE, 1), "dumpable")


def _drop_capabilities() -> None:
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    none = struct.pack("6I", *[0] * 6)
    _check(_libc.syscall(SYS_CAPSET[os.uname().machine], header, none), "capset")
