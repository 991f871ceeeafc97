# %% [raw]
# # ASSIGNMENT CONFIG
# name: 01_sample
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}

# %% [markdown]
# # Sample

# %%
import math
FACTOR = 2
BASE = 7

# %% [raw] sources="udl-1.1 udl-1.2"
# # BEGIN QUESTION
# name: q1_double
# points: 3

# %% [markdown]
# **1.** Write `double(x)`.

# %% [raw]
# # BEGIN SOLUTION
# %%
def double(x):
    """Twice x."""
    # BEGIN SOLUTION
    secret_product = FACTOR * x
    return secret_product
    # END SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: double(3) is 6
""" # END TEST CONFIG
def test_small(double):
    assert double(3) == 6
# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
""" # END TEST CONFIG
def test_hidden_many(double):
    for value in range(5):
        assert double(value) == value + value, "hidden reason"
# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %%
def helper(x):
    return x + BASE

# %% [raw] sources="cs-1"
# # BEGIN QUESTION
# name: q2_shift
# points: 2

# %% [markdown]
# **2.** Write `shift(x)` and the number `amount`.

# %% [raw]
# # BEGIN SOLUTION
# %%
def shift(x):
    return helper(double(x))  # SOLUTION

amount = helper(0)  # SOLUTION
print("shown", shift(1))  # SOLUTION NO PROMPT
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_amount(amount):
    assert amount == 7
# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
""" # END TEST CONFIG
def test_against_reference(shift, amount):
    expected = [reference.shift(n) for n in range(3)]
    assert inside(lambda f: [f(n) for n in range(3)])(shift) == expected
    assert amount == reference.amount
# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-2"
# # BEGIN QUESTION
# name: q3_prose
# manual: true
# points: 2

# %% [markdown]
# **3.** Say why.

# %% [raw]
# # BEGIN SOLUTION
# %% [markdown]
# Rubric: one point for the model answer.
# %% [raw]
# # END SOLUTION
# %% [raw]
# # END QUESTION
