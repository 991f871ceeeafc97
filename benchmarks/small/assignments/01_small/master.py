# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 01_small
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}

# %% [markdown]
# # Two answers that take no time
#
# What a grader needs for this notebook is the time that the grader itself costs.

# %%
import torch

# %% [raw]
# # BEGIN QUESTION
# name: q1_square
# points: 2

# %% [markdown]
# Write `square(x)`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def square(x):
    return x * x  # SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
"""  # END TEST CONFIG


def test_three(square):
    assert square(3) == 9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
"""  # END TEST CONFIG


def test_negative(square):
    assert square(-12) == 144


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2_double
# points: 2

# %% [markdown]
# Write `double(x)` for tensors.


# %% [raw]
# # BEGIN SOLUTION
# %%
def double(x):
    return torch.add(x, x)  # SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
"""  # END TEST CONFIG


def test_tensor(double):
    import torch

    x = torch.linspace(-1, 1, 5)
    assert torch.equal(double(x), 2 * x)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
