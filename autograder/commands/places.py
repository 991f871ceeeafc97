"""Where submissions are graded, and how many at a time: the wall, the GPUs, the jobs."""

import os
from dataclasses import dataclass, replace

from autograder.batch.schedule import free_memory_mb, jobs_that_fit, needed_mb
from autograder.commands.grade_request import GradeRequest
from autograder.commands.talk import TALK
from autograder.course import Limits
from autograder.errors import KitError
from autograder.grading.isolation.choose import choose_wall
from autograder.grading.isolation.gpus import gpu_slots, host_gpus
from autograder.grading.isolation.wall import Gpu, Wall


@dataclass(frozen=True)
class Places:
    """Where submissions are graded.

    Attributes:
        gpus: one for each job, if they use any.
        jobs: how many submissions at a time, on this machine.
    """

    wall: Wall
    gpus: list[Gpu]
    jobs: int

    @property
    def resources(self) -> dict[str, float]:
        """What a submission asks of a node of a cluster, by Dask's names."""
        return {"GPU": self.gpus[0].share} if self.gpus else {}


def choose_places(request: GradeRequest, limits: Limits) -> Places:
    """What was asked for, as far as this host has it.

    Raises:
        KitError: it has not.
    """
    on_cluster = bool(request.cluster)
    wall = choose_wall(request.isolation, request.image, request.trust, request.fresh_container, on_cluster)
    gpus = _gpus(request)
    return Places(replace(wall, gpu=gpus[0] if gpus else None), gpus, _jobs(request, limits, gpus))


def _gpus(request: GradeRequest) -> list[Gpu]:
    """The places for submissions on GPUs; on a cluster one stands for what each node has.

    Raises:
        KitError: this host has not what was asked for.
    """
    if request.gpus is None:
        return []
    if request.cluster:
        return [Gpu("", 1 / request.gpu_slots)]
    return gpu_slots(request.gpus, request.gpu_slots, host_gpus())


def _jobs(request: GradeRequest, limits: Limits, gpus: list[Gpu]) -> int:
    """How many submissions at a time; fewer than wanted where memory is short, which is said."""
    wanted = request.jobs or len(gpus) or os.cpu_count() or 1
    if gpus and not request.cluster and wanted > len(gpus):
        raise KitError(f"--jobs {wanted} needs as many places on GPUs, and there are {len(gpus)}: raise --gpu-slots")
    if request.cluster and request.jobs:
        raise KitError("--jobs is for this machine; on a cluster each thread of a 'dask worker' grades: leave it out")
    if request.cluster:
        return wanted
    free_mb = free_memory_mb()
    jobs = jobs_that_fit(wanted, limits, free_mb)
    if jobs < wanted:
        told = f"{free_mb:,} MB of memory are free, and each may need {needed_mb(limits):,} MB"
        TALK.print(f"{jobs} at a time, not {wanted}: {told}; a smaller --memory lets more run.", soft_wrap=True)
    return jobs
