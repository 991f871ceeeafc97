"""Seeding the random generators, on either side of the wall."""

import random

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Seed python's, numpy's and torch's generators."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if torch.backends.cuda.is_built():
        torch.manual_seed(seed)
    else:  # without the milliseconds in which torch notes down, with a stack, what to do if there should be a GPU
        torch.default_generator.manual_seed(seed)
