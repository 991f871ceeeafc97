# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 10_convolutions
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Convolutions
#
# A convolution looks at few neighbouring inputs at a time, and treats every place alike. In the first half you write
# it as a formula and as a matrix, count what it costs, find out how much of an image one unit of a deep network sees,
# and start its filters well. In the second half you take it apart: window, border, padding and stride; kernels built
# by hand; sound, text and places in a picture; and the pooling layers that stand beside it.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_strided_dilated` | stride and dilation, index by index | 4 |
# | `q2_equivariance` | what a shift of the input does to the output, borders included | 5 |
# | `q3_weight_matrix` | a convolution as a matrix, stride as a matrix of its own | 5 |
# | `q4_channel_matrix` | the matrix for several channels, and of two layers in a row | 5 |
# | `q5_image_matrix` | the matrix of a convolution of images | 4 |
# | `q6_parameters` | how many parameters a layer has, and those of AlexNet | 5 |
# | `q7_vgg` | parameters and multiplications of VGG networks | 5 |
# | `q8_epochs` | from update steps to epochs | 2 |
# | `q9_receptive_field` | how far a unit sees, layer by layer | 5 |
# | `q10_field_growth` | three means to see further, and what each of them costs | 5 |
# | `q11_gradient_probe` | the pixels that a unit sees, found by a gradient | 6 |
# | `q12_field_of_network` | field, step and output size read from a network | 5 |
# | `q13_he_init` | starting weights that keep the signal alive | 5 |
# | `q14_residual_filters` | why filters beside a skip connection look different | 5 |
# | `q15_one_by_one` | a fully connected layer at every pixel, and equality up to rounding | 5 |
# | `q16_size_and_border` | output sizes, paddings, and what happens at the border | 6 |
# | `q17_diagonal_edges` | an edge detector, transposed in every way | 4 |
# | `q18_hand_made_kernels` | derivatives, Laplace operator and integrals as kernels | 5 |
# | `q19_order_and_composition` | what commutes, and two convolutions as one | 6 |
# | `q20_matrix_product` | convolution as a matrix product, in two ways | 6 |
# | `q21_in_place` | gradients through loops that write into a tensor | 5 |
# | `q22_cost` | operations and memory of convolution and pooling | 6 |
# | `q23_audio` | a convolution in time, and what a stride does to a tone | 5 |
# | `q24_text` | which words an output can see | 4 |
# | `q25_place_matters` | what a network cannot know if it is shift invariant | 6 |
# | `q26_pooling` | average, maximum and minimum pooling | 6 |
# | `q27_soft_pooling` | from average to maximum, continuously | 5 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# A signal $x_1, \dots, x_N$ goes in, numbers $z_1, z_2, \dots$ come out. A **convolution** with the **kernel**
# $w = (w_1, w_2, w_3)$ computes
#
# $$z_i \;=\; w_1\,x_{i-1} + w_2\,x_i + w_3\,x_{i+1} ,$$
#
# the same three weights at every place $i$. The kernel is not turned round: $w_1$ goes with the left neighbour.
# (Mathematicians call this a cross-correlation. PyTorch's `conv1d` and `conv2d` do the same.)
#
# - The **kernel size** $k$ is the number of weights. In all questions with a centre, $k$ is odd.
# - **Zero padding**: $x_i$ counts as $0$ where $i$ lies outside $1, \dots, N$.
# - With **stride** $s$ only every $s$-th output is computed.
# - With **dilation** $d$ the inputs that a kernel reads lie $d$ places apart.
# - With several **channels** there is one kernel per pair of output and input channel. The outputs of all input
#   channels are added up, and each output channel has a **bias** of its own.
# - The **receptive field** of a unit is the part of the network's input that can influence it.
#
# Formulas count from 1, code counts from 0. Arrays are float64 NumPy arrays unless a question says tensor, and
# tensors have the batch first: `(batch, channels, length)` or `(batch, channels, height, width)`. Run the set-up
# cell, then look at what a kernel does to an edge.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F


def show(draw):
    """Call draw(); while the answer it needs is missing, say so in a line instead of failing."""
    try:
        draw()
    except Exception as problem:
        plt.close("all")
        print(f"No figure yet: it is drawn by your own answer ({type(problem).__name__}: {problem}).")


# %%
def draw_kernels():
    x = np.repeat([0.0, 1.0, 0.25, 0.75], 8)
    signal = torch.tensor(x)[None, None]
    figure, axes = plt.subplots(1, 3, figsize=(12, 2.6), sharey=True)
    for axis, kernel, title in zip(
        axes,
        (None, [1 / 3, 1 / 3, 1 / 3], [-1.0, 0.0, 1.0]),
        ("input $x$", "$w = (1/3, 1/3, 1/3)$: a blur", "$w = (-1, 0, 1)$: edges, one false"),
    ):
        z = x if kernel is None else F.conv1d(signal, torch.tensor([[kernel]], dtype=torch.float64), padding=1)
        axis.axhline(0, color="0.8")
        axis.plot(np.asarray(z).reshape(-1), "o-", markersize=3)
        axis.set(title=title, xlabel="$i$")
    figure.tight_layout()


show(draw_kernels)

# %% [raw] sources="udl-10.2 udl-10.3 udl-10.4"
# # BEGIN QUESTION
# name: q1_strided_dilated
# points: 4

# %% [markdown]
# ## 1. Stride and dilation, index by index
#
# With kernel size three, stride one, dilation one and zero padding, output $i$ is
# $z_i = w_1 x_{i-1} + w_2 x_i + w_3 x_{i+1}$ for $i = 1, \dots, N$. Now change stride and dilation. In all cases
# the first output is **centred** on $x_1$: the middle weight of the kernel meets $x_1$. With stride $s$ the next
# centre lies $s$ places further on, and there are $\lceil N/s \rceil$ outputs. With dilation $d$ neighbouring
# weights meet inputs $d$ places apart. Inputs outside $1, \dots, N$ are zero.
#
# Write the formula of each case on paper first, then four functions. `x` has shape `(N,)` with $N \ge 1$, `w` has
# shape `(k,)` with $k$ odd. You need no ready-made convolution: indices and slices are enough.
#
# - `conv_k3_s2(x, w)`: kernel size three, stride two. Returns an array of shape `(ceil(N/2),)`.
# - `conv_k3_d2(x, w)`: kernel size three, dilation two, stride one. Returns an array of shape `(N,)`.
# - `index_table(i, k, stride, dilation)`: the positions that output $i$ reads, in the order of the weights, as a
#   list of $k$ integers. Both $i$ and the positions count from 1. Positions outside the signal are listed, too.
# - `conv_general(x, w, stride, dilation)`: any odd $k$, any stride, any dilation. Returns an array of shape
#   `(ceil(N/stride),)`. Kernel size seven with stride three and dilation three is one of the cases.
#
# An example: for $x = (1, 2, 3, 4)$ and $w = (1, 10, 100)$, stride two gives $(210, 432)$ and dilation two gives
# $(310, 420, 31, 42)$. With kernel size three and stride two, output 2 reads the positions $[2, 3, 4]$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def conv_k3_s2(x, w):
    """Kernel size three, stride two, zero padding; x: (N,), w: (3,). Returns (ceil(N/2),)."""
    # BEGIN SOLUTION
    left, right = np.append(0.0, x[:-1]), np.append(x[1:], 0.0)
    return (w[0] * left + w[1] * x + w[2] * right)[::2]
    # END SOLUTION


def conv_k3_d2(x, w):
    """Kernel size three, dilation two, zero padding; x: (N,), w: (3,). Returns (N,)."""
    # BEGIN SOLUTION
    padded = np.pad(x, 2)
    return w[0] * padded[:-4] + w[1] * padded[2:-2] + w[2] * padded[4:]
    # END SOLUTION


def index_table(i, k, stride, dilation):
    """The k positions, from left to right and counted from 1, that output i reads; i counts from 1."""
    # BEGIN SOLUTION
    centre = 1 + stride * (i - 1)
    return [centre + dilation * (j - k // 2) for j in range(k)]
    # END SOLUTION


def conv_general(x, w, stride, dilation):
    """Centred convolution with zero padding; x: (N,), w: (k,), k odd. Returns (ceil(N/stride),)."""
    # BEGIN SOLUTION
    reach = dilation * (len(w) // 2)
    padded = np.pad(x, reach)
    return sum(weight * padded[dilation * j :][: len(x)][::stride] for j, weight in enumerate(w))
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For x = (1, 2, 3, 4) and w = (1, 10, 100), stride two gives (210, 432) and dilation two gives
  (310, 420, 31, 42).
"""  # END TEST CONFIG


def test_four_numbers(conv_k3_s2, conv_k3_d2, index_table, conv_general):
    import numpy as np

    x, w = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 10.0, 100.0])
    strided, dilated = [210.0, 432.0], [310.0, 420.0, 31.0, 42.0]
    for name, got, expected in (
        ("conv_k3_s2(x, w)", conv_k3_s2(x, w), strided),
        ("conv_k3_d2(x, w)", conv_k3_d2(x, w), dilated),
        ("conv_general(x, w, 2, 1)", conv_general(x, w, 2, 1), strided),
        ("conv_general(x, w, 1, 2)", conv_general(x, w, 1, 2), dilated),
    ):
        assert got is not None, f"{name} returned None: expected an array of shape ({len(expected)},)"
        assert np.shape(got) == (len(expected),), f"{name}: expected shape ({len(expected)},), got {np.shape(got)}"
        assert np.allclose(got, expected), f"{name}: expected {expected}, got {np.asarray(got).tolist()}"
    got = index_table(2, 3, 2, 1)
    assert got is not None, "index_table(2, 3, 2, 1) returned None: expected a list of 3 integers"
    assert isinstance(got, (list, tuple)), "index_table should return a list"
    assert list(got) == [2, 3, 4], f"index_table(2, 3, 2, 1): expected [2, 3, 4], got {list(got)}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: conv_k3_s2 or conv_k3_d2 is wrong for some length. Which inputs do the first and the last output
  read, and which weight meets which neighbour?
"""  # END TEST CONFIG


def test_two_formulas_against_torch(conv_k3_s2, conv_k3_d2):
    import numpy as np
    import torch

    rng = np.random.default_rng(101)
    for n in (1, 2, 3, 4, 6, 7, 12, 13, 24):
        x, w = rng.normal(size=2 * n)[::2], rng.normal(size=3)
        signal, kernel = torch.tensor(x)[None, None], torch.tensor(w)[None, None]
        strided = torch.conv1d(signal, kernel, stride=2, padding=1)[0, 0].numpy()
        dilated = torch.conv1d(signal, kernel, dilation=2, padding=2)[0, 0].numpy()
        for got, expected in ((conv_k3_s2(x, w), strided), (conv_k3_d2(x, w), dilated)):
            assert np.shape(got) == expected.shape
            # three products of numbers around 1 in float64
            assert np.allclose(got, expected, rtol=0, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: index_table is wrong for some stride or dilation. Where is the centre of output i, and how far
  from it do the outer weights reach?
"""  # END TEST CONFIG


def test_positions_read(index_table):
    import torch

    for k in (1, 3, 5, 7):
        for stride in (1, 2, 3, 5):
            for dilation in (1, 2, 3, 4):
                # weight j of an impulse kernel copies the positions that it meets; 100 more stand on the left
                kernels = torch.eye(k, dtype=torch.float64)[:, None]
                numbers = torch.arange(-99, 201, dtype=torch.float64)[None, None]
                start = 100 - dilation * (k // 2)
                read = torch.conv1d(numbers[..., start:], kernels, stride=stride, dilation=dilation)[0]
                for i in (1, 2, 3, 10):
                    got = index_table(i, k, stride, dilation)
                    assert list(got) == [int(position) for position in read[:, i - 1]]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: conv_general disagrees with torch for some kernel size, stride, dilation or length. Stride moves
  the centre, dilation spreads the kernel.
"""  # END TEST CONFIG


def test_general_against_torch(conv_general):
    import numpy as np
    import torch

    rng = np.random.default_rng(102)
    for n in (1, 2, 6, 7, 13, 30):
        for k in (1, 3, 5, 7):
            for stride in (1, 2, 3):
                for dilation in (1, 2, 3):
                    x, w = rng.normal(size=n), rng.normal(size=k)
                    signal, kernel = torch.tensor(x)[None, None], torch.tensor(w)[None, None]
                    settings = {"stride": stride, "dilation": dilation, "padding": dilation * (k - 1) // 2}
                    expected = torch.conv1d(signal, kernel, **settings)[0, 0].numpy()
                    got = conv_general(x, w, stride, dilation)
                    assert np.shape(got) == expected.shape
                    # at most seven products of numbers around 1 in float64
                    assert np.allclose(got, expected, rtol=0, atol=1e-12)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-10.1"
# # BEGIN QUESTION
# name: q2_equivariance
# points: 5

# %% [markdown]
# ## 2. Shift in, shift out
#
# A convolutional layer adds a bias and an activation function $a$:
#
# $$h_i = a\,(b + w_1 x_{i-1} + w_2 x_i + w_3 x_{i+1}) .$$
#
# A **shift** by $\tau$ places is $(t_\tau x)_i = x_{i+\tau}$. A layer $f$ is **equivariant** to shifts if
# shifting first or last is the same, $f(t_\tau x) = t_\tau f(x)$. On an endless signal that holds: put $i + \tau$
# for $i$ in the formula. A signal of finite length has borders, and there it depends on what stands beyond them:
#
# - **circular**: the signal closes to a ring, $x_0 = x_N$ and $x_{N+1} = x_1$;
# - **zero** padding: $x_0 = x_{N+1} = 0$.
#
# Write three functions and set one dictionary.
#
# - `conv_layer(x, w, b, act, pad, stride=1)`: the layer's output, an array of shape `(ceil(N/stride),)`. `x` has
#   shape `(N,)`, $N \ge 1$; `w` has shape `(3,)`; `b` is a float; `act` is `"relu"` or `"tanh"`; `pad` is
#   `"circular"` or `"zero"`. With a stride, keep every `stride`-th output, beginning with the first.
# - `shift_gap(x, tau_in, tau_out, layer)`: the array of $|f(t_{\tau_{in}} x) - t_{\tau_{out}} f(x)|$, one number
#   per output. Both shifts run round the ring: what leaves on one side comes in on the other. `layer` is a
#   dictionary with the other arguments of `conv_layer`, such as `{"w": w, "b": 0.3, "act": "tanh", "pad":
#   "zero"}`.
# - `mismatch_indices(N, tau)`: now zeros come in where a shift leaves a gap, $x_{i+\tau} = 0$ and
#   $h_{i+\tau} = 0$ wherever $i + \tau$ lies outside the signal. The layer has zero padding, stride one, tanh, and
#   $b \ne 0$; no other accident makes two numbers equal. Return the sorted list of **0-based** output positions at
#   which $f(t_\tau x)$ and $t_\tau f(x)$ differ. `tau` is any integer: negative, zero, larger than $N$.
# - `shift_facts`: decide the six statements below, `True` or `False`. They are about tanh layers with a bias,
#   signals of even length $N$ and shifts round the ring, and mean **all** signals and all weights.
#
# | key | statement |
# | --- | --- |
# | `"circular"` | With circular padding and stride one the layer is equivariant to every shift. |
# | `"zero"` | With zero padding and stride one it is, too. |
# | `"own_bias"` | With circular padding and another bias at each place ($b_i$ for $b$) it is, too. |
# | `"stride2_shift1"` | Circular, stride two: a shift by one input shifts the output by some number of places. |
# | `"stride2_shift2"` | Circular, stride two: a shift by two inputs shifts the output by one place. |
# | `"mean_stays"` | Circular, stride one: a shift does not change the mean of the output. |
#
# An example: for $x = (1, -2, 3)$, $w = (1, 1, 1)$, $b = 1$, ReLU and zero padding the output is $(0, 3, 2)$;
# with circular padding it is $(3, 3, 3)$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def conv_layer(x, w, b, act, pad, stride=1):
    """Output (ceil(N/stride),) of a layer with kernel size three; act: "relu", "tanh"; pad: "circular", "zero"."""
    # BEGIN SOLUTION
    padded = np.pad(x, 1, mode="wrap" if pad == "circular" else "constant")
    z = b + np.lib.stride_tricks.sliding_window_view(padded, 3) @ w
    h = np.tanh(z) if act == "tanh" else np.maximum(z, 0)
    return h[::stride]
    # END SOLUTION


def shift_gap(x, tau_in, tau_out, layer):
    """|f(t x) - t f(x)| per output, for shifts round the ring by tau_in and tau_out; layer: dict of arguments."""
    # BEGIN SOLUTION
    shift_first = conv_layer(np.roll(x, -tau_in), **layer)
    return np.abs(shift_first - np.roll(conv_layer(x, **layer), -tau_out))
    # END SOLUTION


def mismatch_indices(N, tau):
    """0-based outputs at which shifting first and shifting last differ, with zeros moved in; a sorted list."""
    # BEGIN SOLUTION
    # Beside the places that were moved in, the border that lost neighbours differs: it now sees padding.
    if tau == 0:
        return []
    lost_neighbours = 0 if tau > 0 else N - 1
    return [i for i in range(N) if i == lost_neighbours or not 0 <= i + tau < N]
    # END SOLUTION


shift_facts = {}
shift_facts["circular"] = True  # SOLUTION
shift_facts["zero"] = False  # SOLUTION
shift_facts["own_bias"] = False  # SOLUTION
shift_facts["stride2_shift1"] = False  # SOLUTION
shift_facts["stride2_shift2"] = True  # SOLUTION
shift_facts["mean_stays"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For x = (1, -2, 3), w = (1, 1, 1), b = 1 and ReLU the output is (0, 3, 2) with zero padding and
  (3, 3, 3) with circular padding.
"""  # END TEST CONFIG


def test_three_numbers(conv_layer, shift_gap, mismatch_indices, shift_facts):
    import numpy as np

    x, w = np.array([1.0, -2.0, 3.0]), np.ones(3)
    for pad, expected in (("zero", [0, 3, 2]), ("circular", [3, 3, 3])):
        got = conv_layer(x, w, 1.0, "relu", pad)
        assert got is not None, "conv_layer(...) returned None: expected an array of shape (3,)"
        assert np.shape(got) == (3,), f"conv_layer: expected shape (3,), got {np.shape(got)}"
        assert np.allclose(got, expected), f"{pad} padding: expected {expected}, got {np.asarray(got).tolist()}"
    got = shift_gap(x, 1, 0, {"w": w, "b": 1.0, "act": "relu", "pad": "zero"})
    assert got is not None, "shift_gap(...) returned None: expected an array of shape (3,)"
    assert np.shape(got) == (3,), f"shift_gap: expected shape (3,), got {np.shape(got)}"
    expected = [2, 0, 3]
    assert np.allclose(got, expected), f"shift_gap by 1 and 0: expected {expected}, got {np.asarray(got).tolist()}"
    got = mismatch_indices(4, 0)
    assert got is not None, "mismatch_indices(4, 0) returned None: expected a list"
    assert list(got) == [], f"no shift, no difference: expected [], got {list(got)}"
    assert isinstance(shift_facts, dict), "shift_facts should be a dictionary"
    for key in ("circular", "zero", "own_bias", "stride2_shift1", "stride2_shift2", "mean_stays"):
        assert isinstance(shift_facts.get(key), bool), f"shift_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: conv_layer is wrong for some activation, padding, stride or length. The bias is added before the
  activation.
"""  # END TEST CONFIG


def test_layer_against_torch(conv_layer):
    import numpy as np
    import torch

    rng = np.random.default_rng(103)
    for n in (1, 2, 3, 8, 9, 20):
        for pad, mode in (("circular", "circular"), ("zero", "constant")):
            for stride in (1, 2, 3):
                x, w, b = rng.normal(size=n), rng.normal(size=3), rng.normal()
                ends = (x[-1:], x[:1]) if mode == "circular" else (np.zeros(1), np.zeros(1))
                signal = torch.tensor(np.concatenate([ends[0], x, ends[1]]))[None, None]
                z = torch.conv1d(signal, torch.tensor(w)[None, None], torch.tensor(np.array([b])), stride=stride)[0, 0]
                for act, expected in (("relu", z.relu()), ("tanh", z.tanh())):
                    got = conv_layer(x, w, b, act, pad, stride)
                    assert np.shape(got) == tuple(z.shape)
                    # three products of numbers around 1 in float64
                    assert np.allclose(got, expected.numpy(), rtol=0, atol=1e-12)
                if stride == 1:
                    assert np.allclose(conv_layer(x, w, b, "tanh", pad), z.tanh().numpy(), rtol=0, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: shift_gap is wrong for some layer or some pair of shifts. Which way does (t x)_i = x_(i + tau)
  move a signal?
"""  # END TEST CONFIG


def test_gap_against_index_arithmetic(shift_gap):
    import numpy as np
    import torch

    rng = np.random.default_rng(104)
    for n, stride in ((1, 1), (8, 1), (8, 2), (12, 3), (15, 1)):
        for pad in ("circular", "zero"):
            for tau_in, tau_out in ((0, 0), (1, 0), (stride, 1), (2 * stride, 2), (-stride, -1), (n + 3, 5)):
                x, w, b = rng.normal(size=n), rng.normal(size=3), rng.normal()

                def f(values):
                    ends = (values[-1:], values[:1]) if pad == "circular" else (np.zeros(1), np.zeros(1))
                    row = torch.tensor(np.concatenate([ends[0], values, ends[1]]))[None, None]
                    return torch.conv1d(row, torch.tensor(w)[None, None], torch.tensor(np.array([b])), stride)[
                        0, 0
                    ].tanh()

                shifted = np.array([x[(i + tau_in) % n] for i in range(n)])
                h = f(x).tolist()
                moved = np.array([h[(i + tau_out) % len(h)] for i in range(len(h))])
                layer = {"w": w, "b": b, "act": "tanh", "pad": pad, "stride": stride}
                got = shift_gap(x, tau_in, tau_out, layer)
                assert np.shape(got) == moved.shape
                assert np.allclose(got, np.abs(f(shifted).numpy() - moved), rtol=0, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some N and tau other places differ. Look at every output whose window touches a border or a
  zero that was moved in.
"""  # END TEST CONFIG


def test_mismatches_measured(mismatch_indices):
    import numpy as np
    import torch

    rng = np.random.default_rng(105)
    for n in (1, 2, 3, 7, 20):
        for tau in (0, 1, 2, 3, 5, 20, 25, -1, -2, -4, -20, -31):
            differ = np.zeros(n, dtype=bool)
            for _ in range(3):
                x, w, b = torch.tensor(rng.normal(size=n)), torch.tensor(rng.normal(size=3)), rng.uniform(0.2, 0.6)
                f = lambda row: torch.tanh(b + torch.conv1d(row[None, None], w[None, None], padding=1))[0, 0]
                place = np.arange(n) + tau
                inside_signal = torch.tensor((place >= 0) & (place < n))
                move = lambda row: torch.where(inside_signal, row[np.clip(place, 0, n - 1)], 0.0)
                # equal ones agree to 1e-16; that two random numbers come so close is out of the question
                differ |= ((f(move(x)) - move(f(x))).abs() > 1e-9).numpy()
            got = mismatch_indices(n, tau)
            assert got is not None and list(got) == np.flatnonzero(differ).tolist()


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about shifts is decided wrongly. Try it with a random signal
  and random weights.
"""  # END TEST CONFIG


def test_shift_facts(shift_facts):
    import numpy as np

    rng = np.random.default_rng(106)
    worst = dict.fromkeys(("circular", "zero", "own_bias", "stride2_shift1", "stride2_shift2", "mean_stays"), 0.0)
    for _ in range(20):
        n = 2 * int(rng.integers(3, 9))
        x, w, b, own = rng.normal(size=n), rng.normal(size=3), rng.normal(), rng.normal(size=n)

        def f(v, bias=b, ring=True, stride=1):
            left, right = np.roll(v, 1), np.roll(v, -1)
            if not ring:
                left[0] = right[-1] = 0.0
            return np.tanh(bias + w[0] * left + w[1] * v + w[2] * right)[::stride]

        def gap(tau_in, tau_out, **settings):
            return np.abs(f(np.roll(x, -tau_in), **settings) - np.roll(f(x, **settings), -tau_out)).max()

        tau = int(rng.integers(1, n))
        measured = {
            "circular": gap(tau, tau),
            "zero": gap(tau, tau, ring=False),
            "own_bias": gap(tau, tau, bias=own),
            "stride2_shift1": min(gap(1, out, stride=2) for out in range(n // 2)),
            "stride2_shift2": gap(2, 1, stride=2),
            "mean_stays": abs(f(np.roll(x, -tau)).mean() - f(x).mean()),
        }
        worst = {key: max(worst[key], value) for key, value in measured.items()}
    for key, value in worst.items():
        assert shift_facts[key] is bool(value < 1e-9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_shift():
    rng = np.random.default_rng(0)
    x = rng.normal(size=20)
    x[:3] = x[-3:] = 0
    figure, axes = plt.subplots(1, 2, figsize=(11, 2.8), sharey=True)
    for axis, stride in zip(axes, (1, 2)):
        layer = {"w": np.array([0.5, 1.0, -0.8]), "b": 0.3, "act": "tanh", "pad": "circular", "stride": stride}
        for tau in range(4):
            moved = conv_layer(np.roll(x, -tau), **layer)
            axis.plot(
                np.arange(len(moved)) * stride + tau, moved - 2 * tau, "o-", markersize=3, label=f"$\\tau = {tau}$"
            )
        axis.set(title=f"stride {stride}: outputs of shifted inputs, shifted back", xlabel="$i$", yticks=[])
    axes[1].legend(loc="upper left", bbox_to_anchor=(1, 1))
    figure.tight_layout()


show(draw_shift)

# %% [raw] sources="udl-10.5 udl-10.15"
# # BEGIN QUESTION
# name: q3_weight_matrix
# points: 5

# %% [markdown]
# ## 3. A convolution is a matrix
#
# Without a bias, the outputs of a convolution are linear in the inputs: $z = W x$, with one row of $W$ per output
# and one column per input. Most entries are zero, and the others are the few weights of the kernel, over and over.
# As before, the first output is centred on the first input, outputs follow at distance `stride`, and inputs
# outside the signal are zero. The kernel $(1, 2, 3)$ on four inputs has, with stride two, the matrix
#
# $$\begin{pmatrix} 2 & 3 & 0 & 0 \\ 0 & 1 & 2 & 3 \end{pmatrix} .$$
#
# A stride can be split off: a **sampling matrix** $S$ keeps the first input and then every `step`-th, so $S x$ is
# $(x_1, x_3, x_5, \dots)$ for step two.
#
# Draw the three matrices of `nonzeros` below on paper. Then write three functions and set two dictionaries.
#
# - `conv_matrix(n, w, stride=1, dilation=1)`: float array of shape `(ceil(n/stride), n)`, for a kernel `w` of shape
#   `(k,)` with $k$ odd. The signal may be shorter than the kernel.
# - `sampling_matrix(n, step)`: float array of shape `(ceil(n/step), n)`.
# - `strided_from_unit(n, w, step)`: the matrix of the convolution with stride `step`, as a product of a sampling
#   matrix and the matrix of a convolution with stride **one**. Return the product.
# - `nonzeros`: how many entries of the matrix differ from zero, for $n = 6$ inputs and weights that are not zero.
#   Three integers: `"k3_stride2"` (kernel size three, stride two), `"k5"` (kernel size five), `"k3_dilation2"`
#   (kernel size three, dilation two).
# - `matrix_facts`: decide five statements, `True` or `False`. In them $n \ge 8$, $S$ is the sampling matrix with
#   step two, $C_k$ the matrix of a convolution with kernel size $k$ and stride one, $I$ the identity, and no
#   weight of any kernel is zero.
#
# | key | statement |
# | --- | --- |
# | `"kernel_one"` | With the right weight, $S C_1$ is the matrix of a convolution with kernel size three and stride two. |
# | `"sample_first"` | For every kernel of size three, sampling first ($S x$) and then convolving the short signal with stride one gives the same as convolving $x$ with stride two. |
# | `"sample_first_dilated"` | For every kernel of size three, sampling first and then convolving the short signal with stride one gives the same as convolving $x$ with stride two and dilation two. |
# | `"row_product"` | $S S^\top = I$. |
# | `"column_product"` | $S^\top S = I$. |


# %% [raw]
# # BEGIN SOLUTION
# %%
def conv_matrix(n, w, stride=1, dilation=1):
    """Matrix (ceil(n/stride), n) of a centred convolution with zero padding; w: (k,), k odd."""
    # BEGIN SOLUTION
    matrix = sum(weight * np.eye(n, k=dilation * (j - len(w) // 2)) for j, weight in enumerate(w))
    return matrix[::stride]
    # END SOLUTION


def sampling_matrix(n, step):
    """Matrix (ceil(n/step), n) that keeps the first of every step entries."""
    # BEGIN SOLUTION
    return np.eye(n)[::step]
    # END SOLUTION


def strided_from_unit(n, w, step):
    """Matrix of the convolution with stride step, as a product with that of stride one."""
    # BEGIN SOLUTION
    return sampling_matrix(n, step) @ conv_matrix(n, w)
    # END SOLUTION


nonzeros = {}
nonzeros["k3_stride2"] = 8  # SOLUTION
nonzeros["k5"] = 24  # SOLUTION
nonzeros["k3_dilation2"] = 14  # SOLUTION

matrix_facts = {}
matrix_facts["kernel_one"] = False  # SOLUTION
matrix_facts["sample_first"] = False  # SOLUTION
matrix_facts["sample_first_dilated"] = True  # SOLUTION
matrix_facts["row_product"] = True  # SOLUTION
matrix_facts["column_product"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: On four inputs the kernel (1, 2, 3) with stride two has the matrix (2 3 0 0), (0 1 2 3), and step
  two keeps entries 1 and 3.
"""  # END TEST CONFIG


def test_four_inputs(conv_matrix, sampling_matrix, strided_from_unit, nonzeros, matrix_facts):
    import numpy as np

    w = np.array([1.0, 2.0, 3.0])
    strided, kept = [[2, 3, 0, 0], [0, 1, 2, 3]], [[1, 0, 0, 0], [0, 0, 1, 0]]
    for name, got, expected in (
        ("conv_matrix(4, w, 2)", conv_matrix(4, w, 2), strided),
        ("sampling_matrix(4, 2)", sampling_matrix(4, 2), kept),
        ("strided_from_unit(4, w, 2)", strided_from_unit(4, w, 2), strided),
    ):
        assert got is not None, f"{name} returned None: expected an array of shape (2, 4)"
        assert np.shape(got) == (2, 4), f"{name}: expected shape (2, 4), got {np.shape(got)}"
        assert np.allclose(got, expected), f"{name}: expected {expected}, got {np.asarray(got).tolist()}"
    assert isinstance(nonzeros, dict), "nonzeros should be a dictionary"
    for key in ("k3_stride2", "k5", "k3_dilation2"):
        assert type(nonzeros.get(key)) is int, f"nonzeros[{key!r}] should be an integer"
    assert isinstance(matrix_facts, dict), "matrix_facts should be a dictionary"
    for key in ("kernel_one", "sample_first", "sample_first_dilated", "row_product", "column_product"):
        assert isinstance(matrix_facts.get(key), bool), f"matrix_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: conv_matrix is wrong for some kernel, stride, dilation or length. Column j of the matrix is what
  the convolution makes of the j-th unit vector.
"""  # END TEST CONFIG


def test_columns_are_impulse_responses(conv_matrix):
    import numpy as np
    import torch

    rng = np.random.default_rng(107)
    for n in (1, 2, 6, 7, 12):
        for k in (1, 3, 5, 7):
            for stride in (1, 2, 3):
                for dilation in (1, 2, 3):
                    w = rng.normal(size=k)
                    settings = {"stride": stride, "dilation": dilation, "padding": dilation * (k - 1) // 2}
                    units = torch.eye(n, dtype=torch.float64)[:, None]
                    expected = torch.conv1d(units, torch.tensor(w)[None, None], **settings)[:, 0].T.numpy()
                    got = conv_matrix(n, w, stride, dilation)
                    assert np.shape(got) == expected.shape
                    assert np.allclose(got, expected, rtol=0, atol=1e-12)
    # the settings left out: stride one, dilation one
    assert np.array_equal(conv_matrix(3, [1.0, 2.0, 3.0]), [[2, 3, 0], [1, 2, 3], [0, 1, 2]])


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The sampling matrix does not keep the right entries, or the product of the two matrices is not the
  strided convolution.
"""  # END TEST CONFIG


def test_sampling_and_product(sampling_matrix, strided_from_unit):
    import numpy as np
    import torch

    rng = np.random.default_rng(108)
    for n in (1, 2, 6, 7, 12):
        for step in (1, 2, 3, 5):
            x = rng.normal(size=n)
            got = np.asarray(sampling_matrix(n, step))
            assert got.shape == (-(-n // step), n)
            assert np.allclose(got @ x, [x[i] for i in range(0, n, step)], rtol=0, atol=1e-12)
            assert set(got.ravel().tolist()) <= {0.0, 1.0}
            for k in (1, 3, 5):
                w = rng.normal(size=k)
                settings = {"stride": step, "padding": (k - 1) // 2}
                units = torch.eye(n, dtype=torch.float64)[:, None]
                expected = torch.conv1d(units, torch.tensor(w)[None, None], **settings)[:, 0].T.numpy()
                got = strided_from_unit(n, w, step)
                assert np.shape(got) == expected.shape
                assert np.allclose(got, expected, rtol=0, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the three counts of non-zero entries is wrong. Rows at the borders have fewer than
  the others.
"""  # END TEST CONFIG


def test_nonzeros_counted(nonzeros):
    import torch

    units = torch.eye(6)[:, None]
    counted = {
        "k3_stride2": torch.conv1d(units, torch.ones(1, 1, 3), stride=2, padding=1),
        "k5": torch.conv1d(units, torch.ones(1, 1, 5), padding=2),
        "k3_dilation2": torch.conv1d(units, torch.ones(1, 1, 3), dilation=2, padding=2),
    }
    for key, columns in counted.items():
        assert nonzeros[key] == int((columns != 0).sum())


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about the matrices is decided wrongly. Write both sides out
  for eight inputs.
"""  # END TEST CONFIG


def test_matrix_facts(matrix_facts):
    import torch

    generator = torch.Generator().manual_seed(109)
    gap = lambda a, b: (a - b).abs().max().item()
    worst = {"sample_first": 0.0, "sample_first_dilated": 0.0, "row_product": 0.0, "column_product": 0.0}
    widest = 0
    for n in (8, 9, 10, 11, 12, 13):
        w = torch.randn(1, 1, 3, generator=generator, dtype=torch.float64)
        units = torch.eye(n, dtype=torch.float64)[:, None]
        sampled = units[..., ::2]
        late = torch.conv1d(sampled, w, padding=1)
        s = sampled[:, 0].T
        measured = {
            "sample_first": gap(late, torch.conv1d(units, w, stride=2, padding=1)),
            "sample_first_dilated": gap(late, torch.conv1d(units, w, stride=2, dilation=2, padding=2)),
            "row_product": gap(s @ s.T, torch.eye(len(s), dtype=torch.float64)),
            "column_product": gap(s.T @ s, torch.eye(n, dtype=torch.float64)),
        }
        worst = {key: max(worst[key], value) for key, value in measured.items()}
        # every row of S C_1 is a multiple of a row of S
        widest = max(widest, int((s != 0).sum(1).max()))
    for key, value in worst.items():
        assert matrix_facts[key] is bool(value < 1e-9)
    assert matrix_facts["kernel_one"] is bool(widest >= 3)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_matrices():
    w3, w5 = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    matrices = {
        "size 3, stride 2": conv_matrix(6, w3, 2),
        "size 5": conv_matrix(6, w5),
        "size 3, dilation 2": conv_matrix(6, w3, 1, 2),
        "sampling, step 2": sampling_matrix(6, 2),
    }
    figure, axes = plt.subplots(1, 4, figsize=(12, 3))
    for axis, (title, matrix) in zip(axes, matrices.items()):
        axis.imshow(matrix, cmap="viridis", vmin=0, vmax=5)
        axis.set(title=title, xticks=[], yticks=[], xlabel="input")
    axes[0].set_ylabel("output")
    figure.tight_layout()


show(draw_matrices)

# %% [raw] sources="udl-10.6 udl-10.7"
# # BEGIN QUESTION
# name: q4_channel_matrix
# points: 5

# %% [markdown]
# ## 4. Several channels, several layers
#
# A layer with $C_i$ input channels and $C_o$ output channels has a kernel of size $k$ for each pair of them.
# Output channel $o$ adds up, over the input channels $c$, the convolution of channel $c$ with the kernel $(o, c)$.
# There is no bias, the stride is one and the padding zero, so a channel keeps its length $n$.
#
# Write the channels one below the other: first all $n$ numbers of channel 1, then all of channel 2, and so on.
# Then the layer is again $h = W x$, and $W$ has the shape $(C_o\,n) \times (C_i\,n)$. (Some texts draw it as
# inputs times outputs. That is the transpose of ours.) For $n = 2$, one input channel and two output channels with
# the kernels $(1, 2, 3)$ and $(4, 5, 6)$:
#
# $$W = \begin{pmatrix} 2 & 3 \\ 1 & 2 \\ 5 & 6 \\ 4 & 5 \end{pmatrix} .$$
#
# - `multichannel_matrix(n, kernels)`: float array of shape `(C_o * n, C_i * n)`, for `kernels` of shape
#   `(C_o, C_i, k)` with $k$ odd.
# - `two_layer_matrix(n, K1, K2)`: the matrix of two such layers in a row, without an activation between them. `K1`
#   of shape `(C, C_i, k1)` comes first, then `K2` of shape `(C_o, C, k2)`. The result has shape `(C_o * n, C_i *
#   n)`.
# - `five_taps(K1, K2)`: from one channel to $C$ hidden ones and back to one, `K1` of shape `(C, 1, 3)` and `K2` of
#   shape `(1, C, 3)`. Far from the borders, the two layers together are a single convolution of kernel size five.
#   Return its kernel, shape `(5,)`.
# - `border_rows`: with zero padding the two layers are not quite the convolution with `five_taps`. For $n = 6$ and
#   weights in general (none is zero, no two terms cancel), list the **0-based** rows in which the $6 \times 6$
#   matrix of the two layers differs from that of the single convolution of size five, zero padded as well.
# - `first_layer`: for six inputs in one channel, kernel size three and two output channels, three integers:
#   `"rows"` (of $W$), `"nonzeros"` (entries different from zero), `"weights"` (different weights among them).
#
# Before you run it, write down the $12 \times 6$ matrix of this layer, and the $6 \times 12$ matrix of the layer
# from its two channels back to one.


# %% [raw]
# # BEGIN SOLUTION
# %%
def multichannel_matrix(n, kernels):
    """Matrix (C_o * n, C_i * n) of a layer with kernels (C_o, C_i, k), channels one below the other."""
    # BEGIN SOLUTION
    c_out, c_in, k = kernels.shape
    bands = np.stack([np.eye(n, k=j - k // 2) for j in range(k)])
    return np.einsum("oik,kab->oaib", kernels, bands).reshape(c_out * n, c_in * n)
    # END SOLUTION


def two_layer_matrix(n, K1, K2):
    """Matrix (C_o * n, C_i * n) of the layer K1 followed by the layer K2, without activation."""
    # BEGIN SOLUTION
    return multichannel_matrix(n, K2) @ multichannel_matrix(n, K1)
    # END SOLUTION


def five_taps(K1, K2):
    """Kernel (5,) of both layers together, far from the borders; K1: (C, 1, 3), K2: (1, C, 3)."""
    # BEGIN SOLUTION
    return sum(np.convolve(first, second) for first, second in zip(K1[:, 0], K2[0]))
    # END SOLUTION


border_rows = [0, 5]  # SOLUTION
first_layer = {}
first_layer["rows"] = 12  # SOLUTION
first_layer["nonzeros"] = 32  # SOLUTION
first_layer["weights"] = 6  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For n = 2 and the kernels (1, 2, 3) and (4, 5, 6) of two output channels the rows are (2, 3),
  (1, 2), (5, 6), (4, 5).
"""  # END TEST CONFIG


def test_two_channels(multichannel_matrix, two_layer_matrix, five_taps, border_rows, first_layer):
    import numpy as np

    kernels = np.array([[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]])
    got = multichannel_matrix(2, kernels)
    assert got is not None, "multichannel_matrix(...) returned None: expected an array of shape (4, 2)"
    assert np.shape(got) == (4, 2), f"multichannel_matrix: expected shape (4, 2), got {np.shape(got)}"
    expected = [[2, 3], [1, 2], [5, 6], [4, 5]]
    assert np.allclose(got, expected), f"multichannel_matrix: expected {expected}, got {np.asarray(got).tolist()}"
    back = np.array([[[0.0, 1.0, 0.0], [0.0, 10.0, 0.0]]])
    got = two_layer_matrix(2, kernels, back)
    assert got is not None, "two_layer_matrix(...) returned None: expected an array of shape (2, 2)"
    assert np.shape(got) == (2, 2), f"two_layer_matrix: expected shape (2, 2), got {np.shape(got)}"
    expected = [[52, 63], [41, 52]]
    assert np.allclose(got, expected), f"two_layer_matrix: expected {expected}, got {np.asarray(got).tolist()}"
    got = five_taps(kernels, back)
    assert got is not None, "five_taps(...) returned None: expected an array of shape (5,)"
    assert np.shape(got) == (5,), f"five_taps: expected shape (5,), got {np.shape(got)}"
    expected = [0, 41, 52, 63, 0]
    assert np.allclose(got, expected), f"five_taps: expected {expected}, got {np.asarray(got).tolist()}"
    assert isinstance(border_rows, (list, tuple)), "border_rows should be a list of integers"
    assert all(type(row) is int for row in border_rows), "border_rows should hold integers"
    assert isinstance(first_layer, dict), "first_layer should be a dictionary"
    for key in ("rows", "nonzeros", "weights"):
        assert type(first_layer.get(key)) is int, f"first_layer[{key!r}] should be an integer"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The matrix is wrong for some numbers of channels. It has one block of rows per output channel and
  one block of columns per input channel.
"""  # END TEST CONFIG


def test_layer_against_torch(multichannel_matrix):
    import numpy as np
    import torch

    rng = np.random.default_rng(110)
    for c_out, c_in in ((1, 1), (2, 1), (1, 2), (2, 2), (3, 4)):
        for n, k in ((6, 3), (1, 3), (5, 1), (4, 5), (9, 5), (2, 7)):
            kernels, x = rng.normal(size=(c_out, c_in, k)), rng.normal(size=(c_in, n))
            h = torch.conv1d(torch.tensor(x)[None], torch.tensor(kernels), padding=k // 2)[0].numpy()
            got = np.asarray(multichannel_matrix(n, kernels))
            assert got.shape == (c_out * n, c_in * n)
            # at most 4 * 7 products of numbers around 1 in float64
            assert np.allclose(got @ x.reshape(-1), h.reshape(-1), rtol=0, atol=1e-12)
            assert (got != 0).sum() <= c_out * c_in * k * n


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Two layers in a row are not what your matrix or your five taps say. Which layer stands on the
  right of the product, and are all hidden channels counted?
"""  # END TEST CONFIG


def test_two_layers_against_torch(two_layer_matrix, five_taps):
    import numpy as np
    import torch

    rng = np.random.default_rng(111)
    for c_in, c, c_out, n in ((1, 2, 1, 6), (1, 1, 1, 5), (2, 3, 4, 6), (3, 1, 2, 1), (1, 4, 1, 12)):
        for k1, k2 in ((3, 3), (5, 1), (3, 5)):
            first, second = rng.normal(size=(c, c_in, k1)), rng.normal(size=(c_out, c, k2))
            x = rng.normal(size=(c_in, n))
            h = torch.conv1d(torch.tensor(x)[None], torch.tensor(first), padding=k1 // 2)
            h = torch.conv1d(h, torch.tensor(second), padding=k2 // 2)[0].numpy()
            got = np.asarray(two_layer_matrix(n, first, second))
            assert got.shape == (c_out * n, c_in * n)
            assert np.allclose(got @ x.reshape(-1), h.reshape(-1), rtol=0, atol=1e-11)
    for c in (1, 2, 3, 6):
        first, second = rng.normal(size=(c, 1, 3)), rng.normal(size=(1, c, 3))
        x = torch.tensor(rng.normal(size=(1, 1, 20)))
        # without any padding no output comes near a border
        h = torch.conv1d(torch.conv1d(x, torch.tensor(first)), torch.tensor(second))
        taps = np.array(five_taps(first, second), dtype=np.float64)
        assert taps.shape == (5,)
        assert torch.allclose(torch.conv1d(x, torch.tensor(taps)[None, None]), h, rtol=0, atol=1e-11)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: border_rows or first_layer is wrong. What does the second layer read beyond the border, and what
  would a single convolution of size five have there?
"""  # END TEST CONFIG


def test_counted_for_six_inputs(border_rows, first_layer):
    import torch

    generator = torch.Generator().manual_seed(112)
    draw = lambda *shape: torch.rand(shape, generator=generator, dtype=torch.float64) + 0.1
    first, second, units = draw(2, 1, 3), draw(1, 2, 3), torch.eye(6, dtype=torch.float64)[:, None]
    h = torch.conv1d(units, first, padding=1)
    both = torch.conv1d(h, second, padding=1)[:, 0].T
    # zeros beyond the border only in front of the first layer: one convolution of size five
    single = torch.conv1d(torch.conv1d(units, first, padding=2), second)[:, 0].T
    differ = ((both - single).abs() > 1e-9).any(1)
    assert list(border_rows) == [row for row in range(6) if differ[row]]
    entries = h[h != 0]
    assert first_layer["rows"] == h[0].numel()
    assert first_layer["nonzeros"] == len(entries)
    assert first_layer["weights"] == len(set(entries.tolist()))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-10.13"
# # BEGIN QUESTION
# name: q5_image_matrix
# points: 4

# %% [markdown]
# ## 5. The matrix of a convolution of images
#
# Now the input is an image of $H \times W$ pixels and the kernel has $3 \times 3$ weights:
#
# $$z_{ij} = \sum_{a=1}^{3} \sum_{b=1}^{3} w_{ab}\; x_{i + a - 2,\; j + b - 2} ,$$
#
# with zeros beyond the border. Image and output are written as vectors **row by row**: pixel $(i, j)$, counted
# from 0, is entry $iW + j$. Again the output is a matrix times the input. For an image of $2 \times 2$ pixels and
# the kernel with the rows $(1, 2, 3)$, $(4, 5, 6)$, $(7, 8, 9)$ it is
#
# $$\begin{pmatrix} 5 & 6 & 8 & 9 \\ 4 & 5 & 7 & 8 \\ 2 & 3 & 5 & 6 \\ 1 & 2 & 4 & 5 \end{pmatrix} .$$
#
# - `conv2d_matrix(H, W, kernel)`: float array of shape `(H * W, H * W)`, for `kernel` of shape `(3, 3)`.
# - `nonzero_count(H, W)`: how many of its entries differ from zero if no weight is zero. An exact integer, without
#   building the matrix: $H$ and $W$ may be huge. The example has 16.
# - `diagonals_4x6`: entry $(r, c)$ lies on diagonal $c - r$. For an image of 4 rows and 6 columns, list the
#   diagonals that hold non-zero entries, ascending.
# - `rows_4x6`: for the same image, a dictionary from the number of non-zeros in a row to the number of rows of the
#   $24 \times 24$ matrix that have so many. Think of pixels inside, on an edge, in a corner.


# %% [raw]
# # BEGIN SOLUTION
# %%
def conv2d_matrix(H, W, kernel):
    """Matrix (H * W, H * W) of a 3x3 convolution with zero padding, pixels row by row."""
    # BEGIN SOLUTION
    matrix = np.zeros((H * W, H * W))
    for a in range(3):
        for b in range(3):
            matrix += kernel[a, b] * np.kron(np.eye(H, k=a - 1), np.eye(W, k=b - 1))
    return matrix
    # END SOLUTION


def nonzero_count(H, W):
    """Number of non-zero entries of that matrix, an int."""
    # BEGIN SOLUTION
    return (3 * H - 2) * (3 * W - 2)
    # END SOLUTION


diagonals_4x6 = [-7, -6, -5, -1, 0, 1, 5, 6, 7]  # SOLUTION
rows_4x6 = {9: 8, 6: 12, 4: 4}  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For an image of 2 x 2 pixels and the kernel 1 to 9 the first row of the matrix is (5, 6, 8, 9); all
  16 entries differ from zero.
"""  # END TEST CONFIG


def test_four_pixels(conv2d_matrix, nonzero_count, diagonals_4x6, rows_4x6):
    import numpy as np

    got = conv2d_matrix(2, 2, np.arange(1.0, 10.0).reshape(3, 3))
    assert got is not None, "conv2d_matrix(...) returned None: expected an array of shape (4, 4)"
    assert np.shape(got) == (4, 4), f"conv2d_matrix: expected shape (4, 4), got {np.shape(got)}"
    expected = [[5, 6, 8, 9], [4, 5, 7, 8], [2, 3, 5, 6], [1, 2, 4, 5]]
    assert np.allclose(got, expected), f"conv2d_matrix: expected {expected}, got {np.asarray(got).tolist()}"
    count = nonzero_count(2, 2)
    assert count == 16, f"nonzero_count(2, 2): expected 16, got {count}"
    assert isinstance(diagonals_4x6, (list, tuple)), "diagonals_4x6 should be a list of integers"
    assert all(type(entry) is int for entry in diagonals_4x6), "diagonals_4x6 should hold integers"
    assert isinstance(rows_4x6, dict), "rows_4x6 should be a dictionary"
    assert all(type(n) is int for pair in rows_4x6.items() for n in pair), "rows_4x6 should hold integers"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: For some image or kernel the matrix is not the convolution. Do pixels of neighbouring rows wrap into
  each other? Is the kernel turned, or the image read by columns?
"""  # END TEST CONFIG


def test_matrix_against_torch(conv2d_matrix):
    import numpy as np
    import torch

    rng = np.random.default_rng(113)
    for height, width in ((4, 6), (6, 4), (1, 5), (5, 1), (3, 3), (1, 1), (2, 7)):
        kernel = rng.normal(size=(3, 3))
        units = torch.eye(height * width, dtype=torch.float64).reshape(-1, 1, height, width)
        z = torch.conv2d(units, torch.tensor(kernel)[None, None], padding=1)
        got = conv2d_matrix(height, width, kernel)
        assert np.shape(got) == (height * width, height * width)
        assert np.allclose(got, z.reshape(height * width, -1).T.numpy(), rtol=0, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The number of non-zeros, the diagonals or the rows are not counted right. Count the neighbours of
  each pixel, itself included.
"""  # END TEST CONFIG


def test_counted_neighbours(nonzero_count, diagonals_4x6, rows_4x6):
    from collections import Counter

    def neighbours(height, width):
        pixels = [(i, j) for i in range(height) for j in range(width)]
        close = lambda p, q: abs(p[0] - q[0]) <= 1 and abs(p[1] - q[1]) <= 1
        return [(r, c) for r, p in enumerate(pixels) for c, q in enumerate(pixels) if close(p, q)]

    for height in range(1, 6):
        for width in range(1, 8):
            assert nonzero_count(height, width) == len(neighbours(height, width))
    huge = nonzero_count(10**10, 10**10 + 1)
    assert type(huge) is int and huge == 9 * 10**20 - 3 * 10**10 - 2
    pairs = neighbours(4, 6)
    assert list(diagonals_4x6) == sorted({c - r for r, c in pairs})
    assert rows_4x6 == Counter(Counter(r for r, _ in pairs).values())


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_image_matrix():
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.8))
    for axis, (height, width) in zip(axes, ((4, 6), (6, 4))):
        axis.imshow(conv2d_matrix(height, width, np.arange(1.0, 10.0).reshape(3, 3)), cmap="viridis")
        axis.set(title=f"{height} x {width} pixels", xticks=[], yticks=[], xlabel="input pixel", ylabel="output pixel")
    figure.tight_layout()


show(draw_image_matrix)

# %% [raw] sources="udl-10.8 udl-10.14 udl-10.16"
# # BEGIN QUESTION
# name: q6_parameters
# points: 5

# %% [markdown]
# ## 6. Counting parameters: from one layer to AlexNet
#
# A convolutional layer has one kernel for each pair of input and output channel, and one bias for each output
# channel. How long the signal is does not matter. With **groups** $g$ the channels are divided into $g$ equal
# parts, and an output channel sees only the input channels of its own part. (Both channel numbers are divisible by
# $g$.) The smallest case: one channel in, one out, kernel size 3, gives 3 weights and 1 bias.
#
# First count by hand. `params_by_hand` is a dictionary of three pairs `(weights, biases)` of integers:
#
# - `"first"`: signals with 3 channels, kernel size 3, 4 output channels;
# - `"second"`: the layer after it, kernel size 5, 10 output channels;
# - `"image"`: images with 3 channels, kernel $5 \times 5$, 10 output channels.
#
# Then write two functions and set a second dictionary.
#
# - `conv_params(c_in, c_out, kernel, bias=True, groups=1)` returns the pair `(weights, biases)` of integers.
#   `kernel` is an integer $k$ for signals (one axis) or a tuple with the kernel size along each axis, such as `(3,
#   5)` for images.
# - `alexnet_params(groups=(1, 1, 1, 1, 1))` returns the list of the eight pairs `(weights, biases)` of AlexNet,
#   input side first. `groups` holds $g$ for the five convolutions. The network:
#
# | layer | from | to |
# | --- | --- | --- |
# | convolution $11 \times 11$, stride 4, then pooling | 3 channels | 96 channels |
# | convolution $5 \times 5$, then pooling | 96 | 256 |
# | convolution $3 \times 3$ | 256 | 384 |
# | convolution $3 \times 3$ | 384 | 384 |
# | convolution $3 \times 3$, then pooling to $6 \times 6$ pixels | 384 | 256 |
# | fully connected | all numbers that are left | 4096 |
# | fully connected | 4096 | 4096 |
# | fully connected | 4096 | 1000 |
#
# - `alexnet`: `"total"`, the number of all weights and biases (an integer); `"total_on_two_gpus"`, the same for the
#   network as it was first trained, with two groups in the second, fourth and fifth convolution;
#   `"fully_connected_share"`, the fraction of the `"total"` that sits in the three fully connected layers (a float,
#   right to 0.005).


# %% [raw]
# # BEGIN SOLUTION
# %%
params_by_hand = {}
params_by_hand["first"] = (36, 4)  # SOLUTION
params_by_hand["second"] = (200, 10)  # SOLUTION
params_by_hand["image"] = (750, 10)  # SOLUTION


def conv_params(c_in, c_out, kernel, bias=True, groups=1):
    """Weights and biases of a convolutional layer, two ints; kernel: int, or a tuple of one int per axis."""
    # BEGIN SOLUTION
    weights = c_out * c_in // groups
    for k in (kernel,) if isinstance(kernel, int) else kernel:
        weights *= k
    return weights, c_out if bias else 0
    # END SOLUTION


def alexnet_params(groups=(1, 1, 1, 1, 1)):
    """Pairs (weights, biases) of AlexNet's eight layers; groups: those of the five convolutions."""
    # BEGIN SOLUTION
    channels, kernels = (3, 96, 256, 384, 384, 256), (11, 5, 3, 3, 3)
    shapes = zip(channels, channels[1:], kernels, groups)
    convs = [conv_params(c_in, c_out, (k, k), groups=g) for c_in, c_out, k, g in shapes]
    widths = (256 * 6 * 6, 4096, 4096, 1000)
    return convs + [(d_in * d_out, d_out) for d_in, d_out in zip(widths, widths[1:])]
    # END SOLUTION


alexnet = {}
alexnet["total"] = 62378344  # SOLUTION
alexnet["total_on_two_gpus"] = 60965224  # SOLUTION
alexnet["fully_connected_share"] = 0.94  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One channel in, one out, kernel size 3 gives 3 weights and 1 bias; AlexNet has eight layers.
"""  # END TEST CONFIG


def test_smallest_layer(params_by_hand, conv_params, alexnet_params, alexnet):
    assert isinstance(params_by_hand, dict), "params_by_hand should be a dictionary"
    for key in ("first", "second", "image"):
        pair = params_by_hand.get(key)
        assert isinstance(pair, (tuple, list)) and len(pair) == 2, f"params_by_hand[{key!r}] should be a pair"
        assert all(type(n) is int for n in pair), f"params_by_hand[{key!r}] should hold two integers"
    for arguments, expected in (((1, 1, 3), (3, 1)), ((1, 1, (3, 2)), (6, 1))):
        got = conv_params(*arguments)
        assert got is not None, f"conv_params{arguments} returned None: expected (weights, biases)"
        assert tuple(got) == expected, f"conv_params{arguments}: expected {expected}, got {got}"
    got = alexnet_params()
    assert got is not None, "alexnet_params() returned None: expected a list of eight pairs"
    assert isinstance(got, (list, tuple)) and len(got) == 8, "alexnet_params() should list eight pairs"
    assert tuple(got[-1])[1] == 1000, f"the last layer: expected 1000 biases, got {tuple(got[-1])[1]}"
    assert isinstance(alexnet, dict), "alexnet should be a dictionary"
    for key, kind in (("total", int), ("total_on_two_gpus", int), ("fully_connected_share", float)):
        assert isinstance(alexnet.get(key), kind), f"alexnet[{key!r}] should be of type {kind.__name__}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the three layers counted by hand is wrong. Every output channel sees all input
  channels, and has one bias.
"""  # END TEST CONFIG


def test_counted_by_hand(params_by_hand):
    import torch

    layers = {
        "first": torch.nn.Conv1d(3, 4, 3),
        "second": torch.nn.Conv1d(4, 10, 5),
        "image": torch.nn.Conv2d(3, 10, 5),
    }
    for key, layer in layers.items():
        assert tuple(params_by_hand[key]) == (layer.weight.numel(), layer.bias.numel())


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: conv_params is wrong for some kernel, with groups or without a bias. How many input channels does
  one output channel see?
"""  # END TEST CONFIG


def test_layers_of_torch(conv_params):
    import torch

    kinds = {1: torch.nn.Conv1d, 2: torch.nn.Conv2d, 3: torch.nn.Conv3d}
    for c_in, c_out in ((1, 1), (3, 4), (4, 10), (12, 6), (6, 18)):
        for kernel in (1, 4, (1,), (5, 5), (3, 1), (2, 7), (2, 3, 5)):
            for groups in (g for g in (1, 2, 3, 6) if c_in % g == 0 and c_out % g == 0):
                for bias in (True, False):
                    sizes = (kernel,) if isinstance(kernel, int) else kernel
                    layer = kinds[len(sizes)](c_in, c_out, sizes, bias=bias, groups=groups, device="meta")
                    expected = (layer.weight.numel(), layer.bias.numel() if bias else 0)
                    got = tuple(conv_params(c_in, c_out, kernel, bias, groups))
                    assert got == expected and all(type(n) is int for n in got)
    assert tuple(conv_params(10**10, 10**10, (3, 3))) == (9 * 10**20, 10**10)
    assert tuple(conv_params(6, 4, 2, groups=2)) == (24, 4)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: AlexNet is not counted right in some layer. How many numbers are left after the last pooling, and
  what do groups do to the biases?
"""  # END TEST CONFIG


def test_alexnet_against_torch(alexnet_params, alexnet):
    import torch

    def count(groups):
        shapes = ((3, 96, 11), (96, 256, 5), (256, 384, 3), (384, 384, 3), (384, 256, 3))
        layers = [torch.nn.Conv2d(*shape, groups=g, device="meta") for shape, g in zip(shapes, groups)]
        left = layers[-1](torch.empty(1, 384, 8, 8, device="meta")).numel()
        widths = (left, 4096, 4096, 1000)
        layers += [torch.nn.Linear(a, b, device="meta") for a, b in zip(widths, widths[1:])]
        return [(layer.weight.numel(), layer.bias.numel()) for layer in layers]

    for groups in ((1, 1, 1, 1, 1), (1, 2, 1, 2, 2), (3, 1, 2, 4, 8)):
        assert [tuple(pair) for pair in alexnet_params(groups)] == count(groups)
    plain = count((1, 1, 1, 1, 1))
    assert [tuple(pair) for pair in alexnet_params()] == plain
    assert alexnet["total"] == sum(map(sum, plain))
    assert alexnet["total_on_two_gpus"] == sum(map(sum, count((1, 2, 1, 2, 2))))
    # rounding to two digits strays by less than 0.0001 here; the share of the convolutions is far away
    assert abs(alexnet["fully_connected_share"] - sum(map(sum, plain[5:])) / sum(map(sum, plain))) <= 0.005


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-10.18"
# # BEGIN QUESTION
# name: q7_vgg
# points: 5

# %% [markdown]
# ## 7. VGG: where the parameters are, and where the work is
#
# A VGG network is a row of groups. A group has some convolutions, all $3 \times 3$ with zero padding and stride
# one (so height and width stay), with the same number of output channels, and ends with a max pooling that halves
# height and width, rounded down. The input is an image with 3 channels and `input_hw` pixels along each side. What
# is left after the last group goes through three fully connected layers with 4096, 4096 and `n_classes` outputs.
# All these layers have biases.
#
# The network with 19 layers is
#
# ```python
# VGG19 = [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)]  # (number of convolutions, channels) of each group
# ```
#
# and the one with 16 layers has 3 in place of 4 convolutions in the last three groups.
#
# - `vgg_params(groups, n_classes=1000, input_hw=224)`: the list of pairs `(weights, biases)`, one per layer, input
#   side first. For `groups=[(1, 2)]`, two classes and images of $2 \times 2$ pixels it begins with $(54, 2)$ and
#   $(8192, 4096)$ and ends with $(8192, 2)$.
# - `vgg_multiplications(groups, n_classes=1000, input_hw=224)`: the list of the numbers of multiplications for one
#   image, one per layer. A convolution does one multiplication per weight at each output position, where the
#   products with padding count, too; a fully connected layer one per weight. In the small network the convolution
#   does $54 \cdot 4 = 216$ multiplications. Biases need none.
# - `vgg19_total`: the number of all weights and biases of the network with 19 layers, an integer.
# - `vgg_facts`: decide five statements about the networks with 19 and 16 layers on images of $224 \times 224$
#   pixels.
#
# | key | statement |
# | --- | --- |
# | `"parameters_in_convolutions"` | More than half of the parameters of the network with 19 layers sit in convolutions. |
# | `"work_in_convolutions"` | More than 90 % of its multiplications are done in convolutions. |
# | `"smaller_images"` | On images of $112 \times 112$ pixels exactly one layer would have another number of parameters. |
# | `"three_more_parameters"` | From 16 to 19 layers the number of parameters grows by more than 10 %. |
# | `"three_more_work"` | From 16 to 19 layers the number of multiplications grows by more than 10 %. |


# %% [raw]
# # BEGIN SOLUTION
# %%
VGG19 = [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)]


def vgg_params(groups, n_classes=1000, input_hw=224):
    """Pairs (weights, biases) of all layers; groups: list of (number of convolutions, channels)."""
    # BEGIN SOLUTION
    layers, c_in, hw = [], 3, input_hw
    for n_convs, c_out in groups:
        for _ in range(n_convs):
            layers.append((9 * c_in * c_out, c_out))
            c_in = c_out
        hw //= 2
    width = c_in * hw * hw
    for d_out in (4096, 4096, n_classes):
        layers.append((width * d_out, d_out))
        width = d_out
    return layers
    # END SOLUTION


def vgg_multiplications(groups, n_classes=1000, input_hw=224):
    """Multiplications of each layer for one image, a list of ints."""
    # BEGIN SOLUTION
    positions = []
    for depth, (n_convs, _) in enumerate(groups):
        positions += [(input_hw // 2**depth) ** 2] * n_convs
    positions += [1, 1, 1]
    return [count * weights for count, (weights, _) in zip(positions, vgg_params(groups, n_classes, input_hw))]
    # END SOLUTION


vgg19_total = 143667240  # SOLUTION
vgg_facts = {}
vgg_facts["parameters_in_convolutions"] = False  # SOLUTION
vgg_facts["work_in_convolutions"] = True  # SOLUTION
vgg_facts["smaller_images"] = True  # SOLUTION
vgg_facts["three_more_parameters"] = False  # SOLUTION
vgg_facts["three_more_work"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One group with one convolution to 2 channels, two classes, images of 2 x 2 pixels - the convolution
  has 54 weights, 2 biases and 216 multiplications.
"""  # END TEST CONFIG


def test_small_network(vgg_params, vgg_multiplications, vgg19_total, vgg_facts):
    got = vgg_params([(1, 2)], 2, 2)
    assert got is not None, "vgg_params(...) returned None: expected a list of pairs"
    assert isinstance(got, (list, tuple)), "vgg_params should return a list"
    assert len(got) == 4, f"one convolution, three fully connected layers: expected 4 pairs, got {len(got)}"
    for index, expected in ((0, (54, 2)), (1, (8192, 4096)), (3, (8192, 2))):
        assert tuple(got[index]) == expected, f"layer {index}, counted from 0: expected {expected}, got {got[index]}"
    got = vgg_multiplications([(1, 2)], 2, 2)
    assert got is not None, "vgg_multiplications(...) returned None: expected a list of integers"
    assert isinstance(got, (list, tuple)) and len(got) == 4, "expected one number of multiplications per layer"
    assert got[0] == 216, f"multiplications of the convolution: expected 216, got {got[0]}"
    assert type(vgg19_total) is int, "vgg19_total should be an integer"
    assert isinstance(vgg_facts, dict), "vgg_facts should be a dictionary"
    keys = ["parameters_in_convolutions", "work_in_convolutions", "smaller_images"]
    for key in (*keys, "three_more_parameters", "three_more_work"):
        assert isinstance(vgg_facts.get(key), bool), f"vgg_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Some layer of some VGG network has other numbers of weights and biases. Follow the channels into each
  convolution, and the pixels through every pooling.
"""  # END TEST CONFIG


def test_parameters_against_torch(vgg_params, vgg19_total):
    import torch

    def count(groups, n_classes, hw):
        layers, image = [], torch.empty(1, 3, hw, hw, device="meta")
        for n_convs, channels in groups:
            for _ in range(n_convs):
                layers.append(torch.nn.Conv2d(image.shape[1], channels, 3, padding=1, device="meta"))
                image = layers[-1](image)
            image = torch.nn.functional.max_pool2d(image, 2)
        widths = (image.numel(), 4096, 4096, n_classes)
        layers += [torch.nn.Linear(a, b, device="meta") for a, b in zip(widths, widths[1:])]
        return [(layer.weight.numel(), layer.bias.numel()) for layer in layers]

    networks = [
        [(n, c) for n, c in zip(depths, (64, 128, 256, 512, 512))] for depths in ((1, 1, 2, 2, 2), (2, 2, 4, 4, 4))
    ]
    networks += [[(3, 5)], [(1, 7), (2, 3), (1, 11)]]
    for groups in networks:
        for n_classes, hw in ((1000, 224), (10, 32), (1, 47)):
            assert [tuple(pair) for pair in vgg_params(groups, n_classes, hw)] == count(groups, n_classes, hw)
        assert [tuple(pair) for pair in vgg_params(groups)] == count(groups, 1000, 224)
    assert vgg19_total == sum(map(sum, count(networks[1], 1000, 224)))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some layer does another number of multiplications. At how many positions is each weight used?
"""  # END TEST CONFIG


def test_multiplications_against_torch(vgg_multiplications):
    import torch

    def count(groups, n_classes, hw):
        work, image = [], torch.empty(1, 3, hw, hw, device="meta")
        for n_convs, channels in groups:
            for _ in range(n_convs):
                layer = torch.nn.Conv2d(image.shape[1], channels, 3, padding=1, device="meta")
                image = layer(image)
                # every output adds up one product per weight of its own filter
                work.append(image.numel() * layer.weight[0].numel())
            image = torch.nn.functional.max_pool2d(image, 2)
        widths = (image.numel(), 4096, 4096, n_classes)
        return work + [a * b for a, b in zip(widths, widths[1:])]

    vgg16 = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]
    for groups in (vgg16, [(3, 5)], [(1, 7), (2, 3), (1, 11)]):
        for n_classes, hw in ((1000, 224), (10, 32), (1, 47)):
            assert list(vgg_multiplications(groups, n_classes, hw)) == count(groups, n_classes, hw)
        assert list(vgg_multiplications(groups)) == count(groups, 1000, 224)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about VGG networks is decided wrongly. Add up the lists of your
  functions.
"""  # END TEST CONFIG


def test_vgg_facts(vgg_facts):
    import torch

    def count(depths, hw):
        """Parameters and multiplications, layer by layer, with the number of convolutions in front."""
        params, work, image = [], [], torch.empty(1, 3, hw, hw, device="meta")
        for n_convs, channels in zip(depths, (64, 128, 256, 512, 512)):
            for _ in range(n_convs):
                layer = torch.nn.Conv2d(image.shape[1], channels, 3, padding=1, device="meta")
                image = layer(image)
                params.append(layer.weight.numel() + channels)
                work.append(image.numel() * layer.weight[0].numel())
            image = torch.nn.functional.max_pool2d(image, 2)
        n, widths = len(params), (image.numel(), 4096, 4096, 1000)
        dense = list(zip(widths, widths[1:]))
        return n, params + [a * b + b for a, b in dense], work + [a * b for a, b in dense]

    n19, params19, work19 = count((2, 2, 4, 4, 4), 224)
    _, params16, work16 = count((2, 2, 3, 3, 3), 224)
    changed = sum(a != b for a, b in zip(params19, count((2, 2, 4, 4, 4), 112)[1]))
    assert vgg_facts["parameters_in_convolutions"] is (2 * sum(params19[:n19]) > sum(params19))
    assert vgg_facts["work_in_convolutions"] is (10 * sum(work19[:n19]) > 9 * sum(work19))
    assert vgg_facts["smaller_images"] is (changed == 1)
    assert vgg_facts["three_more_parameters"] is (10 * sum(params19) > 11 * sum(params16))
    assert vgg_facts["three_more_work"] is (10 * sum(work19) > 11 * sum(work16))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_vgg():
    params = [sum(pair) for pair in vgg_params(VGG19)]
    figure, axes = plt.subplots(1, 2, figsize=(11, 2.8))
    colours = ["tab:blue"] * 16 + ["tab:orange"] * 3
    for axis, values, title in zip(axes, (params, vgg_multiplications(VGG19)), ("parameters", "multiplications")):
        axis.bar(range(1, 20), values, color=colours)
        axis.set(title=f"{title} per layer, fully connected ones in orange", xlabel="layer")
    figure.tight_layout()


show(draw_vgg)

# %% [raw] sources="udl-10.12"
# # BEGIN QUESTION
# name: q8_epochs
# points: 2

# %% [markdown]
# ## 8. Steps and epochs
#
# One **epoch** is one pass over all $N$ training examples in mini-batches. If $N$ is not divisible by the batch
# size, the last batch of an epoch is smaller. Some data loaders leave this incomplete batch out instead
# (`drop_last`). Each batch gives one update step. With 5 examples and batches of 2, an epoch has 3 steps, or 2 if
# the last batch is left out; so 6 steps are 2 or 3 epochs.
#
# - `epochs(steps, batch, n, drop_last=False)`: to how many epochs `steps` update steps amount, as a float that
#   need not be a whole number. All steps of an epoch count alike, the one with the smaller batch, too. `batch` is
#   the batch size and `n` the number of examples, $n \ge$ `batch` $\ge 1$.
# - `epochs_of_the_paper`: a network was trained with SGD on 4,000 examples, with learning rate 0.01 and batch
#   size 100. That took 100,000 update steps. How many epochs were these?


# %% [raw]
# # BEGIN SOLUTION
# %%
def epochs(steps, batch, n, drop_last=False):
    """Number of epochs, a float, that are made of so many update steps."""
    # BEGIN SOLUTION
    return steps / (n // batch if drop_last else -(-n // batch))
    # END SOLUTION


epochs_of_the_paper = 2500  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: With 5 examples and batches of 2, six steps are 2 epochs, or 3 if the last batch is left out.
"""  # END TEST CONFIG


def test_five_examples(epochs, epochs_of_the_paper):
    for drop_last, expected in ((False, 2), (True, 3)):
        got = epochs(6, 2, 5, drop_last)
        assert got is not None, "epochs(...) returned None: expected a number"
        assert got == expected, f"epochs(6, 2, 5, drop_last={drop_last}): expected {expected}, got {got}"
    assert isinstance(epochs_of_the_paper, (int, float)), "epochs_of_the_paper should be a number"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: For some numbers the epochs are not right, or those of the paper are not. Go through an epoch batch by
  batch.
"""  # END TEST CONFIG


def test_epochs_walked_through(epochs, epochs_of_the_paper):
    def steps_of_an_epoch(batch, n, drop_last):
        return sum(start + batch <= n or not drop_last for start in range(0, n, batch))

    for batch, n in ((100, 4000), (100, 4150), (1, 7), (7, 7), (5, 9), (64, 1000)):
        for drop_last in (False, True):
            for steps in (0, 1, 84, 100_000):
                expected = steps / steps_of_an_epoch(batch, n, drop_last)
                assert abs(epochs(steps, batch, n, drop_last) - expected) <= 1e-12 * expected
        assert epochs(steps_of_an_epoch(batch, n, False), batch, n) == 1
    assert epochs_of_the_paper == 100_000 / steps_of_an_epoch(100, 4000, False)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-10.9 udl-10.10 udl-10.11 udl-10.17"
# # BEGIN QUESTION
# name: q9_receptive_field
# points: 5

# %% [markdown]
# ## 9. How far a unit sees
#
# A unit of the first layer with kernel size $k$ and dilation one sees $k$ neighbouring inputs. A unit of the
# second layer sees several units of the first, and through them more inputs. The **receptive field** of a unit is
# the stretch from the leftmost to the rightmost input that it can see; its size is the number of positions in this
# stretch, seen or not. We look at units far from all borders. An example: a convolution with kernel size 2 and
# stride 2, and another one on top of it. The fields are 2 and 4.
#
# - `receptive_field(layers)`: `layers` is a list of triples `(kernel, stride, dilation)`, input side first. Return
#   the list of the field sizes of the first, second, ... layer in the input of the network, as integers. An empty
#   list gives an empty list.
# - `depth_for_field(k, target)`: the smallest number of layers with kernel size $k \ge 2$, stride one and dilation
#   one whose field has at least size `target` $\ge 1$. No layer at all sees one input.
# - `alexnet_field(pool)`: AlexNet begins with a convolution of $11 \times 11$ with stride 4, a max pooling with
#   stride 2, a convolution of $5 \times 5$, another max pooling with stride 2, and a convolution of $3 \times 3$.
#   A pooling looks at windows of `pool` by `pool` units, as a convolution does. Return the list of three integers:
#   the field size, along one axis, of units in the three convolutional layers.
# - `fields`: three answers found on paper, before you run anything. `"three_of_3"`: the field of a unit in the
#   third of three layers with kernel size 3 (an integer; stride and dilation are one). `"three_of_7"`: the same
#   for kernel size 7. `"mixed"`: a list of three integers, the fields in the layers with `(kernel, stride,
#   dilation)` equal to `(5, 2, 1)`, `(3, 1, 1)` and `(5, 1, 2)`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def receptive_field(layers):
    """Field sizes in the network's input, one int per layer; layers: list of (kernel, stride, dilation)."""
    # BEGIN SOLUTION
    sizes, size, step = [], 1, 1
    for kernel, stride, dilation in layers:
        # one place in this layer's input is `step` places in the network's input
        size += (kernel - 1) * dilation * step
        step *= stride
        sizes.append(size)
    return sizes
    # END SOLUTION


def depth_for_field(k, target):
    """Smallest number of layers with kernel size k and stride one that see at least target inputs."""
    # BEGIN SOLUTION
    return -(-(target - 1) // (k - 1))
    # END SOLUTION


def alexnet_field(pool):
    """Field sizes of AlexNet's first three convolutions, for poolings of pool x pool units."""
    # BEGIN SOLUTION
    layers = [(11, 4, 1), (pool, 2, 1), (5, 1, 1), (pool, 2, 1), (3, 1, 1)]
    return receptive_field(layers)[::2]
    # END SOLUTION


fields = {}
fields["three_of_3"] = 7  # SOLUTION
fields["three_of_7"] = 19  # SOLUTION
fields["mixed"] = [5, 9, 25]  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two layers with kernel size 2 and stride 2 have fields of 2 and 4; AlexNet's first convolution
  sees 11 pixels.
"""  # END TEST CONFIG


def test_two_layers(receptive_field, depth_for_field, alexnet_field, fields):
    got = receptive_field([(2, 2, 1), (2, 2, 1)])
    assert got is not None, "receptive_field(...) returned None: expected a list of integers"
    assert isinstance(got, (list, tuple)), "receptive_field should return a list"
    assert list(got) == [2, 4], f"receptive_field of two layers (2, 2, 1): expected [2, 4], got {list(got)}"
    got = depth_for_field(3, 1)
    assert got is not None, "depth_for_field(3, 1) returned None: expected an integer"
    assert got == 0, f"depth_for_field(3, 1): expected 0, got {got}"
    got = alexnet_field(3)
    assert got is not None, "alexnet_field(3) returned None: expected a list of three integers"
    assert isinstance(got, (list, tuple)) and len(got) == 3, "alexnet_field should return three integers"
    assert got[0] == 11, f"alexnet_field(3): the first entry should be 11, got {got[0]}"
    assert isinstance(fields, dict), "fields should be a dictionary"
    for key in ("three_of_3", "three_of_7"):
        assert type(fields.get(key)) is int, f"fields[{key!r}] should be an integer"
    mixed = fields.get("mixed")
    assert isinstance(mixed, (list, tuple)) and len(mixed) == 3, "fields['mixed'] should list three integers"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some stack of layers the field has another size. How far apart, in the network's input, are two
  neighbouring units of the layer below?
"""  # END TEST CONFIG


def test_fields_against_gradients(receptive_field):
    import numpy as np
    import torch

    def seen(layers):
        """Span of the inputs whose gradient is not zero, with weights of one so that nothing cancels."""
        x = torch.ones(1, 1, 700, dtype=torch.float64, requires_grad=True)
        h = x
        for kernel, stride, dilation in layers:
            h = torch.conv1d(h, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, dilation=dilation)
        h[0, 0, 0].backward()
        places = x.grad[0, 0].nonzero()
        return int(places.max() - places.min()) + 1

    rng = np.random.default_rng(114)
    stacks = [[(3, 1, 1)] * 3, [(7, 1, 1)] * 3, [(5, 2, 1), (3, 1, 1), (5, 1, 2)], [(3, 2, 1), (3, 2, 1), (3, 1, 2)]]
    stacks += [[(1, 3, 2), (2, 1, 5)], [(3, 1, 4)], [(2, 3, 1)]]
    for depth in (1, 2, 3, 4, 4):
        stacks.append([tuple(int(n) for n in rng.integers(1, (6, 4, 4))) for _ in range(depth)])
    for layers in stacks:
        got = receptive_field(layers)
        assert list(got) == [seen(layers[: depth + 1]) for depth in range(len(layers))]
    assert list(receptive_field([])) == []


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: depth_for_field or one of the answers on paper is wrong. What does one more layer with stride one add?
"""  # END TEST CONFIG


def test_small_answers(depth_for_field, fields):
    import torch

    def seen(layers):
        x = torch.ones(1, 1, 100, dtype=torch.float64, requires_grad=True)
        h = x
        for kernel, stride, dilation in layers:
            h = torch.conv1d(h, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, dilation=dilation)
        h[0, 0, 0].backward()
        places = x.grad[0, 0].nonzero()
        return int(places.max() - places.min()) + 1

    for k in (2, 3, 4, 7):
        field = [seen([(k, 1, 1)] * depth) for depth in range(10)]
        for target in range(1, field[-1] + 1):
            assert depth_for_field(k, target) == next(depth for depth in range(10) if field[depth] >= target)
    assert fields["three_of_3"] == seen([(3, 1, 1)] * 3)
    assert fields["three_of_7"] == seen([(7, 1, 1)] * 3)
    mixed = [(5, 2, 1), (3, 1, 1), (5, 1, 2)]
    assert list(fields["mixed"]) == [seen(mixed[:depth]) for depth in (1, 2, 3)]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The fields of AlexNet's convolutions are others. A pooling counts twice, by its window and by its
  stride.
"""  # END TEST CONFIG


def test_alexnet_against_gradients(alexnet_field):
    import torch
    import torch.nn.functional as F

    for pool in (1, 2, 3, 4):
        expected = []
        for n_convs in (1, 2, 3):
            x = torch.ones(1, 1, 160, 160, dtype=torch.float64, requires_grad=True)
            h = x
            for index, (k, stride) in enumerate(((11, 4), (5, 1), (3, 1))[:n_convs]):
                h = F.avg_pool2d(h, pool, 2) if index else h
                h = F.conv2d(h, torch.ones(1, 1, k, k, dtype=torch.float64), stride=stride)
            h[0, 0, 0, 0].backward()
            expected.append(int(x.grad[0, 0].nonzero().max()) + 1)
        assert list(alexnet_field(pool)) == expected


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-cnn-2"
# # BEGIN QUESTION
# name: q10_field_growth
# points: 5

# %% [markdown]
# ## 10. What makes the field grow
#
# More layers with stride one let the receptive field grow by the same amount each time. Three means change how
# much a layer adds: its kernel size, the strides below it (of convolutions or of poolings), and its dilation. They
# differ in what they cost, and in how they combine what they look at. Signals have one axis again, except in
# `stack_weights`.
#
# - `min_layers(n, k, growth)`: the smallest number of layers with kernel size $k \ge 2$ whose field has at least
#   $n \ge 1$ positions, from the leftmost to the rightmost. `growth` is `"plain"` (stride and dilation one),
#   `"stride"` (every layer has stride 2, dilation one) or `"dilation"` (stride one, dilations 1, 2, 4, 8, ... from
#   the input side). No layer at all sees one position.
# - `taps_and_span(k, d)`: for one layer with kernel size $k$ and dilation $d$, the pair of integers (number of
#   inputs that a unit reads, number of positions from the first to the last of them).
# - `stack_weights(k, field, c)`: images with $c$ channels in every layer, square kernels $k \times k$ with $k \ge
#   2$, stride and dilation one. How many weights (no biases) has the smallest stack of such layers whose field is
#   at least `field` $\times$ `field`? An integer. For $k = 2$, a field of 3 and one channel: two layers, 8
#   weights.
# - `methods`: a dictionary of four dictionaries of booleans. The layers are `"large_kernel"` (convolution, kernel
#   size 7), `"strided_conv"` (convolution, kernel size 3, stride 2), `"max_pool"` (windows of 3, stride 2) and
#   `"dilated_conv"` (convolution, kernel size 3, dilation 2), each from 8 channels to 8. For each of them decide
#   whether it is `"learned"` (it has weights that are trained), `"dense"` (a unit reads every position between its
#   first and last one), `"mixes_channels"` (a unit depends on several input channels) and `"keeps_resolution"`
#   (with the right padding, a long signal has as many outputs per channel as inputs).


# %% [raw]
# # BEGIN SOLUTION
# %%
def min_layers(n, k, growth):
    """Smallest number of layers that see n positions; growth: "plain", "stride" or "dilation"."""
    # BEGIN SOLUTION
    depth, size, step = 0, 1, 1
    while size < n:
        size += (k - 1) * step
        # a stride spreads the units that later layers read, a dilation spreads the reading itself
        step *= 1 if growth == "plain" else 2
        depth += 1
    return depth
    # END SOLUTION


def taps_and_span(k, d):
    """Inputs that a unit reads, and positions from the first to the last of them; two ints."""
    # BEGIN SOLUTION
    return k, d * (k - 1) + 1
    # END SOLUTION


def stack_weights(k, field, c):
    """Weights of the smallest stack of k x k layers with c channels that sees field x field pixels."""
    # BEGIN SOLUTION
    return min_layers(field, k, "plain") * (k * c) ** 2
    # END SOLUTION


methods = {"large_kernel": {}, "strided_conv": {}, "max_pool": {}, "dilated_conv": {}}
methods["large_kernel"]["learned"] = True  # SOLUTION
methods["large_kernel"]["dense"] = True  # SOLUTION
methods["large_kernel"]["mixes_channels"] = True  # SOLUTION
methods["large_kernel"]["keeps_resolution"] = True  # SOLUTION
methods["strided_conv"]["learned"] = True  # SOLUTION
methods["strided_conv"]["dense"] = True  # SOLUTION
methods["strided_conv"]["mixes_channels"] = True  # SOLUTION
methods["strided_conv"]["keeps_resolution"] = False  # SOLUTION
methods["max_pool"]["learned"] = False  # SOLUTION
methods["max_pool"]["dense"] = True  # SOLUTION
methods["max_pool"]["mixes_channels"] = False  # SOLUTION
methods["max_pool"]["keeps_resolution"] = False  # SOLUTION
methods["dilated_conv"]["learned"] = True  # SOLUTION
methods["dilated_conv"]["dense"] = False  # SOLUTION
methods["dilated_conv"]["mixes_channels"] = True  # SOLUTION
methods["dilated_conv"]["keeps_resolution"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One layer with kernel size 3 sees three positions; two layers with kernels of 2 x 2 have 8 weights
  if there is one channel.
"""  # END TEST CONFIG


def test_small_stacks(min_layers, taps_and_span, stack_weights, methods):
    for growth in ("plain", "stride", "dilation"):
        for n, expected in ((1, 0), (3, 1)):
            got = min_layers(n, 3, growth)
            assert got is not None, f"min_layers({n}, 3, {growth!r}) returned None: expected an integer"
            assert got == expected, f"min_layers({n}, 3, {growth!r}): expected {expected}, got {got}"
    got = taps_and_span(2, 1)
    assert got is not None, "taps_and_span(2, 1) returned None: expected a pair of integers"
    assert tuple(got) == (2, 2), f"taps_and_span(2, 1): expected (2, 2), got {got}"
    got = stack_weights(2, 3, 1)
    assert got is not None, "stack_weights(2, 3, 1) returned None: expected an integer"
    assert got == 8, f"stack_weights(2, 3, 1): expected 8, got {got}"
    assert isinstance(methods, dict), "methods should be a dictionary"
    for layer in ("large_kernel", "strided_conv", "max_pool", "dilated_conv"):
        assert isinstance(methods.get(layer), dict), f"methods[{layer!r}] should be a dictionary"
        for key in ("learned", "dense", "mixes_channels", "keeps_resolution"):
            assert isinstance(methods[layer].get(key), bool), f"methods[{layer!r}][{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: min_layers, taps_and_span or stack_weights is wrong for some numbers. Write down the fields after one,
  two, three and four layers of each kind.
"""  # END TEST CONFIG


def test_growth_against_gradients(min_layers, taps_and_span, stack_weights):
    import torch

    def places(layers):
        """Positions whose gradient at one output is not zero; weights of one, so nothing cancels."""
        x = torch.ones(1, 1, 300, dtype=torch.float64, requires_grad=True)
        h = x
        for k, stride, dilation in layers:
            h = torch.conv1d(h, torch.ones(1, 1, k, dtype=torch.float64), stride=stride, dilation=dilation)
        h[0, 0, 0].backward()
        return x.grad[0, 0].nonzero()[:, 0].tolist()

    settings = {"plain": lambda i: (1, 1), "stride": lambda i: (2, 1), "dilation": lambda i: (1, 2**i)}
    for k in (2, 3, 5):
        for growth, setting in settings.items():
            sizes = [places([(k, *setting(i)) for i in range(depth)])[-1] + 1 for depth in range(6)]
            for n in range(1, sizes[-1] + 1):
                assert min_layers(n, k, growth) == next(d for d, size in enumerate(sizes) if size >= n)
            if growth == "plain":
                for field in range(1, sizes[-1] + 1):
                    for c in (1, 3, 64):
                        depth = next(d for d, size in enumerate(sizes) if size >= field)
                        assert stack_weights(k, field, c) == depth * torch.empty(c, c, k, k, device="meta").numel()
    for k in (1, 2, 3, 5):
        for dilation in (1, 2, 3, 8):
            read = places([(k, 1, dilation)])
            assert tuple(taps_and_span(k, dilation)) == (len(read), read[-1] - read[0] + 1)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: At least one property of one of the four layers is decided wrongly. Change a single input, and see which
  outputs change.
"""  # END TEST CONFIG


def test_methods_probed(methods):
    import torch

    torch.manual_seed(115)
    nn, n = torch.nn, 40
    make = {
        "large_kernel": lambda padding: nn.Conv1d(8, 8, 7, padding=padding),
        "strided_conv": lambda padding: nn.Conv1d(8, 8, 3, stride=2, padding=padding),
        "max_pool": lambda padding: nn.MaxPool1d(3, stride=2, padding=padding),
        "dilated_conv": lambda padding: nn.Conv1d(8, 8, 3, dilation=2, padding=padding),
    }
    for name, build in make.items():
        layer = build(0)
        x = torch.randn(1, 8, n)
        before = layer(x)[0, 0, 5]
        changes = torch.zeros(8, n, dtype=torch.bool)
        for channel in range(8):
            for place in range(n):
                changed = x.clone()
                changed[0, channel, place] = 50.0
                changes[channel, place] = layer(changed)[0, 0, 5] != before
        read = changes.any(0).nonzero()[:, 0]
        paddings = range(2) if name == "max_pool" else range(10)
        expected = {
            "learned": sum(p.numel() for p in layer.parameters()) > 0,
            "dense": len(read) == int(read[-1] - read[0]) + 1,
            "mixes_channels": int(changes.any(1).sum()) > 1,
            "keeps_resolution": any(build(padding)(x).shape[2] == n for padding in paddings),
        }
        assert methods[name] == expected


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_growth():
    figure, axis = plt.subplots(figsize=(7, 3))
    n = np.arange(1, 129)
    for growth in ("plain", "stride", "dilation"):
        depths = [min_layers(int(size), 3, growth) for size in n]
        axis.plot(n, depths, "--" if growth == "dilation" else "-", label=growth)
    axis.set(
        title="layers with kernel size 3 that a field needs", xlabel="size of the field", ylabel="layers", ylim=(0, 20)
    )
    axis.legend()
    figure.tight_layout()


show(draw_growth)

# %% [raw] sources="cs-cnn-1"
# # BEGIN QUESTION
# name: q11_gradient_probe
# points: 6

# %% [markdown]
# ## 11. The field of one unit, found by a probe
#
# A pixel lies in the receptive field of a unit if there is a path from it to the unit through the layers, so that
# **some** choice of weights and inputs lets it change the unit's value. For a given network, one can look for
# these pixels with a gradient: backpropagate a single output and see where the gradient of the input differs from
# zero. But take care: with the network's own weights, paths cancel, ReLUs are off, a max pooling lets one of its
# inputs through, and weights may be zero. None of this changes the field. Near the border of the image part of the
# field falls off the image.
#
# - `receptive_box(net, in_shape, pos)`: `net` is a `torch.nn.Sequential` of the layers `Conv2d` (any kernel size,
#   stride, zero padding, dilation, groups; all but the groups may differ between the axes), `MaxPool2d`,
#   `AvgPool2d` (any window, stride and padding, the other settings as they are by default) and layers that act on
#   each number alone, such as `ReLU` or `Tanh`. `in_shape` is `(C, H, W)`, `pos` the pair `(i, j)` of an output
#   pixel, counted from 0. Return four integers `(top, bottom, left, right)`: the first and last row and the first
#   and last column, counted from 0, of the pixels of the image that lie in the field of the output at `pos` (all
#   its channels taken together, and all channels of the image). `net` stays as it is: weights, gradients, mode.
#   Whatever weights it has, the answer is the same. At least one pixel lies in the field.
# - `path_counts(layers)`: inside the field not all inputs count the same. For signals, with `layers` a list of
#   triples `(kernel, stride, dilation)`, input side first, and a unit far from all borders: the array of shape
#   `(size of the field,)` with the number of different paths from each position to the unit, integers. Positions
#   that no path reaches have 0. Two layers with kernel size 3 have the counts $(1, 2, 3, 2, 1)$.
#
# For `SMALL_NET` below and images of $8 \times 8$ pixels, the box of output $(1, 2)$ is $(1, 4, 1, 7)$: on the
# right one column of the field lies outside the image.

# %%
SMALL_NET = torch.nn.Sequential(
    torch.nn.Conv2d(1, 2, 3, padding=1),
    torch.nn.ReLU(),
    torch.nn.MaxPool2d(2),
    torch.nn.Conv2d(2, 1, (1, 3), padding=(0, 1)),
)


# %% [raw]
# # BEGIN SOLUTION
# %%
def receptive_box(net, in_shape, pos):
    """(top, bottom, left, right) of the pixels that can influence the output at pos = (i, j); in_shape: (C, H, W)."""
    # BEGIN SOLUTION
    image = torch.ones(1, *in_shape, dtype=torch.float64, requires_grad=True)
    h = image
    for layer in net:
        if isinstance(layer, torch.nn.Conv2d):
            ones = torch.ones(layer.weight.shape, dtype=torch.float64)
            h = F.conv2d(h, ones, None, layer.stride, layer.padding, layer.dilation, layer.groups)
        elif isinstance(layer, (torch.nn.MaxPool2d, torch.nn.AvgPool2d)):
            h = F.avg_pool2d(h, layer.kernel_size, layer.stride, layer.padding)
    h[0, :, pos[0], pos[1]].sum().backward()
    rows, columns = image.grad.sum(dim=(0, 1)).nonzero(as_tuple=True)
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())
    # END SOLUTION


def path_counts(layers):
    """Number of paths from each position of the field to the unit, int array; layers: (kernel, stride, dilation)."""
    # BEGIN SOLUTION
    counts, step = np.array([1]), 1
    for kernel, stride, dilation in layers:
        spread = np.zeros((kernel - 1) * dilation * step + 1, dtype=int)
        spread[:: dilation * step] = 1
        counts = np.convolve(counts, spread)
        step *= stride
    return counts
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Output (1, 2) of SMALL_NET sees rows 1 to 4 and columns 1 to 7; two layers with kernel size 3 have the
  path counts 1, 2, 3, 2, 1.
"""  # END TEST CONFIG


def test_small_net(receptive_box, path_counts, SMALL_NET):
    import numpy as np

    got = receptive_box(SMALL_NET, (1, 8, 8), (1, 2))
    assert got is not None, "receptive_box(...) returned None: expected (top, bottom, left, right)"
    assert isinstance(got, (tuple, list)) and len(got) == 4, "receptive_box should return four integers"
    assert tuple(got) == (1, 4, 1, 7), f"box of output (1, 2): expected (1, 4, 1, 7), got {tuple(got)}"
    got = path_counts([(3, 1, 1), (3, 1, 1)])
    assert got is not None, "path_counts(...) returned None: expected an array of integers"
    assert np.shape(got) == (5,), f"path_counts: expected shape (5,), got {np.shape(got)}"
    expected = [1, 2, 3, 2, 1]
    assert np.asarray(got).tolist() == expected, f"path_counts: expected {expected}, got {np.asarray(got).tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 3
hidden: true
failure_message: For some network and output another box is right. Do cancelling or zero weights, dead ReLUs, max pooling,
  strides, dilation or borders mislead your probe?
"""  # END TEST CONFIG


def test_boxes_walked_back(receptive_box):
    import torch

    def probe(receptive_box, specs, in_shape, outputs, mode):
        import torch

        torch.manual_seed(5)
        layers, channels = [], in_shape[0]
        for kind, *settings in specs:
            if kind == "conv":
                kernel, stride, padding, dilation, groups = settings
                layers += [torch.nn.Conv2d(channels, 4, kernel, stride, padding, dilation, groups), torch.nn.ReLU()]
                channels = 4
            else:
                layers.append((torch.nn.MaxPool2d if kind == "max" else torch.nn.AvgPool2d)(*settings))
        net = torch.nn.Sequential(*layers)
        with torch.no_grad():
            for p in net.parameters():
                # dead: no ReLU is ever on; zero: no weight lets anything through; mixed: paths of both signs
                p.copy_({"dead": -torch.ones_like(p), "zero": torch.zeros_like(p), "mixed": p}[mode])
        return [receptive_box(net, in_shape, pos) for pos in outputs]

    def walked_back(specs, in_shape, pos):
        """The places of each axis that are reached, layer by layer from the output to the image."""
        ends = []
        for axis in (0, 1):
            pair = lambda value: value if isinstance(value, int) else value[axis]
            lengths, layers = [in_shape[1 + axis]], []
            for kind, *settings in specs:
                kernel, stride, padding = (pair(value) for value in settings[:3])
                dilation = pair(settings[3]) if kind == "conv" else 1
                layers.append((kernel, stride, padding, dilation))
                lengths.append((lengths[-1] + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)
            places = {pos[axis]}
            for (kernel, stride, padding, dilation), length in zip(reversed(layers), reversed(lengths[:-1])):
                taps = [dilation * tap - padding for tap in range(kernel)]
                places = {
                    place * stride + tap for place in places for tap in taps if 0 <= place * stride + tap < length
                }
            ends += [min(places), max(places)]
        return tuple(ends)

    networks = [
        ([("conv", 3, 1, 1, 1, 1)], (1, 5, 7), [(0, 0), (2, 3), (4, 6)]),
        (
            [("conv", 3, 1, 1, 1, 1), ("max", 2, 2, 0), ("conv", 5, 2, 2, 1, 2), ("avg", 2, 2, 0)],
            (3, 64, 48),
            [(0, 0), (3, 2), (7, 5)],
        ),
        (
            [("conv", (3, 1), (2, 1), (1, 0), 1, 1), ("conv", (1, 5), (1, 3), (0, 2), (1, 2), 4)],
            (2, 20, 33),
            [(4, 5), (0, 9), (9, 2)],
        ),
        (
            [("max", (3, 2), (1, 2), (1, 0)), ("conv", 3, 1, 4, 4, 1), ("avg", 3, 2, 1)],
            (4, 21, 40),
            [(2, 3), (10, 9), (0, 5)],
        ),
        (
            [("conv", 1, 1, 0, 1, 1), ("conv", 3, 1, 3, 3, 2), ("conv", 3, 1, 2, 2, 4)],
            (2, 17, 12),
            [(8, 6), (0, 11), (16, 1)],
        ),
    ]
    for specs, in_shape, outputs in networks:
        expected = [walked_back(specs, in_shape, pos) for pos in outputs]
        for mode in ("mixed", "dead", "zero"):
            got = inside(probe)(receptive_box, specs, in_shape, outputs, mode)
            assert [tuple(box) for box in got] == expected


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: After your probe the network is not what it was. Look at its weights, their gradients, its layers and its
  mode.
"""  # END TEST CONFIG


def test_net_is_left_alone(receptive_box):
    def probe(receptive_box):
        import torch

        torch.manual_seed(6)
        net = torch.nn.Sequential(
            torch.nn.Conv2d(2, 3, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Conv2d(3, 1, 1)
        )
        x = torch.randn(1, 2, 12, 12)
        before, modules, weights = net(x).detach(), list(net), [p.detach().clone() for p in net.parameters()]
        box = receptive_box(net, (2, 12, 12), (1, 1))
        same = all(torch.equal(a, b) and b.grad is None and b.requires_grad for a, b in zip(weights, net.parameters()))
        layers = all(a is b for a, b in zip(modules, net)) and len(modules) == len(net)
        return tuple(box), bool(same), bool(layers and net.training), bool(torch.equal(net(x), before))

    assert inside(probe)(receptive_box) == ((2, 5, 2, 5), True, True, True)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some stack the numbers of paths are others. Each layer gives every path so far one continuation per
  weight.
"""  # END TEST CONFIG


def test_paths_against_gradients(path_counts):
    import numpy as np
    import torch

    rng = np.random.default_rng(117)
    stacks = [
        [(3, 1, 1)] * 4,
        [(5, 2, 1), (3, 1, 1), (5, 1, 2)],
        [(2, 3, 1), (2, 1, 1)],
        [(1, 2, 1), (3, 1, 3)],
        [(3, 1, 4)],
        [],
    ]
    for depth in (2, 3, 4):
        stacks += [[tuple(int(n) for n in rng.integers(1, (6, 4, 4))) for _ in range(depth)] for _ in range(2)]
    for layers in stacks:
        x = torch.ones(1, 1, 700, dtype=torch.float64, requires_grad=True)
        h = x * 1.0
        for kernel, stride, dilation in layers:
            h = torch.conv1d(h, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, dilation=dilation)
        # with weights of one, the gradient adds up one for each path
        h[0, 0, 0].backward()
        expected = [int(value) for value in x.grad[0, 0, : int(x.grad[0, 0].nonzero().max()) + 1]]
        got = np.asarray(path_counts(layers))
        assert got.dtype.kind in "iu" and got.tolist() == expected


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_paths():
    figure, axes = plt.subplots(1, 3, figsize=(12, 2.6))
    stacks = {
        "six layers of size 3": [(3, 1, 1)] * 6,
        "size 3, strides of 2": [(3, 2, 1)] * 3,
        "size 3, dilations 2, 2, 2": [(3, 1, 2)] * 3,
    }
    for axis, (title, layers) in zip(axes, stacks.items()):
        counts = path_counts(layers)
        axis.bar(np.arange(len(counts)), counts)
        axis.set(title=title, xlabel="position in the field", ylabel="paths")
    figure.tight_layout()


show(draw_paths)

# %% [raw] sources="cs-cnn-3"
# # BEGIN QUESTION
# name: q12_field_of_network
# points: 5

# %% [markdown]
# ## 12. Field, step and output size of a network
#
# `NET` below takes images of 3 channels and $1024 \times 1024$ pixels. Its spatial layers are convolutions and
# poolings; the others act on each number alone. After each spatial layer we ask for three numbers, along one axis
# and counted in pixels of the image where nothing else is said:
#
# - the **field size**: how many pixels one unit of the layer sees, from the first to the last, padding included;
# - the **step**: how far the fields of two neighbouring units lie apart;
# - the **width**: how many units there are.
#
# Work out the answers for `NET` on paper first.
#
# - `net_sizes`, `net_steps`: two lists of five integers, field sizes and steps after the five spatial layers.
# - `net_output`: the shape `(channels, height, width)` of the output for one image, three integers.
# - `padding_to_keep`: the padding that the last convolution would need to keep height and width as they are.
# - `trace(net, n)`: for a `torch.nn.Sequential` and images of $n \times n$ pixels, the list of triples `(size,
#   step, width)` of integers, one per spatial layer, input side first. Spatial layers are `Conv2d`, `MaxPool2d`
#   and `AvgPool2d`; all others are passed over. Windows, strides, paddings and dilations are the same along both
#   axes, but a layer may keep them as integers or as pairs: read them from its attributes (`kernel_size`,
#   `stride`, `padding`, `dilation`; an average pooling has no dilation). Widths are rounded down, as torch does.
#
# For a single convolution $3 \times 3$ without padding and images of $10 \times 10$ pixels, `trace` gives $[(3, 1,
# 8)]$.

# %%
NET = torch.nn.Sequential(
    torch.nn.Conv2d(3, 4, 3, padding=1),
    torch.nn.ReLU(),
    torch.nn.MaxPool2d(2),
    torch.nn.Conv2d(4, 16, 5, stride=2, padding=2),
    torch.nn.ReLU(),
    torch.nn.MaxPool2d(2),
    torch.nn.Conv2d(16, 32, 7, dilation=2, padding=3),
    torch.nn.ReLU(),
)
ONE_LAYER = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3))

# %% [raw]
# # BEGIN SOLUTION
# %%
net_sizes = [3, 4, 12, 16, 112]  # SOLUTION
net_steps = [1, 2, 4, 8, 8]  # SOLUTION
net_output = (32, 122, 122)  # SOLUTION
padding_to_keep = 6  # SOLUTION


def trace(net, n):
    """Triples (size, step, width) after each Conv2d, MaxPool2d and AvgPool2d of net, for n x n pixels."""
    # BEGIN SOLUTION
    rows, size, step, width = [], 1, 1, n
    for layer in net:
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.MaxPool2d, torch.nn.AvgPool2d)):
            settings = layer.kernel_size, layer.stride, layer.padding, getattr(layer, "dilation", 1)
            kernel, stride, padding, dilation = (np.ravel(value).tolist()[0] for value in settings)
            reach = dilation * (kernel - 1)
            size += reach * step
            step *= stride
            width = (width + 2 * padding - reach - 1) // stride + 1
            rows.append((size, step, width))
    return rows
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A single convolution with windows of 3 x 3 gives (3, 1, 8) on images of 10 x 10 pixels.
"""  # END TEST CONFIG


def test_one_layer(net_sizes, net_steps, net_output, padding_to_keep, trace, ONE_LAYER):
    for name, value, length in (
        ("net_sizes", net_sizes, 5),
        ("net_steps", net_steps, 5),
        ("net_output", net_output, 3),
    ):
        assert isinstance(value, (list, tuple)), f"{name} should be a list of {length} integers"
        assert len(value) == length, f"{name}: expected {length} integers, got {len(value)}"
        assert all(type(n) is int for n in value), f"{name} should hold integers"
    assert type(padding_to_keep) is int, "padding_to_keep should be an integer"
    got = trace(ONE_LAYER, 10)
    assert got is not None, "trace(...) returned None: expected a list of triples"
    assert isinstance(got, (list, tuple)) and len(got) == 1, "one layer: expected a list of one triple"
    assert tuple(got[0]) == (3, 1, 8), f"trace of one convolution: expected (3, 1, 8), got {tuple(got[0])}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: At least one of the numbers on paper is wrong. The last convolution is spread out by its dilation, and its
  steps are as long as all strides below make them.
"""  # END TEST CONFIG


def test_net_on_paper(net_sizes, net_steps, net_output, padding_to_keep):
    import torch
    import torch.nn.functional as F

    # along one axis, without padding, with weights of one and averages in place of maxima
    layers = [(3, 1, 1, 1), (2, 2, 1, 0), (5, 2, 1, 2), (2, 2, 1, 0), (7, 1, 2, 3)]
    for depth in range(1, 6):
        first = []
        for unit in (0, 1):
            x = torch.ones(1, 1, 200, dtype=torch.float64, requires_grad=True)
            h = x
            for kernel, stride, dilation, _ in layers[:depth]:
                h = torch.conv1d(h, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, dilation=dilation)
            h[0, 0, unit].backward()
            seen = x.grad[0, 0].nonzero()
            first.append(int(seen.min()))
        assert net_sizes[depth - 1] == int(seen.max() - seen.min()) + 1
        assert net_steps[depth - 1] == first[1] - first[0]
    meta = lambda *shape: torch.empty(shape, device="meta")
    h = F.max_pool2d(F.conv2d(meta(1, 3, 1024, 1024), meta(4, 3, 3, 3), padding=1), 2)
    h = F.max_pool2d(F.conv2d(h, meta(16, 4, 5, 5), stride=2, padding=2), 2)
    last = lambda padding: F.conv2d(h, meta(32, 16, 7, 7), padding=padding, dilation=2).shape
    assert tuple(net_output) == tuple(last(3)[1:])
    assert last(padding_to_keep)[2:] == h.shape[2:]


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: trace is wrong for some network. Are dilations, poolings, paddings, settings kept as pairs, and layers
  without any window all read rightly?
"""  # END TEST CONFIG


def test_trace_probed(trace):
    import torch
    import torch.nn.functional as F

    def probe(trace, specs, n):
        import torch

        layers = []
        for index, (kind, kernel, stride, padding, dilation) in enumerate(specs):
            # every other layer keeps its settings as pairs, pooling as integers or pairs as given
            twice = (lambda v: (v, v)) if index % 2 else (lambda v: v)
            if kind == "conv":
                layers.append(torch.nn.Conv2d(1, 1, twice(kernel), twice(stride), twice(padding), twice(dilation)))
                layers += [torch.nn.BatchNorm2d(1), torch.nn.ReLU()]
            elif kind == "max":
                layers.append(torch.nn.MaxPool2d(twice(kernel), twice(stride), twice(padding), twice(dilation)))
            else:
                layers += [torch.nn.AvgPool2d(twice(kernel), twice(stride), twice(padding)), torch.nn.Tanh()]
        return trace(torch.nn.Sequential(*layers), n)

    def measured(specs, n):
        rows = []
        for depth in range(1, len(specs) + 1):
            spans, firsts = [], []
            for unit in (0, 1):
                # no padding here, so that the whole field lies inside
                x = torch.ones(1, 1, 400, dtype=torch.float64, requires_grad=True)
                h = x
                for _, kernel, stride, _, dilation in specs[:depth]:
                    h = torch.conv1d(h, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, dilation=dilation)
                h[0, 0, unit].backward()
                seen = x.grad[0, 0].nonzero()
                firsts.append(int(seen.min()))
                spans.append(int(seen.max()) - firsts[-1] + 1)
            h = torch.ones(1, 1, n)
            for _, kernel, stride, padding, dilation in specs[:depth]:
                h = F.conv1d(h, torch.ones(1, 1, kernel), stride=stride, padding=padding, dilation=dilation)
            rows.append((spans[0], firsts[1] - firsts[0], h.shape[2]))
        return rows

    networks = [
        [("conv", 3, 1, 1, 1), ("max", 2, 2, 0, 1), ("conv", 5, 2, 2, 1), ("max", 2, 2, 0, 1), ("conv", 7, 1, 3, 2)],
        [("max", 3, 2, 1, 1), ("avg", 2, 3, 1, 1), ("conv", 3, 1, 0, 3)],
        [("conv", 11, 4, 2, 1), ("max", 3, 2, 0, 1), ("conv", 5, 1, 2, 1), ("avg", 3, 2, 0, 1)],
        [("max", 2, 1, 0, 2), ("conv", 1, 3, 0, 1), ("max", 3, 1, 1, 3), ("conv", 3, 2, 5, 1)],
        [("avg", 4, 4, 2, 1)],
        [],
    ]
    for specs in networks:
        for n in (96, 101):
            got = inside(probe)(trace, specs, n)
            assert [tuple(row) for row in got] == measured(specs, n)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-10.19"
# # BEGIN QUESTION
# name: q13_he_init
# points: 5

# %% [markdown]
# ## 13. Starting weights that keep the signal alive
#
# In a deep network, a layer that halves the variance of the numbers that pass through leaves nothing of them after
# 20 layers; one that doubles it blows them up. Take a convolution whose inputs come out of a ReLU. Its
# pre-activations are sums of products of independent weights (mean zero, variance $\sigma^2$) and inputs. If the
# pre-activations in front of the ReLU have mean zero, a symmetric distribution and variance $v$, then the mean
# square of what the ReLU lets through is $v/2$. The **He rule** chooses $\sigma^2$ such that the pre-activations
# behind the convolution have variance $v$ again; biases start at zero. Count how many products are added up in one
# pre-activation. For the backward pass one counts, instead, in how many sums one input takes part (stride one).
#
# - `he_variance(c_in, c_out, kernel, mode)`: the variance $\sigma^2$, a float. `kernel` is a tuple with the kernel
#   size along each axis; `mode` is `"forward"` or `"backward"`. For one input channel, two output channels and the
#   kernel `(2, 2)`: $0.5$ forward, $0.25$ backward.
# - `variance_ratio(c_in, kernel, variance)`: by what factor one such layer multiplies the variance of the
#   pre-activations, if its weights have the given variance. A float. For one input channel, kernel `(2, 2)` and
#   variance $0.25$: $0.5$.
# - `he_init_(conv, seed)`: start a layer of type `torch.nn.Conv1d` or `torch.nn.Conv2d` by the forward rule, **in
#   place**: weights from a normal distribution with mean 0, drawn with a `torch.Generator` that is seeded with
#   `seed`; biases, if there are any, 0. The layer may have groups. Return the layer.
#
# What do you expect for layers of $224 \times 224$ units with $C_1$ and $C_2$ channels and a kernel of $3 \times
# 3$? Which of these numbers matter?

# %%
LAYER = torch.nn.Conv2d(16, 24, 3)


# %% [raw]
# # BEGIN SOLUTION
# %%
def he_variance(c_in, c_out, kernel, mode):
    """Variance of the weights by the He rule; kernel: tuple; mode: "forward" or "backward"."""
    # BEGIN SOLUTION
    return 2 / ((c_in if mode == "forward" else c_out) * float(np.prod(kernel)))
    # END SOLUTION


def variance_ratio(c_in, kernel, variance):
    """Variance of pre-activations behind a layer over that in front of its ReLU, a float."""
    # BEGIN SOLUTION
    return variance / he_variance(c_in, c_in, kernel, "forward")
    # END SOLUTION


def he_init_(conv, seed):
    """Start a convolutional layer by the forward He rule, in place; returns the layer."""
    # BEGIN SOLUTION
    generator = torch.Generator().manual_seed(seed)
    products = conv.weight[0].numel()
    with torch.no_grad():
        conv.weight.normal_(0, (2 / products) ** 0.5, generator=generator)
        if conv.bias is not None:
            conv.bias.zero_()
    return conv
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One input channel, two output channels and a kernel of 2 x 2 give the variances 0.5 forward and 0.25
  backward; he_init_ sets the biases of LAYER to 0.
"""  # END TEST CONFIG


def test_small_layer(he_variance, variance_ratio, he_init_, LAYER):
    import torch

    for mode, expected in (("forward", 0.5), ("backward", 0.25)):
        got = he_variance(1, 2, (2, 2), mode)
        assert got is not None, "he_variance(...) returned None: expected a float"
        assert abs(got - expected) < 1e-9, f"he_variance(1, 2, (2, 2), {mode!r}): expected {expected}, got {got}"
    got = variance_ratio(1, (2, 2), 0.25)
    assert got is not None, "variance_ratio(...) returned None: expected a float"
    assert abs(got - 0.5) < 1e-9, f"variance_ratio(1, (2, 2), 0.25): expected 0.5, got {got}"
    got = he_init_(LAYER, 0)
    assert got is not None, "he_init_(LAYER, 0) returned None: expected the layer"
    assert torch.equal(LAYER.bias.detach(), torch.zeros(24)), "he_init_ should set the biases of LAYER to 0"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: he_variance is wrong for some layer. How many products make one pre-activation, and in how many
  pre-activations does one input occur?
"""  # END TEST CONFIG


def test_variance_against_torch(he_variance):
    import torch

    for c_in, c_out in ((1, 1), (16, 24), (24, 16), (3, 64)):
        for kernel in ((3, 3), (1, 1), (5,), (2, 7), (1, 4, 3)):
            weight = torch.empty(c_out, c_in, *kernel)
            products, sums = torch.nn.init._calculate_fan_in_and_fan_out(weight)
            for mode, fan in (("forward", products), ("backward", sums)):
                assert abs(he_variance(c_in, c_out, kernel, mode) * fan / 2 - 1) < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The factor that your function gives is not the one that is measured in a layer behind a ReLU. How
  many products are added up, and what does the ReLU leave of the mean square?
"""  # END TEST CONFIG


def test_ratio_measured(variance_ratio):
    import torch

    generator = torch.Generator().manual_seed(118)
    for c_in, kernel, variance in ((4, (3, 3), 0.05), (8, (1, 1), 0.25), (2, (3, 5), 0.4), (16, (5, 5), 0.001)):
        z = 1.5 * torch.randn(4, c_in, 8, 8, generator=generator, dtype=torch.float64)
        z = torch.cat([z, -z])
        weight = torch.randn(4000, c_in, *kernel, generator=generator, dtype=torch.float64)
        weight *= (variance / weight.square().mean()).sqrt()
        # on a ring every input counts the same
        ring = torch.nn.functional.pad(z.relu(), (0, kernel[1] - 1, 0, kernel[0] - 1), mode="circular")
        ratio = (torch.conv2d(ring, weight).square().mean() / z.square().mean()).item()
        # over 200 other seeds the ratio measured strays by at most 2.5 %; a factor 2 or a forgotten count is far away
        assert abs(variance_ratio(c_in, kernel, variance) / ratio - 1) < 0.15
    for c_in, kernel in ((1, (1, 1)), (7, (3, 3)), (64, (2, 5))):
        assert abs(variance_ratio(c_in, kernel, 2.0) - torch.ones(c_in, *kernel).sum().item()) < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: he_init_ does not start some layer as it should. Look at the spread and the shape of the distribution, the
  biases, the seed, groups, and whether the layer itself is changed.
"""  # END TEST CONFIG


def test_started_layers(he_init_):
    import torch

    def probe(he_init_, arguments, settings, seeds):
        import torch

        drawn = []
        for index, seed in enumerate(seeds):
            torch.manual_seed(index)
            layer = (torch.nn.Conv1d if settings["one_axis"] else torch.nn.Conv2d)(*arguments, **settings["more"])
            weight, trained, bias = layer.weight, layer.weight.requires_grad, layer.bias
            same = he_init_(layer, seed) is layer and layer.weight is weight and layer.bias is bias and trained
            same = same and weight.requires_grad and weight.is_leaf
            drawn.append((bool(same), weight.detach(), bias if bias is None else bias.detach()))
        return drawn

    for arguments, one_axis, more in (
        ((64, 32, 5), False, {}),
        ((32, 64, (3, 7)), False, {"bias": False, "padding": 1}),
        ((32, 256, 9), True, {"stride": 2}),
        ((64, 256, 5), False, {"groups": 4}),
        ((4096, 1, 11), True, {}),
    ):
        first, again, other = inside(probe)(he_init_, arguments, {"one_axis": one_axis, "more": more}, (3, 3, 4))
        for same, weight, bias in (first, again, other):
            assert same and (bias is None or not bias.any())
            sigma = (2 / weight[0].numel()) ** 0.5
            # at least 40000 draws: over 200 seeds the deviation strays by 1.1 %, the mean by 1.5 % of it
            assert abs(weight.std().item() / sigma - 1) < 0.05
            assert abs(weight.mean().item()) < 0.05 * sigma
            # of normal numbers 68.3 % lie within one deviation (0.7 % more or less over 200 seeds), of uniform ones 58 %
            assert abs((weight.abs() < sigma).double().mean().item() - 0.683) < 0.025
        assert torch.equal(first[1], again[1]) and not torch.equal(first[1], other[1])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_signal():
    figure, axis = plt.subplots(figsize=(7, 3))
    forward = he_variance(32, 32, (3, 3), "forward")
    for label, variance in (("He rule", forward), ("half of it", forward / 2), ("1.5 times it", 1.5 * forward)):
        generator = torch.Generator().manual_seed(0)
        h = torch.randn(4, 32, 16, 16, generator=generator)
        measured = []
        for _ in range(20):
            weight = variance**0.5 * torch.randn(32, 32, 3, 3, generator=generator)
            h = F.conv2d(F.pad(h.relu(), (1, 1, 1, 1), mode="circular"), weight)
            measured.append(h.var().item())
        axis.semilogy(range(1, 21), measured, "o-", markersize=3, label=label)
    axis.set(title="variance of the pre-activations, 32 channels, 3 x 3", xlabel="layer")
    axis.legend()
    figure.tight_layout()


show(draw_signal)

# %% [raw] sources="cs-cnn-4"
# # BEGIN QUESTION
# name: q14_residual_filters
# points: 5

# %% [markdown]
# ## 14. Filters beside a skip connection
#
# A convolution $f$ with the filters $w$ can stand alone, $y = f(x; w)$, or beside a **skip connection**, $y = f(x;
# w) + x$. Train the same network in both forms, and the filters that come out look entirely different. Here you
# find out why. All convolutions have $c$ channels in and out, odd kernel size $k$, stride one, zero padding of
# $\lfloor k/2 \rfloor$ and no bias, so `x` and `y` have the same shape `(N, c, H, W)` and filters have the shape
# `(c, c, k, k)` (output channel first). All tensors are float64.
#
# - `delta_kernel(c, k)`: the filters that pass every input on unchanged, $f(x; \delta) = x$. For $c = 1$, $k = 3$
#   it is zero but for a 1 in the middle.
# - `plain_from_residual(w)`: filters with which the plain layer computes what the layer with a skip connection
#   computes with `w`.
# - `residual_from_plain(w)`: the other way round. Both leave `w` as it is.
# - `fit(x, y, residual, steps, rate)`: gradient descent for filters of kernel size 3. Start with all filters zero,
#   take `steps` steps of size `rate` downhill on the mean squared error between the layer's output and `y` (the
#   mean over all its entries), and return the filters. With `residual=True` the layer has a skip connection. The
#   returned tensor needs no gradient.
# - `residual_facts`: decide five statements, `True` or `False`. They are about the single layer with kernel size
#   3, and they are meant for all data and all filters.
#
# | key | statement |
# | --- | --- |
# | `"same_maps"` | Every map of the plain layer is also a map of the layer with skip connection, and the other way round. |
# | `"same_filters"` | If both forms compute the same map, they have the same filters. |
# | `"learns_the_rest"` | With the same `steps` and `rate`, `fit(x, y, True, …)` gives the same filters as `fit(x, y - x, False, …)`. |
# | `"zero_is_identity"` | With all filters zero, the layer with skip connection passes its input on unchanged. |
# | `"residual_fits_better"` | There are data for which the best filters beside a skip connection have a smaller error than the best plain ones. |


# %% [raw]
# # BEGIN SOLUTION
# %%
def delta_kernel(c, k):
    """Filters (c, c, k, k), float64, of the convolution that changes nothing; k odd."""
    # BEGIN SOLUTION
    delta = torch.zeros(c, c, k, k, dtype=torch.float64)
    delta[range(c), range(c), k // 2, k // 2] = 1
    return delta
    # END SOLUTION


def plain_from_residual(w):
    """Filters of the plain layer that computes f(x; w) + x."""
    # BEGIN SOLUTION
    return w + delta_kernel(len(w), w.shape[-1])
    # END SOLUTION


def residual_from_plain(w):
    """Filters with which the layer with skip connection computes f(x; w)."""
    # BEGIN SOLUTION
    return w - delta_kernel(len(w), w.shape[-1])
    # END SOLUTION


def fit(x, y, residual, steps, rate):
    """Filters (c, c, 3, 3) after gradient descent from zero on the mean squared error; x, y: (N, c, H, W)."""
    # BEGIN SOLUTION
    w = torch.zeros(x.shape[1], x.shape[1], 3, 3, dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        output = F.conv2d(x, w, padding=1) + (x if residual else 0)
        (gradient,) = torch.autograd.grad(F.mse_loss(output, y), w)
        with torch.no_grad():
            w -= rate * gradient
    return w.detach()
    # END SOLUTION


residual_facts = {}
residual_facts["same_maps"] = True  # SOLUTION
residual_facts["same_filters"] = False  # SOLUTION
residual_facts["learns_the_rest"] = True  # SOLUTION
residual_facts["zero_is_identity"] = True  # SOLUTION
residual_facts["residual_fits_better"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For one channel and kernel size 3 the identity has a 1 in the middle; after no steps all filters are
  still zero.
"""  # END TEST CONFIG


def test_one_channel(delta_kernel, plain_from_residual, residual_from_plain, fit, residual_facts):
    import torch

    got = delta_kernel(1, 3)
    assert isinstance(got, torch.Tensor), "delta_kernel(1, 3) should return a tensor"
    assert tuple(got.shape) == (1, 1, 3, 3), f"delta_kernel(1, 3): expected shape (1, 1, 3, 3), got {tuple(got.shape)}"
    assert got.dtype == torch.float64, f"delta_kernel: expected float64, got {got.dtype}"
    expected = [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    assert got[0, 0].tolist() == expected, f"delta_kernel(1, 3)[0, 0]: expected {expected}, got {got[0, 0].tolist()}"
    w = torch.full((1, 1, 1, 1), 2.0, dtype=torch.float64)
    for name, function, value in (
        ("plain_from_residual", plain_from_residual, 3),
        ("residual_from_plain", residual_from_plain, 1),
    ):
        got = function(w)
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor"
        assert tuple(got.shape) == (1, 1, 1, 1), f"{name}: expected shape (1, 1, 1, 1), got {tuple(got.shape)}"
        assert abs(got.item() - value) < 1e-9, f"{name} of the 1 x 1 filter 2: expected {value}, got {got.item()}"
    x = torch.ones(1, 2, 4, 4, dtype=torch.float64)
    got = fit(x, x, False, 0, 0.1)
    assert isinstance(got, torch.Tensor), "fit(...) should return a tensor"
    assert tuple(got.shape) == (2, 2, 3, 3), f"fit: expected shape (2, 2, 3, 3), got {tuple(got.shape)}"
    assert not got.any(), "after 0 steps all filters should be zero"
    assert isinstance(residual_facts, dict), "residual_facts should be a dictionary"
    for key in ("same_maps", "same_filters", "learns_the_rest", "zero_is_identity", "residual_fits_better"):
        assert isinstance(residual_facts.get(key), bool), f"residual_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The identity as a convolution, or one of the two translations, is wrong for some number of channels or
  kernel size.
"""  # END TEST CONFIG


def test_same_outputs(delta_kernel, plain_from_residual, residual_from_plain):
    import torch

    generator = torch.Generator().manual_seed(119)
    draw = lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)
    for c in (1, 2, 3, 8):
        for k in (1, 3, 5, 7):
            x, w = draw(2, c, 6, 9), draw(c, c, k, k)
            f = lambda filters: torch.conv2d(x, filters, padding=k // 2)
            delta, plain, residual = delta_kernel(c, k), plain_from_residual(w), residual_from_plain(w)
            assert tuple(delta.shape) == tuple(plain.shape) == tuple(residual.shape) == (c, c, k, k)
            # sums of at most 8 * 49 products of numbers around 1, in float64
            assert torch.allclose(f(delta), x, rtol=0, atol=1e-10)
            assert torch.allclose(f(plain), f(w) + x, rtol=0, atol=1e-10)
            assert torch.allclose(f(residual) + x, f(w), rtol=0, atol=1e-10)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: fit does not give the filters that gradient descent gives. Where do the filters start, over what is the mean
  taken, and where does the skip connection enter?
"""  # END TEST CONFIG


def test_fit_against_sgd(fit):
    import torch

    generator = torch.Generator().manual_seed(120)
    draw = lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)
    for n, c, h, w in ((1, 1, 5, 5), (4, 3, 6, 4), (8, 2, 12, 12)):
        x, y = draw(n, c, h, w), draw(n, c, h, w)
        for residual in (False, True):
            for steps, rate in ((1, 0.3), (7, 0.1)):
                layer = torch.nn.Conv2d(c, c, 3, padding=1, bias=False, dtype=torch.float64)
                torch.nn.init.zeros_(layer.weight)
                optimiser = torch.optim.SGD(layer.parameters(), lr=rate)
                for _ in range(steps):
                    optimiser.zero_grad()
                    # the skip connection on the other side of the comparison
                    (layer(x) - (y - x if residual else y)).square().mean().backward()
                    optimiser.step()
                got = fit(x, y, residual, steps, rate)
                assert not got.requires_grad and got.dtype == torch.float64
                assert torch.allclose(got, layer.weight.detach(), rtol=0, atol=1e-10)
    # trained to the end, both forms find a map that both can have
    x, target = draw(16, 2, 10, 10), 0.3 * draw(2, 2, 3, 3)
    y = torch.conv2d(x, target, padding=1)
    identity = torch.zeros_like(target)
    identity[0, 0, 1, 1] = identity[1, 1, 1, 1] = 1.0
    # the slowest direction shrinks to 0.7 of itself or less in each step: 120 steps leave less than 1e-9
    assert torch.allclose(fit(x, y, False, 120, 0.5), target, rtol=0, atol=1e-6)
    assert torch.allclose(fit(x, y, True, 120, 0.5), target - identity, rtol=0, atol=1e-6)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about the two forms is decided wrongly. What is left for f to learn
  when x is already there?
"""  # END TEST CONFIG


def test_residual_facts(residual_facts):
    import torch

    generator = torch.Generator().manual_seed(121)
    draw = lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)

    def descend(x, y, skip):
        w = torch.zeros(2, 2, 3, 3, dtype=torch.float64, requires_grad=True)
        for _ in range(5):
            loss = (torch.conv2d(x, w, padding=1) + skip * x - y).square().mean()
            w = (w - 0.2 * torch.autograd.grad(loss, w)[0]).detach().requires_grad_()
        return w.detach()

    worst = dict.fromkeys(("same_maps", "same_filters", "learns_the_rest", "zero_is_identity"), 0.0)
    gain = 0.0
    for _ in range(5):
        x, y, w = draw(3, 2, 6, 6), draw(3, 2, 6, 6), draw(2, 2, 3, 3)
        # the best filters of either form, by least squares over all windows
        windows = torch.nn.functional.unfold(x, 3, padding=1).transpose(1, 2).reshape(-1, 18)
        rows = lambda image: image.permute(0, 2, 3, 1).reshape(-1, 2)
        best = lambda aim: torch.linalg.lstsq(windows, aim).solution
        error = lambda aim: (windows @ best(aim) - aim).square().mean().item()
        # is f(x; w) + x a map of the plain layer, and f(x; w) one of the other form?
        plain_map, residual_map = windows @ w.reshape(2, 18).T, windows @ w.reshape(2, 18).T + rows(x)
        measured = {
            "same_maps": max(error(residual_map), error(plain_map - rows(x))),
            "same_filters": (best(plain_map) - best(plain_map - rows(x))).abs().max().item(),
            "learns_the_rest": (descend(x, y, 1) - descend(x, y - x, 0)).abs().max().item(),
            "zero_is_identity": (torch.conv2d(x, torch.zeros_like(w), padding=1) + x - x).abs().max().item(),
        }
        worst = {key: max(worst[key], value) for key, value in measured.items()}
        gain = max(gain, error(rows(y)) - error(rows(y) - rows(x)))
    for key, value in worst.items():
        assert residual_facts[key] is (value < 1e-9)
    assert residual_facts["residual_fits_better"] is (gain > 1e-9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_filters():
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(16, 2, 10, 10, generator=generator, dtype=torch.float64)
    detail = 0.2 * torch.randn(2, 2, 3, 3, generator=generator, dtype=torch.float64)
    y = F.conv2d(x, detail, padding=1) + x
    figure, axes = plt.subplots(2, 4, figsize=(9, 4.6))
    for row, (residual, title) in zip(axes, ((False, "plain"), (True, "skip"))):
        w = fit(x, y, residual, 60, 0.5)
        for index, axis in enumerate(row):
            o, i = divmod(index, 2)
            axis.imshow(w[o, i], cmap="RdBu", vmin=-1.2, vmax=1.2)
            axis.set(title=f"{title}: channel {i + 1} to {o + 1}", xticks=[], yticks=[])
    figure.tight_layout()


show(draw_filters)

# %% [markdown]
# ## Images: notation for the second half
#
# An image $x$ with $C_i$ channels and a kernel $w$ of $k_h \times k_w$ give the **feature map**
#
# $$y_{o,i,j} = b_o + \sum_{c} \sum_{u=0}^{k_h - 1} \sum_{v=0}^{k_w - 1}
# w_{o,c,u,v}\; x_{c,\,s_h i + u - p_h,\,s_w j + v - p_w} .$$
#
# - $o$ counts the $C_o$ output channels, $s_h, s_w$ are the **strides**, and $p_h, p_w$ rows and columns of zeros are
#   added **on each side** (the **padding**). $x$ is zero there.
# - This is a **cross-correlation**: $w_{u,v}$ meets the pixel $u$ below and $v$ to the right. Deep learning calls it
#   convolution. A **true convolution** flips the kernel first, in both directions. Where it matters we say which.
# - Shapes: an image batch is $(N, C_i, H, W)$, a kernel $(C_o, C_i, k_h, k_w)$, a bias $(C_o,)$.
#
# Here, too, code counts from 0. "No convolution function" in a question means: nothing like `F.conv2d`, `F.unfold`,
# `np.convolve` or `np.correlate`.

# %% [raw] sources="d2l-6.1-1 d2l-6.4-5"
# # BEGIN QUESTION
# name: q15_one_by_one
# points: 5

# %% [markdown]
# ## 15. One by one
#
# A kernel of $1 \times 1$ looks at a single pixel, but at all its channels:
# $y_{o,i,j} = b_o + \sum_c w_{o,c}\, x_{c,i,j}$. With the weights $(2, -1)$ and bias $5$, a pixel with the channels
# $(3, 4)$ becomes $5 + 6 - 4 = 7$. This is a fully connected layer, the same at every pixel.
#
# Write four functions.
#
# - `pixelwise(x, weight, bias)`: `x` has shape `(N, C_i, H, W)`, `weight` `(C_o, C_i)`, `bias` `(C_o,)`. Returns the
#   tensor of shape `(N, C_o, H, W)`, in the dtype of `x`, without a convolution function.
# - `as_conv(weight, bias)`: returns a `torch.nn.Conv2d` that computes the same. Its parameters are its own (later
#   changes of `weight` do not reach it), trainable, and have the dtype of `weight`. `bias` may be `None`: then the
#   layer has none.
# - `by_channels(x, weight)`: for one image `x` of shape `(C_i, H, W)`, with `weight` as above. Begins with zeros and
#   adds the contributions of the channels one after another. Returns `(C_o, H, W)` in the dtype of `x`; no bias, no
#   convolution function.
# - `agreement(y1, y2)`: compares two floating-point tensors of the same shape. Returns `"equal"` if all entries are the
#   same numbers, `"rounding"` if they are not, but the largest absolute difference is at most $10^{-5}$ times the
#   largest absolute value in `y1`, and `"different"` otherwise.
#
# A matrix product and `by_channels` add up the same products. Are the sums the same numbers? Try it with 64 channels
# of `torch.randn`. Then set each entry of `rounding_facts` to `True` or `False`.
#
# - `"exact_arithmetic"`: with exact numbers, both ways give the same result for every input.
# - `"float32_bitwise"`: in float32 a sum of 64 random products is the same number in whichever order it is formed.
# - `"float64_bitwise"`: in float64 it is.
# - `"small_integers_bitwise"`: if all inputs and weights are integers between $-8$ and $8$, stored as float32, it is.
# - `"stays_at_its_pixel"`: in a stack of $1 \times 1$ convolutions with ReLUs between them, a change of one pixel of
#   the input changes the output at this pixel only.


# %% [raw]
# # BEGIN SOLUTION
# %%
def pixelwise(x, weight, bias):
    """The fully connected layer (weight, bias) at every pixel: (N, C_i, H, W) -> (N, C_o, H, W)."""
    # BEGIN SOLUTION
    return torch.einsum("oc,nchw->nohw", weight, x) + bias[:, None, None]
    # END SOLUTION


def as_conv(weight, bias):
    """A torch.nn.Conv2d with 1x1 kernels that holds a copy of weight (C_o, C_i) and bias (C_o,) or None."""
    # BEGIN SOLUTION
    c_out, c_in = weight.shape
    conv = torch.nn.Conv2d(c_in, c_out, 1, bias=bias is not None, dtype=weight.dtype)
    with torch.no_grad():
        conv.weight.copy_(weight[:, :, None, None])
        if bias is not None:
            conv.bias.copy_(bias)
    return conv
    # END SOLUTION


def by_channels(x, weight):
    """1x1 convolution of x (C_i, H, W) with weight (C_o, C_i), one channel after another: (C_o, H, W)."""
    # BEGIN SOLUTION
    y = torch.zeros(len(weight), *x.shape[1:], dtype=x.dtype)
    for c, plane in enumerate(x):
        y += weight[:, c, None, None] * plane
    return y
    # END SOLUTION


def agreement(y1, y2):
    """ "equal", "rounding" or "different"."""
    # BEGIN SOLUTION
    if torch.equal(y1, y2):
        return "equal"
    return "rounding" if (y1 - y2).abs().max() <= 1e-5 * y1.abs().max() else "different"
    # END SOLUTION


rounding_facts = {}
rounding_facts["exact_arithmetic"] = True  # SOLUTION
rounding_facts["float32_bitwise"] = False  # SOLUTION
rounding_facts["float64_bitwise"] = False  # SOLUTION
rounding_facts["small_integers_bitwise"] = True  # SOLUTION
rounding_facts["stays_at_its_pixel"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The weights (2, -1) and the bias 5 turn a pixel with the channels (3, 4) into 7.
"""  # END TEST CONFIG


def test_one_pixel(pixelwise, as_conv, by_channels, agreement, rounding_facts):
    import torch

    x = torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1)
    weight, bias = torch.tensor([[2.0, -1.0]]), torch.tensor([5.0])
    got = pixelwise(x, weight, bias)
    assert isinstance(got, torch.Tensor), "pixelwise should return a tensor"
    assert got.shape == (1, 1, 1, 1), f"pixelwise: expected shape (1, 1, 1, 1), got {tuple(got.shape)}"
    assert abs(got.item() - 7) < 1e-5, f"pixelwise: expected 7, got {got.item()}"
    conv = as_conv(weight, bias)
    assert isinstance(conv, torch.nn.Conv2d), "as_conv should return a torch.nn.Conv2d"
    assert abs(conv(x).item() - 7) < 1e-5, f"as_conv: expected the output 7, got {conv(x).item()}"
    got = by_channels(x[0], weight)
    assert isinstance(got, torch.Tensor), "by_channels should return a tensor"
    assert got.shape == (1, 1, 1), f"by_channels: expected shape (1, 1, 1), got {tuple(got.shape)}"
    assert abs(got.item() - 2) < 1e-5, f"by_channels: expected 2, got {got.item()}"
    got = agreement(x, x + 1)
    assert got == "different", f"agreement of tensors that are 1 apart: expected 'different', got {got!r}"
    assert isinstance(rounding_facts, dict), "rounding_facts should be a dictionary"
    keys = ["exact_arithmetic", "float32_bitwise", "float64_bitwise", "small_integers_bitwise", "stays_at_its_pixel"]
    for key in keys:
        assert isinstance(rounding_facts.get(key), bool), f"rounding_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: pixelwise or by_channels is not a fully connected layer at each pixel. Use sizes that are all
  different, and watch which axis is which.
"""  # END TEST CONFIG


def test_layer_at_each_pixel(pixelwise, by_channels):
    import torch

    torch.manual_seed(151)
    for n, c_in, c_out, h, w in ((2, 3, 5, 4, 6), (1, 1, 1, 1, 1), (3, 7, 2, 1, 5), (2, 4, 4, 3, 3), (1, 2, 6, 5, 2)):
        for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-4)):
            # transposed, so not contiguous; at most 7 products of standard normals are added
            x = torch.randn(n, c_in, w, h, dtype=dtype).transpose(2, 3)
            weight, bias = (torch.randn(c_out, c_in, dtype=dtype), torch.randn(c_out, dtype=dtype))
            expected = torch.nn.functional.conv2d(x, weight[:, :, None, None], bias)
            got = pixelwise(x, weight, bias)
            assert got.dtype == dtype and got.shape == expected.shape
            assert (got - expected).abs().max() < tolerance
            one = by_channels(x[0], weight)
            assert one.dtype == dtype and one.shape == expected[0].shape
            assert (one - expected[0] + bias[:, None, None]).abs().max() < tolerance


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The layer that as_conv makes is not the same layer. It needs 1x1 kernels, a bias only if one is
  given, the right dtype and parameters of its own.
"""  # END TEST CONFIG


def test_made_layer(as_conv):
    import torch

    torch.manual_seed(152)

    def changed_afterwards(as_conv, weight, bias, x):
        conv = as_conv(weight, bias)
        before = conv(x).detach().clone()
        weight.mul_(2)
        bias.add_(1)
        return before, conv(x).detach(), len(list(conv.parameters()))

    for c_in, c_out, dtype in ((3, 5, torch.float64), (4, 1, torch.float32), (1, 2, torch.float64)):
        x = torch.randn(2, c_in, 4, 3, dtype=dtype)
        weight, bias = (torch.randn(c_out, c_in, dtype=dtype), torch.randn(c_out, dtype=dtype))
        for given in (bias, None):
            conv = as_conv(weight, given)
            assert isinstance(conv, torch.nn.Conv2d)
            assert conv.weight.dtype == dtype and conv.weight.shape == (c_out, c_in, 1, 1)
            assert conv.weight.requires_grad and (conv.bias is None) is (given is None)
            expected = torch.nn.functional.conv2d(x, weight[:, :, None, None], given)
            assert (conv(x) - expected).abs().max() < 1e-5
        before, after, parameters = inside(changed_afterwards)(as_conv, weight.clone(), bias.clone(), x)
        assert torch.equal(before, after) and parameters == 2


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: agreement misjudges a pair. Look at the size of the difference relative to the size of the numbers,
  whatever their signs.
"""  # END TEST CONFIG


def test_three_verdicts(agreement):
    import torch

    torch.manual_seed(153)
    for scale in (1e-6, 1.0, 1e6):
        for dtype in (torch.float32, torch.float64):
            y = scale * (torch.rand(3, 4, 5, dtype=dtype) + 1)
            largest = y.max()
            for sign in (1, -1):
                # 1e-5 is the bound: 2e-6 is well inside, 5e-5 well outside
                for gap, verdict in ((0.0, "equal"), (2e-6, "rounding"), (-2e-6, "rounding"), (5e-5, "different")):
                    other = y.clone()
                    other[1, 2, 3] += gap * largest
                    assert agreement(sign * y, sign * other) == verdict
                    assert agreement(sign * other, sign * y) == verdict
            assert agreement(y, -y) == "different"
            far = y.clone()
            far[0, 0, 0] -= 0.5 * scale
            assert agreement(y, far) == agreement(far, y) == "different"
    assert agreement(torch.zeros(2, 2), torch.zeros(2, 2)) == "equal"
    # one large number sets the scale for all
    assert agreement(torch.tensor([1000.0, 1.0]), torch.tensor([1000.0, 1.005])) == "rounding"
    assert agreement(torch.tensor([0.0, 1.0]), torch.tensor([1000.0, 1.0])) == "different"
    assert agreement(torch.tensor([0.0, 1.0]), torch.tensor([0.0, 1.00002])) == "different"
    assert agreement(torch.zeros(2), torch.tensor([0.0, 1e-9])) == "different"
    # exactly at the bound
    one, other = (torch.tensor([0.0, 1.0], dtype=torch.float64), torch.tensor([1e-5, 1.0], dtype=torch.float64))
    assert agreement(one, other) == agreement(-one, -other) == "rounding"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements is decided wrongly. Add up 64 products forwards and backwards.
"""  # END TEST CONFIG


def test_rounding_facts(rounding_facts):
    from fractions import Fraction

    import numpy as np
    import torch

    rng = np.random.default_rng(154)

    def always_equal(draw, dtype):
        equal = True
        for _ in range(200):
            terms = (draw() * draw()).astype(dtype)
            forwards, backwards = dtype(0), dtype(0)
            for a, b in zip(terms, terms[::-1]):
                forwards, backwards = forwards + a, backwards + b
            equal = equal and bool(forwards == backwards)
        return equal

    normal = lambda: rng.normal(size=64).astype(np.float32)
    double = lambda: rng.normal(size=64)
    integers = lambda: rng.integers(-8, 9, size=64)
    terms = [Fraction(int(a), 7) * Fraction(int(b), 3) for a, b in zip(integers(), integers())]
    assert rounding_facts["exact_arithmetic"] is (sum(terms) == sum(terms[::-1]))
    assert rounding_facts["float32_bitwise"] is always_equal(normal, np.float32)
    assert rounding_facts["float64_bitwise"] is always_equal(double, np.float64)
    assert rounding_facts["small_integers_bitwise"] is always_equal(integers, np.float32)
    torch.manual_seed(155)
    layers = [torch.nn.Conv2d(3, 8, 1), torch.nn.ReLU(), torch.nn.Conv2d(8, 8, 1), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers, torch.nn.Conv2d(8, 2, 1)).double()
    x = torch.randn(1, 3, 5, 6, dtype=torch.float64)
    other = x.clone()
    other[0, :, 2, 3] += 1
    changed = ((net(x) - net(other)).abs() > 1e-9).any(dim=1)[0].nonzero().tolist()
    assert rounding_facts["stays_at_its_pixel"] is (changed == [[2, 3]])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-6.1-3 d2l-6.3-1 d2l-6.3-2"
# # BEGIN QUESTION
# name: q16_size_and_border
# points: 6

# %% [markdown]
# ## 16. Sizes and borders
#
# Along one axis, a window of $k$ pixels slides over $n$ pixels with $p$ zeros added on **each** side, in steps of $s$.
# With **dilation** $d$, neighbouring entries of the window are $d$ pixels apart, so it spans $d(k - 1) + 1$. Windows
# that would reach beyond the padded input are left out. For $n = 6$, $k = 3$, $p = 0$, $s = 2$ the windows start at
# $0$ and $2$: two outputs.
#
# First by hand: an image of $8 \times 8$ meets a kernel of $3 \times 5$ with padding $(0, 1)$ and stride $(3, 4)$. Set
# `shape_8x8` to the pair (height, width) of the output. An image of $240 \times 240$ goes through ten convolutions of
# $5 \times 5$ without padding, stride 1. Set `side_240` to the side of the output.
#
# Then write four functions; all arguments are integers.
#
# - `output_size(n, k, p=0, s=1, d=1)`: the number of outputs, an int. If not even one window fits, it raises
#   `ValueError`.
# - `same_padding(k, d=1)`: the pair `(left, right)` of zeros to add so that with stride 1 the output is as long as the
#   input. The two are as equal as possible; if one is larger, it is the right one.
# - `settings(n, m, k, max_p, max_s)`: the set of all pairs `(p, s)` with $0 \le p \le$ `max_p` and $1 \le s \le$
#   `max_s` that turn $n$ pixels into exactly $m$ (dilation 1). A pair with which no window fits never counts.
# - `coverage(h, w, k, p)`: an integer array of shape `(h, w)`: how many windows of $k \times k$, at stride 1 with
#   padding $p$ on each side, contain this pixel. A $3 \times 3$ image with $k = 2$, $p = 0$ has
#   `[[1, 2, 1], [2, 4, 2], [1, 2, 1]]`. At least one window fits.
#
# Last, what happens at the border? Set each entry of `border_facts` to `True` or `False`. Kernels are $k \times k$ with
# $k$ odd and $k \ge 3$, the stride is 1, and images are larger than $2k \times 2k$.
#
# - `"corner_enters_once"`: without padding, a corner pixel enters only one output.
# - `"padding_treats_all_alike"`: with zero padding $p = (k - 1) / 2$, each pixel enters $k^2$ outputs.
# - `"constant_stays_constant"`: with zero padding $p = (k - 1) / 2$, an image of equal positive pixels gives equal
#   outputs, for every kernel.
# - `"circular_stays_constant"`: with circular padding (the image continues on its other side) it does.
# - `"same_shape_same_values"`: two settings of padding and stride that give the same output shape, for the same kernel
#   and image, give the same output.


# %% [raw]
# # BEGIN SOLUTION
# %%
shape_8x8 = (2, 2)  # SOLUTION
side_240 = 200  # SOLUTION


def output_size(n, k, p=0, s=1, d=1):
    """Outputs of a window of k pixels on n pixels; p zeros on each side, stride s, dilation d."""
    # BEGIN SOLUTION
    last_start = n + 2 * p - d * (k - 1) - 1
    if last_start < 0:
        raise ValueError(f"a window of {k} pixels with dilation {d} does not fit into {n} + 2 * {p}")
    return last_start // s + 1
    # END SOLUTION


def same_padding(k, d=1):
    """Zeros (left, right) that keep the length at stride 1."""
    # BEGIN SOLUTION
    total = d * (k - 1)
    return total // 2, total - total // 2
    # END SOLUTION


def settings(n, m, k, max_p, max_s):
    """All (padding, stride) that turn n pixels into m, a set of pairs."""
    # BEGIN SOLUTION
    found = set()
    for p in range(max_p + 1):
        for s in range(1, max_s + 1):
            if n + 2 * p >= k and output_size(n, k, p, s) == m:
                found.add((p, s))
    return found
    # END SOLUTION


def coverage(h, w, k, p):
    """How many k x k windows contain each pixel, an integer array of shape (h, w)."""

    # BEGIN SOLUTION
    def along(n):
        starts = np.arange(-p, n + p - k + 1)
        pixels = np.arange(n)[:, None]
        return ((starts <= pixels) & (pixels < starts + k)).sum(axis=1)

    return np.outer(along(h), along(w))
    # END SOLUTION


border_facts = {}
border_facts["corner_enters_once"] = True  # SOLUTION
border_facts["padding_treats_all_alike"] = False  # SOLUTION
border_facts["constant_stays_constant"] = False  # SOLUTION
border_facts["circular_stays_constant"] = True  # SOLUTION
border_facts["same_shape_same_values"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Six pixels, a window of 3 and stride 2 give 2 outputs; the 3 x 3 image with 2 x 2 windows has 4 in
  the middle.
"""  # END TEST CONFIG


def test_small_sizes(shape_8x8, side_240, output_size, same_padding, settings, coverage, border_facts):
    import numpy as np

    assert isinstance(shape_8x8, (tuple, list)) and len(shape_8x8) == 2, "shape_8x8 should be a pair"
    assert type(side_240) is int, "side_240 should be an integer"
    got = output_size(6, 3, 0, 2)
    assert type(got) is int, f"output_size should return an int, got {type(got).__name__}"
    assert got == 2, f"output_size(6, 3, 0, 2): expected 2, got {got}"
    got = same_padding(3)
    assert isinstance(got, (tuple, list)) and len(got) == 2, "same_padding should return (left, right)"
    assert tuple(got) == (1, 1), f"same_padding(3): expected (1, 1), got {tuple(got)}"
    got = settings(6, 4, 3, 1, 2)
    assert isinstance(got, set), f"settings should return a set, got {type(got).__name__}"
    assert got == {(0, 1)}, f"settings(6, 4, 3, 1, 2): expected {{(0, 1)}}, got {got}"
    got = coverage(3, 3, 2, 0)
    assert got is not None, "coverage(...) returned None: expected an array"
    got, expected = np.asarray(got), [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    assert got.shape == (3, 3), f"coverage: expected shape (3, 3), got {got.shape}"
    assert np.issubdtype(got.dtype, np.integer), f"coverage: expected integers, got dtype {got.dtype}"
    assert got.tolist() == expected, f"coverage(3, 3, 2, 0): expected {expected}, got {got.tolist()}"
    assert isinstance(border_facts, dict), "border_facts should be a dictionary"
    keys = ["corner_enters_once", "padding_treats_all_alike", "constant_stays_constant", "circular_stays_constant"]
    for key in [*keys, "same_shape_same_values"]:
        assert isinstance(border_facts.get(key), bool), f"border_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A size is wrong. Padding counts on both sides, a division that leaves a rest is rounded down, and the
  first window counts, too.
"""  # END TEST CONFIG


def test_sizes_of_layers(shape_8x8, side_240, output_size):
    import torch

    image = torch.zeros(1, 1, 8, 8)
    layer = torch.nn.Conv2d(1, 1, (3, 5), padding=(0, 1), stride=(3, 4))
    assert tuple(shape_8x8) == tuple(layer(image).shape[2:])
    x = torch.zeros(1, 1, 240, 240)
    for _ in range(10):
        x = torch.nn.functional.conv2d(x, torch.zeros(1, 1, 5, 5))
    assert side_240 == x.shape[2]
    for n in (1, 2, 5, 6, 7, 12, 13):
        for k in range(1, 6):
            for p in range(4):
                for s in range(1, 5):
                    for d in (1, 2, 3):
                        try:
                            y = torch.nn.functional.conv1d(
                                torch.zeros(1, 1, n), torch.zeros(1, 1, k), padding=p, stride=s, dilation=d
                            )
                        except RuntimeError:
                            try:
                                output_size(n, k, p, s, d)
                            except ValueError:
                                continue
                            raise AssertionError("a window that does not fit should raise ValueError") from None
                        got = output_size(n, k, p, s, d)
                        assert type(got) is int and got == y.shape[2]
    assert output_size(7, 3) == 5 and output_size(7, 3, s=2) == 3 and output_size(7, 3, p=1) == 7


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With your padding some output is longer or shorter than the input, or the zeros are not shared out as
  asked. Try even windows.
"""  # END TEST CONFIG


def test_padding_keeps_length(same_padding):
    import torch

    for k in range(1, 8):
        for d in range(1, 5):
            left, right = same_padding(k, d)
            assert type(left) is int and type(right) is int and right - left in (0, 1)
            x = torch.nn.functional.pad(torch.zeros(1, 1, 11), (left, right))
            assert torch.nn.functional.conv1d(x, torch.zeros(1, 1, k), dilation=d).shape[2] == 11
        assert tuple(same_padding(k)) == tuple(same_padding(k, 1))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some pair of padding and stride is missing or does not belong there. Stride and rounding can hit the
  same size in several ways.
"""  # END TEST CONFIG


def test_all_settings(settings):
    import torch

    for n, k, max_p, max_s in ((8, 3, 3, 5), (3, 5, 2, 3), (13, 4, 4, 6), (1, 1, 1, 2), (6, 6, 0, 4)):
        brute = {}
        for p in range(max_p + 1):
            for s in range(1, max_s + 1):
                if n + 2 * p >= k:
                    y = torch.nn.functional.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), padding=p, stride=s)
                    brute.setdefault(y.shape[2], set()).add((p, s))
        for m in range(15):
            assert settings(n, m, k, max_p, max_s) == brute.get(m, set())


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some image the windows that contain a pixel are miscounted. Images need not be square, and the
  padding may be wide.
"""  # END TEST CONFIG


def test_coverage_by_gradient(coverage):
    import numpy as np
    import torch

    cases = [(6, 6, 3, 0), (6, 6, 3, 1), (4, 7, 3, 2), (5, 3, 2, 5), (1, 1, 1, 0), (1, 6, 3, 1), (9, 4, 4, 0)]
    for h, w, k, p in [*cases, (2, 2, 5, 2), (7, 8, 1, 3), (3, 5, 3, 0)]:
        x = torch.ones(1, 1, h, w, dtype=torch.float64, requires_grad=True)
        torch.nn.functional.conv2d(x, torch.ones(1, 1, k, k, dtype=torch.float64), padding=p).sum().backward()
        got = np.asarray(coverage(h, w, k, p))
        assert got.shape == (h, w) and np.issubdtype(got.dtype, np.integer)
        assert np.array_equal(got, x.grad[0, 0].round().long().numpy())


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about the border is decided wrongly. Convolve an image of ones.
"""  # END TEST CONFIG


def test_border_facts(border_facts):
    import torch

    conv2d, pad = torch.nn.functional.conv2d, torch.nn.functional.pad
    torch.manual_seed(161)
    once, alike, constant, circular = True, True, True, True
    for k in (3, 5, 7):
        p = (k - 1) // 2
        x = torch.ones(1, 1, 2 * k + 1, 2 * k + 3, dtype=torch.float64, requires_grad=True)
        ones, kernel = torch.ones(1, 1, k, k).double(), torch.rand(1, 1, k, k).double()
        (counts,) = torch.autograd.grad(conv2d(x, ones).sum(), x)
        once = once and counts[0, 0, 0, 0].item() == 1
        (counts,) = torch.autograd.grad(conv2d(x, ones, padding=p).sum(), x)
        alike = alike and bool((counts == k**2).all())
        constant = constant and bool(conv2d(x, kernel, padding=p).std() < 1e-9)
        circular = circular and bool(conv2d(pad(x, (p, p, p, p), mode="circular"), kernel).std() < 1e-9)
    assert border_facts["corner_enters_once"] is once
    assert border_facts["padding_treats_all_alike"] is alike
    assert border_facts["constant_stays_constant"] is constant
    assert border_facts["circular_stays_constant"] is circular
    # seven pixels, k = 3: three outputs with p = 0, s = 2 and with p = 1, s = 3
    x, kernel = torch.randn(1, 1, 7), torch.randn(1, 1, 3)
    one, other = (torch.nn.functional.conv1d(x, kernel, padding=p, stride=s) for p, s in ((0, 2), (1, 3)))
    assert one.shape == other.shape == (1, 1, 3)
    assert border_facts["same_shape_same_values"] is torch.allclose(one, other)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-6.2-1"
# # BEGIN QUESTION
# name: q17_diagonal_edges
# points: 4

# %% [markdown]
# ## 17. Edges, also diagonal ones
#
# The kernel $K = (1, -1)$, one row and two columns, subtracts from each pixel its right neighbour. On the row
# $(0, 0, 5, 5)$ it gives $(0, -5, 0)$: the edge is found, and the sign tells that it goes up.
#
# Write two functions, for float tensors.
#
# - `corr2d(x, k)`: the cross-correlation of an image `x` of shape `(h, w)` with a kernel `k` of shape `(kh, kw)`,
#   stride 1, no padding. Shape `(h - kh + 1, w - kw + 1)`, dtype of `x`. No convolution function.
# - `edge_responses(x)`: a dictionary of four tensors for the image `x` (height and width at least 2, not necessarily
#   equal). `"XK"`: `x` with $K$. `"XtK"`: the transposed image with $K$. `"XKt"`: `x` with the transposed kernel
#   (two rows, one column). `"XtKt"`: both transposed.
#
# Look at a diagonal line (`torch.eye(6)`), a diagonal step (`torch.ones(6, 6).triu()`) and a vertical step (left half
# one, right half zero). Then set each entry of `edge_facts` to `True` or `False`.
#
# - `"vertical_step_Kt_silent"`: on the vertical step, the transposed kernel gives zero everywhere.
# - `"diagonal_step_Kt_silent"`: on the diagonal step, the transposed kernel gives zero everywhere.
# - `"both_transposed"`: for every image, `"XtKt"` is the transpose of `"XK"`.
# - `"line_cares"`: transposing the diagonal line changes what $K$ gives.
# - `"step_keeps_sign"`: the nonzero responses of $K$ to the diagonal step have the same sign as those to the transposed
#   step.


# %% [raw]
# # BEGIN SOLUTION
# %%
def corr2d(x, k):
    """Cross-correlation of x (h, w) with k (kh, kw), shape (h - kh + 1, w - kw + 1)."""
    # BEGIN SOLUTION
    kh, kw = k.shape
    y = torch.empty(x.shape[0] - kh + 1, x.shape[1] - kw + 1, dtype=x.dtype)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (x[i : i + kh, j : j + kw] * k).sum()
    return y
    # END SOLUTION


def edge_responses(x):
    """Responses to K = (1, -1), with image and kernel as they are or transposed: "XK", "XtK", "XKt", "XtKt"."""
    # BEGIN SOLUTION
    k = torch.tensor([[1.0, -1.0]])
    return {"XK": corr2d(x, k), "XtK": corr2d(x.T, k), "XKt": corr2d(x, k.T), "XtKt": corr2d(x.T, k.T)}
    # END SOLUTION


edge_facts = {}
edge_facts["vertical_step_Kt_silent"] = True  # SOLUTION
edge_facts["diagonal_step_Kt_silent"] = False  # SOLUTION
edge_facts["both_transposed"] = True  # SOLUTION
edge_facts["line_cares"] = False  # SOLUTION
edge_facts["step_keeps_sign"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The row (0, 0, 5, 5) with the kernel (1, -1) gives (0, -5, 0); edge_responses has four entries.
"""  # END TEST CONFIG


def test_one_row(corr2d, edge_responses, edge_facts):
    import torch

    got = corr2d(torch.tensor([[0.0, 0.0, 5.0, 5.0]]), torch.tensor([[1.0, -1.0]]))
    assert isinstance(got, torch.Tensor), "corr2d should return a tensor"
    assert got.shape == (1, 3), f"corr2d: expected shape (1, 3), got {tuple(got.shape)}"
    assert got.tolist() == [[0, -5, 0]], f"corr2d: expected [[0, -5, 0]], got {got.tolist()}"
    got = edge_responses(torch.ones(2, 4))
    assert isinstance(got, dict), "edge_responses should return a dictionary"
    for key, shape in (("XK", (2, 3)), ("XtK", (4, 1)), ("XKt", (1, 4)), ("XtKt", (3, 2))):
        assert key in got, f"the dictionary has no entry {key!r}"
        assert isinstance(got[key], torch.Tensor), f"{key!r} should be a tensor"
        assert got[key].shape == shape, f"{key!r} of a (2, 4) image: expected {shape}, got {tuple(got[key].shape)}"
        assert not got[key].any(), f"{key!r}: an image of ones has no edges, got {got[key].tolist()}"
    assert isinstance(edge_facts, dict), "edge_facts should be a dictionary"
    keys = ["vertical_step_Kt_silent", "diagonal_step_Kt_silent", "both_transposed", "line_cares", "step_keeps_sign"]
    for key in keys:
        assert isinstance(edge_facts.get(key), bool), f"edge_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: corr2d is not the cross-correlation for some sizes. The kernel is not flipped, and rows are not
  columns.
"""  # END TEST CONFIG


def test_correlation_like_torch(corr2d):
    import torch

    torch.manual_seed(171)
    for h, w, kh, kw in ((6, 8, 3, 2), (8, 6, 1, 4), (5, 5, 5, 5), (1, 1, 1, 1), (4, 7, 4, 1), (3, 9, 2, 7)):
        for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-4)):  # at most 25 products of normals
            x, k = torch.randn(w, h, dtype=dtype).T, torch.randn(kh, kw, dtype=dtype)
            expected = torch.nn.functional.conv2d(x[None, None], k[None, None])[0, 0]
            got = corr2d(x, k)
            assert got.dtype == dtype and got.shape == expected.shape
            assert (got - expected).abs().max() < tolerance


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One of the four responses is wrong for some image. Check which is transposed, and the sign.
"""  # END TEST CONFIG


def test_four_responses(edge_responses):
    import torch

    torch.manual_seed(172)
    for x in (torch.randn(5, 8).double(), torch.randn(7, 3), torch.randn(2, 2), torch.eye(6), torch.ones(4, 6).triu()):
        got = edge_responses(x)
        assert set(got) == {"XK", "XtK", "XKt", "XtKt"}
        along_rows, along_columns = -torch.diff(x, dim=1), -torch.diff(x, dim=0)
        expected = {"XK": along_rows, "XKt": along_columns, "XtK": along_columns.T, "XtKt": along_rows.T}
        for key, value in expected.items():
            assert got[key].dtype == x.dtype and got[key].shape == value.shape
            assert (got[key] - value).abs().max() < 1e-6


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about edges is decided wrongly. Draw the differences.
"""  # END TEST CONFIG


def test_edge_facts(edge_facts):
    import torch

    line, step = torch.eye(6), torch.ones(6, 6).triu()
    vertical = (torch.arange(6) < 3).float().expand(6, 6)
    with_k = lambda x: x[:, :-1] - x[:, 1:]
    with_kt = lambda x: x[:-1] - x[1:]
    torch.manual_seed(173)
    x = torch.randn(4, 7)
    assert edge_facts["vertical_step_Kt_silent"] is (not bool(with_kt(vertical).any()))
    assert edge_facts["diagonal_step_Kt_silent"] is (not bool(with_kt(step).any()))
    assert edge_facts["both_transposed"] is torch.equal(with_kt(x.T), with_k(x).T)
    assert edge_facts["line_cares"] is (not torch.equal(with_k(line), with_k(line.T)))
    assert edge_facts["step_keeps_sign"] is bool(with_k(step).sum() * with_k(step.T).sum() > 0)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_responses():
    i, j = torch.meshgrid(torch.arange(24), torch.arange(32), indexing="ij")
    image = ((i > 4) & (i < 20) & (j > 3) & (j + i < 34)).double()  # three straight sides and a diagonal one
    panels = {"image": image, **edge_responses(image)}
    figure, axes = plt.subplots(1, 5, figsize=(13, 2.6))
    for axis, (title, values) in zip(axes, panels.items()):
        axis.imshow(values, cmap="RdBu", vmin=-1, vmax=1)
        axis.set(title=title, xticks=[], yticks=[])
    figure.tight_layout()


show(draw_responses)

# %% [raw] sources="d2l-6.2-4"
# # BEGIN QUESTION
# name: q18_hand_made_kernels
# points: 5

# %% [markdown]
# ## 18. Kernels made by hand
#
# Sample a function at the integers: $x_i = g(i)$. A kernel that is cross-correlated with the samples estimates a
# derivative. $(-1, 1)$ gives $x_{i+1} - x_i$, which is the first derivative for every straight line. Below, a kernel
# **differentiates $d$ times** if it gives $g^{(d)}$, wherever the window lies, for every polynomial $g$ of degree at
# most $d$. (For such $g$ the $d$-th derivative is a constant.)
#
# Write five functions. Kernels are float64 NumPy arrays, made for cross-correlation, without padding unless said so.
#
# - `derivative_kernel(d)`: shape `(d + 1,)`, differentiates $d$ times. $d \ge 0$; `derivative_kernel(1)` is
#   `[-1, 1]`.
# - `smallest_sizes(d)`: the pair `(taps, centred)` of integers, for $d \ge 1$: the fewest entries that a kernel needs
#   to differentiate $d$ times, and the fewest if the number of entries has to be odd (so that the window has a middle
#   pixel).
# - `laplace_kernel()`: shape `(3, 3)`, gives $\partial^2 g / \partial u^2 + \partial^2 g / \partial v^2$ for every
#   quadratic polynomial $g(u, v)$ sampled at integer points.
# - `box_sums(x, n)`: for an array `x` of shape `(N,)`, the sums of each `n` neighbours, shape `(N - n + 1,)`. This
#   is the integral over a window. `box_sums([1, 2, 3], 2)` is `[3, 5]`.
# - `integral_kernel(n)`: the pair `(kernel, zeros)`: a kernel and a number of zeros to put in front of a signal of
#   length `n`, so that the cross-correlation gives all its partial sums
#   $x_0,\ x_0 + x_1,\ \dots,\ x_0 + \dots + x_{n-1}$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def derivative_kernel(d):
    """The kernel of d + 1 entries that differentiates d times."""
    # BEGIN SOLUTION
    kernel = np.ones(1)
    for _ in range(d):
        kernel = np.append(0.0, kernel) - np.append(kernel, 0.0)
    return kernel
    # END SOLUTION


def smallest_sizes(d):
    """(taps, centred): the fewest entries for the d-th derivative, without and with a middle entry."""
    # BEGIN SOLUTION
    return d + 1, d + 1 + d % 2
    # END SOLUTION


def laplace_kernel():
    """The Laplace operator as a (3, 3) kernel."""
    # BEGIN SOLUTION
    return np.array([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])
    # END SOLUTION


def box_sums(x, n):
    """Sums of each n neighbours of x, shape (N - n + 1,)."""
    # BEGIN SOLUTION
    return np.lib.stride_tricks.sliding_window_view(x, n).sum(axis=1)
    # END SOLUTION


def integral_kernel(n):
    """(kernel, zeros): gives all partial sums of a signal of length n with that many zeros in front."""
    # BEGIN SOLUTION
    return np.ones(n), n - 1
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The kernel of the first derivative is (-1, 1); the sums of two neighbours of (1, 2, 3) are (3, 5).
"""  # END TEST CONFIG


def test_first_derivative(derivative_kernel, smallest_sizes, laplace_kernel, box_sums, integral_kernel):
    import numpy as np

    got = derivative_kernel(1)
    assert got is not None, "derivative_kernel(1) returned None: expected an array"
    assert np.shape(got) == (2,), f"derivative_kernel(1): expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [-1, 1]), f"derivative_kernel(1): expected [-1, 1], got {np.asarray(got).tolist()}"
    got = smallest_sizes(1)
    assert isinstance(got, (tuple, list)) and len(got) == 2, "smallest_sizes should return (taps, centred)"
    assert all(type(value) is int for value in got), "smallest_sizes should return two ints"
    assert got[0] == 2, f"smallest_sizes(1): one entry cannot take a difference, expected 2 taps, got {got[0]}"
    got = laplace_kernel()
    assert got is not None, "laplace_kernel() returned None: expected an array"
    assert np.shape(got) == (3, 3), f"laplace_kernel: expected shape (3, 3), got {np.shape(got)}"
    got = box_sums(np.array([1.0, 2.0, 3.0]), 2)
    assert got is not None, "box_sums(...) returned None: expected an array"
    assert np.shape(got) == (2,), f"box_sums: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [3, 5]), f"box_sums([1, 2, 3], 2): expected [3, 5], got {np.asarray(got).tolist()}"
    got = integral_kernel(3)
    assert isinstance(got, (tuple, list)) and len(got) == 2, "integral_kernel should return (kernel, zeros)"
    assert np.ndim(got[0]) == 1, "the integral kernel should have one axis"
    assert isinstance(got[1], (int, np.integer)), "the number of zeros should be an integer"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some derivative is wrong, or the kernel is not float64. Cross-correlate your kernel with the powers 1,
  t, t squared and so on; mind the sign for odd d.
"""  # END TEST CONFIG


def test_derivatives_of_powers(derivative_kernel):
    import math

    import numpy as np

    t = np.arange(-6.0, 7)
    for d in range(9):
        kernel = np.asarray(derivative_kernel(d))
        assert kernel.shape == (d + 1,) and kernel.dtype == np.float64
        for power in range(d + 1):
            got = np.correlate(t**power, kernel, "valid")
            # all numbers are integers far below 2**53: no rounding at all
            assert np.abs(got - (math.factorial(d) if power == d else 0)).max() < 1e-6


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some d a kernel with fewer entries does it, or one with as many as you say does not. Each power
  of t is one condition.
"""  # END TEST CONFIG


def test_fewest_entries(smallest_sizes):
    import math

    import numpy as np

    def possible(taps, d):
        # one equation for each power: sum of kernel[j] * j**power is d! for the power d, else 0
        powers = np.arange(taps)[None, :] ** np.arange(d + 1.0)[:, None]
        target = np.zeros(d + 1)
        target[d] = math.factorial(d)
        kernel = np.linalg.lstsq(powers, target, rcond=None)[0]
        return np.abs(powers @ kernel - target).max() < 1e-6 * math.factorial(d)

    for d in range(1, 7):
        taps, centred = smallest_sizes(d)
        assert type(taps) is int and type(centred) is int
        assert taps == min(n for n in range(1, 12) if possible(n, d))
        assert centred == min(n for n in range(1, 12, 2) if possible(n, d))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The Laplace kernel gives a wrong number for some quadratic, or is not float64. Constants and slopes
  must vanish, squares count twice their factor.
"""  # END TEST CONFIG


def test_laplace_of_quadratics(laplace_kernel):
    import numpy as np

    u, v = np.meshgrid(np.arange(-3.0, 4), np.arange(-4.0, 5), indexing="ij")
    kernel = np.asarray(laplace_kernel())
    assert kernel.shape == (3, 3) and kernel.dtype == np.float64
    quadratics = [(u**0, 0), (u, 0), (v, 0), (u * v, 0), (u**2, 2), (v**2, 2), (u**2 + 3 * v**2, 8), (u**2 - v**2, 0)]
    for values, expected in quadratics:
        windows = np.lib.stride_tricks.sliding_window_view(values, (3, 3))
        assert np.abs((windows * kernel).sum(axis=(2, 3)) - expected).max() < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The sums over a window, or all the partial sums, are wrong for some length.
"""  # END TEST CONFIG


def test_integrals(box_sums, integral_kernel):
    import numpy as np

    rng = np.random.default_rng(181)
    for length in (1, 2, 5, 12):
        x = rng.normal(size=length)
        for n in range(1, length + 1):
            got = np.asarray(box_sums(x, n))
            expected = np.array([sum(x[i : i + n]) for i in range(length - n + 1)])
            assert got.shape == expected.shape and np.abs(got - expected).max() < 1e-12
        kernel, zeros = integral_kernel(length)
        got = np.correlate(np.concatenate([np.zeros(zeros), x]), np.asarray(kernel, dtype=float), "valid")
        assert len(kernel) <= length + zeros
        assert got.shape == (length,) and np.abs(got - np.cumsum(x)).max() < 1e-12


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-6.1-6 d2l-6.4-1"
# # BEGIN QUESTION
# name: q19_order_and_composition
# points: 6

# %% [markdown]
# ## 19. Order, and two layers as one
#
# The **full convolution** of $f$ (length $m$) and $g$ (length $n$) has the length $m + n - 1$ and the entries
# $(f * g)_i = \sum_j f_j\, g_{i - j}$, with zeros outside. It is how polynomials are multiplied: $(1, 2) * (3, 4)$ is
# $(3, 10, 8)$, since $(1 + 2t)(3 + 4t) = 3 + 10t + 8t^2$. The **full correlation** is $f * \bar g$, where $\bar g$ is
# $g$ reversed.
#
# Write five functions. The first two and the last take and return float64 NumPy arrays with one axis.
#
# - `conv_full(f, g)` and `corr_full(f, g)`: as above. No convolution function.
# - `compose(k1, k2)`: two convolution layers (cross-correlations, stride 1, no padding, no bias, nothing in between)
#   are one. `k1` has shape `(M, C_i, a, b)` and comes first, `k2` has shape `(C_o, M, c, d)`. Returns the kernel of
#   the one layer, a tensor of shape `(C_o, C_i, a + c - 1, b + d - 1)`, in their dtype.
# - `composed_window(k1, s1, k2, s2)`: the same along one axis with strides. A layer with kernel size `k1` and stride
#   `s1` is followed by one with `k2` and `s2`. Returns the pair of integers (kernel size, stride) of the one layer. A
#   kernel of 3 with stride 1 followed by a kernel of 3 with stride 1 gives `(5, 1)`.
# - `factor(k)`: for three numbers `k`, returns a pair `(p, q)` of real arrays of length 2 with $p * q = k$, or
#   `None` if there is no such pair. For $(3, 10, 8)$, $(1, 2)$ and $(3, 4)$ are such a pair, and so are $(2, 4)$ and
#   $(1.5, 2)$.
#
# The same holds for functions: $(f * g)(x) = \int f(z)\, g(x - z)\, dz$ over $\mathbb{R}^d$. Prove on paper, with the
# substitution $y = x - z$, what happens if $f$ and $g$ change places. Then set each entry of `order_facts` to
# `True` or `False`.
#
# - `"convolution_commutes"`: $f * g = g * f$, for all $f$ and $g$.
# - `"minus_in_odd_dimensions"`: for odd $d$, the substitution leaves a factor $-1$.
# - `"correlation_commutes"`: the full correlation does not change if $f$ and $g$ change places.
# - `"correlation_reverses"`: it is reversed if they change places.
# - `"padded_layers_compose"`: if both layers have zero padding of 1 and $3 \times 3$ kernels, then one layer with the
#   composed kernel and padding of 2 gives the same output, border included.
# - `"all_are_products"`: every real $3 \times 3$ kernel is two $2 \times 2$ kernels, one after another, with one
#   channel between.
# - `"all_are_sums_of_products"`: with enough channels between, every real $3 \times 3$ kernel is two layers of
#   $2 \times 2$ kernels.


# %% [raw]
# # BEGIN SOLUTION
# %%
def conv_full(f, g):
    """Full convolution, length len(f) + len(g) - 1."""
    # BEGIN SOLUTION
    y = np.zeros(len(f) + len(g) - 1)
    for i, value in enumerate(f):
        y[i : i + len(g)] += value * g
    return y
    # END SOLUTION


def corr_full(f, g):
    """Full correlation: f convolved with g reversed."""
    # BEGIN SOLUTION
    return conv_full(f, g[::-1])
    # END SOLUTION


def compose(k1, k2):
    """Kernel of the one layer that does what k1 (M, C_i, a, b) and then k2 (C_o, M, c, d) do."""
    # BEGIN SOLUTION
    (_, c_in, a, b), (c_out, _, c, d) = k1.shape, k2.shape
    k = torch.zeros(c_out, c_in, a + c - 1, b + d - 1, dtype=k1.dtype)
    for i in range(c):
        for j in range(d):
            k[:, :, i : i + a, j : j + b] += torch.einsum("om,mcuv->ocuv", k2[:, :, i, j], k1)
    return k
    # END SOLUTION


def composed_window(k1, s1, k2, s2):
    """(kernel size, stride) along one axis of two layers, the first with k1 and s1."""
    # BEGIN SOLUTION
    return k1 + (k2 - 1) * s1, s1 * s2
    # END SOLUTION


def factor(k):
    """A pair (p, q) of real arrays of length 2 with p * q = k, or None."""
    # BEGIN SOLUTION
    a, b, c = (float(value) for value in k)
    if c == 0:
        return np.array([a, b]), np.array([1.0, 0.0])
    inner = b * b - 4 * a * c
    if inner < 0:
        return None
    middle, apart = -b / (2 * c), inner**0.5 / (2 * c)  # the zeros of a + b t + c t^2
    return np.array([-c * (middle - apart), c]), np.array([-middle - apart, 1.0])
    # END SOLUTION


order_facts = {}
order_facts["convolution_commutes"] = True  # SOLUTION
order_facts["minus_in_odd_dimensions"] = False  # SOLUTION
order_facts["correlation_commutes"] = False  # SOLUTION
order_facts["correlation_reverses"] = True  # SOLUTION
order_facts["padded_layers_compose"] = False  # SOLUTION
order_facts["all_are_products"] = False  # SOLUTION
order_facts["all_are_sums_of_products"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: (1, 2) * (3, 4) is (3, 10, 8), which factor takes apart again; two 3-wide kernels make a 5-wide one.
"""  # END TEST CONFIG


def test_small_products(conv_full, corr_full, compose, composed_window, factor, order_facts):
    import numpy as np
    import torch

    f, g = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    for name, call, expected in (("conv_full", conv_full, [3, 10, 8]), ("corr_full", corr_full, [4, 11, 6])):
        got = call(f, g)
        assert got is not None, f"{name}(...) returned None: expected an array"
        assert np.shape(got) == (3,), f"{name}: expected shape (3,), got {np.shape(got)}"
        assert np.allclose(got, expected), f"{name}: expected {expected}, got {np.asarray(got).tolist()}"
    got = compose(torch.ones(2, 3, 2, 1), torch.ones(4, 2, 1, 3))
    assert isinstance(got, torch.Tensor), "compose should return a tensor"
    assert got.shape == (4, 3, 2, 3), f"compose: expected shape (4, 3, 2, 3), got {tuple(got.shape)}"
    assert (got == 2).all(), f"compose: each entry should be 2 here, got {got[0, 0].tolist()}"
    got = composed_window(3, 1, 3, 1)
    assert isinstance(got, (tuple, list)) and len(got) == 2, "composed_window should return (size, stride)"
    assert tuple(got) == (5, 1), f"composed_window(3, 1, 3, 1): expected (5, 1), got {tuple(got)}"
    got = factor(np.array([3.0, 10.0, 8.0]))
    assert isinstance(got, (tuple, list)) and len(got) == 2, "factor should return (p, q) here"
    assert np.shape(got[0]) == np.shape(got[1]) == (2,), "p and q should have shape (2,)"
    assert isinstance(order_facts, dict), "order_facts should be a dictionary"
    keys = ["convolution_commutes", "minus_in_odd_dimensions", "correlation_commutes", "correlation_reverses"]
    for key in [*keys, "padded_layers_compose", "all_are_products", "all_are_sums_of_products"]:
        assert isinstance(order_facts.get(key), bool), f"order_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A full convolution or correlation is wrong for some lengths. Multiply two polynomials, and compare.
"""  # END TEST CONFIG


def test_full_lengths(conv_full, corr_full):
    import numpy as np

    rng = np.random.default_rng(191)
    for m, n in ((1, 1), (1, 4), (4, 1), (3, 7), (7, 3), (5, 5)):
        f, g = rng.normal(size=m), rng.normal(size=n)
        got = conv_full(f, g)
        assert got.shape == (m + n - 1,) and np.abs(got - np.convolve(f, g)).max() < 1e-12
        assert np.abs(got - conv_full(g, f)).max() < 1e-12
        got = corr_full(f, g)
        assert got.shape == (m + n - 1,) and np.abs(got - np.correlate(f, g, "full")).max() < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The composed kernel does not do what the two layers do. Which pixels does the second layer see, and
  through which channels?
"""  # END TEST CONFIG


def test_one_layer_for_two(compose):
    import torch

    torch.manual_seed(192)
    sizes = [(2, 3, 5, 3, 5, 4, 2), (1, 1, 1, 2, 2, 3, 3), (3, 1, 2, 1, 1, 1, 4), (2, 2, 2, 3, 3, 3, 3)]
    for c_in, middle, c_out, a, b, c, d in [*sizes, (1, 4, 3, 2, 5, 3, 1)]:
        for dtype, tolerance in ((torch.float64, 1e-11), (torch.float32, 1e-2)):  # sums of up to 360 products
            k1, k2 = (torch.randn(middle, c_in, a, b, dtype=dtype), torch.randn(c_out, middle, c, d, dtype=dtype))
            x = torch.randn(2, c_in, 9, 10, dtype=dtype)
            two = torch.nn.functional.conv2d(torch.nn.functional.conv2d(x, k1), k2)
            k = compose(k1, k2)
            assert k.dtype == dtype and k.shape == (c_out, c_in, a + c - 1, b + d - 1)
            assert (torch.nn.functional.conv2d(x, k) - two).abs().max() < tolerance


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With strides, the size or the stride of the composed layer is wrong. How far apart are the pixels that
  the second layer sees?
"""  # END TEST CONFIG


def test_window_by_gradient(composed_window):
    import torch

    conv1d = torch.nn.functional.conv1d
    for k1, s1, k2, s2 in (
        (3, 1, 3, 1),
        (3, 2, 2, 3),
        (5, 3, 4, 2),
        (1, 4, 3, 1),
        (4, 1, 1, 5),
        (2, 2, 2, 2),
        (1, 1, 1, 1),
    ):
        x = torch.ones(1, 1, 60, dtype=torch.float64, requires_grad=True)
        weights = [torch.ones(1, 1, k, dtype=torch.float64) for k in (k1, k2)]
        y = conv1d(conv1d(x, weights[0], stride=s1), weights[1], stride=s2)
        (first,) = torch.autograd.grad(y[0, 0, 0], x, retain_graph=True)
        (second,) = torch.autograd.grad(y[0, 0, 1], x)
        seen, shifted = first[0, 0].nonzero()[:, 0], second[0, 0].nonzero()[:, 0]
        size, stride = composed_window(k1, s1, k2, s2)
        assert size == int(seen[-1] - seen[0]) + 1 and stride == int(shifted[0] - seen[0])


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some three numbers are taken apart wrongly, or not although they can be, or the other way round.
  Think of the zeros of a quadratic polynomial.
"""  # END TEST CONFIG


def test_factors(factor):
    import numpy as np

    rng = np.random.default_rng(193)
    kernels = [np.convolve(rng.integers(-5, 6, size=2), rng.integers(-5, 6, size=2)) for _ in range(40)]
    kernels += [np.array(k) for k in ([1, 2, 1], [-4, 4, -1], [0, 1, 2], [0, 0, 0], [3, 0, 0], [0, 0, 5], [1, 3, 2])]
    kernels += [np.array(k) for k in ([5, 3, 0], [0, 7, 0], [-1, 0, 1], [2, 0.5, -3], [-2, 9, 4])]
    for k in kernels:
        got = factor(k.astype(float))
        assert got is not None
        p, q = (np.asarray(part) for part in got)
        assert p.shape == q.shape == (2,) and not np.iscomplexobj(p) and not np.iscomplexobj(q)
        assert np.abs(np.convolve(p, q) - k).max() < 1e-9  # entries up to 50: rounding stays below 1e-12
    for k in ([1, 0, 1], [-1, 0, -1], [1, 1, 1], [2, -3, 4], [-5, 1, -0.5]):
        assert factor(np.array(k, dtype=float)) is None


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the seven statements about order and composition is decided wrongly. Each can be tried
  out in a few lines.
"""  # END TEST CONFIG


def test_order_facts(order_facts):
    import numpy as np
    import torch

    rng = np.random.default_rng(194)
    f, g = rng.normal(size=5), rng.normal(size=4)
    there, back = np.convolve(f, g), np.convolve(g, f)
    assert order_facts["convolution_commutes"] is bool(np.allclose(there, back))
    # in one dimension, on a fine grid, for functions that vanish outside
    x = np.linspace(-6, 6, 1201)
    one, two = np.exp(-((x - 1) ** 2)), x * np.exp(-(x**2))
    ratio = np.convolve(one, two).max() / np.convolve(two, one).max()
    assert order_facts["minus_in_odd_dimensions"] is bool(ratio < 0)
    there, back = np.correlate(f, g, "full"), np.correlate(g, f, "full")
    assert order_facts["correlation_commutes"] is bool(np.allclose(there, back))
    assert order_facts["correlation_reverses"] is bool(np.allclose(there, back[::-1]))
    torch.manual_seed(195)
    conv2d = torch.nn.functional.conv2d
    x, k1, k2 = (torch.randn(1, 1, 8, 8).double(), torch.randn(1, 1, 3, 3).double(), torch.randn(1, 1, 3, 3).double())
    composed = conv2d(torch.nn.functional.pad(k1, (2, 2, 2, 2)), k2.flip(2, 3))
    inside_only = conv2d(conv2d(x, k1), k2)
    assert torch.allclose(inside_only, conv2d(x, composed))
    padded = conv2d(conv2d(x, k1, padding=1), k2, padding=1)
    assert order_facts["padded_layers_compose"] is torch.allclose(padded, conv2d(x, composed, padding=2))

    def product(both):
        return conv2d(torch.nn.functional.pad(both[:4].view(1, 1, 2, 2), (1, 1, 1, 1)), both[4:].view(1, 1, 2, 2)).view(
            9
        )

    # 8 numbers are mapped to 9: the rank of the derivative says how many directions can be reached
    reached = torch.linalg.matrix_rank(torch.autograd.functional.jacobian(product, torch.randn(8).double()))
    assert order_facts["all_are_products"] is bool(reached == 9)
    span = torch.linalg.matrix_rank(torch.stack([product(torch.randn(8).double()) for _ in range(30)]))
    assert order_facts["all_are_sums_of_products"] is bool(span == 9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-6.2-3 d2l-6.4-6"
# # BEGIN QUESTION
# name: q20_matrix_product
# points: 6

# %% [markdown]
# ## 20. Convolution as a matrix product
#
# A cross-correlation is linear in the image and in the kernel. So it is a matrix product in two ways: gather the
# windows of the image into a matrix and multiply it by the kernel, or spread the kernel over a matrix and multiply
# it by the image.
#
# Write three functions, without a convolution function (`F.pad` may be used). Windows, images and kernels are flattened
# row by row, and windows are numbered row by row, too.
#
# - `windows(x, kh, kw)`: `x` of shape `(h, w)`. Returns the tensor of shape `(mh * mw, kh * kw)`,
#   `mh = h - kh + 1` and `mw = w - kw + 1`, with one flattened window in each row. For the image
#   `[[1, 2, 3], [4, 5, 6]]` and $2 \times 2$ windows: `[[1, 2, 4, 5], [2, 3, 5, 6]]`.
# - `spread(k, h, w)`: for a kernel `k` of shape `(kh, kw)`. Returns the tensor of shape `(mh * mw, h * w)` that, times
#   the flattened image, gives the flattened output.
# - `conv2d_matmul(x, w, b, padding, stride)`: the whole layer, with `x` of shape `(N, C_i, H, W)`, `w` of shape
#   `(C_o, C_i, kh, kw)`, `b` of shape `(C_o,)`, `padding` and `stride` pairs (height, width). It multiplies `w`,
#   reshaped to `(C_o, C_i * kh * kw)`, by a matrix of windows for each example. Returns `(N, C_o, m_h, m_w)`.
#   Gradients must flow back to `x`, `w` and `b`.
#
# All results have the dtype of the arguments.


# %% [raw]
# # BEGIN SOLUTION
# %%
def windows(x, kh, kw):
    """One flattened kh x kw window of x (h, w) in each row."""
    # BEGIN SOLUTION
    mh, mw = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    return torch.stack([x[i : i + kh, j : j + kw].flatten() for i in range(mh) for j in range(mw)])
    # END SOLUTION


def spread(k, h, w):
    """The matrix that maps a flattened (h, w) image to its flattened cross-correlation with k."""
    # BEGIN SOLUTION
    kh, kw = k.shape
    mh, mw = h - kh + 1, w - kw + 1
    matrix = torch.zeros(mh, mw, h, w, dtype=k.dtype)
    for i in range(mh):
        for j in range(mw):
            matrix[i, j, i : i + kh, j : j + kw] = k
    return matrix.reshape(mh * mw, h * w)
    # END SOLUTION


def conv2d_matmul(x, w, b, padding, stride):
    """The layer F.conv2d(x, w, b, stride, padding) as a matrix product."""
    # BEGIN SOLUTION
    (ph, pw), (sh, sw), (c_out, c_in, kh, kw) = padding, stride, w.shape
    x = F.pad(x, (pw, pw, ph, ph))
    rows = torch.arange(0, x.shape[2] - kh + 1, sh)[:, None] + torch.arange(kh)
    columns = torch.arange(0, x.shape[3] - kw + 1, sw)[:, None] + torch.arange(kw)
    # axes: example, channel, window row, row in the window, window column, column in the window
    gathered = x[:, :, rows][..., columns].permute(0, 1, 3, 5, 2, 4)
    y = w.reshape(c_out, -1) @ gathered.reshape(len(x), c_in * kh * kw, -1) + b[:, None]
    return y.reshape(len(x), c_out, len(rows), len(columns))
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The image with the rows (1, 2, 3) and (4, 5, 6) has the 2 x 2 windows (1, 2, 4, 5) and (2, 3, 5, 6).
"""  # END TEST CONFIG


def test_two_windows(windows, spread, conv2d_matmul):
    import torch

    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    got = windows(x, 2, 2)
    assert isinstance(got, torch.Tensor), "windows should return a tensor"
    assert got.shape == (2, 4), f"windows: expected shape (2, 4), got {tuple(got.shape)}"
    assert got.tolist() == [[1, 2, 4, 5], [2, 3, 5, 6]], f"windows: got {got.tolist()}"
    got = spread(torch.ones(2, 2), 2, 3)
    assert isinstance(got, torch.Tensor), "spread should return a tensor"
    assert got.shape == (2, 6), f"spread: expected shape (2, 6), got {tuple(got.shape)}"
    sums = (got @ x.flatten()).tolist()
    assert sums == [12, 16], f"spread of a kernel of ones, times the image: expected [12, 16], got {sums}"
    got = conv2d_matmul(x[None, None], torch.ones(1, 1, 2, 2), torch.tensor([0.5]), (0, 0), (1, 1))
    assert isinstance(got, torch.Tensor), "conv2d_matmul should return a tensor"
    assert got.shape == (1, 1, 1, 2), f"conv2d_matmul: expected shape (1, 1, 1, 2), got {tuple(got.shape)}"
    assert got.flatten().tolist() == [12.5, 16.5], f"conv2d_matmul: expected 12.5 and 16.5, got {got.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The windows are not all there, or not row by row. Use an image and a kernel that are not square.
"""  # END TEST CONFIG


def test_window_matrix(windows):
    import torch

    torch.manual_seed(201)
    for h, w, kh, kw in ((6, 8, 3, 2), (5, 4, 1, 3), (3, 3, 3, 3), (1, 1, 1, 1), (4, 6, 2, 1), (7, 2, 4, 2)):
        for dtype in (torch.float64, torch.float32):
            x = torch.randn(w, h, dtype=dtype).T
            got = windows(x, kh, kw)
            assert got.dtype == dtype
            assert torch.equal(got, torch.nn.functional.unfold(x[None, None], (kh, kw))[0].T)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The matrix of the kernel is wrong for some sizes. No window may run over the end of a row of the image,
  and nothing is flipped.
"""  # END TEST CONFIG


def test_kernel_matrix(spread):
    import torch

    torch.manual_seed(202)
    for h, w, kh, kw in ((6, 8, 3, 2), (5, 4, 1, 3), (3, 4, 3, 4), (1, 1, 1, 1), (4, 6, 2, 1), (7, 2, 4, 2)):
        k, x = (torch.randn(kh, kw, dtype=torch.float64), torch.randn(h, w, dtype=torch.float64))
        matrix = spread(k, h, w)
        mh, mw = h - kh + 1, w - kw + 1
        assert matrix.dtype == torch.float64 and matrix.shape == (mh * mw, h * w)
        expected = torch.nn.functional.conv2d(x[None, None], k[None, None]).flatten()
        assert (matrix @ x.flatten() - expected).abs().max() < 1e-12
        # and back: the transposed matrix carries gradients from the output to the image
        back = torch.randn(mh, mw, dtype=torch.float64)
        expected = torch.nn.functional.conv_transpose2d(back[None, None], k[None, None]).flatten()
        assert (matrix.T @ back.flatten() - expected).abs().max() < 1e-12
    assert spread(torch.ones(2, 2), 3, 3).dtype == torch.float32


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The layer is wrong for some sizes. Channels, padding and stride differ along height and width.
"""  # END TEST CONFIG


def test_whole_layer(conv2d_matmul):
    import torch

    torch.manual_seed(203)
    cases = [
        (2, 3, 4, 9, 8, 3, 2, (1, 2), (2, 3)),
        (1, 1, 1, 1, 1, 1, 1, (0, 0), (1, 1)),
        (3, 2, 5, 6, 7, 2, 4, (2, 1), (1, 1)),
        (2, 4, 1, 5, 5, 1, 1, (0, 3), (3, 2)),
        (1, 2, 3, 4, 9, 4, 9, (0, 0), (1, 2)),
    ]
    for n, c_in, c_out, h, w, kh, kw, padding, stride in cases:
        for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 2e-4)):  # at most 72 products are added
            x = torch.randn(n, c_in, w, h, dtype=dtype).transpose(2, 3)
            weight, bias = (torch.randn(c_out, c_in, kh, kw, dtype=dtype), torch.randn(c_out, dtype=dtype))
            expected = torch.nn.functional.conv2d(x, weight, bias, stride, padding)
            got = conv2d_matmul(x, weight, bias, padding, stride)
            assert got.dtype == dtype and got.shape == expected.shape
            assert (got - expected).abs().max() < tolerance


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A gradient does not arrive at the image, the kernel or the bias, or it is wrong, or a convolution
  function is at work.
"""  # END TEST CONFIG


def test_gradients_of_layer(conv2d_matmul):
    import torch

    def gradients(layer, x, weight, bias, factors):
        from torch.utils._python_dispatch import TorchDispatchMode

        called = set()

        class Watch(TorchDispatchMode):
            def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
                called.add(str(operation))
                return operation(*args, **(kwargs or {}))

        leaves = [value.clone().requires_grad_() for value in (x, weight, bias)]
        with Watch():
            y = layer(*leaves, (1, 0), (2, 1))
        (y * factors).sum().backward()
        forbidden = sum("conv" in name or "im2col" in name for name in called)
        return forbidden, [leaf.grad for leaf in leaves]

    torch.manual_seed(204)
    x, weight = torch.randn(2, 2, 7, 5).double(), torch.randn(3, 2, 3, 2).double()
    bias, factors = torch.randn(3).double(), torch.randn(2, 3, 4, 4).double()
    by_torch = lambda x, w, b, padding, stride: torch.nn.functional.conv2d(x, w, b, stride, padding)
    _, expected = gradients(by_torch, x, weight, bias, factors)
    forbidden, found = inside(gradients)(conv2d_matmul, x, weight, bias, factors)
    assert forbidden == 0
    for got, value in zip(found, expected):
        assert got is not None and (got - value).abs().max() < 1e-11


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [markdown]
# For the next question: eight ways to compute a number from `w`, a tensor of three entries that requires a gradient.

# %%
FACTORS = torch.tensor([2.0, 3.0, 4.0])


def fresh_result(w):
    y = torch.zeros(3)
    for i in range(3):
        y[i] = w[i] * FACTORS[i]
    return y.sum()


def into_the_leaf(w):
    w[0] = 1.0
    return (w * FACTORS).sum()


def leaf_without_recording(w):
    with torch.no_grad():
        w[0] = 1.0
    return (w * FACTORS).sum()


def after_exp(w):
    y = torch.exp(w)
    y[0] = 1.0
    return y.sum()


def after_product(w):
    y = w * FACTORS
    y[0] = 1.0
    return y.sum()


def through_data(w):
    y = torch.zeros(3)
    for i in range(3):
        y.data[i] = w[i] * FACTORS[i]
    return y.sum()


def through_item(w):
    y = torch.zeros(3)
    for i in range(3):
        y[i] = (w[i] * FACTORS[i]).item()
    return y.sum()


def through_numpy(w):
    return torch.tensor(w.numpy() * 2.0).sum()


# %% [raw] sources="d2l-6.2-2"
# # BEGIN QUESTION
# name: q21_in_place
# points: 5

# %% [markdown]
# ## 21. Gradients through loops that write
#
# The obvious cross-correlation makes a tensor of zeros and writes `y[i, j] = …` in a double loop. Does automatic
# differentiation follow? MXNet, for which this exercise was first asked, refuses: assigning into an array while it
# records is an error. PyTorch does follow, but not always. For each of the eight functions above, predict what happens
# on
#
# ```python
# w = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
# function(w).backward()
# ```
#
# Set each entry of `outcome` to one of four strings:
#
# - `"gradient"`: it runs, and `w.grad` is right for the entries that `w` then has;
# - `"forward error"`: the function itself raises an error;
# - `"backward error"`: the function returns a result with a graph, but `backward` raises, because a value that was kept
#   for it has been overwritten;
# - `"no graph"`: the function returns a result that does not require a gradient.
#
# Then write the cross-correlation of an image `x` of shape `(h, w)` with one kernel of shape `(kh, kw)` twice
# (stride 1, no padding, no convolution function).
#
# - `LoopConv2d(kh, kw)`: a `torch.nn.Module` with two parameters, `weight` of shape `(kh, kw)`, drawn with
#   `torch.randn`, and `bias` of shape `(1,)`, zero at first. Its `forward(x)` fills the result, of shape
#   `(h - kh + 1, w - kw + 1)` and the dtype of `x`, in a double loop, bias added. Gradients reach `x` and both
#   parameters.
# - `corr2d_pure(x, k)`: without bias, for a framework like MXNet: no tensor is changed after it was made, neither by
#   assignment nor by an operation in place (`+=` is one). The gradients are the same.


# %% [raw]
# # BEGIN SOLUTION
# %%
outcome = {}
outcome["fresh_result"] = "gradient"  # SOLUTION
outcome["into_the_leaf"] = "forward error"  # SOLUTION
outcome["leaf_without_recording"] = "gradient"  # SOLUTION
outcome["after_exp"] = "backward error"  # SOLUTION
outcome["after_product"] = "gradient"  # SOLUTION
outcome["through_data"] = "no graph"  # SOLUTION
outcome["through_item"] = "no graph"  # SOLUTION
outcome["through_numpy"] = "forward error"  # SOLUTION


class LoopConv2d(torch.nn.Module):
    """Cross-correlation with one trainable kernel and a bias, entry by entry."""

    def __init__(self, kh, kw):
        # BEGIN SOLUTION
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(kh, kw))
        self.bias = torch.nn.Parameter(torch.zeros(1))
        # END SOLUTION

    def forward(self, x):
        """(h, w) -> (h - kh + 1, w - kw + 1)."""
        # BEGIN SOLUTION
        kh, kw = self.weight.shape
        y = torch.empty(x.shape[0] - kh + 1, x.shape[1] - kw + 1, dtype=x.dtype)
        for i in range(y.shape[0]):
            for j in range(y.shape[1]):
                y[i, j] = (x[i : i + kh, j : j + kw] * self.weight).sum()
        return y + self.bias
        # END SOLUTION


def corr2d_pure(x, k):
    """Cross-correlation of x (h, w) with k (kh, kw) that changes no tensor."""
    # BEGIN SOLUTION
    kh, kw = k.shape
    mh, mw = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    entries = [(x[i : i + kh, j : j + kw] * k).sum() for i in range(mh) for j in range(mw)]
    return torch.stack(entries).reshape(mh, mw)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A kernel of the shape of the image gives one number, of shape (1, 1); outcome holds eight of the four
  strings.
"""  # END TEST CONFIG


def test_shapes(outcome, LoopConv2d, corr2d_pure):
    import torch

    assert isinstance(outcome, dict), "outcome should be a dictionary"
    names = ["fresh_result", "into_the_leaf", "leaf_without_recording", "after_exp", "after_product"]
    allowed = ["gradient", "forward error", "backward error", "no graph"]
    for name in [*names, "through_data", "through_item", "through_numpy"]:
        assert outcome.get(name) in allowed, f"outcome[{name!r}] should be one of {allowed}"
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    got = corr2d_pure(x, torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
    assert isinstance(got, torch.Tensor), "corr2d_pure should return a tensor"
    assert got.shape == (1, 1), f"corr2d_pure: expected shape (1, 1), got {tuple(got.shape)}"
    assert got.item() == 9, f"corr2d_pure: expected 1 + 8 = 9, got {got.item()}"
    net = LoopConv2d(2, 1)
    assert isinstance(net, torch.nn.Module), "LoopConv2d should be a torch.nn.Module"
    got = net(torch.zeros(4, 3))
    assert isinstance(got, torch.Tensor), "the forward of LoopConv2d should return a tensor"
    assert got.shape == (3, 3), f"LoopConv2d(2, 1) on a (4, 3) image: expected (3, 3), got {tuple(got.shape)}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: At least one of the eight outcomes is wrong. A write is followed unless it hits a leaf, spoils a value
  that is needed later, or is hidden.
"""  # END TEST CONFIG


def test_outcomes_tried(outcome):
    import torch

    c = torch.arange(2.0, 5.0)

    def change(y, assign=None):
        if assign is None:
            y[0] = 1.0
        else:
            assign(y)
        return y

    def silent(w):
        with torch.no_grad():
            change(w)
        return w @ c

    fill = lambda make, w: change(torch.zeros(3), lambda y: [make(y, i, w[i] * c[i]) for i in range(3)]).sum()
    tried = {
        "fresh_result": lambda w: fill(lambda y, i, value: y.__setitem__(i, value), w),
        "into_the_leaf": lambda w: change(w) @ c,
        "leaf_without_recording": silent,
        "after_exp": lambda w: change(w.exp()).sum(),
        "after_product": lambda w: change(w * c).sum(),
        "through_data": lambda w: fill(lambda y, i, value: y.data.__setitem__(i, value), w),
        "through_item": lambda w: fill(lambda y, i, value: y.__setitem__(i, value.item()), w),
        "through_numpy": lambda w: torch.from_numpy(w.numpy()).sum(),
    }

    def verdict(function):
        w = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
        try:
            result = function(w)
        except RuntimeError:
            return "forward error"
        if not result.requires_grad:
            return "no graph"
        try:
            result.backward()
        except RuntimeError:
            return "backward error"
        return "gradient"

    assert {name: outcome[name] for name in tried} == {name: verdict(function) for name, function in tried.items()}


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The module has the wrong parameters, output or gradients. Are all three gradients those of the
  cross-correlation?
"""  # END TEST CONFIG


def test_module_gradients(LoopConv2d):
    import torch

    def gradients(LoopConv2d, x, weight, bias, factors):
        import torch

        net, other = LoopConv2d(*weight.shape), LoopConv2d(*weight.shape)
        start = {name: value.detach().clone() for name, value in net.named_parameters()}
        fresh = not torch.equal(net.weight, other.weight)
        net = net.to(x.dtype)
        with torch.no_grad():
            net.weight.copy_(weight)
            net.bias.copy_(bias)
        x = x.clone().requires_grad_()
        y = net(x)
        (y * factors).sum().backward()
        return start, fresh, y.detach(), x.grad, net.weight.grad, net.bias.grad

    torch.manual_seed(211)
    for h, w, kh, kw, dtype in ((5, 6, 3, 2, torch.float64), (4, 4, 1, 4, torch.float32), (3, 2, 3, 2, torch.float64)):
        x, weight = torch.randn(h, w, dtype=dtype), torch.randn(kh, kw, dtype=dtype)
        bias, factors = (torch.randn(1, dtype=dtype), torch.randn(h - kh + 1, w - kw + 1, dtype=dtype))
        start, fresh, y, *got = inside(gradients)(LoopConv2d, x, weight, bias, factors)
        assert set(start) == {"weight", "bias"} and fresh
        assert start["weight"].shape == (kh, kw) and start["bias"].tolist() == [0]
        leaves = [value.clone().requires_grad_() for value in (x, weight, bias)]
        expected = torch.nn.functional.conv2d(leaves[0][None, None], leaves[1][None, None], leaves[2])[0, 0]
        (expected * factors).sum().backward()
        tolerance = 1e-12 if dtype == torch.float64 else 1e-4  # at most 9 products are added
        assert y.dtype == dtype and y.shape == expected.shape and (y - expected).abs().max() < tolerance
        for value, leaf in zip(got, leaves):
            assert value is not None and (value - leaf.grad).abs().max() < tolerance


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: corr2d_pure changes a tensor, or its values or gradients are wrong.
"""  # END TEST CONFIG


def test_nothing_changed(corr2d_pure):
    import torch

    def watched(corr2d_pure, x, k, factors):
        from torch.utils._python_dispatch import TorchDispatchMode

        changes = []

        class Watch(TorchDispatchMode):
            def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
                if operation._schema.is_mutable:
                    changes.append(str(operation))
                return operation(*args, **(kwargs or {}))

        x, k = x.clone().requires_grad_(), k.clone().requires_grad_()
        with Watch():
            y = corr2d_pure(x, k)
        (y * factors).sum().backward()
        return len(changes), y.detach(), x.grad, k.grad

    torch.manual_seed(212)
    for h, w, kh, kw in ((5, 6, 3, 2), (1, 7, 1, 3), (4, 4, 4, 4)):
        x, k, factors = (torch.randn(h, w).double(), torch.randn(kh, kw).double(), torch.randn(h - kh + 1, w - kw + 1))
        changes, y, *got = inside(watched)(corr2d_pure, x, k, factors)
        leaves = [value.clone().requires_grad_() for value in (x, k)]
        expected = torch.nn.functional.conv2d(leaves[0][None, None], leaves[1][None, None])[0, 0]
        (expected * factors).sum().backward()
        assert changes == 0
        assert y.shape == expected.shape and (y - expected).abs().max() < 1e-12
        assert corr2d_pure(x.float(), k.float()).dtype == torch.float32
        for value, leaf in zip(got, leaves):
            assert value is not None and (value - leaf.grad).abs().max() < 1e-12


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-6.3-4 d2l-6.4-2 d2l-6.4-3 d2l-6.4-4 d2l-6.5-2"
# # BEGIN QUESTION
# name: q22_cost
# points: 6

# %% [markdown]
# ## 22. What does a layer cost?
#
# A convolution layer with $C_i$ input and $C_o$ output channels meets one image of `size` $(H, W)$. `kernel`,
# `padding` (zeros on each side) and `stride` are pairs (height, width) as well. Along each axis there are
# $m = \lfloor (n + 2p - k) / s \rfloor + 1$ outputs.
#
# First by hand: set `mults_1x1` to the number of multiplications of a $1 \times 1$ convolution, stride 1, no padding,
# with 64 input and 128 output channels on an image of $32 \times 32$.
#
# Then write four functions. Counts are Python integers, ratios are floats.
#
# - `conv_cost(c_in, c_out, size, kernel, padding=(0, 0), stride=(1, 1), bias=True, input_grad=True)`: a dictionary
#   - `"mults"`: multiplications forward. Products with padded zeros count.
#   - `"adds"`: additions forward. A sum of $n$ products takes $n - 1$; a bias takes one more for each output.
#   - `"forward_numbers"`: numbers in memory: input (without padding), parameters and output.
#   - `"backward_mults"`: the gradient of the kernel takes as many multiplications as the way forward, and so does that
#     of the input. The latter is left out if `input_grad` is false (in the first layer of a network).
#   - `"backward_numbers"`: input and kernel, which have been kept, and the gradients of output, kernel, bias (if
#     there is one) and input (if asked for).
# - `growth(change, c_in, c_out, size, kernel, padding, stride)`: the `"mults"` after the change divided by those
#   before. The change is `"channels"` (both channel numbers doubled), `"padding"` or `"stride"` (both entries doubled).
# - `bottleneck_saving(c, r)`: the multiplications of a $3 \times 3$ convolution from $c$ to $c$ channels, divided by
#   those of three convolutions in a row: $1 \times 1$ from $c$ to $c / r$, $3 \times 3$ from $c / r$ to $c / r$,
#   $1 \times 1$ from $c / r$ to $c$. All keep the size of the image; $r$ divides $c$.
# - `pool_cost(kind, c, size, kernel, padding, stride)`: for a pooling layer on $c$ channels, the pair of integers
#   (number of outputs, operations). The maximum (`"max"`) of $n$ numbers takes $n - 1$ comparisons, the average
#   (`"avg"`) $n - 1$ additions and a division. Padded places count as numbers.
#
# An example: 2 channels to 3, size $(4, 4)$, kernel $(3, 3)$, no padding, stride 1, with bias: 12 outputs, each a
# sum of 18 products. So 216 `"mults"`, 216 `"adds"`, $32 + 57 + 12$ `"forward_numbers"`.

# %% [raw]
# # BEGIN SOLUTION
# %%
mults_1x1 = 8388608  # SOLUTION


def conv_cost(c_in, c_out, size, kernel, padding=(0, 0), stride=(1, 1), bias=True, input_grad=True):
    """Operations and memory of a convolution layer on one image, a dictionary of ints."""
    # BEGIN SOLUTION
    mh, mw = ((n + 2 * p - k) // s + 1 for n, k, p, s in zip(size, kernel, padding, stride))
    outputs = c_out * mh * mw
    products = c_in * kernel[0] * kernel[1]  # in each output
    inputs, weights, biases = c_in * size[0] * size[1], c_out * products, c_out * bias
    mults = outputs * products
    return {
        "mults": mults,
        "adds": outputs * (products - 1 + bias),
        "forward_numbers": inputs + weights + biases + outputs,
        "backward_mults": mults * (1 + input_grad),
        "backward_numbers": inputs * (1 + input_grad) + 2 * weights + biases + outputs,
    }
    # END SOLUTION


def growth(change, c_in, c_out, size, kernel, padding, stride):
    """Multiplications after doubling "channels", "padding" or "stride", divided by those before."""
    # BEGIN SOLUTION
    channels, pad, step = (2 if change == name else 1 for name in ("channels", "padding", "stride"))
    padded, stepped = [pad * p for p in padding], [step * s for s in stride]
    after = conv_cost(channels * c_in, channels * c_out, size, kernel, padded, stepped)
    return after["mults"] / conv_cost(c_in, c_out, size, kernel, padding, stride)["mults"]
    # END SOLUTION


def bottleneck_saving(c, r):
    """Multiplications of 3x3 (c to c) divided by those of 1x1, 3x3, 1x1 with c / r channels between."""
    # BEGIN SOLUTION
    return 9 * r**2 / (2 * r + 9)  # 9 c^2 by 2 c (c / r) + 9 (c / r)^2, whatever c is
    # END SOLUTION


def pool_cost(kind, c, size, kernel, padding, stride):
    """(outputs, operations) of a pooling layer; kind is "max" or "avg"."""
    # BEGIN SOLUTION
    mh, mw = ((n + 2 * p - k) // s + 1 for n, k, p, s in zip(size, kernel, padding, stride))
    outputs = c * mh * mw
    return outputs, outputs * (kernel[0] * kernel[1] - (kind == "max"))
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The layer of the example takes 216 multiplications, 216 additions and 101 numbers forward.
"""  # END TEST CONFIG


def test_example(mults_1x1, conv_cost, growth, bottleneck_saving, pool_cost):
    assert type(mults_1x1) is int, "mults_1x1 should be an integer"
    got = conv_cost(2, 3, (4, 4), (3, 3))
    assert isinstance(got, dict), "conv_cost should return a dictionary"
    for key in ("mults", "adds", "forward_numbers", "backward_mults", "backward_numbers"):
        assert key in got, f"the dictionary has no entry {key!r}"
        assert type(got[key]) is int, f"{key!r} should be an int, got {type(got[key]).__name__}"
    for key, expected in (("mults", 216), ("adds", 216), ("forward_numbers", 101)):
        assert got[key] == expected, f"{key!r} of the example: expected {expected}, got {got[key]}"
    got = growth("padding", 1, 1, (5, 5), (3, 3), (0, 0), (1, 1))
    assert isinstance(got, (int, float)), f"growth should return a float, got {type(got).__name__}"
    assert abs(got - 1) < 1e-9, f"growth: twice no padding changes nothing, expected 1, got {got}"
    got = bottleneck_saving(4, 1)
    assert isinstance(got, (int, float)), f"bottleneck_saving should return a float, got {type(got).__name__}"
    assert abs(got - 9 / 11) < 1e-9, f"bottleneck_saving(4, 1): expected 9/11, got {got}"
    got = pool_cost("max", 1, (4, 4), (2, 2), (0, 0), (2, 2))
    assert isinstance(got, (tuple, list)) and len(got) == 2, "pool_cost should return (outputs, operations)"
    assert tuple(got) == (4, 12), f"pool_cost of four 2 x 2 windows: expected (4, 12), got {tuple(got)}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Operations or memory of the way forward are wrong for some layer. Memory is a sum of sizes, not a
  number of operations.
"""  # END TEST CONFIG


def test_forward_measured(conv_cost):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    cases = [(3, 8, (20, 17), (3, 5), (1, 2), (2, 3)), (1, 1, (1, 1), (1, 1), (0, 0), (1, 1))]
    cases += [
        (8, 16, (64, 64), (3, 3), (1, 1), (2, 2)),
        (5, 2, (9, 4), (1, 1), (0, 1), (2, 1)),
        (2, 7, (6, 6), (6, 6), (0, 0), (1, 4)),
    ]
    for c_in, c_out, size, kernel, padding, stride in cases:
        for bias in (True, False):
            layer = torch.nn.Conv2d(c_in, c_out, kernel, stride, padding, bias=bias)
            x = torch.zeros(1, c_in, *size)
            with FlopCounterMode(display=False) as counter:
                y = layer(x)
            got = conv_cost(c_in, c_out, size, kernel, padding, stride, bias)
            assert all(type(value) is int for value in got.values())
            assert got["mults"] == counter.get_total_flops() // 2  # a multiplication and an addition each
            # as many additions as multiplications, but one less for each output without a bias
            assert got["adds"] == got["mults"] - (0 if bias else y.numel())
            assert got["forward_numbers"] == x.numel() + y.numel() + sum(p.numel() for p in layer.parameters())


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Operations or memory of the way back are wrong for some layer. Count the gradients one by one.
"""  # END TEST CONFIG


def test_backward_measured(conv_cost):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    cases = [(3, 8, (20, 17), (3, 5), (1, 2), (2, 3)), (4, 2, (5, 7), (1, 1), (0, 0), (1, 1))]
    for c_in, c_out, size, kernel, padding, stride in [*cases, (2, 3, (6, 6), (2, 4), (3, 0), (1, 2))]:
        for bias in (True, False):
            for input_grad in (True, False):
                layer = torch.nn.Conv2d(c_in, c_out, kernel, stride, padding, bias=bias)
                x = torch.zeros(1, c_in, *size, requires_grad=input_grad)
                y = layer(x)
                y.retain_grad()
                with FlopCounterMode(display=False) as counter:
                    y.sum().backward()
                kept = x.numel() + layer.weight.numel()
                made = y.grad.numel() + sum(p.grad.numel() for p in layer.parameters())
                made += x.grad.numel() if input_grad else 0
                got = conv_cost(c_in, c_out, size, kernel, padding, stride, bias, input_grad)
                assert got["backward_mults"] == counter.get_total_flops() // 2
                assert got["backward_numbers"] == kept + made
    # the defaults: no padding, stride 1, bias, all gradients
    assert conv_cost(2, 3, (5, 6), (2, 3)) == conv_cost(2, 3, (5, 6), (2, 3), (0, 0), (1, 1), True, True)
    assert conv_cost(2, 3, (5, 6), (2, 3))["backward_numbers"] == 60 + 36 + 48 + 36 + 3 + 60


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A factor of growth is wrong. Sizes are rounded down before and after, so few factors are round numbers.
"""  # END TEST CONFIG


def test_growth_measured(growth):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    def flops(c_in, c_out, size, kernel, padding, stride):
        with FlopCounterMode(display=False) as counter:
            weight = torch.zeros(c_out, c_in, *kernel)
            torch.nn.functional.conv2d(torch.zeros(1, c_in, *size), weight, padding=padding, stride=stride)
        return counter.get_total_flops()

    cases = [(3, 5, (32, 32), (3, 3), (1, 1), (1, 1)), (2, 4, (5, 9), (3, 4), (1, 2), (2, 1))]
    cases += [(8, 16, (65, 65), (3, 3), (1, 1), (1, 1)), (1, 1, (7, 6), (3, 2), (0, 1), (1, 3))]
    for c_in, c_out, size, kernel, padding, stride in cases:
        before = flops(c_in, c_out, size, kernel, padding, stride)
        twice = lambda pair: tuple(2 * value for value in pair)
        after = {
            "channels": flops(2 * c_in, 2 * c_out, size, kernel, padding, stride),
            "padding": flops(c_in, c_out, size, kernel, twice(padding), stride),
            "stride": flops(c_in, c_out, size, kernel, padding, twice(stride)),
        }
        for change, value in after.items():
            got = growth(change, c_in, c_out, size, kernel, padding, stride)
            assert abs(got - value / before) < 1e-9 * got  # quotients of exact integers


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The cost of the 1 x 1 layer or of the bottleneck is wrong. Every output channel at every pixel needs
  every input channel.
"""  # END TEST CONFIG


def test_cheap_layers(mults_1x1, bottleneck_saving):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    def flops(layers, c, side):
        with FlopCounterMode(display=False) as counter:
            x = torch.zeros(1, c, side, side)
            for c_in, c_out, k in layers:
                x = torch.nn.functional.conv2d(x, torch.zeros(c_out, c_in, k, k), padding=k // 2)
        return counter.get_total_flops()

    assert mults_1x1 == flops([(64, 128, 1)], 64, 32) // 2
    for c, r in ((256, 4), (12, 3), (12, 12), (6, 1), (64, 2)):
        narrow = [(c, c // r, 1), (c // r, c // r, 3), (c // r, c, 1)]
        got = bottleneck_saving(c, r)
        assert abs(got - flops([(c, c, 3)], c, 4) / flops(narrow, c, 4)) < 1e-9 * got


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Outputs or operations of a pooling layer are wrong. Each output looks at its whole window, in its own
  channel.
"""  # END TEST CONFIG


def test_pooling_counted(pool_cost):
    import torch

    cases = [
        (3, (11, 9), (3, 2), (1, 1), (2, 2)),
        (1, (5, 5), (5, 5), (0, 0), (1, 1)),
        (4, (6, 7), (2, 3), (0, 1), (1, 2)),
    ]
    for c, size, kernel, padding, stride in [*cases, (2, (4, 4), (1, 1), (0, 0), (3, 1))]:
        outputs = torch.nn.functional.max_pool2d(torch.zeros(1, c, *size), kernel, stride, padding).numel()
        # the windows, one by one, and what is left to do in each of them
        windows = [1 for _ in range(outputs)]
        members = len([(i, j) for i in range(kernel[0]) for j in range(kernel[1])])
        assert tuple(pool_cost("max", c, size, kernel, padding, stride)) == (outputs, sum(windows) * (members - 1))
        assert tuple(pool_cost("avg", c, size, kernel, padding, stride)) == (outputs, sum(windows) * members)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-6.1-4 d2l-6.3-3"
# # BEGIN QUESTION
# name: q23_audio
# points: 5

# %% [markdown]
# ## 23. Sound
#
# A sound is a sequence $x_{t,c}$: $t$ counts the samples, $c$ the microphones (or the frequency bins of a spectrogram).
# Ask of a linear layer that it does the same at every time, and looks at most $\Delta$ samples to either side. Then
# it is
#
# $$h_{t,k} = b_k + \sum_{a = -\Delta}^{\Delta} \sum_c v_{a,c,k}\; x_{t + a,\,c}$$
#
# with $x = 0$ before the beginning and after the end. With $\Delta = 1$, one channel in and out, $v = (0, 1, 10)$ and
# $b = 0$, the sound $(1, 2, 3)$ becomes $(21, 32, 3)$.
#
# A layer with stride $s$ computes every $s$-th output only. Its output is a sound with a lower sampling rate. A tone of
# $f$ Hz, at $r$ samples per second, is $x_t = \cos(2 \pi f t / r)$ with $t = 0, 1, 2, \dots$ If there are few
# samples per second, tones of different frequencies have the same samples, and sound the same. The **apparent**
# frequency of a tone is the lowest frequency $\ge 0$ with the same samples. At $r$ samples per second it is at most
# $r / 2$.
#
# Write four functions.
#
# - `audio_conv(x, v, b)`: `x` of shape `(T, C)`, `v` of shape `(2 * Delta + 1, C, K)`, where `v[0]` belongs to
#   $a = -\Delta$, `b` of shape `(K,)`; tensors of one dtype. Returns shape `(T, K)`. No convolution function. $T$
#   may be smaller than the window.
# - `strided(x, w, s)`: tensors `x` of shape `(T,)` and `w` of shape `(k,)`, $k \le T$. Returns their
#   cross-correlation with stride `s`, without padding, a tensor.
# - `apparent_frequency(f, rate, s)`: the apparent frequency, in Hz, of a tone of `f` Hz, sampled at `rate` Hz, of which
#   only every `s`-th sample is kept. `f` $\ge 0$ is any number.
# - `gain(w, f, rate)`: `w` is a NumPy array of shape `(k,)`. Cross-correlating a long tone of `f` Hz with `w` gives a
#   tone of the same frequency; the float returned is its amplitude divided by that of the input, without sign.
#
# Then set each entry of `audio_facts` to `True` or `False`.
#
# - `"stride_averages"`: with kernel size 1, a layer of stride 2 averages each two samples.
# - `"filter_later"`: at 1000 samples per second, every second sample is kept. A filter behind that can remove what a
#   tone of 400 Hz left, and keep a tone of 100 Hz.
# - `"filter_before"`: the kernel $(1, 2, 1) / 4$, before every second sample is kept, weakens a tone of 400 Hz to
#   less than a fifth, and leaves more than four fifths of a tone of 100 Hz.
# - `"pitch_is_place"`: a spectrogram whose bins are all moved up by five bins is the same sound, later.


# %% [raw]
# # BEGIN SOLUTION
# %%
def audio_conv(x, v, b):
    """The layer of the formula: x (T, C), v (2 * Delta + 1, C, K), b (K,) -> (T, K)."""
    # BEGIN SOLUTION
    delta = len(v) // 2
    padded = F.pad(x, (0, 0, delta, delta))
    return b + sum(padded[a : a + len(x)] @ v[a] for a in range(len(v)))
    # END SOLUTION


def strided(x, w, s):
    """Cross-correlation of x (T,) with w (k,), only every s-th output."""
    # BEGIN SOLUTION
    return x.unfold(0, len(w), s) @ w
    # END SOLUTION


def apparent_frequency(f, rate, s):
    """Apparent frequency in Hz of a tone of f Hz if every s-th of rate samples per second is kept."""
    # BEGIN SOLUTION
    new_rate = rate / s
    folded = f % new_rate
    return min(folded, new_rate - folded)
    # END SOLUTION


def gain(w, f, rate):
    """Factor by which cross-correlation with w changes the amplitude of a tone of f Hz."""
    # BEGIN SOLUTION
    turns = np.exp(2j * np.pi * f / rate * np.arange(len(w)))
    return float(abs((w * turns).sum()))
    # END SOLUTION


audio_facts = {}
audio_facts["stride_averages"] = False  # SOLUTION
audio_facts["filter_later"] = False  # SOLUTION
audio_facts["filter_before"] = True  # SOLUTION
audio_facts["pitch_is_place"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The kernel (0, 1, 10) turns the sound (1, 2, 3) into (21, 32, 3).
"""  # END TEST CONFIG


def test_short_sound(audio_conv, strided, apparent_frequency, gain, audio_facts):
    import numpy as np
    import torch

    x, w = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.0, 1.0, 10.0])
    got = audio_conv(x[:, None], w[:, None, None], torch.zeros(1))
    assert isinstance(got, torch.Tensor), "audio_conv should return a tensor"
    assert got.shape == (3, 1), f"audio_conv: expected shape (3, 1), got {tuple(got.shape)}"
    assert got.flatten().tolist() == [21, 32, 3], f"audio_conv: expected 21, 32, 3, got {got.flatten().tolist()}"
    got = strided(x, torch.tensor([1.0]), 2)
    assert isinstance(got, torch.Tensor), "strided should return a tensor"
    assert got.tolist() == [1, 3], f"strided: every second of (1, 2, 3) is (1, 3), got {got.tolist()}"
    got = apparent_frequency(100, 1000, 2)
    assert got is not None, "apparent_frequency(...) returned None: expected a number"
    assert abs(got - 100) < 1e-9, f"100 Hz is low enough for 500 samples per second: expected 100, got {got}"
    got = gain(np.array([3.0]), 50.0, 1000.0)
    assert got is not None, "gain(...) returned None: expected a number"
    assert abs(got - 3) < 1e-9, f"gain of the kernel (3): expected 3, got {got}"
    assert isinstance(audio_facts, dict), "audio_facts should be a dictionary"
    for key in ("stride_averages", "filter_later", "filter_before", "pitch_is_place"):
        assert isinstance(audio_facts.get(key), bool), f"audio_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The layer in time is wrong for some sound. Later samples meet later entries, all channels are added up,
  and the length stays.
"""  # END TEST CONFIG


def test_layer_in_time(audio_conv):
    import torch

    torch.manual_seed(231)
    for length, c, k, delta in ((12, 3, 4, 2), (1, 1, 1, 0), (3, 2, 5, 3), (2, 4, 1, 1), (6, 1, 2, 0), (1, 2, 3, 4)):
        for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-4)):  # at most 20 products are added
            x, b = torch.randn(length, c, dtype=dtype), torch.randn(k, dtype=dtype)
            v = torch.randn(2 * delta + 1, c, k, dtype=dtype)
            expected = torch.nn.functional.conv1d(x.T[None], v.permute(2, 1, 0), b, padding=delta)[0].T
            got = audio_conv(x, v, b)
            assert got.dtype == dtype and got.shape == expected.shape
            assert (got - expected).abs().max() < tolerance


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Strided outputs or apparent frequencies are wrong. Fewer samples fold high tones down, more than
  once if need be.
"""  # END TEST CONFIG


def test_stride_and_folding(strided, apparent_frequency):
    import numpy as np
    import torch

    torch.manual_seed(232)
    for length, k in ((10, 3), (11, 2), (5, 5), (1, 1), (13, 1), (8, 4)):
        x, w = (torch.randn(length, dtype=torch.float64), torch.randn(k, dtype=torch.float64))
        for s in range(1, 5):
            expected = torch.nn.functional.conv1d(x[None, None], w[None, None], stride=s)[0, 0]
            got = strided(x, w, s)
            assert got.shape == expected.shape and (got - expected).abs().max() < 1e-12
    for rate in (1000, 2000):
        for s in (1, 2, 4, 5):
            kept = np.arange(0, rate, s) / rate  # one second, so the bins of the transform are whole Hz
            for f in (0, 100, 150, 400, 500, 600, 730, 950, 1300, 2510):
                spectrum = np.abs(np.fft.rfft(np.cos(2 * np.pi * f * kept)))
                assert abs(apparent_frequency(f, rate, s) - spectrum.argmax()) < 1e-6
    assert abs(apparent_frequency(0.75, 2, 2) - 0.25) < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some kernel the amplitude behind it is not what gain says. Measure it on a long tone.
"""  # END TEST CONFIG


def test_gain_measured(gain):
    import numpy as np

    rng = np.random.default_rng(233)
    kernels = [np.array([1.0, 2.0, 1.0]) / 4, np.array([1.0, -1.0]), np.array([-2.0]), rng.normal(size=5)]
    for w in [*kernels, rng.normal(size=8), np.array([0.0, 0.0, 1.0])]:
        for f, rate in ((400.0, 1000.0), (100.0, 1000.0), (0.0, 8.0), (50.0, 400.0), (3.0, 7.0)):
            t = np.arange(7000 + len(w) - 1) / rate
            out = [np.correlate(wave(2 * np.pi * f * t), w, "valid") for wave in (np.cos, np.sin)]
            measured = np.sqrt((out[0] ** 2 + out[1] ** 2).mean())  # cosine and sine together have a constant length
            assert abs(gain(w, f, rate) - measured) < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements about sound is decided wrongly. Listen to the samples that are
  left.
"""  # END TEST CONFIG


def test_audio_facts(audio_facts):
    import numpy as np
    import torch

    x = torch.randn(1, 1, 10)
    kept = torch.nn.functional.conv1d(x, torch.ones(1, 1, 1), stride=2)
    assert audio_facts["stride_averages"] is torch.allclose(kept, torch.nn.functional.avg_pool1d(x, 2))
    t = np.arange(0, 1000, 2) / 1000
    low, high = np.cos(2 * np.pi * 100 * t), np.cos(2 * np.pi * 400 * t)
    assert audio_facts["filter_later"] is (not bool(np.allclose(low, high)))
    tone = lambda f: np.cos(2 * np.pi * f * np.arange(3000) / 1000)
    left = {f: np.correlate(tone(f), [0.25, 0.5, 0.25], "valid")[::2].std() / tone(f).std() for f in (100, 400)}
    assert audio_facts["filter_before"] is bool(left[400] < 0.2 and left[100] > 0.8)
    # a low tone and, later, a higher one: two windows of a spectrogram
    window = lambda f, start: np.abs(np.fft.rfft(np.cos(2 * np.pi * f * np.arange(start, start + 100) / 1000)))
    moved = np.roll(window(100, 0), 5)
    assert np.argmax(moved) == np.argmax(window(150, 0))
    assert audio_facts["pitch_is_place"] is bool(np.argmax(moved) == np.argmax(window(100, 700)))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_folding():
    t = np.arange(0, 0.05, 1 / 1000)
    fine = np.arange(0, 0.05, 1 / 20000)
    figure, axes = plt.subplots(1, 2, figsize=(12, 2.8), sharey=True)
    for axis, s in zip(axes, (1, 2)):
        found = apparent_frequency(400, 1000, s)
        axis.plot(fine, np.cos(2 * np.pi * 400 * fine), color="0.85")
        axis.plot(fine, np.cos(2 * np.pi * found * fine), color="C1")
        axis.plot(t[::s], np.cos(2 * np.pi * 400 * t[::s]), "o", color="C0", markersize=4)
        axis.set(title=f"400 Hz, {1000 // s} samples per second: sounds like {found:g} Hz", xlabel="time in s")
    figure.tight_layout()


show(draw_folding)

# %% [raw] sources="d2l-6.1-5"
# # BEGIN QUESTION
# name: q24_text
# points: 4

# %% [markdown]
# ## 24. Text
#
# Words become vectors, a text becomes a sequence, and convolutions in one dimension slide over it. Two assumptions
# stand behind them: what matters lies close by (locality), and the same thing means the same at every place
# (invariance). In "the keys that the man with the dog lost **were** found", the verb depends on a word eight places
# before it.
#
# All layers here have stride 1, an odd window of $k$ words and padding that keeps the length. With dilation $d$, the
# output at place $t$ sees the places $t + d\,(u - (k - 1) / 2)$, $u = 0, \dots, k - 1$. Write two functions.
#
# - `seen_words(layers)`: `layers` is a list of pairs `(k, dilation)`, the first layer first. Returns the sorted list of
#   all offsets $o$ such that the last layer's output at place $t$ can depend on the word at $t + o$ (far from both ends
#   of the text). `seen_words([(3, 4)])` is `[-4, 0, 4]`, and without layers it is `[0]`.
# - `layers_needed(distance, k, doubling)`: the smallest number of layers with window $k \ge 3$ such that an output can
#   depend on the word `distance` places before it. If `doubling` is true, the dilations are $1, 2, 4, 8, \dots$;
#   otherwise they are all 1. For `distance` 0 no layer is needed.
#
# Then set each entry of `text_facts` to `True` or `False`.
#
# - `"phrase_moves"`: if a phrase stands five places later in a long text of otherwise equal words, its features, too,
#   stand five places later, and are the same.
# - `"window_of_one_knows_context"`: with windows of one word, "bank" can get different features in two sentences.
# - `"average_of_ones_knows_order"`: windows of one word and then an average over all places can tell "dog bites man"
#   from "man bites dog".
# - `"threes_know_order"`: windows of three words, a ReLU and then an average over all places can tell them apart.
# - `"first_equals_last"`: in a network whose outputs see offsets from $-15$ to $15$, a single output (with nothing
#   behind it) can decide whether the first and the last of 100 words are the same.


# %% [raw]
# # BEGIN SOLUTION
# %%
def seen_words(layers):
    """Sorted offsets of all words that one output can depend on; layers: list of (k, dilation)."""
    # BEGIN SOLUTION
    offsets = {0}
    for k, dilation in layers:
        offsets = {o + dilation * (u - k // 2) for o in offsets for u in range(k)}
    return sorted(offsets)
    # END SOLUTION


def layers_needed(distance, k, doubling):
    """The fewest layers through which an output depends on the word that many places before it."""
    # BEGIN SOLUTION
    layers, reach = 0, 0
    while reach < distance:
        reach += k // 2 * (2**layers if doubling else 1)
        layers += 1
    return layers
    # END SOLUTION


text_facts = {}
text_facts["phrase_moves"] = True  # SOLUTION
text_facts["window_of_one_knows_context"] = False  # SOLUTION
text_facts["average_of_ones_knows_order"] = False  # SOLUTION
text_facts["threes_know_order"] = True  # SOLUTION
text_facts["first_equals_last"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One layer with three words and dilation 4 sees the offsets -4, 0 and 4; one place back takes one layer.
"""  # END TEST CONFIG


def test_one_layer(seen_words, layers_needed, text_facts):
    got = seen_words([(3, 4)])
    assert isinstance(got, list), f"seen_words should return a list, got {type(got).__name__}"
    assert got == [-4, 0, 4], f"seen_words([(3, 4)]): expected [-4, 0, 4], got {got}"
    got = layers_needed(1, 3, False)
    assert type(got) is int, f"layers_needed should return an int, got {type(got).__name__}"
    assert got == 1, f"layers_needed(1, 3, False): expected 1, got {got}"
    assert isinstance(text_facts, dict), "text_facts should be a dictionary"
    keys = ["phrase_moves", "window_of_one_knows_context", "average_of_ones_knows_order", "threes_know_order"]
    for key in [*keys, "first_equals_last"]:
        assert isinstance(text_facts.get(key), bool), f"text_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some stack of layers sees other words than you say. Dilated windows have gaps, which later layers
  may or may not fill.
"""  # END TEST CONFIG


def test_seen_by_gradient(seen_words):
    import torch

    stacks = [[], [(1, 5)], [(3, 1), (3, 1), (3, 1)], [(5, 1)] * 4, [(3, 1), (3, 2), (3, 4), (3, 8)], [(3, 4), (3, 4)]]
    for layers in [*stacks, [(3, 5), (3, 1)], [(5, 3), (1, 1), (3, 10)], [(7, 2)], [(3, 1), (3, 9)]]:
        x = torch.ones(1, 1, 101, dtype=torch.float64, requires_grad=True)
        y = x
        for k, dilation in layers:
            # positive weights, so that no two paths cancel
            weight = torch.ones(1, 1, k, dtype=torch.float64) / k
            y = torch.nn.functional.conv1d(y, weight, padding=dilation * (k - 1) // 2, dilation=dilation)
        (gradient,) = torch.autograd.grad(y[0, 0, 50], x)
        assert seen_words(layers) == (gradient[0, 0].nonzero()[:, 0] - 50).tolist()


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some distance takes fewer or more layers than you say. Half a window reaches back in each layer.
"""  # END TEST CONFIG


def test_fewest_layers(layers_needed):
    for k in (3, 5, 9):
        for doubling in (False, True):
            reached, depth = [0] * 70, 0
            seen = {0}
            fewest = {0: 0}
            while len(fewest) < len(reached):
                step = 2**depth if doubling else 1
                seen = {
                    o + step * u for o in seen for u in range(-(k - 1) // 2, (k + 1) // 2) if abs(o + step * u) < 600
                }
                depth += 1
                for distance in range(len(reached)):
                    if -distance in seen:
                        fewest.setdefault(distance, depth)
            for distance, depth in fewest.items():
                got = layers_needed(distance, k, doubling)
                assert type(got) is int and got == depth


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about text is decided wrongly. Try them with random word vectors.
"""  # END TEST CONFIG


def test_text_facts(text_facts):
    import torch

    torch.manual_seed(241)
    vectors = torch.randn(9, 6).double()
    read = lambda words: vectors[torch.tensor(words)].T[None]
    net = lambda *ks: torch.nn.Sequential(
        torch.nn.Conv1d(6, 16, ks[0], padding="same"), torch.nn.ReLU(), torch.nn.Conv1d(16, 16, ks[-1], padding="same")
    ).double()
    wide, narrow = net(3), net(1)
    here, there = [0] * 10 + [1, 2, 3] + [0] * 17, [0] * 15 + [1, 2, 3] + [0] * 12
    moves = torch.allclose(wide(read(here))[..., 8:15], wide(read(there))[..., 13:20])
    assert text_facts["phrase_moves"] is moves
    bank = [narrow(read([a, 5, b]))[0, :, 1] for a, b in ((1, 2), (3, 4))]
    assert text_facts["window_of_one_knows_context"] is (not torch.allclose(*bank))
    same = {}
    for name, layers in (("narrow", narrow), ("wide", wide)):
        means = [torch.relu(layers(read(words))).mean(dim=2) for words in ([1, 2, 3], [3, 2, 1])]
        same[name] = torch.allclose(*means)
    assert text_facts["average_of_ones_knows_order"] is (not same["narrow"])
    assert text_facts["threes_know_order"] is (not same["wide"])
    # no place of 100 lies within 15 of both ends
    sees_both = any(t - 15 <= 0 and t + 15 >= 99 for t in range(100))
    assert text_facts["first_equals_last"] is sees_both


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [markdown]
# For the next question: two sets of small images, and a function that trains a network on them. In `halves` a bright
# square lies in the upper or in the lower half (class 1 or 0). In `bars` a bright bar lies level or upright (class 1
# or 0).


# %%
def halves(n, seed):
    """n noisy images (n, 1, 12, 12) with a 3x3 square, and their classes (n,): 1 if it lies in the upper half."""
    torch.manual_seed(seed)
    x, rows, columns = (0.1 * torch.randn(n, 1, 12, 12), torch.randint(0, 10, (n,)), torch.randint(0, 10, (n,)))
    for image, i, j in zip(x, rows, columns):
        image[0, i : i + 3, j : j + 3] += 1
    return x, (rows < 5).long()


def bars(n, seed):
    """n noisy images (n, 1, 12, 12) with a bar of 4 pixels, and their classes (n,): 1 if it lies level."""
    torch.manual_seed(seed)
    x, places, y = (0.1 * torch.randn(n, 1, 12, 12), torch.randint(0, 9, (n, 2)), torch.randint(0, 2, (n,)))
    for image, (i, j), level in zip(x, places, y):
        image[0, i : i + (1 if level else 4), j : j + (4 if level else 1)] += 1
    return x, y


def train_and_test(net, images):
    """Train net on 200 images and return its accuracy on 200 others; images is halves or bars."""
    (x, y), (x_test, y_test) = images(200, 1), images(200, 2)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(60):
        optimiser.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimiser.step()
    with torch.no_grad():
        return (net(x_test).argmax(dim=1) == y_test).float().mean().item()


# %% [raw] sources="d2l-6.1-2"
# # BEGIN QUESTION
# name: q25_place_matters
# points: 6

# %% [markdown]
# ## 25. Where place matters
#
# A convolution treats all places alike, and that saves weights. But is a pig in the sky as likely as a pig on the
# ground? A classifier is **shift invariant** if it gives an image and all its shifts the same answer. Shifts are
# circular here: what leaves the image on one side comes in on the other.
#
# Begin with a limit that no training can pass. Write `best_invariant_accuracy(images, labels)`: `images` is an array of
# shape `(N, H, W)` of integers, `labels` an array of shape `(N,)` of integers. It returns the largest share of these
# images, as a float, that a shift-invariant classifier can get right. For two images of which one is a shift of the
# other, with the labels 0 and 1, it is 0.5.
#
# Which tasks can such a classifier solve without an error? The images are $6 \times 6$, zero but for the pixels named.
# Set each entry of `solvable` to `True` or `False`.
#
# - `"sky_or_ground"`: one pixel of 1, in any place. Is it in the upper three rows?
# - `"one_or_two"`: one pixel of 1, or two of them, in any places. Are there two?
# - `"which_eye"`: row 2 holds two eyes, in the columns 1 and 4. One is open (2), one closed (1). Is the left one open?
# - `"hat_on_head"`: one pixel of 2 (a hat) and one of 1 (a head) touch one another, one above the other, in any
#   places. Is the hat above the head? (Neither is cut: both lie in the image.)
#
# Then build two networks for images of shape `(N, 1, 12, 12)` that return scores of shape `(N, 2)`:
#
# - `invariant_net()`: at least two $3 \times 3$ convolutions with stride 1 and circular padding, each followed by a
#   ReLU, the mean over all places, and a linear layer. It is shift invariant, up to rounding.
# - `coordinate_net()`: the same, but the first convolution also sees two channels that hold the row and the column
#   of each pixel, from $-1$ in the first row (column) to $1$ in the last, in equal steps.
#
# The hidden tests train them as `train_and_test` does. `invariant_net` has to solve `bars` (accuracy above 0.8), and
# `coordinate_net` has to solve `halves` and the like with left and right (above 0.8). Eight channels are enough.
#
# Last, set each entry of `invariance_facts` to `True` or `False`.
#
# - `"invariant_learns_halves"`: trained long enough, `invariant_net` solves `halves`.
# - `"zero_padding_is_invariant"`: with zeros in place of circular padding, the network stays shift invariant.
# - `"stride_is_invariant"`: with stride 2 in the first convolution, it stays shift invariant.
# - `"maximum_is_invariant"`: with the maximum over all places in place of the mean, it stays shift invariant.
# - `"flattened_is_invariant"`: with a linear layer on all places, flattened, in place of the mean, it stays shift
#   invariant.

# %% [raw]
# # BEGIN SOLUTION
# %%
from collections import Counter


def best_invariant_accuracy(images, labels):
    """Largest accuracy on these images of a classifier that gives all circular shifts the same answer."""
    # BEGIN SOLUTION
    groups = {}
    for image, label in zip(images, labels):
        h, w = image.shape
        shifts = [np.roll(image, (i, j), axis=(0, 1)).tolist() for i in range(h) for j in range(w)]
        groups.setdefault(str(min(shifts)), Counter())[int(label)] += 1
    return sum(max(group.values()) for group in groups.values()) / len(labels)
    # END SOLUTION


solvable = {}
solvable["sky_or_ground"] = False  # SOLUTION
solvable["one_or_two"] = True  # SOLUTION
solvable["which_eye"] = False  # SOLUTION
solvable["hat_on_head"] = True  # SOLUTION


class MeanOverPlaces(torch.nn.Module):
    """(N, C, H, W) -> (N, C), the mean over all places; given, use it or not."""

    def forward(self, x):
        return x.mean(dim=(2, 3))


class WithCoordinates(torch.nn.Module):
    """(N, C, H, W) -> (N, C + 2, H, W): rows and columns from -1 to 1 beside the channels; to be completed."""

    def forward(self, x):
        # BEGIN SOLUTION
        n, _, h, w = x.shape
        rows = torch.linspace(-1, 1, h)[:, None].expand(n, 1, h, w)
        columns = torch.linspace(-1, 1, w).expand(n, 1, h, w)
        return torch.cat([x, rows, columns], dim=1)
        # END SOLUTION


def invariant_net(channels=1):
    """A shift-invariant network for (N, channels, 12, 12) images with two scores."""
    # BEGIN SOLUTION
    return torch.nn.Sequential(
        torch.nn.Conv2d(channels, 8, 3, padding=1, padding_mode="circular"),
        torch.nn.ReLU(),
        torch.nn.Conv2d(8, 8, 3, padding=1, padding_mode="circular"),
        torch.nn.ReLU(),
        MeanOverPlaces(),
        torch.nn.Linear(8, 2),
    )
    # END SOLUTION


def coordinate_net():
    """The same network, told where each pixel is."""
    # BEGIN SOLUTION
    return torch.nn.Sequential(WithCoordinates(), *invariant_net(3))
    # END SOLUTION


invariance_facts = {}
invariance_facts["invariant_learns_halves"] = False  # SOLUTION
invariance_facts["zero_padding_is_invariant"] = False  # SOLUTION
invariance_facts["stride_is_invariant"] = False  # SOLUTION
invariance_facts["maximum_is_invariant"] = True  # SOLUTION
invariance_facts["flattened_is_invariant"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two shifts of one image with different labels allow an accuracy of one half; both networks give two
  scores.
"""  # END TEST CONFIG


def test_two_images(best_invariant_accuracy, solvable, invariant_net, coordinate_net, invariance_facts):
    import numpy as np
    import torch

    images = np.array([[[1, 0], [0, 0]], [[0, 0], [0, 1]]])
    got = best_invariant_accuracy(images, np.array([0, 1]))
    assert got is not None, "best_invariant_accuracy(...) returned None: expected a float"
    assert abs(got - 0.5) < 1e-9, f"best_invariant_accuracy of two shifts with labels 0 and 1: expected 0.5, got {got}"
    for name, make in (("invariant_net", invariant_net), ("coordinate_net", coordinate_net)):
        net = make()
        assert isinstance(net, torch.nn.Module), f"{name}() should return a torch.nn.Module"
        scores = net(torch.zeros(3, 1, 12, 12))
        assert isinstance(scores, torch.Tensor), f"the network of {name} should return a tensor"
        assert scores.shape == (3, 2), f"{name}: expected scores of shape (3, 2), got {tuple(scores.shape)}"
    learned = ["invariant_learns_halves", "zero_padding_is_invariant", "stride_is_invariant", "maximum_is_invariant"]
    tasks = ["sky_or_ground", "one_or_two", "which_eye", "hat_on_head"]
    answers = {
        "solvable": (solvable, tasks),
        "invariance_facts": (invariance_facts, [*learned, "flattened_is_invariant"]),
    }
    for name, (facts, keys) in answers.items():
        assert isinstance(facts, dict), f"{name} should be a dictionary"
        for key in keys:
            assert isinstance(facts.get(key), bool), f"{name}[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some images the limit is too high or too low. All shifts of an image get one answer, and the most
  frequent label is the best one.
"""  # END TEST CONFIG


def test_limit_by_brute_force(best_invariant_accuracy):
    from itertools import product

    import numpy as np

    rng = np.random.default_rng(251)
    for h, w, n, most in ((2, 2, 9, 2), (1, 3, 10, 3), (3, 1, 8, 2), (2, 3, 12, 3), (1, 1, 7, 2), (3, 3, 1, 2)):
        images = np.array([rng.integers(0, 2, size=(h, w)) for _ in range(n)])
        labels = rng.integers(0, most, size=n) - 1
        same = [
            [any((np.roll(np.roll(a, i, 0), j, 1) == b).all() for i in range(h) for j in range(w)) for b in images]
            for a in images
        ]
        kinds = [row.index(True) for row in same]  # the first image of the same kind
        best = 0
        firsts = sorted(set(kinds))
        for answers in product(range(-1, most - 1), repeat=len(firsts)):
            answer = dict(zip(firsts, answers))
            best = max(best, sum(answer[kind] == label for kind, label in zip(kinds, labels)))
        assert abs(best_invariant_accuracy(images, labels) - best / n) < 1e-9
    # two rows side by side and two pixels apart are different images, mirrored ones are, too
    images = np.zeros((4, 3, 4), dtype=int)
    images[0, 0, :2], images[1, 1, [0, 2]] = 1, 1
    images[2, 2, :3], images[3, 0, 1:] = (1, 2, 0), (2, 1, 0)
    assert best_invariant_accuracy(images, np.array([0, 1, 2, 3])) == 1


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four tasks is judged wrongly. Can you shift an image of one class so that it
  becomes one of the other?
"""  # END TEST CONFIG


def test_tasks_enumerated(solvable):
    import numpy as np

    def image(*pixels):
        made = np.zeros((6, 6), dtype=int)
        for i, j, value in pixels:
            made[i, j] = value
        return made

    places = [(i, j) for i in range(6) for j in range(6)]
    ones = [image((*p, 1)) for p in places]
    twos = [image((*p, 1), (*q, 1)) for p in places for q in places if p < q]
    above = [(image((i, j, 2), (i + 1, j, 1)), image((i, j, 1), (i + 1, j, 2))) for i in range(5) for j in range(6)]
    tasks = {
        "sky_or_ground": ([x for x in ones if x[:3].any()], [x for x in ones if x[3:].any()]),
        "one_or_two": (twos, ones),
        "which_eye": ([image((2, 1, 2), (2, 4, 1))], [image((2, 1, 1), (2, 4, 2))]),
        "hat_on_head": ([a for a, _ in above], [b for _, b in above]),
    }
    for name, (yes, no) in tasks.items():
        moved = {np.roll(x, shift, axis=(0, 1)).tobytes() for x in yes for shift in places}
        assert solvable[name] is (not any(x.tobytes() in moved for x in no))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The first network is not shift invariant, or the second is, or one of them hardly looks at the
  image, or is not built as asked.
"""  # END TEST CONFIG


def test_networks_under_shifts(invariant_net, coordinate_net):
    import torch

    for seed in range(3):
        torch.manual_seed(252 + seed)
        x = torch.randn(5, 1, 12, 12)
        invariant, told = invariant_net(), coordinate_net()
        for shift in ((1, 0), (0, 1), (5, 3), (6, 11)):
            moved = torch.roll(x, shift, dims=(2, 3))
            # means of 144 numbers of size one in float32: a millionth
            assert (invariant(x) - invariant(moved)).abs().max() < 1e-4 * invariant(x).std(dim=0).max()
            assert (told(x) - told(moved)).abs().max() > 1e-3 * told(x).std(dim=0).max()
        assert invariant(x).std(dim=0).max() > 1e-4

    def look(make, x):
        from torch.utils._python_dispatch import TorchDispatchMode

        names, seen = [], []

        class Watch(TorchDispatchMode):
            def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
                names.append(str(operation))
                if "conv" in names[-1]:
                    seen.append(args[0].detach())
                return operation(*args, **(kwargs or {}))

        with Watch():
            make()(x)
        return (sum("conv" in name for name in names), sum("relu" in name for name in names), seen[0])

    x = torch.randn(2, 1, 12, 12)
    for make in (invariant_net, coordinate_net):
        convolutions, relus, first = inside(look)(make, x)
        assert convolutions >= 2 and relus >= 2
    # what the second network's first convolution sees, without what was padded before
    margin = (first.shape[3] - 12) // 2
    middle = first[:, :, margin : margin + 12, margin : margin + 12]
    line = (torch.arange(12) / 5.5 - 1).expand(2, 12, 12)
    for wanted in (x[:, 0], line, line.transpose(1, 2)):
        assert any(
            channel.shape == wanted.shape and (channel - wanted).abs().max() < 1e-5 for channel in middle.unbind(1)
        )


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: After training, the invariant network does not tell level from upright bars, or the other one not
  the upper from the lower half.
"""  # END TEST CONFIG


def test_networks_trained(invariant_net, coordinate_net):
    import torch

    def learn(make, sets):
        import torch

        accuracies = []
        for (x, y), (x_test, y_test) in sets:
            torch.manual_seed(256)
            net = make()
            optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
            for _ in range(60):
                optimiser.zero_grad()
                torch.nn.functional.cross_entropy(net(x), y).backward()
                optimiser.step()
            with torch.no_grad():
                accuracies.append((net(x_test).argmax(dim=1) == y_test).double().mean().item())
        return accuracies

    def squares(n, side):
        x, rows = 0.1 * torch.randn(n, 1, 12, 12), torch.randint(0, 10, (n,))
        for image, i in zip(x, rows):
            j = int(torch.randint(0, 10, ()))
            image[0, i : i + 3, j : j + 3] += 1
        return (x, (rows < 5).long()) if side == "rows" else (x.transpose(2, 3), (rows < 5).long())

    def sticks(n):
        x, y = 0.1 * torch.randn(n, 1, 12, 12), torch.randint(0, 2, (n,))
        for image, level in zip(x, y):
            i, j = (int(place) for place in torch.randint(0, 9, (2,)))
            image[0, i : i + 4 - 3 * level, j : j + 1 + 3 * level] += 1
        return x, y

    torch.manual_seed(257)
    (level,) = inside(learn)(invariant_net, [(sticks(200), sticks(200))])
    upper, left = inside(learn)(
        coordinate_net,
        [(squares(200, "rows"), squares(200, "rows")), (squares(200, "columns"), squares(200, "columns"))],
    )
    # right networks reached at least 0.98 with 24 seeds; guessing, and a net that does not see places, about 0.5
    assert level > 0.8 and upper > 0.8 and left > 0.8


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about invariance is decided wrongly. Shift an image by one
  pixel, and compare the scores.
"""  # END TEST CONFIG


def test_invariance_facts(invariance_facts):
    import torch

    nn = torch.nn

    class Over(nn.Module):
        def __init__(self, reduce):
            super().__init__()
            self.reduce = reduce

        def forward(self, x):
            return self.reduce(x)

    mean = lambda x: x.mean(dim=(2, 3))

    def network(reduce=mean, mode="circular", stride=1, features=6):
        first = nn.Conv2d(1, 6, 3, padding=1, padding_mode=mode, stride=stride)
        second = nn.Conv2d(6, 6, 3, padding=1, padding_mode=mode)
        return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), Over(reduce), nn.Linear(features, 2)).double()

    torch.manual_seed(258)
    x = torch.randn(8, 1, 12, 12).double()
    stays = lambda net: torch.allclose(net(x), net(torch.roll(x, (1, 0), dims=(2, 3))), rtol=0, atol=1e-9)
    assert invariance_facts["zero_padding_is_invariant"] is stays(network(mode="zeros"))
    assert invariance_facts["stride_is_invariant"] is stays(network(stride=2))
    assert invariance_facts["maximum_is_invariant"] is stays(network(lambda x: x.amax(dim=(2, 3))))
    assert invariance_facts["flattened_is_invariant"] is stays(network(lambda x: x.flatten(1), features=6 * 144))
    # the same square, without noise, in the upper and in the lower half: equal scores, so one of them is wrong
    square = torch.zeros(2, 1, 12, 12).double()
    square[0, 0, 1:4, 2:5], square[1, 0, 8:11, 6:9] = 1, 1
    upper, lower = network()(square)
    assert invariance_facts["invariant_learns_halves"] is (not torch.allclose(upper, lower, rtol=0, atol=1e-9))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def report_accuracies():
    for make in (invariant_net, coordinate_net):
        torch.manual_seed(0)
        print(f"{make.__name__} on halves: accuracy {train_and_test(make(), halves):.2f}")


show(report_accuracies)

# %% [raw] sources="d2l-6.5-1 d2l-6.5-3 d2l-6.5-4"
# # BEGIN QUESTION
# name: q26_pooling
# points: 6

# %% [markdown]
# ## 26. Pooling: average, minimum, maximum
#
# A pooling layer slides a window over each channel on its own and keeps one number of it. For the window
# `[[1, 2], [3, 7]]` the maximum is 7 and the average 3.25. Images `x` have shape `(N, C, H, W)`.
#
# Write three functions. In the first two, `k`, `stride` and `padding` are pairs (height, width); `stride=None` means
# that windows do not overlap (stride `k`), and `padding` is at most half of `k`.
#
# - `average_by_conv(x, k, stride=None, padding=(0, 0), count_padding=True)`: average pooling with nothing but
#   `F.conv2d` and arithmetic. Padding is with zeros. If `count_padding` is true, each sum is divided by the size of the
#   window; if not, by the number of pixels in it that belong to the image.
# - `min_pool(x, k, stride=None, padding=(0, 0))`: the minimum of each window, built on `F.max_pool2d`. The padding
#   never is the minimum. Entries have any sign.
# - `pool_backward(kind, x, dy, k)`: windows of $k \times k$ (`k` an int) that do not overlap, and divide $H$ and
#   $W$. Given the gradient `dy` of the loss with respect to the output, shape `(N, C, H / k, W / k)`, returns the
#   gradient with respect to `x`, without autograd. `kind` is `"max"` or `"avg"`. If a maximum is reached several
#   times in a window, the first place, row by row, gets the gradient.
#
# Results have the dtype of `x`. Then set each entry of `pooling_facts` to `True` or `False`.
#
# - `"average_is_linear"`, `"maximum_is_linear"`: pooling $2x + 3z$ gives 2 times the pooled $x$ plus 3 times the
#   pooled $z$.
# - `"maximum_of_noise_is_zero"`: maximum pooling of noise with mean zero gives noise with mean zero.
# - `"maximum_shrinks_noise_most"`: of average and maximum with $2 \times 2$ windows, the maximum leaves less
#   variance of standard normal noise.
# - `"minimum_after_relu"`: for all images, $-\text{max pooling of } \text{ReLU}(-x)$ is the minimum.
# - `"channels_may_mix"`: a convolution with one group, each weight $1 / (C k_h k_w)$, is average pooling, too, for
#   $C > 1$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def average_by_conv(x, k, stride=None, padding=(0, 0), count_padding=True):
    """Average pooling by F.conv2d; k, stride, padding are pairs."""
    # BEGIN SOLUTION
    channels = x.shape[1]
    box = torch.ones(channels, 1, *k, dtype=x.dtype)
    totals, inside_image = (
        F.conv2d(image, box, stride=stride or k, padding=padding, groups=channels) for image in (x, torch.ones_like(x))
    )
    return totals / (k[0] * k[1] if count_padding else inside_image)
    # END SOLUTION


def min_pool(x, k, stride=None, padding=(0, 0)):
    """Minimum of each window, by F.max_pool2d."""
    # BEGIN SOLUTION
    return -F.max_pool2d(-x, k, stride, padding)
    # END SOLUTION


def pool_backward(kind, x, dy, k):
    """Gradient with respect to x of "max" or "avg" pooling with k x k windows side by side."""
    # BEGIN SOLUTION
    n, c, h, w = x.shape
    # axes: example, channel, window row, window column, place in the window
    windows = x.reshape(n, c, h // k, k, w // k, k).transpose(3, 4).flatten(4)
    if kind == "max":
        shares = F.one_hot(windows.argmax(dim=4), k * k)
    else:
        shares = torch.full_like(windows, 1 / k**2)
    spread_out = (shares * dy[..., None]).reshape(n, c, h // k, w // k, k, k)
    return spread_out.transpose(3, 4).reshape(n, c, h, w)
    # END SOLUTION


pooling_facts = {}
pooling_facts["average_is_linear"] = True  # SOLUTION
pooling_facts["maximum_is_linear"] = False  # SOLUTION
pooling_facts["maximum_of_noise_is_zero"] = False  # SOLUTION
pooling_facts["maximum_shrinks_noise_most"] = False  # SOLUTION
pooling_facts["minimum_after_relu"] = False  # SOLUTION
pooling_facts["channels_may_mix"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The window with the rows (1, 2) and (3, 7) has the average 3.25 and the minimum 1; the maximum sends
  its gradient to the 7.
"""  # END TEST CONFIG


def test_one_window(average_by_conv, min_pool, pool_backward, pooling_facts):
    import torch

    x = torch.tensor([[[[1.0, 2.0], [3.0, 7.0]]]])
    for name, call, expected in (("average_by_conv", average_by_conv, 3.25), ("min_pool", min_pool, 1)):
        got = call(x, (2, 2))
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor"
        assert got.shape == (1, 1, 1, 1), f"{name}: expected shape (1, 1, 1, 1), got {tuple(got.shape)}"
        assert abs(got.item() - expected) < 1e-6, f"{name}: expected {expected}, got {got.item()}"
    got = pool_backward("max", x, torch.ones(1, 1, 1, 1), 2)
    assert isinstance(got, torch.Tensor), "pool_backward should return a tensor"
    assert got.shape == (1, 1, 2, 2), f"pool_backward: expected shape (1, 1, 2, 2), got {tuple(got.shape)}"
    assert got.flatten().tolist() == [0, 0, 0, 1], f"pool_backward: expected 0, 0, 0, 1, got {got.flatten().tolist()}"
    assert isinstance(pooling_facts, dict), "pooling_facts should be a dictionary"
    keys = ["average_is_linear", "maximum_is_linear", "maximum_of_noise_is_zero", "maximum_shrinks_noise_most"]
    for key in [*keys, "minimum_after_relu", "channels_may_mix"]:
        assert isinstance(pooling_facts.get(key), bool), f"pooling_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The average is wrong for some layer. Channels stay apart, windows may overlap, and padding counts
  only if it is to.
"""  # END TEST CONFIG


def test_average_like_torch(average_by_conv):
    import torch

    torch.manual_seed(261)
    pool = torch.nn.functional.avg_pool2d
    cases = [
        (2, 3, 7, 8, (2, 3), (1, 2), (1, 1)),
        (1, 1, 1, 1, (1, 1), None, (0, 0)),
        (3, 2, 5, 6, (4, 2), None, (2, 0)),
    ]
    for n, c, h, w, k, stride, padding in [
        *cases,
        (2, 4, 6, 5, (3, 5), (2, 1), (0, 2)),
        (1, 5, 4, 4, (4, 4), None, (0, 0)),
    ]:
        for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-5)):  # averages of at most 16 normals
            x = torch.randn(n, c, w, h, dtype=dtype).transpose(2, 3)
            for counted in (True, False):
                expected = pool(x, k, stride, padding, count_include_pad=counted)
                got = average_by_conv(x, k, stride, padding, counted)
                assert got.dtype == dtype and got.shape == expected.shape
                assert (got - expected).abs().max() < tolerance
    x = torch.randn(2, 3, 6, 6)
    assert torch.allclose(average_by_conv(x, (3, 2)), pool(x, (3, 2)), atol=1e-5)
    assert torch.allclose(average_by_conv(x, (3, 2), padding=(1, 1)), pool(x, (3, 2), padding=(1, 1)), atol=1e-5)

    def called(average_by_conv, x):
        from torch.utils._python_dispatch import TorchDispatchMode

        names = set()

        class Watch(TorchDispatchMode):
            def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
                names.add(str(operation))
                return operation(*args, **(kwargs or {}))

        with Watch():
            average_by_conv(x, (2, 2))
        return sorted(names)

    assert not any("pool" in name for name in inside(called)(average_by_conv, x))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some minimum is wrong. Try images with all entries positive, all negative, and mixed, and padding.
"""  # END TEST CONFIG


def test_minimum_by_brute_force(min_pool):
    import math

    import torch

    torch.manual_seed(262)
    cases = [((7, 6), (3, 2), (2, 1), (1, 1)), ((5, 5), (2, 2), None, (0, 0)), ((4, 6), (4, 3), (1, 2), (2, 0))]
    for (h, w), k, stride, padding in cases:
        sh, sw = stride or k
        for offset in (0, 10, -10):
            x = torch.randn(2, 3, h, w) + offset
            got = min_pool(x, k, stride, padding)
            padded = torch.nn.functional.pad(x, (padding[1], padding[1], padding[0], padding[0]), value=math.inf)
            rows = range(0, padded.shape[2] - k[0] + 1, sh)
            columns = range(0, padded.shape[3] - k[1] + 1, sw)
            assert got.shape == (2, 3, len(rows), len(columns)) and got.dtype == x.dtype
            for a, i in enumerate(rows):
                for b, j in enumerate(columns):
                    window = padded[:, :, i : i + k[0], j : j + k[1]]
                    assert torch.equal(got[:, :, a, b], window.amin(dim=(2, 3)))
    assert torch.equal(min_pool(torch.ones(1, 1, 4, 4), (3, 3), padding=(1, 1)), torch.ones(1, 1, 2, 2))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A gradient of pooling is wrong. The maximum has one receiver in each window, also if there are ties;
  the average has many.
"""  # END TEST CONFIG


def test_backward_like_autograd(pool_backward):
    import torch

    torch.manual_seed(263)
    functions = {"max": torch.nn.functional.max_pool2d, "avg": torch.nn.functional.avg_pool2d}
    for n, c, h, w, k in ((2, 3, 6, 4, 2), (1, 1, 3, 9, 3), (3, 2, 2, 5, 1), (1, 2, 4, 4, 4), (2, 1, 8, 4, 2)):
        for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-6)):
            # small integers, so that ties are frequent
            for x in (torch.randn(n, c, h, w, dtype=dtype), torch.randint(-2, 1, (n, c, h, w)).to(dtype)):
                x.requires_grad_()
                dy = torch.randn(n, c, h // k, w // k, dtype=dtype)
                for kind, function in functions.items():
                    (expected,) = torch.autograd.grad(function(x, k), x, dy)
                    got = pool_backward(kind, x.detach(), dy, k)
                    assert got.dtype == dtype and got.shape == expected.shape
                    assert (got - expected).abs().max() < tolerance


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about pooling is decided wrongly. Pool some random images.
"""  # END TEST CONFIG


def test_pooling_facts(pooling_facts):
    import torch

    torch.manual_seed(264)
    maximum, average = torch.nn.functional.max_pool2d, torch.nn.functional.avg_pool2d
    x, z = torch.randn(50, 3, 20, 20).double(), torch.randn(50, 3, 20, 20).double()
    linear = lambda pool: torch.allclose(pool(2 * x + 3 * z, 2), 2 * pool(x, 2) + 3 * pool(z, 2))
    assert pooling_facts["average_is_linear"] is linear(average)
    assert pooling_facts["maximum_is_linear"] is linear(maximum)
    # 15 000 windows: the mean is known to about 0.006, and is either 0 or about 1
    assert pooling_facts["maximum_of_noise_is_zero"] is bool(maximum(x, 2).mean() < 0.1)
    assert pooling_facts["maximum_shrinks_noise_most"] is bool(maximum(x, 2).var() < average(x, 2).var())
    # positive images: the minima are positive
    positive = x.abs() + 1
    lowest = positive.unfold(2, 2, 2).unfold(3, 2, 2).amin(dim=(4, 5))
    assert pooling_facts["minimum_after_relu"] is torch.equal(-maximum(torch.relu(-positive), 2), lowest)
    mixed = torch.nn.functional.conv2d(x, torch.full((3, 3, 2, 2), 1 / 12).double(), stride=2)
    assert pooling_facts["channels_may_mix"] is torch.allclose(mixed, average(x, 2))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-6.5-5"
# # BEGIN QUESTION
# name: q27_soft_pooling
# points: 5

# %% [markdown]
# ## 27. Between average and maximum
#
# Average pooling gives each entry of a window the same weight, maximum pooling gives all weight to one. Softmax offers
# something between. With a number $\beta$, the window $x_1, \dots, x_n$ gives
#
# $$m(\beta) = \sum_i x_i\, \frac{e^{\beta x_i}}{\sum_j e^{\beta x_j}} .$$
#
# For the window $(0, \ln 3)$ and $\beta = 1$ the weights are $\tfrac14$ and $\tfrac34$, and $m = 0.824$.
#
# - `SoftmaxPool2d(k, beta, stride=None, learn=False)`: a `torch.nn.Module` with windows of $k \times k$ (`k` and
#   `stride` are ints, no stride means `k`) in each channel: `(N, C, H, W)` to
#   `(N, C, (H - k) // stride + 1, (W - k) // stride + 1)`. `self.beta` is a scalar tensor of dtype float32; it is a
#   parameter if `learn` is true, and else the module has no parameters. Entries of `x` and $\beta$ may be large: the
#   result has to be finite wherever $x$ and $\beta x$ are.
# - `slope(window, beta)`: `window` is a tensor of shape `(n,)`, $\beta$ a float. Returns the derivative of $m$ with
#   respect to $\beta$ as a float, by a formula for it (no autograd), in the precision of `window`. Derive it: it is
#   something well known of the weights and the entries.
# - `operations(n)`: the pair of integers (soft, maximum): how many operations one window of $n$ entries takes. The soft
#   one is computed as $\sum_i x_i e_i \,/ \sum_i e_i$ with $e_i = \exp(\beta x_i)$, each $e_i$ computed once; an
#   exponential, multiplication, addition or division is one operation. The maximum takes comparisons only.
#
# Why is it rarely used? Compare the operations, then set each entry of `soft_facts` to `True` or `False`.
#
# - `"never_falls"`: $m(\beta)$ never falls if $\beta$ grows.
# - `"stays_above_average"`: $m(\beta)$ is at least the average for every $\beta$, also a negative one.
# - `"shift"`: adding a number to all entries adds it to $m$.
# - `"scale"`: doubling all entries doubles $m$, with $\beta$ unchanged.
# - `"naive_is_safe"`: in float32, the formula as it stands is finite for entries around 1 and $\beta = 100$.


# %% [raw]
# # BEGIN SOLUTION
# %%
class SoftmaxPool2d(torch.nn.Module):
    """Softmax-weighted mean of each k x k window."""

    def __init__(self, k, beta, stride=None, learn=False):
        super().__init__()
        # BEGIN SOLUTION
        self.k, self.stride = k, stride or k
        self.beta = torch.tensor(float(beta))
        if learn:
            self.beta = torch.nn.Parameter(self.beta)
        # END SOLUTION

    def forward(self, x):
        # BEGIN SOLUTION
        patches = x.unfold(2, self.k, self.stride).unfold(3, self.k, self.stride).flatten(4)
        return (torch.softmax(self.beta * patches, dim=4) * patches).sum(dim=4)
        # END SOLUTION


def slope(window, beta):
    """Derivative of the softmax-weighted mean with respect to beta, a float."""
    # BEGIN SOLUTION
    weights = torch.softmax(beta * window, dim=0)
    mean = (weights * window).sum()
    return (weights * (window - mean) ** 2).sum().item()
    # END SOLUTION


def operations(n):
    """(soft, maximum): operations for one window of n entries."""
    # BEGIN SOLUTION
    return 5 * n - 1, n - 1
    # END SOLUTION


soft_facts = {}
soft_facts["never_falls"] = True  # SOLUTION
soft_facts["stays_above_average"] = False  # SOLUTION
soft_facts["shift"] = True  # SOLUTION
soft_facts["scale"] = False  # SOLUTION
soft_facts["naive_is_safe"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For equal entries the result is that entry, whatever beta is, and the slope is 0.
"""  # END TEST CONFIG


def test_equal_entries(SoftmaxPool2d, slope, operations, soft_facts):
    import torch

    net = SoftmaxPool2d(2, 1.5)
    assert isinstance(net, torch.nn.Module), "SoftmaxPool2d should be a torch.nn.Module"
    got = net(torch.full((2, 3, 4, 6), 5.0))
    assert isinstance(got, torch.Tensor), "the forward of SoftmaxPool2d should return a tensor"
    assert got.shape == (2, 3, 2, 3), f"SoftmaxPool2d(2, 1.5): expected shape (2, 3, 2, 3), got {tuple(got.shape)}"
    assert (got - 5).abs().max() < 1e-5, f"windows of fives: expected 5, got {got.flatten()[0].item()}"
    got = slope(torch.tensor([2.0, 2.0]), 1.0)
    assert got is not None, "slope(...) returned None: expected a float"
    assert abs(got) < 1e-6, f"slope of equal entries: expected 0, got {got}"
    got = operations(1)
    assert isinstance(got, (tuple, list)) and len(got) == 2, "operations should return (soft, maximum)"
    assert got[1] == 0, f"the maximum of one number takes no comparison, got {got[1]}"
    assert isinstance(soft_facts, dict), "soft_facts should be a dictionary"
    for key in ("never_falls", "stays_above_average", "shift", "scale", "naive_is_safe"):
        assert isinstance(soft_facts.get(key), bool), f"soft_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The layer is wrong for some window, stride or beta. The weights add up to one within each window of
  each channel.
"""  # END TEST CONFIG


def test_soft_windows(SoftmaxPool2d):
    import math

    import torch

    torch.manual_seed(271)
    for n, c, h, w, k, stride, beta in (
        (2, 3, 7, 5, 2, None, 0.7),
        (1, 2, 6, 8, 3, 2, -1.3),
        (2, 1, 4, 4, 4, 1, 2),
        (1, 1, 3, 2, 1, 2, 5.0),
    ):
        x = torch.randn(n, c, h, w)
        got = SoftmaxPool2d(k, beta, stride)(x)
        s = stride or k
        assert got.shape == (n, c, (h - k) // s + 1, (w - k) // s + 1) and got.dtype == torch.float32
        for a in range(n):
            for b in range(c):
                for i in range(got.shape[2]):
                    for j in range(got.shape[3]):
                        window = x[a, b, i * s : i * s + k, j * s : j * s + k].flatten().tolist()
                        factors = [math.exp(beta * value) for value in window]
                        mean = sum(f * value for f, value in zip(factors, window)) / sum(factors)
                        assert abs(got[a, b, i, j].item() - mean) < 1e-4  # float32, entries up to 4
    # entries 1 apart: at beta = 50 the second gets a weight of e^-50
    x = torch.stack([torch.randperm(36).float().reshape(6, 6) for _ in range(4)])[None] - 18
    for beta, pool in ((50.0, torch.nn.functional.max_pool2d), (0.0, torch.nn.functional.avg_pool2d)):
        assert (SoftmaxPool2d(3, beta)(x) - pool(x, 3)).abs().max() < 1e-4
    assert (SoftmaxPool2d(3, -50.0)(x) + torch.nn.functional.max_pool2d(-x, 3)).abs().max() < 1e-4
    for offset in (1000.0, -1000.0):
        assert (SoftmaxPool2d(3, 50.0)(x + offset) - torch.nn.functional.max_pool2d(x + offset, 3)).abs().max() < 1e-2


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: beta is a parameter although it should not be, or is none although it should; or its gradient is wrong.
"""  # END TEST CONFIG


def test_learned_beta(SoftmaxPool2d):
    import torch

    def train(SoftmaxPool2d, x):
        import torch

        fixed, learned = SoftmaxPool2d(2, 3), SoftmaxPool2d(2, 3, learn=True)
        names = [name for name, _ in learned.named_parameters()]
        learned(x).sum().backward()
        return (len(list(fixed.parameters())), names, learned.beta.grad, fixed.beta.item(), learned.beta.item())

    torch.manual_seed(272)
    x = torch.randn(2, 1, 4, 4)
    count, names, gradient, *betas = inside(train)(SoftmaxPool2d, x)
    assert count == 0 and names == ["beta"] and betas == [3, 3]
    beta = torch.tensor(3.0, requires_grad=True)
    patches = torch.nn.functional.unfold(x, 2, stride=2)
    factors = (beta * patches).exp()
    (expected,) = torch.autograd.grad(((factors * patches).sum(dim=1) / factors.sum(dim=1)).sum(), beta)
    assert gradient.shape == () and (gradient - expected).abs() < 1e-4
    net = SoftmaxPool2d(2, 3)
    assert net.beta.dtype == torch.float32 and net.beta.shape == () and not net.beta.requires_grad


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The derivative with respect to beta or the number of operations is wrong for some window.
"""  # END TEST CONFIG


def test_slope_and_operations(slope, operations):
    import torch

    torch.manual_seed(273)
    for n in (1, 2, 5, 12):
        for value in (0.0, 0.8, -2.5):
            window = 2 * torch.randn(n, dtype=torch.float64) + 1
            beta = torch.tensor(value, dtype=torch.float64, requires_grad=True)
            factors = (beta * window).exp()
            (expected,) = torch.autograd.grad((factors * window).sum() / factors.sum(), beta)
            assert abs(slope(window, value) - expected.item()) < 1e-9

    class Counted:
        """A number that counts what is done with it."""

        done = 0

        def once(self, *_):
            Counted.done += 1
            return Counted()

        __add__ = __mul__ = __truediv__ = exp = __gt__ = once

    for n in (1, 2, 4, 9):
        Counted.done, beta = 0, Counted()
        window = [Counted() for _ in range(n)]
        factors = [(beta * x).exp() for x in window]
        products = [x * e for x, e in zip(window, factors)]
        top, below = products[0], factors[0]
        for product, factor in zip(products[1:], factors[1:]):
            top, below = top + product, below + factor
        top / below
        soft, Counted.done = Counted.done, 0
        for x in window[1:]:
            window[0] > x
        assert tuple(operations(n)) == (soft, Counted.done)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about softmax pooling is decided wrongly. Try a few windows.
"""  # END TEST CONFIG


def test_soft_facts(soft_facts):
    import numpy as np

    rng = np.random.default_rng(274)

    def mean(window, beta):
        factors = np.exp(beta * window - (beta * window).max())
        return (factors * window).sum() / factors.sum()

    windows = [rng.normal(size=4) for _ in range(50)]
    betas = np.linspace(-6, 6, 25)
    curves = np.array([[mean(window, beta) for beta in betas] for window in windows])
    assert soft_facts["never_falls"] is bool((np.diff(curves, axis=1) > -1e-12).all())
    average = np.array([window.mean() for window in windows])
    assert soft_facts["stays_above_average"] is bool((curves >= average[:, None] - 1e-12).all())
    shifted = [abs(mean(window + 3, 1.2) - mean(window, 1.2) - 3) for window in windows]
    assert soft_facts["shift"] is bool(max(shifted) < 1e-9)
    scaled = [abs(mean(2 * window, 1.2) - 2 * mean(window, 1.2)) for window in windows]
    assert soft_facts["scale"] is bool(max(scaled) < 1e-9)
    with np.errstate(all="ignore"):
        x = np.array([0.9, 1.0, 1.1], dtype=np.float32)
        factors = np.exp(np.float32(100) * x)
        assert soft_facts["naive_is_safe"] is bool(np.isfinite((x * factors).sum() / factors.sum()))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_between():
    window = torch.tensor([[-0.5, 0.2], [0.6, 1.5]])
    betas = np.linspace(-12, 12, 97)
    means = [SoftmaxPool2d(2, float(beta))(window[None, None]).item() for beta in betas]
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for value, name in ((window.min(), "minimum"), (window.mean(), "average"), (window.max(), "maximum")):
        axis.axhline(value, color="0.8")
        axis.text(12.2, value, name, va="center")
    axis.plot(betas, means)
    axis.set(xlabel="$\\beta$", title="softmax pooling of one window")
    figure.tight_layout()


show(draw_between)
