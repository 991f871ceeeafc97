"""The GPU that submissions may use, chosen before they are forked.

The zygote itself never touches the GPU: what CUDA sets up does not survive a fork. A submission does, when it first
asks for the device.
"""

import os

import torch

LOST_CODE = 86  # exit code of a student's process that the GPU is lost to


def choose(number: str, share: float) -> None:
    """Show one GPU, or none where ``number`` is empty, to the processes that are forked from this one.

    Args:
        share: of the GPU's memory that torch may allocate, from 0 to 1; kept by torch's allocator, so it holds honest
            code only.
    """
    os.environ["CUDA_VISIBLE_DEVICES"] = number
    if number and share < 1:
        # The public function would start CUDA here and now; this one waits until the submission does.
        torch.cuda._lazy_call(lambda: torch.cuda.set_per_process_memory_fraction(share))


def is_lost(err: BaseException | None) -> bool:
    """Whether the GPU is of no more use to this process: after such an error every further call raises the same."""
    lasting = getattr(torch, "AcceleratorError", None)
    return lasting is not None and isinstance(err, lasting)
