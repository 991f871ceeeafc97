"""Run a command as a user without rights, who can read the interpreter and this repository but nothing of root's.

``python ordinary_user.py COMMAND …``, as root. Where the interpreter lies below a folder that only root may enter,
that folder is replaced, in a mount namespace of this process, by one with nothing but the interpreter in it. Home and
temporary folder of the user are in memory of that namespace, and gone with it.
"""

import os
import sys
import tempfile
from pathlib import Path

from autograder.grading.sandbox import jail

UID = 12345
HOMES = ("/srv", "/mnt", "/media")  # folders that stand on every system and that this test can do without


def blocked_above(path: Path) -> Path | None:
    """The topmost folder at or above a path that others may not enter."""
    return next((p for p in [*reversed(path.parents), path] if not p.stat().st_mode & 0o001), None)


def show(wanted: list[Path]) -> None:
    """Make folders reachable for others, and the rest of their blocked parents empty."""
    hidden = [path for path in wanted if blocked_above(path)]
    places = {path: Path(tempfile.mkdtemp(prefix="shown-")) for path in hidden}
    for path, place in places.items():
        jail.mount(str(path), str(place), "", jail.MS_BIND | jail.MS_REC)
    for blocked in {blocked_above(path) for path in hidden}:
        jail.mount("none", str(blocked), "tmpfs", 0, "mode=755")
    for path, place in places.items():
        path.mkdir(parents=True, exist_ok=True)
        jail.mount(str(place), str(path), "", jail.MS_BIND | jail.MS_REC)
        jail.unmount(str(place))
        place.rmdir()


def make_home(wanted: list[Path]) -> str:
    """A home folder with a temporary folder in it, both in memory."""
    home = next(h for h in HOMES if Path(h).is_dir() and not any(path.is_relative_to(h) for path in wanted))
    jail.mount("none", home, "tmpfs", 0, f"mode=755,uid={UID},gid={UID}")
    temporary = Path(home, "tmp")
    temporary.mkdir()
    os.chown(temporary, UID, UID)
    return home


def main(command: list[str]) -> None:
    repository = Path(__file__).resolve().parents[2]
    wanted = [Path(os.path.realpath(p)) for p in dict.fromkeys([sys.base_prefix, sys.prefix, str(repository)])]
    jail.unshare(jail.CLONE_NEWNS)
    jail.mount("none", "/", "", jail.MS_REC | jail.MS_PRIVATE)
    show(wanted)
    home = make_home(wanted)
    os.setgroups([])
    os.setresgid(UID, UID, UID)
    os.setresuid(UID, UID, UID)
    os.environ.update(HOME=home, TMPDIR=f"{home}/tmp")
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
