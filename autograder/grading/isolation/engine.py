"""The Docker engine: is it there, is the image, which containers are ours, and what a container may do.

A container carries the label `OWNER` with the name of the process it belongs to: so the next run, or `doctor`, can tell
a container that is in use from one whose grader was killed.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from typing import Any

import docker
from docker.errors import DockerException, ImageNotFound, NotFound
from docker.types import DeviceRequest, LogConfig, Ulimit

from autograder.errors import GraderFault, KitError
from autograder.grading.isolation.owners import Owner
from autograder.grading.isolation.wall import Gpu, Wall
from autograder.grading.sandbox import gate, jail
from autograder.grading.sandbox.settings import Settings

OWNER = "autograder.owner"
DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
CALL_TIMEOUT_S = 60
ZYGOTE_MB = 1024  # for the zygote and the keepers, beside what a submission may use
OWN_PROCESSES = 64  # of the gate, the zygote and the keepers, and some room for what is just ending
CPUS = 1.0
# To become a throwaway user for good, to give it its folder, and to end its processes.
RIGHTS = ["CHOWN", "KILL", "SETGID", "SETPCAP", "SETUID"]
# System V objects outlive the processes that made them: a container for many submissions has none.
NO_SYSTEM_V = {"kernel.shmmni": "0", "kernel.msgmni": "0", "kernel.sem": "0 0 0 0"}


class EngineError(GraderFault):
    """The engine did not do what it was asked for."""


@contextlib.contextmanager
def engine() -> Iterator[docker.DockerClient]:
    """The engine of ``DOCKER_HOST``, or of this host.

    The socket is tried before the SDK, which takes long and leaves it open where nothing answers.

    Raises:
        KitError: it does not answer.
        EngineError: it refused something while the caller used it.
    """
    where = address()
    try:
        if where.startswith("unix://"):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(where.removeprefix("unix://"))
        client = docker.from_env(timeout=CALL_TIMEOUT_S)
    except (OSError, DockerException) as err:
        reason = getattr(err, "strerror", None) or type(err).__name__
        raise KitError(f"no Docker engine answers at {where} ({reason}): start it, or set DOCKER_HOST") from err
    with contextlib.closing(client):
        try:
            yield client
        except (DockerException, OSError) as err:
            raise EngineError(f"the Docker engine at {where} failed: {err}") from err


def address() -> str:
    """Where the engine is expected."""
    return os.environ.get("DOCKER_HOST", DEFAULT_ADDRESS)


def image_id(name: str) -> str:
    """The id of an image, which stays the same when the name moves on to a newer one.

    Raises:
        KitError: no engine, or no such image.
    """
    with engine() as client:
        try:
            return str(client.images.get(name).id)
        except ImageNotFound as err:
            raise KitError(f"the engine has no image {name!r}: build it with 'make image'") from err


def docker_refused(image: str) -> str:
    """Why this host cannot do ``docker`` isolation, or the empty string if it can."""
    try:
        image_id(image)
    except (KitError, EngineError) as err:
        return str(err)
    return ""


# --- which containers are whose -----------------------------------------------------------------------------------


def strays() -> list[str]:
    """Ids of containers whose grader has ended.

    Raises:
        KitError, EngineError.
    """
    with engine() as client:
        return [container.id for container in _strays(client)]


def _strays(client: docker.DockerClient) -> Iterator[Any]:
    for container in client.containers.list(all=True, filters={"label": OWNER}, ignore_removed=True):
        owner = Owner.read(container.labels.get(OWNER, ""))
        if owner is None or owner.is_gone:
            yield container


def remove_strays() -> int:
    """Remove containers whose grader has ended; how many there were.

    Raises:
        KitError, EngineError.
    """
    with engine() as client:
        return sum(_remove(container) for container in _strays(client))


def _remove(container: Any) -> bool:
    try:
        container.remove(force=True)
    except NotFound:
        return False
    except docker.errors.APIError as err:
        if err.status_code != 409:  # the engine is removing it already
            raise
    return True


# --- what a container may do --------------------------------------------------------------------------------------


def create(client: docker.DockerClient, wall: Wall, settings: Settings, owner: str) -> str:
    """Make a container, not started yet; its id. It goes when it ends."""
    memory = f"{settings.memory_mb + ZYGOTE_MB}m"
    folder = f"rw,exec,nosuid,nodev,size={settings.disk_mb}m,nr_inodes=100k"
    host = client.api.create_host_config(
        auto_remove=True,
        init=True,
        network_mode="none",
        ipc_mode="private",
        read_only=True,
        cap_drop=["ALL"],
        cap_add=RIGHTS,
        security_opt=["no-new-privileges:true"],
        pids_limit=settings.processes + OWN_PROCESSES,
        mem_limit=memory,
        memswap_limit=memory,
        nano_cpus=round(CPUS * 1e9),
        ulimits=[Ulimit(name="core", soft=0, hard=0), Ulimit(name="nofile", soft=4096, hard=4096)],
        tmpfs={
            "/tmp": f"{folder},mode=1777",
            jail.HOME: f"{folder},mode=755",
            "/run": f"rw,nosuid,nodev,noexec,size={settings.disk_mb}m,mode=755",
        },
        shm_size=f"{settings.disk_mb}m",
        sysctls=NO_SYSTEM_V,
        log_config=LogConfig(type=LogConfig.types.NONE),  # the wire would fill the engine's disk
        device_requests=_devices(wall.gpu),
    )
    made = client.api.create_container(
        wall.image,
        command=["python", "-m", gate.__name__],
        user="0:0",  # throwaway users are chosen inside
        hostname="sandbox",
        stdin_open=True,
        working_dir="/",
        labels={OWNER: owner},
        host_config=host,
    )
    return str(made["Id"])


def _devices(gpu: Gpu | None) -> list[DeviceRequest]:
    return [DeviceRequest(device_ids=[gpu.device], capabilities=[["gpu"]])] if gpu else []


def ran_out_of_memory(client: docker.DockerClient, container: str, since_s: float, until_s: float) -> bool:
    """Whether the kernel ended something in a container for want of memory; works after it is gone, too."""
    wanted = {"container": container, "event": "oom"}
    return any(True for _ in client.api.events(since=int(since_s), until=int(until_s) + 1, filters=wanted))
