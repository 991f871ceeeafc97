# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 09_building_networks
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Building networks
#
# A network in PyTorch is an object that owns its parameters. Here you learn what it owns and what it does
# not know of: layers in lists, blocks used twice, shapes that are still open. You write layers of your own,
# save, load and reuse networks, and find out what it costs to move data to a device and back.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_before_super` | what fails when a module does not begin with super() | 3 |
# | `q2_scalars` | a mean loss that keeps no graphs, and where numbers are needed | 5 |
# | `q3_hidden_layers` | a module with a list repaired, and a search for such lists | 5 |
# | `q4_parallel` | two networks side by side | 3 |
# | `q5_repeat_block` | one kind of block, many times | 5 |
# | `q6_parameters` | what a network holds, and how to reach it | 4 |
# | `q7_initialisers` | variances, bounds and a function that fills a network | 6 |
# | `q8_lazy_shapes` | layers whose shapes are still open | 7 |
# | `q9_tied_layers` | one layer used twice, trained and taken apart | 5 |
# | `q10_sharing` | what sharing saves, and what it builds in | 6 |
# | `q11_first_mismatch` | the layer at which shapes do not fit | 4 |
# | `q12_any_width` | one network for inputs of any width | 5 |
# | `q13_center` | a layer that removes the mean and learns an offset | 4 |
# | `q14_reduction` | a layer of products of its inputs | 4 |
# | `q15_fourier` | a layer that is half a Fourier transform | 4 |
# | `q16_checkpoint` | a training run that can be interrupted | 6 |
# | `q17_transplant` | the first layers of a network in a new one | 5 |
# | `q18_save_model` | architecture and parameters in one file | 7 |
# | `q19_benchmark` | how fast a matrix product is, on any device | 6 |
# | `q20_portable` | files that load on any machine | 6 |
# | `q21_logging` | a thousand numbers from the device, one by one or at once | 5 |
# | `q22_two_devices` | two products at the same time | 6 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score. A few of those need a GPU: where there is none they are
# left out, with their points.

# %% [markdown]
# ## Recap and notation
#
# A layer or a network is an `nn.Module`. Its `forward` computes the output, and its `__init__` makes what it
# owns. Three **registers** hold what a module owns:
#
# - **parameters**: tensors that an optimiser changes. Assigning an `nn.Parameter` to an attribute registers it.
# - **submodules**: other modules. Assigning a module to an attribute registers it, with all its parameters.
# - **buffers**: tensors that belong to the state but are not trained, such as a running mean. They are
#   registered with `self.register_buffer(name, tensor)`.
#
# `net.parameters()`, `net.state_dict()`, `net.to(...)` and `net.train()` walk through these registers, and see
# nothing else. A parameter's name is the path to it: `"0.weight"` is the weight of the first layer of an
# `nn.Sequential`.
#
# $x$ is an input, $y$ a target, $N$ the number of examples, $D$ a width. Tensors are batch first: a batch of
# inputs has shape `(N, D)`. `nn.Linear(D_i, D_o)` holds `weight` of shape `(D_o, D_i)` and `bias` of shape
# `(D_o,)`, and computes `x @ weight.T + bias`.

# %%
import copy
import itertools
import json
import math
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn


def show(draw):
    """Call draw(); while the answer it needs is missing, say so in a line instead of failing."""
    try:
        draw()
    except Exception as problem:
        plt.close("all")
        print(f"No figure yet: it is drawn by your own answer ({type(problem).__name__}: {problem}).")


# %%
def tell_registers():
    layer = nn.BatchNorm1d(3)
    net = nn.Sequential(nn.Linear(2, 3), layer)
    for name, parameter in net.named_parameters():
        print(f"parameter {name:22} shape {tuple(parameter.shape)}")
    for name, buffer in net.named_buffers():
        print(f"buffer    {name:22} shape {tuple(buffer.shape)}")


show(tell_registers)

# %% [markdown]
# The next cell defines six classes for question 1. Five of them never call `super().__init__()`, one calls it
# late. Read them and predict before you make an instance of any.


# %%
class LayerOnly(nn.Module):
    def __init__(self):
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        return self.linear(x)


class ParameterOnly(nn.Module):
    def __init__(self):
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, x):
        return self.scale * x


class BufferOnly(nn.Module):
    def __init__(self):
        self.register_buffer("scale", torch.ones(3))

    def forward(self, x):
        return self.scale * x


class NumberOnly(nn.Module):
    def __init__(self):
        self.scale = 2.0

    def forward(self, x):
        return self.scale * x


class TensorOnly(nn.Module):
    def __init__(self):
        self.scale = torch.ones(3)

    def forward(self, x):
        return self.scale * x


class NumberThenSuper(nn.Module):
    def __init__(self):
        self.scale = 2.0
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        return self.scale * self.linear(x)


# %% [raw] sources="d2l-5.1-1"
# # BEGIN QUESTION
# name: q1_before_super
# points: 3

# %% [markdown]
# ## 1. Before the registers exist
#
# `nn.Module.__init__` makes the registers. What happens if a class forgets to call it, or calls it late? Use
# the six classes above and take three steps with each: make an instance; call it on `torch.zeros(2, 3)`; list
# its parameters with `list(net.parameters())`.
#
# - Predict first. Set `predicted[name]` for each of the six class names to the pair `(stage, error)`: the first
#   step that fails, one of `"construct"`, `"call"` and `"parameters"`, and the name of the exception, such as
#   `"TypeError"`. If nothing fails the pair is `("none", None)`.
# - Then write `first_failure(cls)`, which takes these three steps with any class and returns that pair. The
#   class is called without arguments. Any subclass of `Exception` counts as a failure. For `nn.Identity` the
#   pair is `("none", None)`; for `nn.Linear` it is `("construct", "TypeError")`, since its arguments are
#   missing.

# %% [raw]
# # BEGIN SOLUTION
# %%
predicted = {}
predicted["LayerOnly"] = ("construct", "AttributeError")  # SOLUTION
predicted["ParameterOnly"] = ("construct", "AttributeError")  # SOLUTION
predicted["BufferOnly"] = ("construct", "AttributeError")  # SOLUTION
predicted["NumberOnly"] = ("call", "AttributeError")  # SOLUTION
predicted["TensorOnly"] = ("call", "AttributeError")  # SOLUTION
predicted["NumberThenSuper"] = ("none", None)  # SOLUTION


def first_failure(cls):
    """The first step that fails and the name of the exception; ("none", None) if all three steps work."""
    # BEGIN SOLUTION
    stage = "construct"
    try:
        net = cls()
        stage = "call"
        net(torch.zeros(2, 3))
        stage = "parameters"
        list(net.parameters())
    except Exception as problem:
        return stage, type(problem).__name__
    return "none", None
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: nn.Identity takes all three steps; nn.Linear without arguments fails at once with a
  TypeError; predicted holds six pairs.
"""  # END TEST CONFIG


def test_two_known_classes(first_failure, predicted):
    from torch import nn

    for cls, expected in ((nn.Identity, ("none", None)), (nn.Linear, ("construct", "TypeError"))):
        got = first_failure(cls)
        assert got is not None, "first_failure(...) returned None: expected a pair (stage, error)"
        assert isinstance(got, (tuple, list)) and len(got) == 2, "first_failure should return (stage, error)"
        assert tuple(got) == expected, f"first_failure(nn.{cls.__name__}): expected {expected}, got {got}"
    assert isinstance(predicted, dict), "predicted should be a dictionary"
    for name in ("LayerOnly", "ParameterOnly", "BufferOnly", "NumberOnly", "TensorOnly", "NumberThenSuper"):
        pair = predicted.get(name)
        assert isinstance(pair, (tuple, list)), f"predicted[{name!r}] should be a pair (stage, error)"
        assert len(pair) == 2, f"predicted[{name!r}] should hold a stage and the name of an exception"
        stages = ("construct", "call", "parameters", "none")
        assert pair[0] in stages, f"predicted[{name!r}]: the stage should be one of {stages}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six predictions is wrong. Which assignments need a register, and what
  does calling a module need?
"""  # END TEST CONFIG


def test_predictions(predicted):
    import torch
    from torch import nn

    def starts(body):
        class Module(nn.Module):
            def __init__(self):
                body(self)

            def forward(self, x):
                return x

        return Module

    def set_to(value):
        return lambda module: setattr(module, "scale", value())

    def number_then_super(module):
        module.scale = 2.0
        nn.Module.__init__(module)
        module.linear = nn.Linear(3, 3)

    classes = {
        "LayerOnly": starts(set_to(lambda: nn.Linear(3, 3))),
        "ParameterOnly": starts(set_to(lambda: nn.Parameter(torch.ones(3)))),
        "BufferOnly": starts(lambda module: module.register_buffer("scale", torch.ones(3))),
        "NumberOnly": starts(set_to(lambda: 2.0)),
        "TensorOnly": starts(set_to(lambda: torch.ones(3))),
        "NumberThenSuper": starts(number_then_super),
    }
    for name, cls in classes.items():
        outcome = "none", None
        net = None
        for stage in ("construct", "call", "parameters"):
            try:
                if stage == "construct":
                    net = cls()
                elif stage == "call":
                    net(torch.zeros(2, 3))
                else:
                    list(net.parameters())
            except Exception as problem:
                outcome = stage, type(problem).__name__
                break
        assert tuple(predicted[name]) == outcome


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some class the first failure is not found. A step can fail with any exception, and each
  step has to be taken, in this order.
"""  # END TEST CONFIG


def test_other_classes(first_failure):
    from torch import nn

    class Careless(nn.Module):
        def __init__(self):
            self.scale = 2.0

        def __call__(self, x):
            return self.scale * x

    class Picky(nn.Module):
        def forward(self, x):
            if tuple(x.shape) != (2, 3) or x.any():
                raise ValueError
            return x

    class Broken(nn.Module):
        def forward(self, x):
            raise KeyError("x")

    class Narrow(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 2)

        def forward(self, x):
            return self.linear(x)

    class Closed(nn.Identity):
        def parameters(self, recurse=True):
            raise ZeroDivisionError

    class Unborn(nn.Module):
        def __init__(self):
            raise OSError

    class Forgets(nn.Module):
        def __init__(self):
            self.linear = nn.Linear(3, 3)

    cases = [
        (Careless, ("parameters", "AttributeError")),
        (Picky, ("none", None)),
        (Broken, ("call", "KeyError")),
        (Narrow, ("call", "RuntimeError")),
        (Closed, ("parameters", "ZeroDivisionError")),
        (Unborn, ("construct", "OSError")),
        (Forgets, ("construct", "AttributeError")),
        (nn.ReLU, ("none", None)),
        (nn.Bilinear, ("construct", "TypeError")),
    ]
    for cls, expected in cases:
        got = first_failure(cls)
        assert len(got) == 2 and (got[0], got[1]) == expected


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.1-2"
# # BEGIN QUESTION
# name: q2_scalars
# points: 5

# %% [markdown]
# ## 2. Tensors that hold one number
#
# `loss.item()` turns a tensor with one entry into a Python number. Where is that needed? First decide six
# statements. Set each entry of `scalar_facts` to `True` or `False`. In the first four, `x` is a tensor.
#
# - `"loop_needs_item"`: `while x.norm() > 1: x = x / 2` raises an error or never ends, unless the condition is
#   written with `x.norm().item()`.
# - `"same_result"`: where both forms of this loop run, they end with the same `x`.
# - `"vector_condition_works"`: for `x` of shape `(3,)`, `while x > 1: x = x / 2` runs without an error.
# - `"vmap_without_item"`: without `.item()` the first loop can be mapped over the rows of a matrix by
#   `torch.func.vmap`.
# - `"json_takes_tensors"`: `json.dumps({"loss": loss})` works for a loss that is a tensor with one entry.
# - `"list_keeps_graphs"`: a list to which a training loop appends each `loss` (not `loss.item()`) keeps the
#   graph of every step in memory.
#
# Then write `running_mean_loss(net, batches, loss_fn)`. `batches` is any iterable of pairs `(x, y)`, with at
# least one pair; `loss_fn(net(x), y)` is the mean loss over the examples of the batch, and `len(x)` is their
# number. Return, as a Python float, the mean loss over **all examples**. For a batch of 3 examples with loss 1
# and a batch of 1 example with loss 5 it is $(3 \cdot 1 + 1 \cdot 5) / 4 = 2$. Draw one batch after the other,
# call the network once for each, and let no graph of an earlier batch stay in memory. Leave the network's
# parameters, their gradients and its mode (training or evaluation) as they are.

# %% [raw]
# # BEGIN SOLUTION
# %%
scalar_facts = {}
scalar_facts["loop_needs_item"] = False  # SOLUTION
scalar_facts["same_result"] = True  # SOLUTION
scalar_facts["vector_condition_works"] = False  # SOLUTION
scalar_facts["vmap_without_item"] = False  # SOLUTION
scalar_facts["json_takes_tensors"] = False  # SOLUTION
scalar_facts["list_keeps_graphs"] = True  # SOLUTION


def running_mean_loss(net, batches, loss_fn):
    """Mean loss over all examples of all batches, a float."""
    # BEGIN SOLUTION
    total, count = 0.0, 0
    for x, y in batches:
        total += loss_fn(net(x), y).item() * len(x)
        count += len(x)
    return total / count
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Three examples with loss 1 and one with loss 5 have mean loss 2, as a Python float;
  scalar_facts holds six booleans.
"""  # END TEST CONFIG


def test_two_batches(running_mean_loss, scalar_facts):
    import torch
    from torch import nn

    batches = [(torch.ones(3, 1), torch.zeros(3, 1)), (torch.full((1, 1), 5.0), torch.zeros(1, 1))]
    got = running_mean_loss(nn.Identity(), batches, nn.L1Loss())
    assert got is not None, "running_mean_loss(...) returned None: expected a float"
    assert isinstance(got, float), f"running_mean_loss should return a Python float, got a {type(got).__name__}"
    assert abs(got - 2) < 1e-6, f"3 examples with loss 1 and 1 with loss 5: expected 2, got {got}"
    assert isinstance(scalar_facts, dict), "scalar_facts should be a dictionary"
    keys = ["loop_needs_item", "same_result", "vector_condition_works", "vmap_without_item"]
    for key in (*keys, "json_takes_tensors", "list_keeps_graphs"):
        assert isinstance(scalar_facts.get(key), bool), f"scalar_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements is decided wrongly. Run the lines; they are short.
"""  # END TEST CONFIG


def test_scalar_facts(scalar_facts):
    import json
    import weakref

    import torch

    def works(action):
        try:
            action()
        except Exception:
            return False
        return True

    def halve(x):
        for _ in range(1000):
            if not x.norm() > 1:
                return x
            x = x / 2
        raise RuntimeError("never ends")

    def halve_item(x):
        while x.norm().item() > 1:
            x = x / 2
        return x

    class Canary:
        pass

    seen = []

    def pack(tensor):
        canary = Canary()
        seen.append(weakref.ref(canary))
        return canary

    w, kept = torch.ones(3, requires_grad=True), []
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda canary: None):
        for _ in range(3):
            kept.append((w**2).sum())
    x = torch.randn(4, 7, generator=torch.Generator().manual_seed(91)) * 50
    vector = torch.tensor([4.0, 0.5, 2.0])
    assert scalar_facts["loop_needs_item"] is (not works(lambda: halve(x)))
    assert scalar_facts["same_result"] is torch.equal(halve(x), halve_item(x))
    assert scalar_facts["vector_condition_works"] is works(lambda: bool(vector > 1))
    assert scalar_facts["vmap_without_item"] is works(lambda: torch.func.vmap(halve)(x))
    assert scalar_facts["json_takes_tensors"] is works(lambda: json.dumps({"loss": kept[0]}))
    assert scalar_facts["list_keeps_graphs"] is all(canary() is not None for canary in seen)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The mean is not that over all examples. Batches may have different sizes, and batches may
  be a generator.
"""  # END TEST CONFIG


def test_mean_over_examples(running_mean_loss):
    import torch
    from torch import nn

    rng = torch.Generator().manual_seed(92)
    for sizes in ((5,), (1,), (4, 4, 4), (7, 7, 2), (1, 9, 3, 1), (64, 1)):
        for loss_fn in (nn.MSELoss(), nn.L1Loss(), lambda f, y: (f.square() + 2 * y.square()).mean()):
            net = nn.Linear(3, 2)
            x = [3 * torch.randn(n, 3, generator=rng) for n in sizes]
            y = [3 * torch.randn(n, 2, generator=rng) for n in sizes]
            got = running_mean_loss(net, list(zip(x, y)), loss_fn)
            with torch.no_grad():
                expected = loss_fn(net(torch.cat(x)), torch.cat(y)).item()
            # float32 means of up to 65 examples, added up in double precision
            assert type(got) is float and abs(got - expected) <= 1e-5 * abs(expected)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: While batch after batch is drawn, old graphs stay in memory, or the batches are not drawn
  one by one, or the network is called more than once or changed.
"""  # END TEST CONFIG


def test_no_graph_is_kept(running_mean_loss):
    def probe(running_mean_loss, training):
        import weakref

        import torch
        from torch import nn

        class Canary:
            pass

        net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
        net.train(training)
        alive, held, calls, drawn = [], [], [], []
        net.register_forward_hook(lambda *_: calls.append(1))

        def pack(tensor):
            canary = Canary()
            alive[-1].append(weakref.ref(canary))
            return canary

        def batches():
            for i in range(7):
                drawn.append(len(calls))
                if i >= 2:
                    held.append(any(canary() is not None for canary in alive[i - 2]))
                alive.append([])
                x = torch.randn(4, 3)
                yield x, x.sum(dim=1, keepdim=True)

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda canary: None):
            running_mean_loss(net, batches(), nn.MSELoss())
        same = net.training is training and all(p.requires_grad and p.grad is None for p in net.parameters())
        return any(held), drawn, same

    for training in (True, False):
        held, drawn, same = inside(probe)(running_mean_loss, training)
        assert not held and drawn == list(range(7)) and same


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.1-3"
# # BEGIN QUESTION
# name: q3_hidden_layers
# points: 5

# %% [markdown]
# ## 3. Layers that nobody knows of
#
# This class does not work, and would not be trained if it did:
#
# ```
# class NestMLP(nn.Module):
#     def __init__(self):
#         super().__init__()
#         self.net = [nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU()]
#         self.linear = nn.Linear(32, 16)
#
#     def forward(self, x):
#         return self.linear(self.net(x))
# ```
#
# - Write `NestMLP` so that it does what was meant, with these layers under these two names: `self.net` is a
#   module that can be called on `x` of shape `(N, 20)`, and the output of `NestMLP()` has shape `(N, 16)`.
#   Optimisers, `state_dict`, `double()` and `eval()` reach every layer.
# - Write `hidden_modules(module)`, which finds such mistakes: a sorted list of the paths of all `nn.Module`
#   objects that lie in lists, tuples or dictionaries, however deep these are nested in one another. Look at the
#   attributes of the module and of all its registered submodules; do not look into the hidden modules
#   themselves. A path has the names of attributes, the keys of dictionaries and the positions in lists and
#   tuples, joined by points. If a module has the attribute `table = {"a": [3, nn.ReLU()]}`, its path is
#   `"table.a.1"`; if that module is itself the registered submodule `block`, it is `"block.table.a.1"`. The
#   class above would give the four paths `"net.0"` to `"net.3"`. Registered modules are not listed; you
#   may assume that none of them lies in such a container, too.


# %% [raw]
# # BEGIN SOLUTION
# %%
class NestMLP(nn.Module):
    """20-64-32 with a ReLU after each, in self.net, then 32-16 in self.linear."""

    def __init__(self):
        super().__init__()
        # BEGIN SOLUTION
        self.net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.linear = nn.Linear(32, 16)
        # END SOLUTION

    def forward(self, x):
        """x: (N, 20) -> (N, 16)."""
        # BEGIN SOLUTION
        return self.linear(self.net(x))
        # END SOLUTION


def hidden_modules(module):
    """Sorted paths of the modules in plain lists, tuples and dictionaries, which are not registered."""
    # BEGIN SOLUTION
    found = []

    def search(path, value):
        if isinstance(value, nn.Module):
            found.append(path)
        elif isinstance(value, dict):
            for key, entry in value.items():
                search(f"{path}.{key}", entry)
        elif isinstance(value, (list, tuple)):
            for position, entry in enumerate(value):
                search(f"{path}.{position}", entry)

    for name, owner in module.named_modules():
        for key, value in vars(owner).items():
            if key != "_modules":  # the register of the submodules
                search(f"{name}.{key}".lstrip("."), value)
    return sorted(found)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: NestMLP maps (N, 20) to (N, 16), and a ReLU in the dictionary table has the path table.a.1.
"""  # END TEST CONFIG


def test_one_table(NestMLP, hidden_modules):
    import torch
    from torch import nn

    net = NestMLP()
    out = net(torch.zeros(2, 20))
    assert out is not None, "forward returned None: expected a tensor of shape (N, 16)"
    assert tuple(out.shape) == (2, 16), f"forward: expected shape (2, 16), got {tuple(out.shape)}"
    holder = nn.Sequential(nn.Linear(2, 2))
    holder.table = {"a": [3, nn.ReLU()]}
    got = hidden_modules(holder)
    assert got is not None, "hidden_modules(...) returned None: expected a list of paths"
    assert isinstance(got, list), "hidden_modules should return a list"
    assert got == ["table.a.1"], f"hidden_modules: expected ['table.a.1'], got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Some layer of NestMLP is not registered, not used, or not as asked. Count the parameters,
  take a step, and look which weights moved.
"""  # END TEST CONFIG


def test_every_layer_is_registered(NestMLP):
    def probe(NestMLP, x):
        import torch

        net = NestMLP().double()
        state = {name: value.clone() for name, value in net.state_dict().items()}
        out, inner = net(x).detach(), net.net(x).detach()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        net(x).square().sum().backward()
        optimizer.step()
        moved = [not torch.equal(value, state[name]) for name, value in net.state_dict().items()]
        other = NestMLP().double()
        other.load_state_dict(state)
        modes = {module.training for module in net.eval().modules()}
        return [*state.values()], out, inner, moved, other(x).detach(), modes

    import torch

    x = torch.randn(9, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(93))
    state, out, inner, moved, loaded, modes = inside(probe)(NestMLP, x)
    assert [tuple(p.shape) for p in state] == [(64, 20), (64,), (32, 64), (32,), (16, 32), (16,)]
    h = x
    for weight, bias in zip(state[:4:2], state[1:4:2]):
        h = (h @ weight.T + bias).clamp(min=0)
    # float64, sums of 64 terms
    assert torch.allclose(inner, h, rtol=0, atol=1e-12)
    assert torch.allclose(out, h @ state[4].T + state[5], rtol=0, atol=1e-12)
    assert len(moved) == 6 and all(moved) and torch.equal(out, loaded) and modes == {False}


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some module the hidden modules are not those found. Containers may hold containers,
  their owner may be a submodule, and what is registered is not hidden.
"""  # END TEST CONFIG


def test_hidden_paths(hidden_modules):
    from collections import OrderedDict

    from torch import nn

    class Holder(nn.Module):
        def __init__(self, **attributes):
            super().__init__()
            for name, value in attributes.items():
                setattr(self, name, value)

    deep = Holder(x=[[(nn.ReLU(), 1), {"k": {"l": nn.Tanh()}}], "text", None, 3.5])
    shy = Holder(_layers=[nn.ReLU()], _table={2: nn.Tanh()})
    registered = Holder(a=nn.ModuleList([nn.ReLU()]), b=nn.ModuleDict({"c": nn.Linear(2, 2)}), d=nn.ReLU())
    inner = Holder(blocks=(nn.Linear(1, 1), 0, nn.ReLU()))
    outer = Holder(block=nn.Sequential(nn.ReLU(), inner), z=OrderedDict(q=nn.ReLU(), p=nn.Tanh()))
    secret = Holder(first=[Holder(second=[nn.ReLU()])])
    many = Holder(m=[nn.ReLU() for _ in range(12)])
    cases = [
        (deep, ["x.0.0.0", "x.0.1.k.l"]),
        (shy, ["_layers.0", "_table.2"]),
        (registered, []),
        (outer, ["block.1.blocks.0", "block.1.blocks.2", "z.p", "z.q"]),
        (secret, ["first.0"]),
        (many, sorted(f"m.{i}" for i in range(12))),
        (nn.Linear(2, 2), []),
        (Holder(a=[], b={}, c=(), d=[1, 2]), []),
    ]
    for module, expected in cases:
        assert hidden_modules(module) == expected


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.1-4"
# # BEGIN QUESTION
# name: q4_parallel
# points: 3

# %% [markdown]
# ## 4. Two networks side by side
#
# Write the module `Parallel(net1, net2, dim=-1)`. It gives its input to both networks and joins the two outputs
# along axis `dim`, the output of `net1` first. It owns both networks as they are, without copying them, and has
# no parameters of its own. If `net1` returns shape `(N, 32)` and `net2` shape `(N, 64)`, the output has shape
# `(N, 96)`. For convolutional networks with outputs of shape `(N, C, H, W)`, `dim=1` joins the channels. The
# same network may be given twice.


# %% [raw]
# # BEGIN SOLUTION
# %%
class Parallel(nn.Module):
    """Both networks on the same input, their outputs joined along one axis."""

    def __init__(self, net1, net2, dim=-1):
        super().__init__()
        # BEGIN SOLUTION
        self.net1, self.net2, self.dim = net1, net2, dim
        # END SOLUTION

    def forward(self, x):
        """The output of net1, then that of net2."""
        # BEGIN SOLUTION
        return torch.cat([self.net1(x), self.net2(x)], dim=self.dim)
        # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The identity beside a ReLU turns the input -2, 3 into -2, 3, 0, 3.
"""  # END TEST CONFIG


def test_identity_and_relu(Parallel):
    import torch
    from torch import nn

    net = Parallel(nn.Identity(), nn.ReLU())
    assert isinstance(net, nn.Module), "Parallel(...) should be an nn.Module"
    out = net(torch.tensor([[-2.0, 3.0]]))
    assert out is not None, "forward returned None: expected a tensor"
    assert tuple(out.shape) == (1, 4), f"two outputs of width 2: expected shape (1, 4), got {tuple(out.shape)}"
    expected = [[-2.0, 3.0, 0.0, 3.0]]
    assert out.tolist() == expected, f"expected {expected}, got {out.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some networks the output is not the two outputs, one after the other, along the axis
  asked for.
"""  # END TEST CONFIG


def test_joined_outputs(Parallel):
    import torch
    from torch import nn

    rng = torch.Generator().manual_seed(94)
    wide = nn.Sequential(nn.Linear(20, 32), nn.Tanh()), nn.Sequential(nn.Linear(20, 8), nn.ReLU(), nn.Linear(8, 64))
    images = nn.Conv2d(3, 4, 3, padding=1), nn.Sequential(nn.Conv2d(3, 2, 1), nn.Sigmoid())
    cases = [
        (wide, {}, torch.randn(5, 20, generator=rng)),
        (wide, {}, torch.randn(1, 20, generator=rng)),
        (wide, {"dim": 1}, torch.randn(5, 20, generator=rng)),
        (images, {"dim": 1}, torch.randn(2, 3, 7, 5, generator=rng)),
        ((nn.ReLU(), nn.Tanh()), {"dim": 0}, torch.randn(3, 4, generator=rng)),
        ((nn.ReLU(), nn.Tanh()), {"dim": 2}, torch.randn(2, 3, 4, 5, generator=rng)),
        ((nn.Identity(), nn.Linear(6, 2)), {}, torch.randn(2, 3, 6, generator=rng)),
    ]
    for (net1, net2), options, x in cases:
        out = Parallel(net1, net2, **options)(x).detach()
        first, second = net1(x).detach(), net2(x).detach()
        dim = options.get("dim", -1)
        sizes = first.shape[dim], second.shape[dim]
        assert out.shape[dim] == sum(sizes) and out.dim() == x.dim()
        left, right = out.split(sizes, dim=dim)
        # the same operations twice: equal up to the order of float32 sums
        assert torch.allclose(left, first, atol=1e-6) and torch.allclose(right, second, atol=1e-6)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The two networks themselves should be registered, nothing else. Look at the parameters, at
  their gradients, and at a network given twice.
"""  # END TEST CONFIG


def test_owned_networks(Parallel):
    def probe(Parallel):
        import torch
        from torch import nn

        net1, net2 = nn.Linear(20, 32), nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 5))
        both = Parallel(net1, net2)
        same = {id(p) for p in both.parameters()} == {id(p) for n in (net1, net2) for p in n.parameters()}
        both(torch.randn(6, 20)).square().sum().backward()
        reached = all(p.grad is not None and bool(p.grad.any()) for p in both.parameters())
        twice = Parallel(net1, net1)
        left, right = twice(torch.randn(2, 20)).detach().split(32, dim=-1)
        return same, reached, len(both.state_dict()), len([*twice.parameters()]), torch.equal(left, right)

    assert inside(probe)(Parallel) == (True, True, 6, 2, True)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.1-5"
# # BEGIN QUESTION
# name: q5_repeat_block
# points: 5

# %% [markdown]
# ## 5. One kind of block, many times
#
# A function that builds a block is a **factory**: each call gives a new block with starting values of its own.
#
# - Write the module `Average(nets)`: it owns the given list of networks and returns the mean of their outputs.
# - Write `repeat_block(make_block, k, parallel=False)`, for $k \ge 1$ and a factory `make_block` without
#   arguments. It builds $k$ independent blocks and returns one module: the blocks one after the other, or, with
#   `parallel=True`, the mean of their outputs for the same input. With a factory that builds `nn.Linear(1, 1)`
#   and $k = 3$, the module has 6 parameters.
# - There are other ways to get four "copies" of `nn.Linear(16, 16)` into an `nn.Sequential`, and they are not
#   the same. Set four integers in `copies`:
#   - `"shared_numbers"`: how many trainable numbers `net.parameters()` holds in all for
#     `net = nn.Sequential(*[block] * 4)`;
#   - `"shared_keys"`: how many entries the `state_dict()` of this network has;
#   - `"factory_numbers"`: the trainable numbers of four blocks from a factory;
#   - `"deepcopy_starts"`: how many different weight matrices there are at the start if the four blocks are
#     `copy.deepcopy(block)`.


# %% [raw]
# # BEGIN SOLUTION
# %%
class Average(nn.Module):
    """Mean of the outputs of several networks on the same input."""

    def __init__(self, nets):
        super().__init__()
        # BEGIN SOLUTION
        self.nets = nn.ModuleList(nets)
        # END SOLUTION

    def forward(self, x):
        # BEGIN SOLUTION
        return torch.stack([net(x) for net in self.nets]).mean(dim=0)
        # END SOLUTION


def repeat_block(make_block, k, parallel=False):
    """k blocks of the factory make_block, as a chain or side by side with averaged outputs."""
    # BEGIN SOLUTION
    blocks = [make_block() for _ in range(k)]
    return Average(blocks) if parallel else nn.Sequential(*blocks)
    # END SOLUTION


copies = {}
copies["shared_numbers"] = 272  # SOLUTION
copies["shared_keys"] = 8  # SOLUTION
copies["factory_numbers"] = 1088  # SOLUTION
copies["deepcopy_starts"] = 1  # SOLUTION

# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Three blocks of nn.Linear(1, 1) have 6 parameters; the average of the identity and of a
  ReLU turns -2 into -1; copies holds four integers.
"""  # END TEST CONFIG


def test_three_tiny_blocks(Average, repeat_block, copies):
    import torch
    from torch import nn

    out = Average([nn.Identity(), nn.ReLU()])(torch.tensor([[-2.0]]))
    assert out is not None, "forward of Average returned None: expected a tensor"
    assert out.tolist() == [[-1.0]], f"Average of -2 and 0: expected [[-1.0]], got {out.tolist()}"
    for parallel in (False, True):
        net = repeat_block(lambda: nn.Linear(1, 1), 3, parallel=parallel)
        assert net is not None, "repeat_block(...) returned None: expected a module"
        assert isinstance(net, nn.Module), "repeat_block should return an nn.Module"
        count = sum(p.numel() for p in net.parameters())
        assert count == 6, f"three blocks of nn.Linear(1, 1), parallel={parallel}: expected 6 parameters, got {count}"
    assert isinstance(copies, dict), "copies should be a dictionary"
    for key in ("shared_numbers", "shared_keys", "factory_numbers", "deepcopy_starts"):
        assert type(copies.get(key)) is int, f"copies[{key!r}] should be an integer"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The output is not that of the chained blocks, or not the mean of the outputs of all blocks.
"""  # END TEST CONFIG


def test_outputs(Average, repeat_block):
    def probe(repeat_block, k, parallel, x):
        import torch
        from torch import nn

        made = []

        def make_block():
            made.append(nn.Sequential(nn.Linear(5, 5), nn.Tanh()).double())
            return made[-1]

        torch.manual_seed(k)
        out = repeat_block(make_block, k, parallel)(x).detach()
        return out, [(block[0].weight.detach(), block[0].bias.detach()) for block in made]

    import torch
    from torch import nn

    x = torch.randn(6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(95))
    for k in (1, 2, 5):
        for parallel in (False, True):
            out, weights = inside(probe)(repeat_block, k, parallel, x)
            assert len(weights) == k
            total, h = torch.zeros_like(x), x
            for weight, bias in weights:
                total = total + torch.tanh(x @ weight.T + bias)
                h = torch.tanh(h @ weight.T + bias)
            # float64, at most 5 layers of 5 terms
            assert torch.allclose(out, total / k if parallel else h, rtol=0, atol=1e-12)
    got = Average([nn.Linear(5, 2).double()])(x)
    assert tuple(got.shape) == (6, 2)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The blocks are not independent, or not all of them are owned by the module. Which of them
  share weights, begin alike, or stay out of the optimiser?
"""  # END TEST CONFIG


def test_independent_blocks(repeat_block):
    def probe(repeat_block, k, parallel):
        import torch
        from torch import nn

        net = repeat_block(lambda: nn.Linear(7, 7), k, parallel)
        weights = [p for p in net.parameters() if p.dim() == 2]
        starts = [tuple(w.detach().flatten().tolist()) for w in weights]
        net(torch.randn(3, 7)).square().sum().backward()
        grads = all(p.grad is not None for p in net.parameters())
        with torch.no_grad():
            weights[0] += 1
        unmoved = [tuple(w.detach().flatten().tolist()) == start for w, start in zip(weights, starts)]
        numbers = sum(p.numel() for p in net.parameters())
        storages = len({p.data_ptr() for p in net.parameters()})
        return numbers, len(set(starts)), unmoved, storages, len(net.state_dict()), grads

    for k in (1, 2, 4):
        for parallel in (False, True):
            numbers, starts, unmoved, storages, keys, grads = inside(probe)(repeat_block, k, parallel)
            assert numbers == k * 56 and starts == k and storages == 2 * k and keys == 2 * k and grads
            assert unmoved == [False] + [True] * (k - 1)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four integers is wrong. Build the networks and count.
"""  # END TEST CONFIG


def test_copies(copies):
    import copy

    from torch import nn

    block = nn.Linear(16, 16)
    shared = nn.Sequential(*[block] * 4)
    fresh = nn.Sequential(*[nn.Linear(16, 16) for _ in range(4)])
    deep = [copy.deepcopy(block) for _ in range(4)]
    assert copies["shared_numbers"] == sum(p.numel() for p in shared.parameters())
    assert copies["shared_keys"] == len(shared.state_dict())
    assert copies["factory_numbers"] == sum(p.numel() for p in fresh.parameters())
    assert copies["deepcopy_starts"] == len({tuple(b.weight.flatten().tolist()) for b in deep})


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
class FancyMLP(nn.Module):
    """One linear layer used twice, around a fixed random matrix that is a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("rand_weight", torch.rand(20, 20))
        self.linear = nn.Linear(20, 20)

    def forward(self, x):
        x = torch.relu(self.linear(x) @ self.rand_weight + 1)
        x = self.linear(x)
        return x


# %% [raw] sources="d2l-5.2-1"
# # BEGIN QUESTION
# name: q6_parameters
# points: 4

# %% [markdown]
# ## 6. What a network holds
#
# The class `FancyMLP` above uses one linear layer twice, and a constant matrix. How many trainable numbers does
# it have? Set the integer `fancy_trainable`. Then write two functions for any network.
#
# - `describe(net)` returns the dictionary `{"trainable": ..., "buffers": ..., "total": ...}`. `"trainable"` maps
#   the name of each parameter that requires a gradient to its shape, `"buffers"` does the same for the buffers.
#   Shapes are tuples of integers. A tensor that is used in several places is listed once, under its first
#   name. `"total"` is the number of trainable scalars. For `nn.Linear(3, 2)` it returns
#   `{"trainable": {"weight": (2, 3), "bias": (2,)}, "buffers": {}, "total": 8}`.
# - `get_by_path(net, path)` returns the parameter or buffer at a path such as `"block.0.weight"`: the object
#   itself, not a copy. It finds a tensor that is used in several places under each of its names. A path that
#   does not exist raises an `AttributeError`.

# %% [raw]
# # BEGIN SOLUTION
# %%
fancy_trainable = 420  # SOLUTION


def describe(net):
    """Trainable parameters and buffers with their shapes, and the number of trainable scalars."""
    # BEGIN SOLUTION
    trainable = {name: p for name, p in net.named_parameters() if p.requires_grad}
    return {
        "trainable": {name: tuple(p.shape) for name, p in trainable.items()},
        "buffers": {name: tuple(b.shape) for name, b in net.named_buffers()},
        "total": sum(p.numel() for p in trainable.values()),
    }
    # END SOLUTION


def get_by_path(net, path):
    """The parameter or buffer at a path with points."""
    # BEGIN SOLUTION
    for part in path.split("."):
        net = getattr(net, part)
    return net
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: nn.Linear(3, 2) has a weight of shape (2, 3), a bias of shape (2,), no buffers and 8
  trainable numbers.
"""  # END TEST CONFIG


def test_one_layer(describe, get_by_path, fancy_trainable):
    import torch
    from torch import nn

    assert type(fancy_trainable) is int, "fancy_trainable should be an integer"
    layer = nn.Linear(3, 2)
    got = describe(layer)
    assert got is not None, "describe(...) returned None: expected a dictionary"
    expected = {"trainable": {"weight": (2, 3), "bias": (2,)}, "buffers": {}, "total": 8}
    assert got == expected, f"describe(nn.Linear(3, 2)): expected {expected}, got {got}"
    found = get_by_path(nn.Sequential(layer), "0.bias")
    assert found is not None, "get_by_path(net, '0.bias') returned None: expected a tensor"
    assert isinstance(found, torch.Tensor), "get_by_path(net, '0.bias') should be a tensor"
    assert tuple(found.shape) == (2,), f"get_by_path(net, '0.bias'): expected shape (2,), got {tuple(found.shape)}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: For some network the description is not right. Some parameters are frozen, some are used
  twice, and buffers are not trained.
"""  # END TEST CONFIG


def test_descriptions(describe, fancy_trainable):
    import torch
    from torch import nn

    class Fancy(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(20, 20)
            self.register_buffer("constant", torch.rand(20, 20))
            self.plain = torch.rand(20, 20)

        def forward(self, x):
            return self.linear(self.linear(x) @ self.constant)

    got = describe(Fancy())
    assert got["trainable"] == {"linear.weight": (20, 20), "linear.bias": (20,)}
    assert got["buffers"] == {"constant": (20, 20)}
    assert fancy_trainable == got["total"] == 20 * 20 + 20

    tied = nn.Linear(4, 4)
    net = nn.Sequential(tied, nn.ReLU(), nn.Sequential(nn.BatchNorm1d(4), tied), nn.Linear(4, 3, bias=False))
    got = describe(net)
    assert got["trainable"] == {
        "0.weight": (4, 4),
        "0.bias": (4,),
        "2.0.weight": (4,),
        "2.0.bias": (4,),
        "3.weight": (3, 4),
    }
    means = {"2.0.running_mean": (4,), "2.0.running_var": (4,), "2.0.num_batches_tracked": ()}
    assert got["buffers"] == means and got["total"] == 16 + 4 + 8 + 12
    tied.weight.requires_grad_(False)
    got = describe(net)
    assert "0.weight" not in got["trainable"] and got["total"] == 4 + 8 + 12 and got["buffers"] == means
    assert all(type(shape) is tuple for shape in got["trainable"].values()) and type(got["total"]) is int
    net.register_buffer("silent", torch.ones(2, 3), persistent=False)
    assert describe(net)["buffers"] == {"silent": (2, 3), **means}
    assert describe(nn.ReLU()) == {"trainable": {}, "buffers": {}, "total": 0}


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Some path does not lead to the network's own tensor. A tied layer has several names, a
  buffer need not be saved, and a wrong path is an AttributeError.
"""  # END TEST CONFIG


def test_paths(get_by_path):
    def probe(get_by_path):
        import torch
        from torch import nn

        tied = nn.Linear(4, 4)
        net = nn.Module()
        net.block = nn.Sequential(tied, nn.Sequential(nn.BatchNorm1d(4), tied))
        net.scale = nn.Parameter(torch.ones(()))
        net.table = nn.ModuleDict({"a": nn.ParameterList([torch.ones(2)])})
        net.register_buffer("silent", torch.ones(2), persistent=False)
        wanted = {
            "scale": net.scale,
            "silent": net.silent,
            "block.0.weight": tied.weight,
            "block.1.1.bias": tied.bias,
            "block.1.1.weight": tied.weight,
            "block.1.0.running_var": net.block[1][0].running_var,
            "table.a.0": net.table["a"][0],
        }
        found = [get_by_path(net, path) is tensor for path, tensor in wanted.items()]
        for path in ("block.3.weight", "block.0.gain", "scales"):
            try:
                get_by_path(net, path)
            except AttributeError:
                found.append(True)
            else:
                found.append(False)
        return found

    assert inside(probe)(get_by_path) == [True] * 10


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.2-2"
# # BEGIN QUESTION
# name: q7_initialisers
# points: 6

# %% [markdown]
# ## 7. Starting values
#
# `torch.nn.init` has about a dozen functions that fill a weight in place. The important ones choose the
# variance from the shape. $n_{in}$ (**fan-in**) is the number of inputs that one output unit sees, $n_{out}$
# (**fan-out**) the number of output units that one input unit reaches, where a convolution counts every place
# of its kernel: a kernel of size $3 \times 3$ on 8 channels has fan-in $8 \cdot 9 = 72$. The weight of
# `nn.Linear` has shape `(outputs, inputs)`, that of `nn.Conv2d` has shape
# `(channels out, channels in, height, width)`.
#
# | scheme | variance of an entry |
# | --- | --- |
# | `"xavier_uniform"`, `"xavier_normal"` | $2 / (n_{in} + n_{out})$ |
# | `"kaiming_uniform"`, `"kaiming_normal"` | $2 / n_{in}$, which suits ReLU |
# | `"default"` | that of a uniform distribution on $\pm 1/\sqrt{n_{in}}$: what `nn.Linear` and `nn.Conv2d` begin with |
#
# - `fans(shape)` returns `(fan_in, fan_out)` as two integers, for a weight of shape `(outputs, inputs, ...)`,
#   with any number of axes after the first two. `fans((5, 3))` is `(3, 5)`.
# - `start_variance(scheme, shape)` returns the variance of an entry, a float.
# - `start_bound(scheme, shape)` returns the number that no entry exceeds in size, a float; `math.inf` if there
#   is none. A uniform distribution on $\pm c$ has variance $c^2/3$.
# - `init_net(net, scheme)` fills the network in place, for the schemes `"xavier_uniform"`, `"kaiming_normal"`
#   (for ReLU, with fan-in) and `"orthogonal"`: the weights of every `nn.Linear` and `nn.Conv2d` in it, however
#   deep they lie. Their biases, where there are any, become zero. Other layers stay as they are. Any other
#   scheme raises a `ValueError`, and then nothing has changed. Use `torch.nn.init`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def fans(shape):
    """(fan_in, fan_out) of a weight of shape (outputs, inputs, *kernel)."""
    # BEGIN SOLUTION
    places = math.prod(shape[2:])
    return shape[1] * places, shape[0] * places
    # END SOLUTION


def start_variance(scheme, shape):
    """Variance of an entry of the weight at the start."""
    # BEGIN SOLUTION
    fan_in, fan_out = fans(shape)
    family = scheme.split("_")[0]
    return {"xavier": 2 / (fan_in + fan_out), "kaiming": 2 / fan_in, "default": 1 / (3 * fan_in)}[family]
    # END SOLUTION


def start_bound(scheme, shape):
    """Largest size that an entry can have at the start; math.inf if there is no limit."""
    # BEGIN SOLUTION
    return math.inf if scheme.endswith("normal") else math.sqrt(3 * start_variance(scheme, shape))
    # END SOLUTION


def init_net(net, scheme):
    """Fill the weights of all linear and convolutional layers by a scheme, and set their biases to zero."""
    # BEGIN SOLUTION
    fills = {
        "xavier_uniform": nn.init.xavier_uniform_,
        "kaiming_normal": nn.init.kaiming_normal_,
        "orthogonal": nn.init.orthogonal_,
    }
    if scheme not in fills:
        raise ValueError(f"scheme: expected one of {', '.join(fills)}, got {scheme!r}")
    for layer in net.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            fills[scheme](layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A weight of shape (5, 3) has fan-in 3 and fan-out 5; Xavier gives variance 1/4, and its
  uniform form the bound 0.866.
"""  # END TEST CONFIG


def test_small_weight(fans, start_variance, start_bound, init_net):
    import torch
    from torch import nn

    got = fans((5, 3))
    assert got is not None, "fans((5, 3)) returned None: expected (fan_in, fan_out)"
    assert isinstance(got, (tuple, list)), "fans should return a pair (fan_in, fan_out)"
    assert tuple(got) == (3, 5), f"fans((5, 3)): expected (3, 5), got {got}"
    got = start_variance("xavier_normal", (5, 3))
    assert got is not None, "start_variance(...) returned None: expected a float"
    assert abs(got - 0.25) < 1e-9, f"start_variance('xavier_normal', (5, 3)): expected 0.25, got {got}"
    got = start_bound("xavier_uniform", (5, 3))
    assert got is not None, "start_bound(...) returned None: expected a float"
    assert abs(got - 0.75**0.5) < 1e-9, f"start_bound('xavier_uniform', (5, 3)): expected 0.866..., got {got}"
    try:
        init_net(nn.Linear(2, 2), "magic")
    except ValueError:
        return
    raise AssertionError("init_net with an unknown scheme should raise a ValueError")


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some shape the fans are not right. The first axis of a weight belongs to the outputs,
  and every place of a kernel counts.
"""  # END TEST CONFIG


def test_fans(fans):
    import torch

    for shape in ((4, 7), (16, 8, 3, 3), (2, 3, 5, 1), (6, 2, 4), (1, 1), (3, 2, 2, 3, 2)):
        # count: one unit of the output sees as many inputs as weights enter it, and the other way round
        weight = torch.ones(shape)
        assert tuple(fans(shape)) == (int(weight[0].sum()), int(weight[:, 0].sum()))
        assert all(type(fan) is int for fan in fans(shape))


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some scheme the variance or the bound is not that of PyTorch's starting values. A bound
  is no variance.
"""  # END TEST CONFIG


def test_against_draws(start_variance, start_bound):
    import math

    import torch
    from torch import nn

    torch.manual_seed(96)
    schemes = {
        "xavier_uniform": nn.init.xavier_uniform_,
        "xavier_normal": nn.init.xavier_normal_,
        "kaiming_uniform": lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu"),
        "kaiming_normal": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
    }
    for shape in ((300, 200), (50, 600), (64, 32, 3, 3), (40, 30, 5, 10)):
        draws = {name: fill(torch.empty(shape)) for name, fill in schemes.items()}
        linear = nn.Linear(shape[1], shape[0]) if len(shape) == 2 else nn.Conv2d(shape[1], shape[0], shape[2:])
        draws["default"] = linear.weight.detach()
        for name, weight in draws.items():
            # at least 18000 draws: the variance is known to about 1 % (normal) and better (uniform)
            assert abs(start_variance(name, shape) / weight.double().var().item() - 1) < 0.1
            bound, largest = start_bound(name, shape), weight.abs().max().item()
            if name.endswith("normal"):
                assert bound == math.inf
            else:
                assert 0.998 * bound < largest <= bound * (1 + 1e-6)
    for name in (*schemes, "default"):
        assert isinstance(start_variance(name, (3, 2)), float) and isinstance(start_bound(name, (3, 2)), float)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: init_net does not fill all layers as asked, fills others too, or trips over a layer without
  a bias.
"""  # END TEST CONFIG


def test_filled_network(init_net):
    def probe(init_net, scheme):
        import torch
        from torch import nn

        torch.manual_seed(97)
        net = nn.Sequential(
            nn.Conv2d(8, 16, 3, bias=False),
            nn.Sequential(nn.BatchNorm2d(16), nn.Sequential(nn.Conv2d(16, 300, 3))),
            nn.Flatten(),
            nn.Linear(300, 200),
            nn.ConvTranspose2d(4, 4, 3),
            nn.Linear(200, 400, bias=False),
            nn.Linear(2, 2, bias=True),
        )
        norm, transposed = net[1][0], net[4]
        with torch.no_grad():
            norm.weight.fill_(3.0)
            norm.bias.fill_(4.0)
        before = [p.detach().clone() for p in net.parameters()]
        try:
            answer = init_net(net, scheme)
        except ValueError:
            answer = "ValueError"
        kept = [torch.equal(p, q) for p, q in zip(net.parameters(), before)]
        fixed = bool((norm.weight == 3).all() and (norm.bias == 4).all())
        biases = [net[1][1][0].bias, net[3].bias, net[6].bias]
        weights = [net[0].weight, net[1][1][0].weight, net[3].weight, net[5].weight]
        zero = all(bool((bias == 0).all()) for bias in biases)
        fresh = all(p.requires_grad for p in net.parameters())
        names = [name for name, _ in net.named_parameters()]
        index = names.index("4.weight")
        return [w.detach() for w in weights], zero, fixed and kept[index] and kept[index + 1], kept, fresh, answer

    import torch

    for scheme in ("xavier_uniform", "kaiming_normal", "orthogonal"):
        weights, zero, others_kept, _, fresh, _ = inside(probe)(init_net, scheme)
        assert zero and others_kept and fresh
        for weight in weights:
            fan_in, fan_out = weight[0].numel(), weight[:, 0].numel()
            variance = weight.var().item()
            if scheme == "xavier_uniform":
                bound = (6 / (fan_in + fan_out)) ** 0.5
                # at least 1152 draws: the largest comes within 2 % of the bound
                assert 0.97 * bound < weight.abs().max().item() <= bound * (1 + 1e-6)
            elif scheme == "kaiming_normal":
                # at least 1152 draws: the variance is known to 4 %
                assert abs(variance * fan_in / 2 - 1) < 0.15
                assert weight.abs().max().item() > 2.5 * variance**0.5
            else:
                matrix = weight.flatten(1).double()
                matrix = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
                # float32 QR of at most 2700 rows
                assert torch.allclose(matrix @ matrix.T, torch.eye(len(matrix)).double(), atol=1e-4)
    for wrong in ("kaiming_uniform", "Orthogonal", None):
        *_, kept, _, answer = inside(probe)(init_net, wrong)
        assert answer == "ValueError" and all(kept)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.2-3 d2l-5.3-1"
# # BEGIN QUESTION
# name: q8_lazy_shapes
# points: 7

# %% [markdown]
# ## 8. Shapes that are still open
#
# `nn.LazyLinear(20)` knows its 20 outputs and not its inputs. Its weight and bias are placeholders without a
# shape, instances of `nn.UninitializedParameter`, until the first input arrives. Then the layer takes its input
# width from that, draws starting values, and becomes an ordinary `nn.Linear`. `nn.LazyConv2d` does the same
# with channels. `torch.nn.parameter.is_lazy(parameter)` tells whether a parameter is such a placeholder. Write
# three functions for networks that may hold both kinds of layers.
#
# - `pending(net)`: the sorted list of the names of all parameters that are still placeholders. For
#   `nn.Sequential(nn.Linear(3, 4), nn.LazyLinear(2))` it is `["1.bias", "1.weight"]`.
# - `lazy_report(net, x)`: a list of triples `(name, before, after)`, one for each parameter in the order of
#   `named_parameters()`: its shape now, and the shape it would have after `net(x)`. A shape is a tuple of
#   integers, or `None` for a placeholder. The caller's network is still as it was afterwards.
# - `init_when_ready(net, init_fn)`: applies `init_fn`, which fills a tensor in place (as `nn.init.ones_` does),
#   exactly once to each parameter whose name is `weight` or ends in `.weight`. What has a shape is filled at
#   once, the others right after the first call of `net`, which reaches all layers. Later calls change nothing.
#   It returns `None`. A hint: look up `register_forward_hook`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def pending(net):
    """Sorted names of the parameters that have no shape yet."""
    # BEGIN SOLUTION
    return sorted(name for name, p in net.named_parameters() if nn.parameter.is_lazy(p))
    # END SOLUTION


def lazy_report(net, x):
    """(name, shape now, shape after net(x)) for each parameter; net stays as it is."""
    # BEGIN SOLUTION
    ready = copy.deepcopy(net)
    ready(x)
    waiting = pending(net)
    return [
        (name, None if name in waiting else tuple(after.shape), tuple(after.shape))
        for name, after in ready.named_parameters()
    ]
    # END SOLUTION


def init_when_ready(net, init_fn):
    """Apply init_fn once to each weight: now, or after the first call of net if its shape is still open."""
    # BEGIN SOLUTION
    open_names = pending(net)
    weights = {name: p for name, p in net.named_parameters() if name.split(".")[-1] == "weight"}
    for name, weight in weights.items():
        if name not in open_names:
            init_fn(weight)

    def fill_rest(*_):
        for name in open_names:
            if name in weights:
                init_fn(weights[name])
        handle.remove()

    handle = net.register_forward_hook(fill_rest)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Of a Linear(3, 4) before a LazyLinear(2) the second layer is open, and gets the shapes (2,
  4) and (2,).
"""  # END TEST CONFIG


def test_two_layers(pending, lazy_report, init_when_ready):
    import torch
    from torch import nn

    net = nn.Sequential(nn.Linear(3, 4), nn.LazyLinear(2))
    got = pending(net)
    assert got is not None, "pending(net) returned None: expected a list of names"
    assert list(got) == ["1.bias", "1.weight"], f"pending: expected ['1.bias', '1.weight'], got {got}"
    got = lazy_report(net, torch.zeros(1, 3))
    assert got is not None, "lazy_report(net, x) returned None: expected a list of triples"
    expected = [("0.weight", (4, 3), (4, 3)), ("0.bias", (4,), (4,))]
    expected += [("1.weight", None, (2, 4)), ("1.bias", None, (2,))]
    assert [tuple(row) for row in got] == expected, f"lazy_report: expected {expected}, got {got}"

    def refuse(weight):
        raise LookupError("init_fn was called")

    try:
        init_when_ready(nn.Linear(2, 2), refuse)
    except LookupError:
        return
    raise AssertionError("init_when_ready(nn.Linear(2, 2), init_fn) should call init_fn at once")


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some network the report is not right, or the caller's network is changed by it. Is the
  bias of a lazy layer known beforehand?
"""  # END TEST CONFIG


def test_reports(pending, lazy_report):
    def probe(pending, lazy_report, build, shape):
        import torch
        from torch import nn

        net = build(nn)
        x = torch.randn(shape)
        names = list(pending(net))
        kinds = [type(layer).__name__ for layer in net.modules()]
        report = [tuple(row) for row in lazy_report(net, x)]
        numbers = {name: b.clone() for name, b in net.named_buffers() if not nn.parameter.is_lazy(b)}
        kept = kinds == [type(layer).__name__ for layer in net.modules()] and names == list(pending(net))
        grads = all(p.grad is None for p in net.parameters())
        lazy_report(net, x)
        kept = kept and all(torch.equal(b, numbers[name]) for name, b in net.named_buffers() if name in numbers)
        before = dict(net.named_parameters())
        before = {name: None if name in names else tuple(p.shape) for name, p in before.items()}
        net(x)
        oracle = [(name, before[name], tuple(p.shape)) for name, p in net.named_parameters()]
        return names, report, oracle, kept and grads, list(pending(net))

    cases = [
        (lambda nn: nn.Sequential(nn.Linear(20, 20)), (2, 20), 0),
        (lambda nn: nn.LazyLinear(20), (2, 20), 2),
        (lambda nn: nn.LazyLinear(5, bias=False), (1, 3), 1),
        (lambda nn: nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.LazyLinear(3), nn.Linear(3, 1)), (4, 6), 2),
        (lambda nn: nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(7)), (2, 3, 5, 6), 4),
        (lambda nn: nn.Sequential(nn.Sequential(nn.LazyLinear(4)), nn.BatchNorm1d(4)), (5, 3), 2),
    ]
    for build, shape, count in cases:
        names, report, oracle, kept, left = inside(probe)(pending, lazy_report, build, shape)
        assert names == sorted(names) and len(names) == count and left == []
        assert names == sorted(name for name, before, _ in oracle if before is None)
        assert report == oracle and kept


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Each weight should be filled exactly once, as soon as it has a shape, and neither biases
  nor other parameters.
"""  # END TEST CONFIG


def test_filled_once(init_when_ready):
    def probe(init_when_ready):
        import torch
        from torch import nn

        calls = []

        def fill(weight):
            calls.append(tuple(weight.shape))
            with torch.no_grad():
                weight.fill_(7.0)

        net = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.LazyLinear(3), nn.Sequential(nn.LazyLinear(2)))
        net.register_parameter("weight", nn.Parameter(torch.ones(4)))
        net.register_parameter("gain_weight", nn.Parameter(torch.ones(9)))
        answer = init_when_ready(net, fill)
        stages = [list(calls)]
        x = torch.randn(4, 6)
        for _ in range(3):
            net(x)
            stages.append(list(calls))
            with torch.no_grad():
                net[0].weight.fill_(1.0)
                net[2].weight.fill_(1.0)
        weights = [float(w) for w in (net[0].weight.max(), net[2].weight.max(), net[3][0].weight.min())]
        biases = [bool((layer.bias == 7).any()) for layer in (net[0], net[2], net[3][0])]
        owned = dict(net.named_parameters())["2.weight"] is net[2].weight
        ready = nn.Sequential(nn.Linear(2, 2))
        once = []
        init_when_ready(ready, lambda weight: once.append(1))
        ready(torch.zeros(1, 2))
        return answer, stages, weights, biases, owned, len(once), bool((net.gain_weight == 1).all())

    answer, stages, weights, biases, owned, once, kept = inside(probe)(init_when_ready)
    now, later = [(4,), (5, 6)], [(2, 3), (3, 5)]
    assert answer is None and sorted(stages[0]) == now
    assert all(stage[:2] == stages[0] and sorted(stage[2:]) == later for stage in stages[1:])
    assert weights == [1.0, 1.0, 7.0] and not any(biases) and owned and once == 1 and kept


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The values of layers that were ready are lost in the first call, or those of open layers
  are not there after it. A layer must keep its own width, too.
"""  # END TEST CONFIG


def test_values_after_first_call(init_when_ready, pending):
    def probe(init_when_ready, pending, x):
        import torch
        from torch import nn

        net = nn.Sequential(nn.LazyLinear(4), nn.Linear(4, 3), nn.LazyLinear(2))
        bias = net[1].bias.detach().clone()
        init_when_ready(net, nn.init.ones_)
        waiting = list(pending(net))
        with torch.no_grad():
            net[1].weight.mul_(2)
        net(x)
        state = {name: p.detach() for name, p in net.named_parameters()}
        return waiting, list(pending(net)), state, torch.equal(bias, net[1].bias)

    import torch

    waiting, left, state, kept = inside(probe)(init_when_ready, pending, torch.randn(3, 6))
    assert waiting == ["0.bias", "0.weight", "2.bias", "2.weight"] and left == [] and kept
    assert torch.equal(state["0.weight"], torch.ones(4, 6)) and torch.equal(state["1.weight"], 2 * torch.ones(3, 4))
    assert torch.equal(state["2.weight"], torch.ones(2, 3))
    assert (state["2.bias"] != 1).all()


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.2-4"
# # BEGIN QUESTION
# name: q9_tied_layers
# points: 5

# %% [markdown]
# ## 9. One layer, used twice
#
# If one layer object stands at two places of a network, its weights are **tied**: they are one tensor, and its
# gradient is the sum of two contributions, one from each place. Write three functions.
#
# - `tied_mlp(seed)`: sets `torch.manual_seed(seed)` and returns an `nn.Sequential` of seven layers: a linear
#   layer from 20 to 8 units, one linear layer object from 8 to 8 units twice (positions 2 and 4), and a linear
#   layer from 8 units to 1, with a ReLU after each but the last. It has 6 parameter tensors with 249 numbers.
# - `train(net, x, y, steps, lr)`: `steps` steps of plain gradient descent (`torch.optim.SGD`) with learning
#   rate `lr` on the whole batch; the loss is the mean squared error, and `y` has the shape of `net(x)`. Returns
#   the list of the losses, as floats, each computed before its step. Gradients that the parameters hold from
#   before do not count.
# - `untied_grads(net, x, y)`: for such a network and the same loss, the two contributions to the gradient of the
#   shared weight as a pair of tensors of shape `(8, 8)`, the one of position 2 first. Neither the network nor the
#   `.grad` of its parameters is changed.
#
# For regression the last layer gives a real number. A softmax with cross-entropy on a single output could learn
# nothing: its loss is 0 for every input.


# %% [raw]
# # BEGIN SOLUTION
# %%
def tied_mlp(seed):
    """20-8, twice the same 8-8, 8-1, with ReLUs between."""
    # BEGIN SOLUTION
    torch.manual_seed(seed)
    first, shared, last = nn.Linear(20, 8), nn.Linear(8, 8), nn.Linear(8, 1)
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), shared, nn.ReLU(), last)
    # END SOLUTION


def train(net, x, y, steps, lr):
    """Losses of full-batch gradient descent on the mean squared error, each before its step."""
    # BEGIN SOLUTION
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = nn.functional.mse_loss(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    # END SOLUTION


def untied_grads(net, x, y):
    """The contributions of positions 2 and 4 to the gradient of the shared weight."""
    # BEGIN SOLUTION
    loose = copy.deepcopy(net)
    loose[4] = copy.deepcopy(loose[2])
    loss = nn.functional.mse_loss(loose(x), y)
    return torch.autograd.grad(loss, [loose[2].weight, loose[4].weight])
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: tied_mlp has 6 parameter tensors with 249 numbers; train returns one loss per step;
  untied_grads two tensors of shape (8, 8).
"""  # END TEST CONFIG


def test_shapes(tied_mlp, train, untied_grads):
    import torch
    from torch import nn

    net = tied_mlp(0)
    assert net is not None, "tied_mlp(0) returned None: expected an nn.Sequential"
    assert isinstance(net, nn.Sequential) and len(net) == 7, "tied_mlp should return an nn.Sequential of 7 layers"
    sizes = [p.numel() for p in net.parameters()]
    assert len(sizes) == 6 and sum(sizes) == 249, f"expected 6 tensors with 249 numbers, got sizes {sizes}"
    x, y = torch.ones(4, 20), torch.ones(4, 1)
    losses = train(net, x, y, 3, 0.1)
    assert losses is not None, "train(...) returned None: expected a list of losses"
    assert isinstance(losses, list) and len(losses) == 3, "train should return a list with one loss per step"
    assert all(isinstance(loss, float) for loss in losses), "the losses should be Python floats"
    grads = untied_grads(net, x, y)
    assert grads is not None, "untied_grads(...) returned None: expected two tensors"
    assert isinstance(grads, (tuple, list)) and len(grads) == 2, "untied_grads should return a pair of tensors"
    shapes = [tuple(grad.shape) for grad in grads]
    assert shapes == [(8, 8), (8, 8)], f"untied_grads: expected shapes (8, 8) and (8, 8), got {shapes}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The layers are not as asked. One layer object stands at two places, before and after
  training, and the seed decides the starting values.
"""  # END TEST CONFIG


def test_tied_network(tied_mlp, train):
    def probe(tied_mlp, train, x, y):
        import torch

        net = tied_mlp(3)
        names = [type(layer).__name__ for layer in net]
        start = {name: p.detach().clone() for name, p in net.named_parameters()}
        again = all(torch.equal(p, q) for p, q in zip(net.parameters(), tied_mlp(3).parameters()))
        other = all(torch.equal(p, q) for p, q in zip(net.parameters(), tied_mlp(4).parameters()))
        out = net(x).detach()
        train(net, x, y, 5, 0.1)
        moved = not torch.equal(start["2.weight"], net[2].weight)
        return names, start, out, again, other, moved, net[2] is net[4], torch.equal(net[2].weight, net[4].weight)

    import torch

    rng = torch.Generator().manual_seed(98)
    x, y = torch.randn(64, 20, generator=rng), torch.randn(64, 1, generator=rng)
    names, p, out, again, other, moved, same, equal = inside(probe)(tied_mlp, train, x, y)
    assert names == ["Linear", "ReLU"] * 3 + ["Linear"]
    assert again and not other and moved and same and equal
    h = (x @ p["0.weight"].T + p["0.bias"]).clamp(min=0)
    for _ in range(2):
        h = (h @ p["2.weight"].T + p["2.bias"]).clamp(min=0)
    # float32, four layers of at most 20 terms
    assert torch.allclose(out, h @ p["6.weight"].T + p["6.bias"], atol=1e-5)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The losses are not those of gradient descent on the mean squared error, or nothing is
  learned. Which gradients count?
"""  # END TEST CONFIG


def test_losses(tied_mlp, train):
    def probe(train, x, y, w, steps, lr, stale):
        import torch
        from torch import nn

        net = nn.Sequential(nn.Linear(3, 1, bias=False)).double()
        with torch.no_grad():
            net[0].weight.copy_(w)
        if stale:
            net[0].weight.grad = torch.full((1, 3), 100.0, dtype=torch.float64)
        return train(net, x, y, steps, lr), net[0].weight.detach()

    def learn(tied_mlp, train, x, y, seed):
        return train(tied_mlp(seed), x, y, 500, 0.1)

    import torch

    rng = torch.Generator().manual_seed(99)
    x, y = (torch.randn(n, generator=rng, dtype=torch.float64) for n in ((6, 3), (6, 1)))
    w = torch.randn(1, 3, generator=rng, dtype=torch.float64)
    for stale in (False, True):
        losses, end = inside(probe)(train, x, y, w, 4, 0.2, stale)
        v = w.clone()
        for loss in losses:
            residual = x @ v.T - y
            # float64 sums of 6 terms
            assert abs(loss - residual.square().mean().item()) < 1e-10
            v = v - 0.2 * (2 / 6) * residual.T @ x
        assert len(losses) == 4 and torch.allclose(end, v, rtol=0, atol=1e-10)
    for seed in range(3):
        x = torch.randn(64, 20, generator=rng)
        y = x @ torch.randn(20, 1, generator=rng) / 20**0.5
        losses = inside(learn)(tied_mlp, train, x, y, seed)
        # 60 seeds: the loss fell by a factor of at least 9.4
        assert losses[0] > 3 * losses[-1] > 0


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The two contributions do not add up to the gradient of the shared weight, are exchanged, or
  the network is changed.
"""  # END TEST CONFIG


def test_two_contributions(untied_grads, tied_mlp):
    def probe(untied_grads, tied_mlp, x, y, seed):
        import torch
        from torch import nn

        net = tied_mlp(seed)
        nn.functional.mse_loss(net(x), y).backward()
        total = net[2].weight.grad.clone()
        grads = [p.grad.clone() for p in net.parameters()]
        found = untied_grads(net, x, y)
        kept = all(torch.equal(p.grad, grad) for p, grad in zip(net.parameters(), grads)) and net[2] is net[4]
        return total, tuple(grad.detach() for grad in found), kept, [p.detach() for p in net.parameters()]

    import torch

    rng = torch.Generator().manual_seed(100)
    for seed in range(4):
        x, y = torch.randn(16, 20, generator=rng), 3 * torch.randn(16, 1, generator=rng)
        total, (first, second), kept, parameters = inside(probe)(untied_grads, tied_mlp, x, y, seed)
        w0, b0, w, b, w6, b6 = parameters
        # by hand: the second use sees the activations behind the first
        h1 = (x @ w0.T + b0).clamp(min=0)
        z2 = h1 @ w.T + b
        h2 = z2.clamp(min=0)
        z4 = h2 @ w.T + b
        delta4 = (2 / 16) * (z4.clamp(min=0) @ w6.T + b6 - y) @ w6 * (z4 > 0)
        # float32, gradients of size 1
        assert torch.allclose(second, delta4.T @ h2, atol=2e-5)
        assert torch.allclose(first, (delta4 @ w * (z2 > 0)).T @ h1, atol=2e-5)
        assert torch.allclose(first + second, total, atol=2e-5) and kept
        assert first.abs().max() > 1e-3 and second.abs().max() > 1e-3


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_tied_training():
    torch.manual_seed(0)
    x = torch.randn(64, 20)
    y = x @ torch.randn(20, 1) / 20**0.5
    net = tied_mlp(0)
    first, second = untied_grads(net, x, y)
    losses = train(net, x, y, 500, 0.1)
    figure, axes = plt.subplots(1, 3, figsize=(12, 3))
    axes[0].semilogy(losses)
    axes[0].set(xlabel="step", title="loss of the tied network")
    for axis, grad, place in zip(axes[1:], (first, second), ("position 2", "position 4")):
        axis.imshow(grad, cmap="RdBu", vmin=-0.1, vmax=0.1)
        axis.set(title=f"gradient from {place}, at the start")
    figure.tight_layout()


show(draw_tied_training)

# %% [raw] sources="d2l-5.2-5"
# # BEGIN QUESTION
# name: q10_sharing
# points: 6

# %% [markdown]
# ## 10. What sharing saves, and what it builds in
#
# Sharing weights makes a network smaller, and it builds in an assumption: that the same detector is useful at
# every place of an image, or the same step at every moment of a sequence. Where the assumption is true every
# weight learns from more examples; where it is false sharing hurts. First count. `weight_count(kind, **sizes)`
# returns the number of weights, without biases, as an integer, for
#
# - `weight_count("dense", n_in=..., n_out=...)`: a linear layer. For `n_in=3, n_out=2` it is 6;
# - `weight_count("conv", c_in=..., c_out=..., k=...)`: a convolution with kernels of $k \times k$ places;
# - `weight_count("local", c_in=..., c_out=..., k=..., h_out=..., w_out=...)`: the same without sharing, so that
#   each of the `h_out * w_out` places of the output has its own kernels;
# - `weight_count("rnn", n_in=..., n_hidden=..., T=...)`: a recurrent network over $T$ time steps, with the
#   matrices input to hidden and hidden to hidden;
# - `weight_count("autoencoder", d=..., k=..., tied=...)`: a linear encoder from $d$ to $k$ numbers and a linear
#   decoder back; with `tied=True` the decoder is the transpose of the encoder.
#
# Now look at the tied autoencoder more closely. $W$ has shape $(k, D)$, the code of $x$ is $Wx$, its
# reconstruction $W^\top W x$, and the loss
# $$L(W) = \frac{1}{N} \sum_{i=1}^{N} \big\lVert x_i - W^\top W x_i \big\rVert^2 .$$
# Write `train_tied(X, W, steps, lr)`: `steps` steps of gradient descent from the given `W`, for `X` of shape
# `(N, D)`. It returns the new $W$, which requires no gradient, and leaves the given one as it is. The data have
# mean zero. For $D = k = 1$, a single $x = 1$ and $W = 0.5$ the loss is $(1 - W^2)^2$ with slope $-1.5$, so
# that one step with `lr=0.1` gives $0.65$.
#
# Run it with three rows of $W$ on data of your own with $D > 3$, and then set the entries of `tied_facts` to
# `True` or `False`.
#
# - `"any_W_orthonormal"`: because the weights are tied, $W W^\top = I$ holds for every $W$, trained or not.
# - `"trained_W_orthonormal"`: after long training $W W^\top = I$ (up to rounding).
# - `"rows_are_principal"`: after long training each row of $W$ is a principal direction of the data (an
#   eigenvector of $X^\top X$), whatever the start.
# - `"gradient_is_a_sum"`: the gradient of the tied $W$ is the sum of the gradients that encoder and decoder
#   would get as separate matrices with these values (that of the decoder transposed).


# %% [raw]
# # BEGIN SOLUTION
# %%
def weight_count(kind, **sizes):
    """Number of weights, without biases, of a kind of layer or network."""
    # BEGIN SOLUTION
    counts = {
        "dense": lambda n_in, n_out: n_in * n_out,
        "conv": lambda c_in, c_out, k: c_in * c_out * k**2,
        "local": lambda c_in, c_out, k, h_out, w_out: c_in * c_out * k**2 * h_out * w_out,
        "rnn": lambda n_in, n_hidden, T: (n_in + n_hidden) * n_hidden,
        "autoencoder": lambda d, k, tied: d * k if tied else 2 * d * k,
    }
    return counts[kind](**sizes)
    # END SOLUTION


def train_tied(X, W, steps, lr):
    """W after gradient descent on the reconstruction error of the tied linear autoencoder."""
    # BEGIN SOLUTION
    W = nn.Parameter(W.clone())
    optimizer = torch.optim.SGD([W], lr=lr)
    for _ in range(steps):
        loss = (X - X @ W.T @ W).square().sum(dim=1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return W.detach()
    # END SOLUTION


tied_facts = {}
tied_facts["any_W_orthonormal"] = False  # SOLUTION
tied_facts["trained_W_orthonormal"] = True  # SOLUTION
tied_facts["rows_are_principal"] = False  # SOLUTION
tied_facts["gradient_is_a_sum"] = True  # SOLUTION

# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A linear layer from 3 to 2 units has 6 weights; one step from W = 0.5 with x = 1 gives
  0.65; tied_facts holds four booleans.
"""  # END TEST CONFIG


def test_one_number(weight_count, train_tied, tied_facts):
    import torch

    got = weight_count("dense", n_in=3, n_out=2)
    assert got is not None, "weight_count('dense', n_in=3, n_out=2) returned None: expected an integer"
    assert got == 6, f"weight_count('dense', n_in=3, n_out=2): expected 6, got {got}"
    got = train_tied(torch.ones(1, 1), torch.full((1, 1), 0.5), 1, 0.1)
    assert got is not None, "train_tied(...) returned None: expected a tensor"
    assert tuple(got.shape) == (1, 1), f"train_tied: expected shape (1, 1), got {tuple(got.shape)}"
    assert abs(got.item() - 0.65) < 1e-6, f"train_tied: expected 0.65, got {got.item()}"
    assert isinstance(tied_facts, dict), "tied_facts should be a dictionary"
    for key in ("any_W_orthonormal", "trained_W_orthonormal", "rows_are_principal", "gradient_is_a_sum"):
        assert isinstance(tied_facts.get(key), bool), f"tied_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some kind or some sizes the number of weights is not right. What is shared is counted
  once, whatever the image or the sequence.
"""  # END TEST CONFIG


def test_counts_against_layers(weight_count):
    from torch import nn

    count = lambda module: sum(p.numel() for name, p in module.named_parameters() if "weight" in name)
    for a, b, k in ((3, 5, 2), (1, 1, 1), (7, 2, 3), (4, 6, 5)):
        assert weight_count("dense", n_in=a, n_out=b) == count(nn.Linear(a, b))
        assert weight_count("conv", c_in=a, c_out=b, k=k) == count(nn.Conv2d(a, b, k))
        for steps in (1, 10, 1000):
            assert weight_count("rnn", n_in=a, n_hidden=b, T=steps) == count(nn.RNN(a, b))
        for height, width in ((1, 1), (4, 3), (28, 20)):
            kernels = [nn.Conv2d(a, b, k) for _ in range(height)]
            got = weight_count("local", c_in=a, c_out=b, k=k, h_out=height, w_out=width)
            assert got == width * sum(map(count, kernels)) and type(got) is int
        encoder, decoder = nn.Linear(a, b), nn.Linear(b, a)
        assert weight_count("autoencoder", d=a, k=b, tied=False) == count(encoder) + count(decoder)
        assert weight_count("autoencoder", d=a, k=b, tied=True) == count(encoder)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The steps are not those of gradient descent on the loss, the given W is changed, or the new one
  requires a gradient. What is averaged, and what is summed?
"""  # END TEST CONFIG


def test_steps(train_tied):
    def probe(train_tied, X, W, steps, lr):
        import torch

        before = W.clone()
        got = train_tied(X, W, steps, lr)
        return got, torch.equal(W, before) and not W.requires_grad

    import torch

    rng = torch.Generator().manual_seed(101)
    for n, d, k, steps in ((9, 4, 2, 1), (5, 3, 1, 4), (1, 2, 2, 3), (6, 4, 3, 0)):
        X = torch.randn(n, d, generator=rng, dtype=torch.float64)
        W = 0.5 * torch.randn(k, d, generator=rng, dtype=torch.float64)
        got, kept = inside(probe)(train_tied, X, W, steps, 0.03)
        C, expected = X.T @ X / n, W.clone()
        for _ in range(steps):
            gram = expected @ expected.T
            slope = -4 * expected @ C + 2 * gram @ expected @ C + 2 * expected @ C @ expected.T @ expected
            expected = expected - 0.03 * slope
        # float64, four steps of small matrix products
        assert kept and not got.requires_grad and torch.allclose(got, expected, rtol=0, atol=1e-10)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: At least one of the four statements is wrong, or long training does not end where it
  should. Measure the product of W and its transpose, and compare with the eigenvectors.
"""  # END TEST CONFIG


def test_where_training_ends(train_tied, tied_facts):
    import torch

    rng = torch.Generator().manual_seed(102)
    aligned, orthonormal, start_orthonormal = [], [], []
    for _ in range(3):
        spread = torch.tensor([1.5, 1.0, 0.7, 0.2, 0.1, 0.05], dtype=torch.float64).sqrt()
        turn = torch.linalg.qr(torch.randn(6, 6, generator=rng, dtype=torch.float64)).Q
        noise = torch.linalg.qr(torch.randn(200, 6, generator=rng, dtype=torch.float64)).Q * 200**0.5
        X = noise * spread @ turn.T  # covariance exactly spread^2 in the directions of turn
        start = 0.3 * torch.randn(3, 6, generator=rng, dtype=torch.float64)
        W = train_tied(X, start, 600, 0.1)
        eye = torch.eye(3, dtype=torch.float64)
        start_orthonormal.append(bool((start @ start.T - eye).abs().max() < 1e-3))
        orthonormal.append(bool((W @ W.T - eye).abs().max() < 1e-3))
        # 40 starts: 1e-14 or less
        assert (W.T @ W - turn[:, :3] @ turn[:, :3].T).abs().max() < 1e-2
        aligned.append(bool((W @ turn).abs().max(dim=1).values.min() > 0.999))
    A = torch.randn(3, 6, generator=rng, dtype=torch.float64, requires_grad=True)
    B = A.detach().clone().requires_grad_()
    (X - X @ A.T @ A).square().sum(dim=1).mean().backward()
    encoder, decoder = A.detach().clone().requires_grad_(), B.detach().T.clone().requires_grad_()
    (X - X @ encoder.T @ decoder.T).square().sum(dim=1).mean().backward()
    is_sum = torch.allclose(A.grad, encoder.grad + decoder.grad.T, atol=1e-9)
    assert tied_facts["any_W_orthonormal"] is all(start_orthonormal)
    assert tied_facts["trained_W_orthonormal"] is all(orthonormal)
    assert tied_facts["rows_are_principal"] is all(aligned)
    assert tied_facts["gradient_is_a_sum"] is is_sum


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_tied_autoencoder():
    torch.manual_seed(1)
    X = torch.randn(300, 6) * torch.tensor([1.5, 1.0, 0.7, 0.2, 0.1, 0.05]).sqrt()
    start = 0.3 * torch.randn(3, 6)
    figure, axes = plt.subplots(1, 3, figsize=(11, 3))
    for axis, steps in zip(axes, (0, 20, 400)):
        W = train_tied(X - X.mean(dim=0), start, steps, 0.1)
        image = axis.imshow(W @ W.T, vmin=-1, vmax=1, cmap="RdBu")
        axis.set(title=f"$W W^T$ after {steps} steps", xticks=[], yticks=[])
    figure.colorbar(image, ax=axes)


show(draw_tied_autoencoder)

# %% [raw] sources="d2l-5.3-2"
# # BEGIN QUESTION
# name: q11_first_mismatch
# points: 4

# %% [markdown]
# ## 11. Where shapes do not fit
#
# When does PyTorch notice that shapes do not fit: when a network is built, or when data come? First say for
# five cases. Set each entry of `noticed` to `"construct"` (an error while the layers are made), `"forward"` (an
# error when the data come) or `"never"`.
#
# - `"input"`: `nn.Linear(20, 256)` gets inputs of shape `(2, 10)`.
# - `"chain"`: `nn.Sequential(nn.Linear(20, 256), nn.Linear(128, 10))` gets inputs of shape `(2, 20)`.
# - `"lazy_once"`: `nn.Sequential(nn.Linear(20, 256), nn.LazyLinear(10))` gets inputs of shape `(2, 20)`.
# - `"lazy_twice"`: `nn.LazyLinear(10)` gets inputs of shape `(2, 5)` and then some of shape `(2, 6)`.
# - `"channels"`: `nn.Conv2d(3, 4, 3)` gets inputs of shape `(2, 1, 8, 8)`.
#
# Then write `first_mismatch(net, x_shape)` for an `nn.Sequential`: the index of the first layer whose call
# raises a `RuntimeError` when zeros of shape `x_shape` go through the network, or `None` if all layers work.
# For the network of `"chain"` and `(2, 20)` it is 1. The caller's network stays as it is: open shapes stay
# open, and running means do not move.

# %% [raw]
# # BEGIN SOLUTION
# %%
noticed = {}
noticed["input"] = "forward"  # SOLUTION
noticed["chain"] = "forward"  # SOLUTION
noticed["lazy_once"] = "never"  # SOLUTION
noticed["lazy_twice"] = "forward"  # SOLUTION
noticed["channels"] = "forward"  # SOLUTION


def first_mismatch(net, x_shape):
    """Index of the first layer that raises a RuntimeError for zeros of this shape, or None."""
    # BEGIN SOLUTION
    x = torch.zeros(x_shape)
    for index, layer in enumerate(copy.deepcopy(net)):
        try:
            x = layer(x)
        except RuntimeError:
            return index
    return None
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A Linear(20, 256) before a Linear(128, 10) fails at index 1; noticed holds five words.
"""  # END TEST CONFIG


def test_chain(first_mismatch, noticed):
    from torch import nn

    net = nn.Sequential(nn.Linear(20, 256), nn.Linear(128, 10))
    got = first_mismatch(net, (2, 20))
    assert got is not None, "first_mismatch of this chain returned None: expected 1"
    assert got == 1, f"first_mismatch of this chain: expected 1, got {got}"
    assert isinstance(noticed, dict), "noticed should be a dictionary"
    words = ("construct", "forward", "never")
    for key in ("input", "chain", "lazy_once", "lazy_twice", "channels"):
        assert noticed.get(key) in words, f"noticed[{key!r}] should be one of {words}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five cases is noticed at another moment, or not at all. Try them.
"""  # END TEST CONFIG


def test_moments(noticed):
    import torch
    from torch import nn

    cases = {
        "input": (lambda: nn.Linear(20, 256), [(2, 10)]),
        "chain": (lambda: nn.Sequential(nn.Linear(20, 256), nn.Linear(128, 10)), [(2, 20)]),
        "lazy_once": (lambda: nn.Sequential(nn.Linear(20, 256), nn.LazyLinear(10)), [(2, 20)]),
        "lazy_twice": (lambda: nn.LazyLinear(10), [(2, 5), (2, 6)]),
        "channels": (lambda: nn.Conv2d(3, 4, 3), [(2, 1, 8, 8)]),
    }
    for name, (build, shapes) in cases.items():
        moment = "construct"
        try:
            net = build()
            moment = "forward"
            for shape in shapes:
                net(torch.zeros(shape))
            moment = "never"
        except RuntimeError:
            pass
        assert noticed[name] == moment


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some network the culprit is not the layer named, or the caller's network is changed.
  The layer that fails is wanted, not the one that made the wrong width.
"""  # END TEST CONFIG


def test_culprits(first_mismatch):
    from torch import nn

    class Silent(nn.Module):
        def forward(self, x):
            if x.any():
                raise RuntimeError("not zeros")
            return x

    def probe(first_mismatch, build, shape):
        import torch
        from torch import nn

        net = build(nn)
        waiting = [nn.parameter.is_lazy(p) for p in net.parameters()]
        numbers = {n: b.clone() for n, b in net.named_buffers() if not nn.parameter.is_lazy(b)}
        got = first_mismatch(net, shape)
        kept = waiting == [nn.parameter.is_lazy(p) for p in net.parameters()]
        return got, kept and all(torch.equal(b, numbers[n]) for n, b in net.named_buffers() if n in numbers)

    cases = [
        (lambda nn: nn.Sequential(nn.Linear(20, 256), nn.Linear(256, 10)), (2, 20), None),
        (lambda nn: nn.Sequential(nn.Linear(20, 256), nn.Linear(256, 10)), (2, 19), 0),
        (lambda nn: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Tanh(), nn.Linear(4, 8)), (1, 4), 3),
        (lambda nn: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 2)), (2, 3, 5, 4), None),
        (lambda nn: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(25, 2)), (2, 3, 5, 4), 3),
        (lambda nn: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.LazyLinear(5)), (2, 1, 5, 5), 0),
        (lambda nn: nn.Sequential(nn.LazyLinear(5), nn.Linear(5, 4), nn.LazyLinear(3)), (3, 7), None),
        (lambda nn: nn.Sequential(nn.LazyLinear(5), nn.Linear(6, 4), nn.LazyLinear(3)), (3, 7), 1),
        (lambda nn: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)), (6, 3), None),
        (lambda nn: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(5), nn.Linear(7, 1)), (6, 3), 1),
        (lambda nn: nn.Sequential(), (2, 2), None),
        (lambda nn: nn.Sequential(nn.ReLU(), Silent(), nn.Linear(3, 1)), (2, 3), None),
    ]
    for build, shape, expected in cases:
        got, kept = inside(probe)(first_mismatch, build, shape)
        assert got == expected and type(got) is type(expected) and kept


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.3-3"
# # BEGIN QUESTION
# name: q12_any_width
# points: 5

# %% [markdown]
# ## 12. Inputs of any width
#
# Some inputs have 3 features, others 6. Give each width a small layer of its own at the entrance, and share the
# rest. Write the module `AnyWidth(hidden, out)`:
#
# - `adapters`, an `nn.ModuleDict` that is empty at first. When inputs of width $D$ come for the first time, the
#   entry with the key `str(D)` is made: `nn.Linear(D, hidden)`. From then on all inputs of this width use it.
# - `trunk`, an `nn.Sequential` of a ReLU and `nn.Linear(hidden, out)`, used by all.
# - `forward(x)`, for `x` of shape `(N, D)`: the output of the trunk for the output of the adapter, of shape
#   `(N, out)`.
# - `new_parameters()`: a list of the parameters that were made since its last call, so that they can be given to
#   an optimiser. The first call lists all parameters that there are, those of the trunk too; a second call right
#   after it lists none.
#
# With `hidden=4` and `out=2`, the trunk has 10 parameters; after inputs of width 3 there are $16$ more.


# %% [raw]
# # BEGIN SOLUTION
# %%
class AnyWidth(nn.Module):
    """One adapter for each width of the input, and a trunk that they share."""

    def __init__(self, hidden, out):
        super().__init__()
        # BEGIN SOLUTION
        self.hidden = hidden
        self.adapters = nn.ModuleDict()
        self.trunk = nn.Sequential(nn.ReLU(), nn.Linear(hidden, out))
        self.listed = set()
        # END SOLUTION

    def forward(self, x):
        """x: (N, D) for any D -> (N, out)."""
        # BEGIN SOLUTION
        key = str(x.shape[1])
        if key not in self.adapters:
            self.adapters[key] = nn.Linear(x.shape[1], self.hidden)
        return self.trunk(self.adapters[key](x))
        # END SOLUTION

    def new_parameters(self):
        """The parameters that were made since the last call."""
        # BEGIN SOLUTION
        new = {name: p for name, p in self.named_parameters() if name not in self.listed}
        self.listed.update(new)
        return list(new.values())
        # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With hidden=4 and out=2 the trunk has 10 parameters; outputs have shape (N, 2); inputs of
  width 3 add 16 parameters.
"""  # END TEST CONFIG


def test_one_width(AnyWidth):
    import torch

    net = AnyWidth(4, 2)
    new = net.new_parameters()
    assert new is not None, "new_parameters() returned None: expected a list"
    count = sum(p.numel() for p in new)
    assert count == 10, f"the first new_parameters() should list the trunk's 10 numbers, got {count}"
    out = net(torch.zeros(5, 3))
    assert out is not None, "forward returned None: expected a tensor of shape (N, out)"
    assert tuple(out.shape) == (5, 2), f"forward: expected shape (5, 2), got {tuple(out.shape)}"
    assert list(net.adapters.keys()) == ["3"], "after inputs of width 3 adapters should have the one key '3'"
    count = sum(p.numel() for p in net.new_parameters())
    assert count == 16, f"new_parameters() after width 3: expected 16 numbers, got {count}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: For some width the output is not that of the trunk behind this width's own adapter. All
  features count.
"""  # END TEST CONFIG


def test_outputs_of_widths(AnyWidth):
    def probe(AnyWidth, inputs):
        net = AnyWidth(8, 3)
        out = [net(x).detach() for x in inputs]
        state = {name: p.detach() for name, p in net.named_parameters()}
        return out, [net(x).detach() for x in inputs], state

    import torch

    rng = torch.Generator().manual_seed(103)
    inputs = [torch.randn(n, d, generator=rng) for n, d in ((10, 3), (10, 6), (1, 6), (4, 1), (2, 40), (7, 3))]
    out, again, state = inside(probe)(AnyWidth, inputs)
    assert {name for name in state} == {
        *(f"adapters.{d}.{part}" for d in (1, 3, 6, 40) for part in ("weight", "bias")),
        "trunk.1.weight",
        "trunk.1.bias",
    }
    for x, got, later in zip(inputs, out, again):
        d = x.shape[1]
        h = (x @ state[f"adapters.{d}.weight"].T + state[f"adapters.{d}.bias"]).clamp(min=0)
        # float32, sums of at most 40 terms
        assert torch.allclose(got, h @ state["trunk.1.weight"].T + state["trunk.1.bias"], atol=1e-5)
        assert torch.allclose(got, later, atol=1e-6)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Training is lost when a width comes again, or the gradient does not reach all parts that
  were used.
"""  # END TEST CONFIG


def test_training_is_kept(AnyWidth):
    def probe(AnyWidth):
        import torch

        torch.manual_seed(0)
        net = AnyWidth(8, 3)
        trunk = net.trunk
        net(torch.randn(5, 3))
        adapter = net.adapters["3"]
        optimizer = torch.optim.SGD(net.new_parameters(), lr=0.1)
        loss = net(torch.randn(5, 3)).square().sum() + net(torch.randn(5, 6)).square().sum()
        optimizer.add_param_group({"params": net.new_parameters()})
        loss.backward()
        reached = all(p.grad is not None and bool(p.grad.any()) for p in net.parameters())
        before = [p.detach().clone() for p in net.parameters()]
        optimizer.step()
        moved = [not torch.equal(p, q) for p, q in zip(net.parameters(), before)]
        after = [p.detach().clone() for p in net.parameters()]
        net(torch.randn(2, 6))
        net(torch.randn(2, 3))
        kept = all(torch.equal(p, q) for p, q in zip(net.parameters(), after))
        return reached, moved, kept, net.adapters["3"] is adapter and net.trunk is trunk, len(list(net.parameters()))

    assert inside(probe)(AnyWidth) == (True, [True] * 6, True, True, 6)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: new_parameters does not list each parameter once, when it is new. They must be the
  parameters themselves.
"""  # END TEST CONFIG


def test_each_listed_once(AnyWidth):
    def probe(AnyWidth):
        import torch

        net = AnyWidth(4, 2)
        lists = []
        for widths in ((3,), (), (3,), (5, 7, 3), (7,)):
            for d in widths:
                net(torch.zeros(1, d))
            lists.append(list(net.new_parameters()))
        everything = {id(p) for p in net.parameters()}
        return [sum(p.numel() for p in new) for new in lists], {id(p) for new in lists for p in new} == everything

    counts, same = inside(probe)(AnyWidth)
    assert counts == [10 + 16, 0, 0, 4 * 5 + 4 + 4 * 7 + 4, 0] and same


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.4-1"
# # BEGIN QUESTION
# name: q13_center
# points: 4

# %% [markdown]
# ## 13. Remove the mean, learn an offset
#
# Write the layer `Center(num_features, momentum=0.1)` for inputs $x$ of shape $(N, D)$ with $D$ =
# `num_features`. In training mode it returns $x - \bar x + \beta$, where $\bar x$ holds the mean of each
# feature over the batch, and the offset $\beta$ is learned. In evaluation mode there may be a single example,
# whose mean says nothing: then it takes a running mean in place of $\bar x$, as batch normalisation does.
#
# - `beta`, shape `(D,)`: the only parameter. It starts at zero.
# - `running_mean`, shape `(D,)`: a buffer. It starts at zero. Each call in training mode, and no other, changes
#   it to `(1 - momentum) * running_mean + momentum * mean of the batch`. It never carries a graph.
#
# The gradient goes through the batch mean. For the batch with rows $(0, 10)$ and $(2, 30)$ and $\beta = (5, 7)$
# the output has the rows $(4, -3)$ and $(6, 17)$, and the running mean becomes $(0.1, 2)$.


# %% [raw]
# # BEGIN SOLUTION
# %%
class Center(nn.Module):
    """x minus its mean, plus a learned offset for each feature."""

    def __init__(self, num_features, momentum=0.1):
        super().__init__()
        # BEGIN SOLUTION
        self.momentum = momentum
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        # END SOLUTION

    def forward(self, x):
        """x: (N, D) -> (N, D)."""
        # BEGIN SOLUTION
        mean = self.running_mean
        if self.training:
            mean = x.mean(dim=0)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean.detach()
        return x - mean + self.beta
        # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The rows (0, 10) and (2, 30) with beta (5, 7) become (4, -3) and (6, 17).
"""  # END TEST CONFIG


def test_two_rows(Center):
    import torch

    layer = Center(2)
    names = [name for name, _ in layer.named_parameters()]
    assert names == ["beta"], f"Center(2) should have one parameter, beta, got {names}"
    assert "running_mean" in layer.state_dict(), "Center(2) should have a buffer running_mean"
    layer.load_state_dict({"beta": torch.tensor([5.0, 7.0]), "running_mean": torch.zeros(2)})
    out = layer(torch.tensor([[0.0, 10.0], [2.0, 30.0]]))
    assert out is not None, "forward returned None: expected a tensor of shape (N, D)"
    assert tuple(out.shape) == (2, 2), f"forward: expected shape (2, 2), got {tuple(out.shape)}"
    expected = [[4.0, -3.0], [6.0, 17.0]]
    assert torch.allclose(out.detach(), torch.tensor(expected)), f"expected {expected}, got {out.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: In one of the two modes the output or the running mean is not as asked. Which mean is used
  when, and when does it change?
"""  # END TEST CONFIG


def test_both_modes(Center):
    def probe(Center, momentum, batches, single, beta):
        import torch

        layer = Center(batches[0].shape[1], momentum).to(single.dtype)
        with torch.no_grad():
            layer.beta.copy_(beta)
        out, means = [], [layer.running_mean.clone()]
        for x in batches:
            out.append(layer(x).detach())
            means.append(layer.running_mean.clone())
        layer.eval()
        alone = layer(single).detach()
        return out, means, alone, layer.running_mean.clone()

    import torch

    rng = torch.Generator().manual_seed(104)
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.float64, 1e-12)):
        for momentum, d, sizes in (
            (0.1, 3, (8, 5)),
            (0.5, 1, (4, 4, 4)),
            (1.0, 6, (2,)),
            (0.0, 2, (3,)),
            (0.3, 4, (1, 9)),
        ):
            shift = 5 * torch.randn(d, generator=rng, dtype=dtype)
            batches = [torch.randn(n, d, generator=rng, dtype=dtype) + shift for n in sizes]
            single = torch.randn(1, d, generator=rng, dtype=dtype)
            beta = torch.randn(d, generator=rng, dtype=dtype)
            out, means, alone, last = inside(probe)(Center, momentum, batches, single, beta)
            running = [0.0] * d
            assert not means[0].any()
            for x, got, after in zip(batches, out, means[1:]):
                for j in range(d):
                    mean = sum(x[:, j].tolist()) / len(x)
                    running[j] = (1 - momentum) * running[j] + momentum * mean
                    for i in range(len(x)):
                        # numbers of size 10, means of at most 9 of them
                        assert abs(got[i, j].item() - (x[i, j].item() - mean + beta[j].item())) < 10 * tolerance
                assert torch.allclose(after, torch.tensor(running, dtype=dtype), rtol=0, atol=10 * tolerance)
            expected = single[0] - torch.tensor(running, dtype=dtype) + beta
            assert torch.allclose(alone[0], expected, rtol=0, atol=10 * tolerance) and torch.equal(last, means[-1])


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The parameter or the buffer is not as asked, or a gradient is wrong. Does the mean depend
  on x, and may the buffer remember how it came about?
"""  # END TEST CONFIG


def test_gradients(Center):
    def probe(Center, weights):
        import torch

        layer = Center(weights.shape[1]).double()
        scale = torch.full((1,), 3.0, dtype=torch.float64, requires_grad=True)
        x = torch.arange(weights.numel(), dtype=torch.float64).view_as(weights).requires_grad_()
        for _ in range(2):
            layer.zero_grad()
            x.grad = None
            (layer(scale * x) * weights).sum().backward()
        free = not layer.running_mean.requires_grad
        names = [name for name, _ in layer.named_parameters()], [name for name, _ in layer.named_buffers()]
        start = Center(weights.shape[1])
        starts = [*start.state_dict().values()]
        changed = Center(2, 0.25)
        changed(torch.tensor([[4.0, 8.0]]))
        return x.grad, layer.beta.grad, free, names, starts, changed.state_dict()["running_mean"]

    import torch

    weights = torch.randn(7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(105))
    slope, beta_slope, free, names, starts, mean = inside(probe)(Center, weights)
    # the Jacobian of one column is the identity minus 1/N everywhere
    expected = 3 * (torch.eye(7, dtype=torch.float64) - 1 / 7) @ weights
    assert torch.allclose(slope, expected, rtol=0, atol=1e-10) and free
    assert torch.allclose(beta_slope, weights.sum(dim=0), rtol=0, atol=1e-10)
    assert names == (["beta"], ["running_mean"])
    assert all(tuple(start.shape) == (3,) and not start.any() for start in starts)
    assert mean.tolist() == [1.0, 2.0]


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.4-2"
# # BEGIN QUESTION
# name: q14_reduction
# points: 4

# %% [markdown]
# ## 14. A layer of products
#
# Write the layer `TensorReduction(d, K)`. Its only parameter is `weight` of shape $(d, d, K)$, and it computes
# $$f_k = \sum_{i=1}^{d} \sum_{j=1}^{d} W_{ijk}\, x_i\, x_j , \qquad k = 1, \dots, K .$$
# The input has shape `(N, d)` and the output `(N, K)`; a single input of shape `(d,)` gives shape `(K,)`. The
# weights start as normal random numbers with mean zero and standard deviation $1/d$.
#
# With $d = 2$, $K = 1$, $W_{12} = 3$, $W_{21} = 1$ and zeros elsewhere, the output is $4 x_1 x_2$: only the sum
# $W_{12} + W_{21}$ matters. Write `free_numbers(d, K)`: how many independent numbers matter in all, that is, the
# dimension of the space of functions that the layer can compute.


# %% [raw]
# # BEGIN SOLUTION
# %%
class TensorReduction(nn.Module):
    """Weighted sums of all products of two inputs."""

    def __init__(self, d, K):
        super().__init__()
        # BEGIN SOLUTION
        self.weight = nn.Parameter(torch.randn(d, d, K) / d)
        # END SOLUTION

    def forward(self, x):
        """x: (N, d) or (d,) -> (N, K) or (K,)."""
        # BEGIN SOLUTION
        return torch.einsum("...i,ijk,...j->...k", x, self.weight, x)
        # END SOLUTION


def free_numbers(d, K):
    """Dimension of the space of functions of the layer, an integer."""
    # BEGIN SOLUTION
    return K * d * (d + 1) // 2
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With W_12 = 3 and W_21 = 1 the input (2, 5) gives 40; with d = 1 and K = 1 there is one
  free number.
"""  # END TEST CONFIG


def test_one_product(TensorReduction, free_numbers):
    import torch

    layer = TensorReduction(2, 1)
    names = [name for name, _ in layer.named_parameters()]
    assert names == ["weight"], f"TensorReduction should have one parameter, weight, got {names}"
    assert tuple(layer.weight.shape) == (2, 2, 1), "TensorReduction(2, 1): weight should have shape (2, 2, 1)"
    layer.load_state_dict({"weight": torch.tensor([[[0.0], [3.0]], [[1.0], [0.0]]])})
    out = layer(torch.tensor([[2.0, 5.0]]))
    assert out is not None, "forward returned None: expected a tensor of shape (N, K)"
    assert tuple(out.shape) == (1, 1), f"forward: expected shape (1, 1), got {tuple(out.shape)}"
    assert abs(out.item() - 40) < 1e-4, f"forward: expected 40, got {out.item()}"
    got = free_numbers(1, 1)
    assert got is not None, "free_numbers(1, 1) returned None: expected an integer"
    assert type(got) is int and got == 1, f"free_numbers(1, 1): expected the integer 1, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some sizes the output is not the double sum. Which axis of the weight belongs to the
  output, and does each example stay by itself?
"""  # END TEST CONFIG


def test_double_sum(TensorReduction):
    def probe(TensorReduction, weight, x):
        d, _, K = weight.shape
        layer = TensorReduction(d, K).to(weight.dtype)
        layer.load_state_dict({"weight": weight})
        return layer(x).detach()

    import torch

    rng = torch.Generator().manual_seed(106)
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        for d, K, n in ((3, 3, 7), (2, 5, 1), (4, 2, None), (1, 1, 3), (5, 1, None), (4, 4, 4)):
            weight = torch.randn(d, d, K, generator=rng, dtype=dtype)
            x = torch.randn(d, n or 1, generator=rng, dtype=dtype).T  # not contiguous
            out = inside(probe)(TensorReduction, weight, x if n else x[0])
            assert tuple(out.shape) == ((n, K) if n else (K,)) and out.dtype == dtype
            for row, got in zip(x.tolist(), out if n else [out]):
                for k in range(K):
                    terms = [weight[i, j, k].item() * row[i] * row[j] for i in range(d) for j in range(d)]
                    # at most 25 terms
                    assert abs(got[k].item() - sum(terms)) <= tolerance * (1 + sum(map(abs, terms)))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The count is not the dimension of the space of functions, or the weights do not start or
  learn as asked.
"""  # END TEST CONFIG


def test_start_and_dimension(TensorReduction, free_numbers):
    def probe(TensorReduction, d, K, x):
        layer = TensorReduction(d, K)
        layer(x).sum().backward()
        return layer.weight.detach(), layer.weight.grad

    import torch

    torch.manual_seed(0)
    for d, K in ((20, 30), (40, 10)):
        x = torch.randn(3, d)
        weight, slope = inside(probe)(TensorReduction, d, K, x)
        # 12000 to 16000 draws: mean and standard deviation are known to 1 %; a normal one reaches past 3
        assert abs(weight.std().item() * d - 1) < 0.05 and abs(weight.mean().item() * d) < 0.08
        assert weight.abs().max().item() * d > 3
        assert torch.allclose(slope, (x.T @ x)[:, :, None].expand(d, d, K), atol=1e-4)
    for d, K in ((1, 3), (2, 1), (3, 2), (4, 5), (6, 1)):
        # the outputs at many inputs are linear in the weights: the rank of that map is the dimension
        x = torch.randn(100, d, dtype=torch.float64, generator=torch.Generator().manual_seed(d))
        products = (x[:, :, None] * x[:, None, :]).flatten(1)
        assert free_numbers(d, K) == K * int(torch.linalg.matrix_rank(products))
        assert type(free_numbers(d, K)) is int


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.4-3"
# # BEGIN QUESTION
# name: q15_fourier
# points: 4

# %% [markdown]
# ## 15. Half a Fourier transform
#
# The discrete Fourier transform of $n$ numbers $x_0, \dots, x_{n-1}$ is
# $$\hat x_k = \sum_{t=0}^{n-1} x_t\, e^{-2\pi \mathrm{i} k t / n}, \qquad k = 0, \dots, n - 1 .$$
# If the numbers are real, $\hat x_{n-k}$ is the complex conjugate of $\hat x_k$. So about half of the
# coefficients tell everything: those with $k = 0, \dots, \lfloor n/2 \rfloor$. Write two layers without
# parameters, which gradients can pass. (`torch.fft` has what you need.)
#
# - `HalfFourier()`: input real, of shape `(..., n)`; output these coefficients, complex, of shape
#   `(..., n // 2 + 1)` and of the same precision, in the order of $k$. Nothing is rescaled. For $x = (1, 2)$ it
#   gives $(3, -1)$.
# - `InverseHalfFourier(n)`: gives the $n$ real numbers back, from the output of `HalfFourier`.
#
# Then set the entries of `fourier_facts` to `True` or `False`; $x$ is any real input.
#
# - `"strict_half_even"`: for even $n$, the first $n/2$ coefficients determine $x$.
# - `"strict_half_odd"`: for odd $n$, the first $(n + 1)/2$ coefficients determine $x$.
# - `"sizes_determine"`: the sizes $|\hat x_k|$ of all coefficients determine $x$.
# - `"length_is_told"`: the number of coefficients that `HalfFourier` returns determines $n$.


# %% [raw]
# # BEGIN SOLUTION
# %%
class HalfFourier(nn.Module):
    """The first n // 2 + 1 Fourier coefficients of real inputs."""

    def forward(self, x):
        """x: real (..., n) -> complex (..., n // 2 + 1)."""
        return torch.fft.rfft(x)  # SOLUTION


class InverseHalfFourier(nn.Module):
    """The n real numbers that belong to the coefficients of HalfFourier."""

    def __init__(self, n):
        super().__init__()
        self.n = n  # SOLUTION

    def forward(self, z):
        """z: complex (..., n // 2 + 1) -> real (..., n)."""
        return torch.fft.irfft(z, n=self.n)  # SOLUTION


fourier_facts = {}
fourier_facts["strict_half_even"] = False  # SOLUTION
fourier_facts["strict_half_odd"] = True  # SOLUTION
fourier_facts["sizes_determine"] = False  # SOLUTION
fourier_facts["length_is_told"] = False  # SOLUTION

# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: HalfFourier turns (1, 2) into (3, -1), InverseHalfFourier(2) turns it back; fourier_facts
  holds four booleans.
"""  # END TEST CONFIG


def test_two_numbers(HalfFourier, InverseHalfFourier, fourier_facts):
    import torch

    x = torch.tensor([[1.0, 2.0]])
    z = HalfFourier()(x)
    assert z is not None, "HalfFourier returned None: expected a complex tensor"
    assert z.is_complex(), f"HalfFourier should return complex numbers, got {z.dtype}"
    assert tuple(z.shape) == (1, 2), f"HalfFourier of shape (1, 2): expected shape (1, 2), got {tuple(z.shape)}"
    assert torch.allclose(z, torch.tensor([[3.0 + 0j, -1.0 + 0j]])), f"expected (3, -1), got {z.tolist()}"
    back = InverseHalfFourier(2)(z)
    assert back is not None, "InverseHalfFourier returned None: expected a real tensor"
    assert tuple(back.shape) == (1, 2) and not back.is_complex(), "InverseHalfFourier(2): expected 2 real numbers"
    assert torch.allclose(back, x), f"InverseHalfFourier: expected (1, 2), got {back.tolist()}"
    assert isinstance(fourier_facts, dict), "fourier_facts should be a dictionary"
    for key in ("strict_half_even", "strict_half_odd", "sizes_determine", "length_is_told"):
        assert isinstance(fourier_facts.get(key), bool), f"fourier_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some length the coefficients are not those of the sum above. Odd and even lengths, one
  number, and several leading axes are all allowed.
"""  # END TEST CONFIG


def test_coefficients(HalfFourier):
    import cmath

    import torch

    rng = torch.Generator().manual_seed(107)
    for shape in ((3, 8), (2, 9), (1,), (4, 1), (2,), (2, 3, 7), (1, 12)):
        x = torch.randn(shape, generator=rng, dtype=torch.float64)
        n = shape[-1]
        kernel = [[cmath.exp(-2j * cmath.pi * k * t / n) for k in range(n // 2 + 1)] for t in range(n)]
        expected = x.to(torch.complex128) @ torch.tensor(kernel, dtype=torch.complex128)
        got = HalfFourier()(x)
        assert got.shape == expected.shape and torch.allclose(got, expected, rtol=0, atol=1e-10)
        single = HalfFourier()(x.float())
        # float32, sums of at most 12 terms
        assert single.dtype == torch.complex64 and torch.allclose(single, expected.to(torch.complex64), atol=1e-4)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The two layers do not undo one another for some length, have parameters, or stop the
  gradient.
"""  # END TEST CONFIG


def test_there_and_back(HalfFourier, InverseHalfFourier):
    def probe(HalfFourier, InverseHalfFourier, x, weights):
        there, back = HalfFourier(), InverseHalfFourier(x.shape[-1])
        x = x.clone().requires_grad_()
        z = there(x)
        out = back(z)
        (out * weights).sum().backward(retain_graph=True)
        slope = x.grad.clone()
        x.grad = None
        z.abs().square().sum().backward()
        owned = len([*there.parameters(), *back.parameters()])
        return out.detach(), slope, x.grad, owned

    import torch

    rng = torch.Generator().manual_seed(108)
    for shape in ((3, 8), (2, 9), (1, 1), (2,), (5,), (2, 2, 15)):
        x, weights = (torch.randn(shape, generator=rng, dtype=torch.float64) for _ in range(2))
        out, slope, energy_slope, owned = inside(probe)(HalfFourier, InverseHalfFourier, x, weights)
        assert torch.allclose(out, x, rtol=0, atol=1e-10) and owned == 0
        assert torch.allclose(slope, weights, rtol=0, atol=1e-10)
        n = shape[-1]
        t, k = torch.arange(n, dtype=torch.float64), torch.arange(n // 2 + 1, dtype=torch.float64)
        angle = 2 * torch.pi * torch.outer(t, k) / n
        gram = angle.cos() @ angle.cos().T + angle.sin() @ angle.sin().T
        assert torch.allclose(energy_slope, 2 * x @ gram, rtol=0, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements is wrong. Compare two inputs that differ, or count how
  many real numbers are known.
"""  # END TEST CONFIG


def test_fourier_facts(fourier_facts):
    import torch

    def determined(n, kept):
        z = torch.fft.fft(torch.eye(n, dtype=torch.float64))[:, :kept]
        return int(torch.linalg.matrix_rank(torch.cat([z.real, z.imag], dim=1))) == n

    x = torch.tensor([1.0, 2.0, 5.0, 3.0])
    same_sizes = torch.allclose(torch.fft.fft(x).abs(), torch.fft.fft(x.roll(1)).abs(), atol=1e-5)
    lengths = [torch.fft.rfft(torch.zeros(n)).shape[-1] for n in range(1, 20)]
    assert fourier_facts["strict_half_even"] is all(determined(n, n // 2) for n in (2, 4, 8, 10))
    assert fourier_facts["strict_half_odd"] is all(determined(n, (n + 1) // 2) for n in (1, 3, 7, 9))
    assert fourier_facts["sizes_determine"] is (not same_sizes)
    assert fourier_facts["length_is_told"] is (len(set(lengths)) == len(lengths))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_half_spectrum():
    t = torch.arange(32.0)
    x = torch.cos(2 * torch.pi * 3 * t / 32) + 0.4 * torch.cos(2 * torch.pi * 10 * t / 32)
    z = HalfFourier()(x)
    figure, axes = plt.subplots(1, 2, figsize=(10, 2.8))
    axes[0].plot(t, x, "o-", markersize=3)
    axes[0].set(xlabel="$t$", title="32 real numbers")
    axes[1].stem(z.abs())
    axes[1].set(xlabel="$k$", title="sizes of the 17 coefficients")
    figure.tight_layout()


show(draw_half_spectrum)

# %% [raw] sources="d2l-5.5-1"
# # BEGIN QUESTION
# name: q16_checkpoint
# points: 6

# %% [markdown]
# ## 16. A run that can be interrupted
#
# A network may never leave the machine on which it is trained, and yet it pays to save it: a run can go on after
# a crash, the best epoch can be kept, and earlier states can be compared, averaged or trained further. Write
#
# - `save_checkpoint(path, net, optimizer, step)`: saves in one file what is needed to go on later as if nothing
#   had happened;
# - `load_checkpoint(path, net, optimizer)`: puts a network of the same form and its optimiser, both made anew,
#   back into that state, and returns the number `step`.
#
# A run of 10 steps, saved, loaded elsewhere and continued for 10 steps must end with exactly the same numbers
# as one of 20 steps, on the CPU: with any optimiser of `torch.optim`, with dropout (which draws from torch's
# global generator), with batch normalisation, and even if other code has drawn random numbers in between. The
# parameters stay the objects that the optimiser knows. The file must be readable by `torch.load(path)` as it is,
# without `weights_only=False`; and what is saved does not change when training goes on.
#
# Then set the entries of `resume_facts` to `True` or `False`.
#
# - `"adam_from_parameters"`: with Adam on the whole batch and a network without dropout, it is enough to save
#   `net.state_dict()`: a new Adam goes on exactly as the old one would have.
# - `"sgd_from_parameters"`: the same for plain SGD without momentum.
# - `"best_is_kept"`: `best = net.state_dict()`, taken at the best epoch, still holds the numbers of that epoch
#   when training has gone on.
# - `"average_loads"`: the mean of two state dictionaries of a network of linear layers, entry by entry, can be
#   loaded into this network.


# %% [raw]
# # BEGIN SOLUTION
# %%
def save_checkpoint(path, net, optimizer, step):
    """Save the whole state of a training run."""
    # BEGIN SOLUTION
    state = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save({**state, "generator": torch.get_rng_state()}, path)
    # END SOLUTION


def load_checkpoint(path, net, optimizer):
    """Restore the state of a training run; returns the step."""
    # BEGIN SOLUTION
    state = torch.load(path)
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["generator"])
    return state["step"]
    # END SOLUTION


resume_facts = {}
resume_facts["adam_from_parameters"] = False  # SOLUTION
resume_facts["sgd_from_parameters"] = True  # SOLUTION
resume_facts["best_is_kept"] = False  # SOLUTION
resume_facts["average_loads"] = True  # SOLUTION

# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The step comes back as it was saved; resume_facts holds four booleans.
"""  # END TEST CONFIG


def test_step_comes_back(save_checkpoint, load_checkpoint, resume_facts):
    import torch
    from torch import nn

    net = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    save_checkpoint("q16_public.pt", net, optimizer, 7)
    got = load_checkpoint("q16_public.pt", net, optimizer)
    assert got is not None, "load_checkpoint(...) returned None: expected the step"
    assert got == 7, f"saved with step 7: load_checkpoint should return 7, got {got}"
    assert isinstance(resume_facts, dict), "resume_facts should be a dictionary"
    for key in ("adam_from_parameters", "sgd_from_parameters", "best_is_kept", "average_loads"):
        assert isinstance(resume_facts.get(key), bool), f"resume_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The interrupted run does not end like the uninterrupted one. Besides the parameters, what
  do Adam, batch normalisation and dropout remember?
"""  # END TEST CONFIG


def test_same_end(save_checkpoint, load_checkpoint):
    def probe(save_checkpoint, load_checkpoint, kind, seed):
        import pathlib
        import tempfile

        import torch
        from torch import nn

        def make():
            layers = nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.4), nn.Linear(8, 1)
            net = nn.Sequential(*layers)
            options = {"momentum": 0.9} if kind == "SGD" else {}
            return net, getattr(torch.optim, kind)(net.parameters(), lr=0.05, **options)

        def train(net, optimizer, steps):
            for _ in range(steps):
                optimizer.zero_grad()
                (net(x) - x.sum(dim=1, keepdim=True)).square().mean().backward()
                optimizer.step()

        torch.manual_seed(seed)
        x = torch.randn(16, 4)
        net, optimizer = make()
        train(net, optimizer, 10)
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / "run.pt")
            save_checkpoint(path, net, optimizer, 10)
            train(net, optimizer, 10)
            draw = torch.rand(3)
            torch.manual_seed(seed + 1000)
            other, other_optimizer = make()
            objects = [id(p) for p in other.parameters()]
            torch.randn(5)
            step = load_checkpoint(path, other, other_optimizer)
        train(other, other_optimizer, 10)
        same = [torch.equal(p, q) for p, q in zip(net.state_dict().values(), other.state_dict().values())]
        kept = objects == [id(p) for p in other.parameters()]
        return step, all(same) and kept, torch.equal(draw, torch.rand(3))

    for kind in ("Adam", "SGD", "RMSprop"):
        for seed in range(2):
            assert inside(probe)(save_checkpoint, load_checkpoint, kind, seed) == (10, True, True)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The file is not readable by torch.load as it is, or what was saved changes when training
  goes on, or a second file disturbs the first.
"""  # END TEST CONFIG


def test_file(save_checkpoint, load_checkpoint):
    def probe(save_checkpoint, load_checkpoint):
        import pathlib
        import tempfile

        import torch
        from torch import nn

        net = nn.Linear(3, 2)
        optimizer = torch.optim.Adam(net.parameters())
        first = net.weight.detach().clone()
        with tempfile.TemporaryDirectory() as folder:
            paths = [str(pathlib.Path(folder) / name) for name in ("a.pt", "b.pt")]
            save_checkpoint(paths[0], net, optimizer, 0)
            with torch.no_grad():
                net.weight.add_(1)
            save_checkpoint(paths[1], net, optimizer, 12345)
            for path in paths:
                torch.load(path, weights_only=True)
            steps, weights = [], []
            for path in paths:
                other = nn.Linear(3, 2)
                steps.append(load_checkpoint(path, other, torch.optim.Adam(other.parameters())))
                weights.append(other.weight.detach())
        return steps, torch.equal(weights[0], first), torch.equal(weights[1], first + 1)

    assert inside(probe)(save_checkpoint, load_checkpoint) == ([0, 12345], True, True)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: At least one of the four statements is wrong. Try each with a network of one layer.
"""  # END TEST CONFIG


def test_resume_facts(resume_facts):
    import copy

    import torch
    from torch import nn

    torch.manual_seed(0)
    x, y = torch.randn(8, 3), torch.randn(8, 1)

    def train(net, optimizer, steps):
        for _ in range(steps):
            optimizer.zero_grad()
            (net(x) - y).square().mean().backward()
            optimizer.step()

    def resumes(kind):
        net = nn.Linear(3, 1)
        optimizer = kind(net.parameters(), lr=0.1)
        train(net, optimizer, 5)
        state = copy.deepcopy(net.state_dict())
        train(net, optimizer, 5)
        other = nn.Linear(3, 1)
        other.load_state_dict(state)
        train(other, kind(other.parameters(), lr=0.1), 5)
        return torch.equal(net.weight, other.weight)

    net = nn.Linear(3, 1)
    best, numbers = net.state_dict(), net.weight.detach().clone()
    train(net, torch.optim.SGD(net.parameters(), lr=0.1), 1)
    mean = {key: (best[key] + value) / 2 for key, value in nn.Linear(3, 1).state_dict().items()}
    try:
        nn.Linear(3, 1).load_state_dict(mean)
        loads = True
    except RuntimeError:
        loads = False
    assert resume_facts["adam_from_parameters"] is resumes(torch.optim.Adam)
    assert resume_facts["sgd_from_parameters"] is resumes(torch.optim.SGD)
    assert resume_facts["best_is_kept"] is torch.equal(best["weight"], numbers)
    assert resume_facts["average_loads"] is loads


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.5-2"
# # BEGIN QUESTION
# name: q17_transplant
# points: 5

# %% [markdown]
# ## 17. The first layers in a new network
#
# The first layers of a trained network often serve a new task as well. Write
# `transplant(old, k, head, independent=True, freeze=False)`. `old` is an `nn.Sequential`, `head` any module. It
# returns an `nn.Sequential` of the layers at the first $k$ positions of `old`, in their order, followed by
# `head`: $k + 1$ layers in all.
#
# - With `independent=True` the layers are copies: training the new network leaves `old` as it is, and the other
#   way round. With `independent=False` they are the very objects of `old`. `head` is never copied.
# - With `freeze=True` the parameters of the $k$ layers get no gradient and are not trained. The gradient still
#   passes through them to the input. With `independent=True` the parameters of `old` stay trainable.
#
# Activations count as layers, $k$ may be 0, and one layer object may stand at several positions of `old`; then
# it stands at these positions of the new network, too. With `old` made of the four layers 3-5, ReLU, 5-5 and
# 5-2, `k=2` and a head from 5 units to 1, the new network has 3 layers and $20 + 6$ parameters.


# %% [raw]
# # BEGIN SOLUTION
# %%
def transplant(old, k, head, independent=True, freeze=False):
    """The first k layers of old, then head, as an nn.Sequential."""
    # BEGIN SOLUTION
    body = old[:k]
    if independent:
        body = copy.deepcopy(body)
    if freeze:
        body.requires_grad_(False)
    return nn.Sequential(*body, head)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two of four layers and a head from 5 units to 1 make 3 layers with 26 parameters.
"""  # END TEST CONFIG


def test_two_layers_and_a_head(transplant):
    import torch
    from torch import nn

    old = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 5), nn.Linear(5, 2))
    net = transplant(old, 2, nn.Linear(5, 1))
    assert net is not None, "transplant(...) returned None: expected an nn.Sequential"
    assert isinstance(net, nn.Sequential), "transplant should return an nn.Sequential"
    assert len(net) == 3, f"k = 2 and a head: expected 3 layers, got {len(net)}"
    count = sum(p.numel() for p in net.parameters())
    assert count == 26, f"expected 26 parameters, got {count}"
    out = net(torch.zeros(4, 3))
    assert tuple(out.shape) == (4, 1), f"expected an output of shape (4, 1), got {tuple(out.shape)}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some k the new network does not begin with the layers of the old one, or does not end
  with the head. Positions count, whatever stands there.
"""  # END TEST CONFIG


def test_same_activations(transplant):
    def probe(transplant, k, independent, x):
        import torch
        from torch import nn

        torch.manual_seed(k)
        twice, act = nn.Linear(6, 6), nn.ReLU()
        old = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), act, twice, act, twice, nn.Tanh(), nn.Linear(6, 3))
        old(torch.randn(20, 4) * 3)
        head = nn.Flatten()
        net = transplant(old, k, head, independent)
        kinds = [type(layer).__name__ for layer in net]
        old.eval()
        net.eval()
        expected = x
        for layer in list(old)[:k]:
            expected = layer(expected)
        return kinds, [type(layer).__name__ for layer in old][:k], net(x).detach(), expected.detach(), net[-1] is head

    import torch

    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(109))
    for k in range(9):
        for independent in (True, False):
            kinds, first, out, expected, own = inside(probe)(transplant, k, independent, x)
            assert kinds == [*first, "Flatten"] and own
            # the same layers on the same input
            assert torch.allclose(out, expected, atol=1e-6)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A step on the new network changes what it should not, or does not change what it should.
  What is shared, what is frozen, and what about the input?
"""  # END TEST CONFIG


def test_what_is_trained(transplant):
    def probe(transplant, independent, freeze):
        import torch
        from torch import nn

        torch.manual_seed(5)
        tied = nn.Linear(6, 6)
        old = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), tied, nn.Tanh(), tied, nn.Linear(6, 2))
        head = nn.Linear(6, 1)
        net = transplant(old, 5, head, independent, freeze)
        shared = [net[i] is old[i] for i in range(5)]
        before = {name: p.detach().clone() for name, p in net.named_parameters()}
        old_before = [p.detach().clone() for p in old.parameters()]
        x = torch.randn(8, 4, requires_grad=True)
        loss = net(x).square().mean()
        loss.backward()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
        optimizer.step()
        moved = [name for name, p in net.named_parameters() if not torch.equal(p, before[name])]
        old_moved = [not torch.equal(p, q) for p, q in zip(old.parameters(), old_before)]
        trainable = [p.requires_grad for p in old.parameters()]
        reached = x.grad is not None and bool(x.grad.any())
        frozen = all(p.grad is None for name, p in net.named_parameters() if name[0] != "5")
        return shared, moved, old_moved, trainable, reached, frozen, net[2] is net[4], net[5] is head

    names = [f"{i}.{part}" for i in (0, 2, 5) for part in ("weight", "bias")]
    for independent in (True, False):
        for freeze in (False, True):
            shared, moved, old_moved, trainable, reached, frozen, tied, own = inside(probe)(
                transplant, independent, freeze
            )
            assert shared == [not independent] * 5 and tied and own
            assert moved == (names[4:] if freeze else names) and frozen is freeze and reached
            assert old_moved == [not (independent or freeze)] * 4 + [False] * 2
            assert trainable == [independent or not freeze] * 4 + [True] * 2


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [markdown]
# The next question builds networks from these kinds of layers, and from no others.

# %%
ALLOWED = ("Linear", "ReLU", "Tanh", "Flatten", "Dropout", "BatchNorm1d")

# %% [raw] sources="d2l-5.5-3"
# # BEGIN QUESTION
# name: q18_save_model
# points: 7

# %% [markdown]
# ## 18. Architecture and parameters in one file
#
# A `state_dict` holds numbers and names, and no architecture. One can pickle the whole module, but then whoever
# loads the file runs the code that it names, and needs the same classes. More robust is a **specification**: a
# list with one entry for each layer, the name of the layer followed by its arguments, such as
# `[["Linear", 20, 64], ["ReLU"], ["Linear", 64, 10]]`. It demands of the architecture that it is a chain of known
# layers with plain arguments. Write
#
# - `build(spec)`: the `nn.Sequential` of these layers of `torch.nn`. Names that are not in `ALLOWED` (above)
#   raise a `ValueError`, before any layer is made.
# - `save_model(path, spec, net)`: saves in one file what is needed to get a network like `net` back, where `net`
#   was built by `spec`. The file must be readable by `torch.load(path)` as it is. A specification that `build`
#   would refuse raises a `ValueError`, and no file is written.
# - `load_model(path)`: the network, in training mode like every new one, with all numbers, buffers included,
#   and their dtypes as they were when saved. Nobody has to tell it the architecture. A file with a layer that
#   is not allowed raises a `ValueError`; nothing that stands in a file is executed.
#
# Then set the entries of `file_facts` to `True` or `False`.
#
# - `"lambda_is_saved"`: `torch.save(net, path)` works for a module with the attribute
#   `self.scale = lambda x: 2 * x`.
# - `"module_is_loaded"`: after `torch.save(net, path)` with `net = nn.Linear(2, 2)`, `torch.load(path)` gives
#   the layer back.
# - `"branch_is_traced"`: `torch.fx.symbolic_trace`, which writes down the operations of a module, can write down
#   a `forward` with the line `if x.sum() > 0: return x`.
# - `"fits_another_activation"`: the state dictionary of `nn.Sequential(nn.Linear(2, 2), nn.Tanh())` can be loaded
#   into `nn.Sequential(nn.Linear(2, 2), nn.ReLU())` without an error.


# %% [raw]
# # BEGIN SOLUTION
# %%
def build(spec):
    """The nn.Sequential of a specification."""
    # BEGIN SOLUTION
    for name, *_ in spec:
        if name not in ALLOWED:
            raise ValueError(f"layer: expected one of {', '.join(ALLOWED)}, got {name!r}")
    return nn.Sequential(*(getattr(nn, name)(*arguments) for name, *arguments in spec))
    # END SOLUTION


def save_model(path, spec, net):
    """Save specification and state of a network in one file."""
    # BEGIN SOLUTION
    build(spec)  # refuses what load_model would refuse
    torch.save({"spec": spec, "state": net.state_dict()}, path)
    # END SOLUTION


def load_model(path):
    """The network of a file."""
    # BEGIN SOLUTION
    saved = torch.load(path)
    net = build(saved["spec"])
    net.load_state_dict(saved["state"], assign=True)
    return net
    # END SOLUTION


file_facts = {}
file_facts["lambda_is_saved"] = False  # SOLUTION
file_facts["module_is_loaded"] = False  # SOLUTION
file_facts["branch_is_traced"] = False  # SOLUTION
file_facts["fits_another_activation"] = True  # SOLUTION

# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A Linear(2, 1) and a ReLU are built, saved and loaded; file_facts holds four booleans.
"""  # END TEST CONFIG


def test_two_layers_saved(build, save_model, load_model, file_facts):
    import torch
    from torch import nn

    spec = [["Linear", 2, 1], ["ReLU"]]
    net = build(spec)
    assert net is not None, "build(spec) returned None: expected an nn.Sequential"
    assert isinstance(net, nn.Sequential) and len(net) == 2, "build should return an nn.Sequential of 2 layers"
    save_model("q18_public.pt", spec, net)
    loaded = load_model("q18_public.pt")
    assert loaded is not None, "load_model(path) returned None: expected a network"
    x = torch.tensor([[1.0, 2.0], [-3.0, 1.0]])
    want, got = net(x).detach(), loaded(x).detach()
    assert torch.equal(want, got), f"the loaded network should give {want.tolist()}, got {got.tolist()}"
    assert isinstance(file_facts, dict), "file_facts should be a dictionary"
    for key in ("lambda_is_saved", "module_is_loaded", "branch_is_traced", "fits_another_activation"):
        assert isinstance(file_facts.get(key), bool), f"file_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Some network does not come back as it was saved, or its file is no plain data. Buffers,
  dtypes and every number count, as they were when saved.
"""  # END TEST CONFIG


def test_round_trip(build, save_model, load_model):
    def probe(build, save_model, load_model, spec, dtype, x):
        import pathlib
        import tempfile

        import torch

        net = build(spec)
        kinds = [type(layer).__name__ for layer in net]
        net = net.to(dtype)
        for _ in range(3):
            net(torch.randn(6, x.shape[1], dtype=dtype) + 2)
        net.eval()
        want = net(x).detach()
        state = {name: value.clone() for name, value in net.state_dict().items()}
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / "model.pt")
            save_model(path, spec, net)
            with torch.no_grad():
                for tensor in net.state_dict().values():
                    tensor.zero_()
            torch.load(path, weights_only=True)
            loaded = load_model(path)
        training = loaded.training
        found = loaded.state_dict()
        same = found.keys() == state.keys() and all(torch.equal(found[n], state[n]) for n in state)
        dtypes = [v.dtype for v in found.values()] == [v.dtype for v in state.values()]
        trainable = all(p.requires_grad and p.is_leaf for p in loaded.parameters())
        return kinds, want, loaded.eval()(x).detach(), training, same and dtypes, trainable

    import torch

    rng = torch.Generator().manual_seed(110)
    specs = [
        [["Linear", 5, 8], ["ReLU"], ["Linear", 8, 3]],
        [["Linear", 5, 4], ["BatchNorm1d", 4], ["Tanh"], ["Dropout", 0.3], ["Linear", 4, 2, False]],
        [["Flatten"], ["BatchNorm1d", 5, 1e-3, 0.4, False], ["Linear", 5, 1]],
        [["Tanh"]],
    ]
    for spec in specs:
        for dtype in (torch.float32, torch.float64):
            x = torch.randn(4, 5, generator=rng, dtype=dtype)
            answer = inside(probe)(build, save_model, load_model, spec, dtype, x)
            kinds, want, got, training, same, trainable = answer
            assert kinds == [entry[0] for entry in spec] and training and same and trainable
            assert torch.allclose(want, got, atol=1e-6) and got.dtype == dtype


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A layer that is not allowed is built, saved or loaded, or raises something else than a
  ValueError.
"""  # END TEST CONFIG


def test_refused_layers(build, save_model, load_model):
    def probe(build, save_model, load_model, spec):
        import pathlib
        import tempfile

        import torch
        from torch import nn

        def outcome(action, *arguments):
            try:
                action(*arguments)
            except Exception as problem:
                return type(problem).__name__
            return "nothing"

        def forged(value):
            if isinstance(value, dict):
                return {forged(key): forged(entry) for key, entry in value.items()}
            if isinstance(value, (list, tuple)):
                return type(value)(forged(entry) for entry in value)
            return value.replace("Tanh", spec[-1][0]) if isinstance(value, str) else value

        made = []
        original = nn.Linear.__init__
        nn.Linear.__init__ = lambda self, *args, **kwargs: (made.append(1), original(self, *args, **kwargs))[0]
        try:
            answers = [outcome(build, spec)]
        finally:
            nn.Linear.__init__ = original
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "model.pt"
            answers.append(outcome(save_model, str(path), spec, nn.Sequential(nn.Linear(2, 2), nn.Tanh())))
            written = path.exists()
            good = [["Linear", 2, 2], ["Tanh"]]
            save_model(str(path), good, build(good))
            torch.save(forged(torch.load(path, weights_only=True)), path)
            answers.append(outcome(load_model, str(path)))
        return answers, written, len(made)

    for name in ("Sigmoid", "Softplus", "print(1)", "Module", "linear", "init"):
        spec = [["Linear", 2, 2], [name]]
        assert inside(probe)(build, save_model, load_model, spec) == (["ValueError"] * 3, False, 0)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: At least one of the four statements is wrong. Each is decided by two lines.
"""  # END TEST CONFIG


def test_file_facts(file_facts):
    import io

    import torch
    from torch import fx, nn

    def works(action):
        try:
            action()
        except Exception:
            return False
        return True

    class Doubling(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = lambda x: 2 * x

    class Branching(nn.Module):
        def forward(self, x):
            if x.sum() > 0:
                return x
            return -x

    file = io.BytesIO()
    torch.save(nn.Linear(2, 2), file)
    file.seek(0)
    state = nn.Sequential(nn.Linear(2, 2), nn.Tanh()).state_dict()
    other = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    assert file_facts["lambda_is_saved"] is works(lambda: torch.save(Doubling(), io.BytesIO()))
    assert file_facts["module_is_loaded"] is works(lambda: torch.load(file))
    assert file_facts["branch_is_traced"] is works(lambda: fx.symbolic_trace(Branching()))
    assert file_facts["fits_another_activation"] is works(lambda: other.load_state_dict(state))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Devices
#
# A tensor lives on a **device**: `"cpu"`, or `"cuda"` for a GPU (`"cuda:0"` and `"cuda:1"` if there are two).
# `x.to(device)` copies it there, and only tensors on one device can be combined. A GPU works **asynchronously**:
# `a @ b` on it only puts the product in a queue and returns at once. Python waits for the result when it asks for
# the numbers, for example with `.item()` or `.cpu()`, or with `torch.cuda.synchronize()`.
#
# You need no GPU for the last four questions. The tests watch your functions on a GPU that is only simulated:
# tensors stay on the CPU, and a made-up clock says how long things take.

# %% [raw] sources="d2l-5.6-1"
# # BEGIN QUESTION
# name: q19_benchmark
# points: 6

# %% [markdown]
# ## 19. How fast is a product?
#
# - `bench_matmul(n, device, repeats, dtype=torch.float32)` measures how long the product of two $n \times n$
#   matrices takes, in seconds, as a float. Make two matrices of standard normal numbers once, on the device and
#   of this dtype. Take one product to warm up, which does not count, and then `repeats` more. Time each of
#   these by itself, and return the median (for an even number the mean of the two in the middle). Read the clock
#   with `time.perf_counter()`. If the device is a CUDA device (`torch.device(device).type == "cuda"`), call
#   `torch.cuda.synchronize(device)` wherever the clock would otherwise be read too early or work from before would
#   be counted; on the CPU do not call it.
# - `gflops(n, seconds)`: the speed in GFLOP/s, that is, in $10^9$ operations per second. A product of
#   $n \times n$ matrices has $n^3$ multiplications, and we count as many additions. For $n = 100$ in
#   $0.001$ s it is $2$.
# - `fastest(n, devices)` says which device is the best for one such product. `devices` maps a name to a pair
#   `(overhead_s, flop_per_s)`, and a product takes the overhead plus the number of operations divided by the
#   speed. With `{"a": (1.0, 100.0), "b": (0.0, 1.0)}` the best for $n = 2$ is `"a"`, which takes $1.16$ s.
#
# The cell below the question measures your machine.


# %% [raw]
# # BEGIN SOLUTION
# %%
def bench_matmul(n, device, repeats, dtype=torch.float32):
    """Median time of one product of two n x n matrices on a device, in seconds."""
    # BEGIN SOLUTION
    a, b = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
    walls_s = []
    for _ in range(repeats + 1):
        start_s = time.perf_counter()
        a @ b
        if torch.device(device).type == "cuda":
            torch.cuda.synchronize(device)
        walls_s.append(time.perf_counter() - start_s)
    return float(np.median(walls_s[1:]))  # the first one warms up, and has waited for the matrices
    # END SOLUTION


def gflops(n, seconds):
    """Speed of an n x n product that took so many seconds, in GFLOP/s."""
    # BEGIN SOLUTION
    return 2 * n**3 / seconds / 1e9
    # END SOLUTION


def fastest(n, devices):
    """Name of the device that needs least time for one n x n product."""
    # BEGIN SOLUTION
    return min(devices, key=lambda name: devices[name][0] + 2 * n**3 / devices[name][1])
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A product of 100 x 100 matrices in 0.001 s runs at 2 GFLOP/s; bench_matmul returns a
  positive float.
"""  # END TEST CONFIG


def test_small_product(bench_matmul, gflops, fastest):
    got = gflops(100, 0.001)
    assert got is not None, "gflops(100, 0.001) returned None: expected a float"
    assert abs(got - 2) < 1e-9, f"gflops(100, 0.001): expected 2, got {got}"
    got = fastest(2, {"a": (1.0, 100.0), "b": (0.0, 1.0)})
    assert got is not None, "fastest(...) returned None: expected the name of a device"
    assert got == "a", f"fastest(2, ...): expected 'a', got {got!r}"
    wall_s = bench_matmul(8, "cpu", 3)
    assert wall_s is not None, "bench_matmul(8, 'cpu', 3) returned None: expected a float"
    assert isinstance(wall_s, float), "bench_matmul should return a float"
    assert wall_s > 0, f"bench_matmul: a time should be positive, got {wall_s}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The time is not that of one product on the device. What is in it besides the product, or
  what is missing when the device works by itself?
"""  # END TEST CONFIG


def test_simulated_devices(bench_matmul):
    def probe(bench_matmul, n, device, durations_s, repeats, dtype):
        import time

        import torch
        from torch.overrides import TorchFunctionMode

        clock = {"now": 50.0, "queued": 0.0}
        products, placed, waits = [], [], []
        made = {"randn", "rand", "normal", "empty", "zeros", "ones", "full", "to", "cuda", "randn_like", "tensor"}

        def is_cuda(value):
            if isinstance(value, torch.device):
                return value.type == "cuda"
            return isinstance(value, str) and value.startswith("cuda")

        def take(wall_s, on_gpu):
            clock["now"] += 0.001  # the call itself
            clock["queued" if on_gpu else "now"] += wall_s

        def index_of(device):
            return int(str(device).partition(":")[2] or 0)

        def synchronize(device=None):
            waits.append(1)
            if index_of(device) == index_of(placed[0] if placed else None):
                clock["now"] += clock["queued"]
                clock["queued"] = 0.0

        class Simulated(TorchFunctionMode):
            def __torch_function__(self, func, types, args=(), kwargs=None):
                kwargs, name = dict(kwargs or {}), getattr(func, "__name__", "")
                if name == "device":
                    return func(*args, **kwargs)
                named = [value for value in (*args, *kwargs.values()) if is_cuda(value)]
                placed.extend(map(str, named))
                args = ["cpu" if is_cuda(value) else value for value in args]
                kwargs = {key: "cpu" if is_cuda(value) else value for key, value in kwargs.items()}
                if name in ("matmul", "mm", "einsum", "bmm", "linear"):
                    tensors = [value for value in args if isinstance(value, torch.Tensor)]
                    take(durations_s[len(products)] if len(products) < len(durations_s) else 1e6, bool(placed))
                    products.append([(tuple(t.shape), t.dtype, float(t.double().std())) for t in tensors])
                elif name in made:
                    take(1000.0, bool(placed))
                return args[0] if name == "cuda" else func(*args, **kwargs)

        saved = time.perf_counter, torch.cuda.synchronize, torch.cuda.is_available
        time.perf_counter, torch.cuda.synchronize = lambda: clock["now"], synchronize
        torch.cuda.is_available = lambda: True
        try:
            with Simulated():
                wall_s = bench_matmul(n, device, repeats, dtype)
        finally:
            time.perf_counter, torch.cuda.synchronize, torch.cuda.is_available = saved
        return wall_s, products, sorted(set(placed)), len(waits)

    import torch

    for device in ("cpu", "cuda", "cuda:1"):
        for durations_s, repeats, median_s in (
            ([100.0, 3.0, 1.0, 7.0, 2.0, 2.5], 5, 2.5),
            ([9.0, 4.0], 1, 4.0),
            ([0.0, 8.0, 1.0, 2.0, 6.0], 4, 4.0),
        ):
            for dtype in (torch.float32, torch.float64):
                answer = inside(probe)(bench_matmul, 40, device, durations_s, repeats, dtype)
                wall_s, products, placed, waits = answer
                # the calls themselves take 0.001 each
                assert type(wall_s) is float and abs(wall_s - median_s) < 0.02
                assert len(products) == repeats + 1
                for operands in products:
                    # 1600 draws: the standard deviation is known to 2 %
                    assert [entry[:2] for entry in operands] == [((40, 40), dtype)] * 2
                    assert all(abs(entry[2] - 1) < 0.15 for entry in operands)
                assert placed == ([] if device == "cpu" else [device]) and (waits > 0) is (device != "cpu")


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The number of operations or the best device is not right for some size. Does an overhead
  matter more for small or for large products?
"""  # END TEST CONFIG


def test_speed_and_choice(gflops, fastest):
    from fractions import Fraction

    for n in (1, 3, 8, 512, 4096):
        for wall_s in (2.0, 1e-6, 0.137):
            # count: n^2 entries, each a sum of n products
            operations = sum(1 for _ in range(n)) * n * (n + n)
            assert abs(gflops(n, wall_s) / (operations / wall_s / 1e9) - 1) < 1e-9
    devices = {
        "slow": (Fraction(1, 10**6), 10**11),
        "quick": (Fraction(1, 10**5), 10**13),
        "far": (Fraction(1), 10**15),
    }
    for n in (1, 8, 64, 70, 76, 77, 80, 100, 512, 4096, 12000, 20000, 100000):
        times = {name: overhead + Fraction(2 * n * n * n, speed) for name, (overhead, speed) in devices.items()}
        assert fastest(n, devices) == sorted(times, key=times.get)[0]
    assert fastest(5, {"only": (3.0, 1.0)}) == "only"
    # alike for one operation per entry of the result, apart for the right number
    assert fastest(10, {"a": (0.0, 1000.0), "b": (1.5, 1e9)}) == "b"
    assert fastest(10, {"a": (0.0, 1000.0), "b": (2.5, 1e9)}) == "a"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: On a GPU a product of 4096 x 4096 matrices should come out several times faster than on the
  CPU, a tiny product should not.
"""  # END TEST CONFIG


def test_gpu_large_and_tiny(bench_matmul):
    def probe(bench_matmul):
        import torch

        if not torch.cuda.is_available():
            return None
        large = bench_matmul(4096, "cpu", 1), bench_matmul(4096, "cuda", 5)
        return large, (bench_matmul(8, "cpu", 51), bench_matmul(8, "cuda", 51))

    walls_s = inside(probe)(bench_matmul)
    if walls_s is None:
        return  # plain otter runs this case on machines without a GPU, too
    (large_cpu_s, large_gpu_s), (tiny_cpu_s, tiny_gpu_s) = walls_s
    assert large_cpu_s > 5 * large_gpu_s > 0 and tiny_cpu_s < 5 * tiny_gpu_s


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_speed():
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    figure, axis = plt.subplots(figsize=(6, 3))
    for device in devices:
        sizes = (8, 32, 128, 512) if device == "cpu" else (8, 32, 128, 512, 4096)
        axis.loglog(sizes, [gflops(n, bench_matmul(n, device, 5)) for n in sizes], "o-", label=device)
    axis.set(xlabel="$n$", ylabel="GFLOP/s", title="speed of one $n \\times n$ product")
    axis.legend()


show(draw_speed)

# %% [raw] sources="d2l-5.6-2"
# # BEGIN QUESTION
# name: q20_portable
# points: 6

# %% [markdown]
# ## 20. Files that load on any machine
#
# A file that `torch.save` writes remembers on which device each tensor was. A file from a GPU then fails on a
# machine without one, unless `torch.load` is told where to put the tensors (`map_location`). Write
#
# - `save_portable(net, path)`: saves all parameters and buffers in `net.state_dict()`, with their names, so that
#   the file holds CPU tensors only. The network itself is not moved: moving a large model to the CPU and back
#   would take time, and an optimiser would have to follow. The file must be readable by `torch.load(path)` as it
#   is.
# - `load_to(net, path, device)`: loads such a file into a network of the same form and returns this network,
#   with all its tensors on `device`. The network may have been anywhere before. The file may also have been
#   written on another machine, with tensors on a device that this one does not have.


# %% [raw]
# # BEGIN SOLUTION
# %%
def save_portable(net, path):
    """Save the numbers of a network as CPU tensors, and leave the network where it is."""
    # BEGIN SOLUTION
    torch.save({name: value.cpu() for name, value in net.state_dict().items()}, path)
    # END SOLUTION


def load_to(net, path, device):
    """Put the numbers of a file into a network, and the network on a device; returns the network."""
    # BEGIN SOLUTION
    net.to(device)
    net.load_state_dict(torch.load(path, map_location=device))
    return net
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The weights of a Linear(2, 1) come back, and the network that was given is returned on the
  device asked for.
"""  # END TEST CONFIG


def test_one_layer_comes_back(save_portable, load_to):
    import torch
    from torch import nn

    net = nn.Linear(2, 1)
    save_portable(net, "q20_public.pt")
    loaded = load_to(nn.Linear(2, 1), "q20_public.pt", "cpu")
    assert loaded is not None, "load_to(net, path, 'cpu') returned None: expected the network"
    got, want = loaded.weight.detach(), net.weight.detach()
    assert torch.equal(got, want), f"the loaded weight should be {want.tolist()}, got {got.tolist()}"
    assert str(got.device) == "cpu", f"the loaded weight should be on the CPU, got {got.device}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The file does not hold CPU tensors only, or something is missing in it, or the network was
  moved for it.
"""  # END TEST CONFIG


def test_network_stays(save_portable):
    def probe(save_portable):
        import pathlib
        import tempfile

        import torch
        from torch import nn

        class Far(torch.Tensor):
            """A tensor on a device that does not exist; to(...) and cpu() bring a copy to the CPU."""

            @classmethod
            def __torch_function__(cls, func, types, args=(), kwargs=None):
                if func in (torch.Tensor.cpu, torch.Tensor.to):
                    with torch._C.DisableTorchFunctionSubclass():
                        return args[0].detach().as_subclass(torch.Tensor).clone()
                return super().__torch_function__(func, types, args, kwargs or {})

        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2, bias=False))
        net(torch.randn(5, 3))
        numbers = {name: value.clone() for name, value in net.state_dict().items()}
        for module in net.modules():
            for name, p in module._parameters.items():
                module._parameters[name] = None if p is None else nn.Parameter(p.detach().as_subclass(Far))
            for name, b in module._buffers.items():
                module._buffers[name] = b.as_subclass(Far)
        before = [id(t) for t in (*net.parameters(), *net.buffers())]
        moved = []
        original = nn.Module._apply

        def watched(module, *args, **kwargs):
            moved.append(module is net)
            return original(module, *args, **kwargs)

        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / "net.pt")
            nn.Module._apply = watched
            try:
                save_portable(net, path)
            finally:
                nn.Module._apply = original
            found = torch.load(path, weights_only=True)
        tensors = []

        def collect(value):
            if isinstance(value, torch.Tensor):
                tensors.append(value)
            elif isinstance(value, (dict, list, tuple)):
                for entry in value.values() if isinstance(value, dict) else value:
                    collect(entry)

        collect(found)
        plain = all(type(t) is torch.Tensor and t.device.type == "cpu" for t in tensors)
        complete = all(any(t.shape == v.shape and torch.equal(t, v) for t in tensors) for v in numbers.values())
        after = [id(t) for t in (*net.parameters(), *net.buffers())]
        far = all(isinstance(t, Far) for t in (*net.parameters(), *net.buffers()))
        return plain and complete, before == after and far and not any(moved), len(tensors)

    assert inside(probe)(save_portable) == (True, True, 8)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Some numbers do not arrive, the network returned is another one or elsewhere, or a file
  from a machine with a GPU cannot be read.
"""  # END TEST CONFIG


def test_loaded_elsewhere(save_portable, load_to):
    def probe(save_portable, load_to, written_on, device):
        import pathlib
        import tempfile
        import warnings

        import torch
        from torch import nn

        def make(seed):
            torch.manual_seed(seed)
            net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2, bias=False))
            net(torch.randn(5, 3))
            return net

        net, other = make(0), make(1)
        tag = torch.serialization.location_tag
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / "net.pt")
            torch.serialization.location_tag = lambda storage: written_on
            try:
                save_portable(net, path)
            finally:
                torch.serialization.location_tag = tag
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                loaded = load_to(other, path, device)
        tensors = loaded.state_dict()
        devices = sorted({str(t.device) for t in tensors.values()})
        same = device == "cpu" and all(torch.equal(t, tensors[name]) for name, t in net.state_dict().items())
        return devices, same, loaded is other, all(p.requires_grad for p in loaded.parameters())

    for written_on in ("cpu", "cuda:0", "cuda:7"):
        devices, same, itself, trainable = inside(probe)(save_portable, load_to, written_on, "cpu")
        assert devices == ["cpu"] and same and itself and trainable
    # tensors on the device "meta" have shapes and no numbers: another device that every machine has
    devices, _, itself, _ = inside(probe)(save_portable, load_to, "cpu", "meta")
    assert devices == ["meta"] and itself


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With a network on a GPU, the file should load on both devices, and the network should stay
  on the GPU.
"""  # END TEST CONFIG


def test_gpu_round_trip(save_portable, load_to):
    def probe(save_portable, load_to):
        import pathlib
        import tempfile

        import torch
        from torch import nn

        if not torch.cuda.is_available():
            return None

        def devices_in(value):
            if isinstance(value, torch.Tensor):
                return {value.device.type}
            entries = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
            return set().union(*map(devices_in, entries))

        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).cuda()
        objects = [id(p) for p in net.parameters()]
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / "net.pt")
            save_portable(net, path)
            in_file = devices_in(torch.load(path))
            near = load_to(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).cuda(), path, "cpu")
            far = load_to(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), path, "cuda")
        stayed = objects == [id(p) for p in net.parameters()] and all(p.is_cuda for p in net.parameters())
        same = all(torch.equal(p, q) for p, q in zip(net.parameters(), far.parameters()))
        devices = {p.device.type for p in near.parameters()}, {p.device.type for p in far.parameters()}
        return in_file, stayed, same, devices

    answer = inside(probe)(save_portable, load_to)
    if answer is None:
        return  # plain otter runs this case on machines without a GPU, too
    assert answer == ({"cpu"}, True, True, ({"cpu"}, {"cuda"}))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-5.6-3"
# # BEGIN QUESTION
# name: q21_logging
# points: 5

# %% [markdown]
# ## 21. A thousand numbers from the device
#
# For each of $N$ matrices $M$ the number $\operatorname{tr}(M M^\top)$ is to be logged. Two ways: bring each
# number to the CPU as soon as it is computed, or collect the numbers on the device and bring them over once at
# the end. Each transfer makes the CPU wait for the device; where the device is the CPU itself, there is nothing
# to gain. `mats` has shape `(N, rows, cols)` and may be on any device.
#
# - `log_each(mats)`: a list of $N$ Python floats, computed one after the other, each transferred by itself.
# - `log_once(mats)`: a tensor of shape `(N,)` on the CPU, of the dtype of `mats`, with exactly one transfer: of
#   the $N$ results, not of the matrices. Calls that count as transfers are `cpu`, `to`, `numpy`, `item`,
#   `tolist`, and `float(...)`, also if the tensor is on the CPU already.
# - `trace_moments(rows, cols)`: mean and standard deviation of $\operatorname{tr}(M M^\top)$, as two floats, if
#   the entries of $M$ are independent and standard normal. The square of a standard normal number has mean 1 and
#   variance 2.
#
# For $M$ with the rows $(1, 2)$ and $(3, 4)$ the trace is $30$. You need no matrix product.


# %% [raw]
# # BEGIN SOLUTION
# %%
def log_each(mats):
    """tr(M M^T) of each matrix, a list of floats, one transfer each."""
    # BEGIN SOLUTION
    return [M.square().sum().item() for M in mats]
    # END SOLUTION


def log_once(mats):
    """tr(M M^T) of each matrix, a tensor (N,) on the CPU, one transfer in all."""
    # BEGIN SOLUTION
    return mats.square().sum(dim=(1, 2)).cpu()
    # END SOLUTION


def trace_moments(rows, cols):
    """Mean and standard deviation of tr(M M^T) for standard normal entries."""
    # BEGIN SOLUTION
    return float(rows * cols), math.sqrt(2 * rows * cols)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The matrix with rows (1, 2) and (3, 4) gives 30; log_each returns a list of floats,
  log_once a tensor.
"""  # END TEST CONFIG


def test_one_matrix(log_each, log_once, trace_moments):
    import torch

    mats = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    got = log_each(mats)
    assert got is not None, "log_each(mats) returned None: expected a list of floats"
    assert isinstance(got, list) and len(got) == 1, f"log_each: expected a list of one float, got {got}"
    assert isinstance(got[0], float) and abs(got[0] - 30) < 1e-4, f"log_each: expected [30.0], got {got}"
    got = log_once(mats)
    assert got is not None, "log_once(mats) returned None: expected a tensor"
    assert isinstance(got, torch.Tensor), "log_once should return a tensor"
    assert tuple(got.shape) == (1,), f"log_once of one matrix: expected shape (1,), got {tuple(got.shape)}"
    assert abs(got.item() - 30) < 1e-4, f"log_once: expected [30.0], got {got.tolist()}"
    got = trace_moments(1, 1)
    assert got is not None, "trace_moments(1, 1) returned None: expected two floats"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "trace_moments should return (mean, standard deviation)"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some matrices a number is wrong or missing. All N entries count, matrices need not be
  square, and the trace of M times itself is something else.
"""  # END TEST CONFIG


def test_traces(log_each, log_once):
    import torch

    rng = torch.Generator().manual_seed(111)
    for shape in ((1000, 10, 10), (1, 3, 3), (4, 2, 5), (7, 6, 1), (3, 1, 1)):
        for dtype in (torch.float32, torch.float64):
            mats = torch.randn(shape, generator=rng, dtype=dtype)
            expected = torch.stack([torch.trace(M @ M.T) for M in mats.double()])
            each, once = log_each(mats), log_once(mats)
            assert len(each) == shape[0] and all(type(value) is float for value in each)
            # sums of at most 100 squares, all positive: relative rounding of float32
            assert torch.allclose(torch.tensor(each, dtype=torch.float64), expected, rtol=1e-5)
            assert once.shape == (shape[0],) and once.dtype == dtype
            assert torch.allclose(once.double(), expected, rtol=1e-5)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The numbers are not transferred as asked. Count the transfers, and look at what each of
  them carries.
"""  # END TEST CONFIG


def test_transfers(log_each, log_once):
    def probe(log_each, log_once, mats):
        import torch
        from torch.overrides import TorchFunctionMode

        transfers = []

        class Watch(TorchFunctionMode):
            def __torch_function__(self, func, types, args=(), kwargs=None):
                named = ("cpu", "to", "numpy", "item", "tolist", "__float__", "__array__", "__int__", "__bool__")
                if getattr(func, "__name__", "") in named:
                    transfers.append(args[0].numel())
                return func(*args, **(kwargs or {}))

        counts = []
        for log in (log_each, log_once):
            transfers.clear()
            with Watch():
                log(mats)
            counts.append(list(transfers))
        return counts

    import torch

    for n in (1, 2, 30):
        each, once = inside(probe)(log_each, log_once, torch.ones(n, 3, 4))
        assert len(each) == n and set(each) == {1} and once == [n]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The mean or the standard deviation is not that of the trace. How many squares are added up,
  and do their variances or their standard deviations add up?
"""  # END TEST CONFIG


def test_moments(trace_moments):
    import torch

    rng = torch.Generator().manual_seed(112)
    for rows, cols in ((1, 1), (2, 5), (7, 3), (20, 20)):
        mean, std = trace_moments(rows, cols)
        assert type(mean) is float and type(std) is float
        draws = torch.randn(40000, rows * cols, generator=rng).square().sum(dim=1)
        # 40000 draws: the mean is known to std / 200, the standard deviation to 1.4 % at worst
        assert abs(draws.mean().item() - mean) < 0.03 * std
        assert abs(draws.std().item() / std - 1) < 0.06


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: On a GPU one transfer at the end should take less time than a thousand transfers.
"""  # END TEST CONFIG


def test_gpu_one_transfer(log_each, log_once):
    def probe(log_each, log_once):
        import time

        import torch

        if not torch.cuda.is_available():
            return None
        mats = torch.randn(1000, 100, 100, device="cuda")
        walls_s = []
        for log in (log_each, log_once):
            log(mats)
            start_s = time.perf_counter()
            log(mats)
            walls_s.append(time.perf_counter() - start_s)
        return walls_s

    walls_s = inside(probe)(log_each, log_once)
    if walls_s is None:
        return  # plain otter runs this case on machines without a GPU, too
    assert walls_s[1] < walls_s[0]


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def tell_logging_times():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    mats = torch.randn(1000, 100, 100, device=device)
    for log in (log_each, log_once):
        log(mats)
        start_s = time.perf_counter()
        log(mats)
        print(f"{log.__name__} on {device}: {1000 * (time.perf_counter() - start_s):.1f} ms")


show(tell_logging_times)

# %% [raw] sources="d2l-5.6-4"
# # BEGIN QUESTION
# name: q22_two_devices
# points: 6

# %% [markdown]
# ## 22. Two products at the same time
#
# Since a product on a GPU is only put in a queue, Python can start one on `cuda:0` and another on `cuda:1` and
# wait for both. Any call that waits between the two starts spoils it.
#
# - `matmul_on(pairs, devices)`: `pairs` is a list of pairs of matrices, `devices` a list of device names, such
#   as `["cuda:0", "cuda:1"]` or `["cpu", "cpu"]`. Pair $i$ belongs to device `devices[i % len(devices)]`. First
#   bring all matrices to their devices with `to`, then start all products, and at the end call
#   `torch.cuda.synchronize(device)` once for each different CUDA device among `devices`. Return the list of
#   products in the order of the pairs, each on its device.
# - `makespan(costs_s, assignment, waits=False)`: the time until all jobs are done, a float, in a simple model.
#   Job $i$ takes `costs_s[i]` seconds on the device `assignment[i]`. Each device does its jobs one after the
#   other, and different devices work at the same time. With `waits=True` Python waits for each job before it
#   starts the next. There is at least one job. For the costs 3, 1, 1 on the devices `"a"`, `"b"`, `"b"` it is
#   3, and with waiting 5.
# - Somebody measured $9.02$ ms for **two** products of $4096 \times 4096$ matrices, on a CPU that makes about
#   $0.1$ TFLOP/s. Set `claimed_tflops` to the speed that this would be, in TFLOP/s ($10^{12}$ operations per
#   second, with $2 n^3$ operations for a product), to at least three digits. Then set `clock_read_too_early` to
#   `True` or `False`: does the number show that the clock was read before the products were done?


# %% [raw]
# # BEGIN SOLUTION
# %%
def matmul_on(pairs, devices):
    """Products of pairs of matrices, spread over devices, all started before anything is waited for."""
    # BEGIN SOLUTION
    placed = [(a.to(device), b.to(device)) for (a, b), device in zip(pairs, itertools.cycle(devices))]
    products = [a @ b for a, b in placed]
    for device in set(devices):
        if torch.device(device).type == "cuda":
            torch.cuda.synchronize(device)
    return products
    # END SOLUTION


def makespan(costs_s, assignment, waits=False):
    """Time until all jobs are done, in seconds."""
    # BEGIN SOLUTION
    if waits:
        return float(sum(costs_s))
    busy_s = dict.fromkeys(assignment, 0.0)
    for cost_s, device in zip(costs_s, assignment):
        busy_s[device] += cost_s
    return max(busy_s.values())
    # END SOLUTION


claimed_tflops = 30.47  # SOLUTION
clock_read_too_early = True  # SOLUTION

# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Jobs of 3, 1, 1 seconds on the devices a, b, b take 3 seconds, with waiting 5; two pairs on
  the CPU give two products.
"""  # END TEST CONFIG


def test_three_jobs(matmul_on, makespan, claimed_tflops, clock_read_too_early):
    import torch

    got = makespan([3.0, 1.0, 1.0], ["a", "b", "b"])
    assert got is not None, "makespan(...) returned None: expected a float"
    assert abs(got - 3) < 1e-9, f"makespan of 3, 1, 1 on a, b, b: expected 3, got {got}"
    got = makespan([3.0, 1.0, 1.0], ["a", "b", "b"], waits=True)
    assert abs(got - 5) < 1e-9, f"makespan with waits=True: expected 5, got {got}"
    pairs = [(torch.tensor([[2.0]]), torch.tensor([[3.0]])), (torch.tensor([[1.0]]), torch.tensor([[4.0]]))]
    got = matmul_on(pairs, ["cpu", "cpu"])
    assert got is not None, "matmul_on(...) returned None: expected a list of products"
    assert [product.tolist() for product in got] == [[[6.0]], [[4.0]]], "matmul_on: expected [[6.0]] and [[4.0]]"
    assert isinstance(claimed_tflops, (int, float)), "claimed_tflops should be a number"
    assert isinstance(clock_read_too_early, bool), "clock_read_too_early should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some product is wrong or in the wrong place. There may be more pairs than devices, or
  fewer.
"""  # END TEST CONFIG


def test_products(matmul_on):
    import torch

    rng = torch.Generator().manual_seed(113)
    for count, devices in ((1, ["cpu"]), (5, ["cpu", "cpu"]), (1, ["cpu"] * 3), (4, ["cpu"]), (0, ["cpu"])):
        pairs = [(torch.randn(i + 1, 3, generator=rng), torch.randn(3, 4, generator=rng)) for i in range(count)]
        got = matmul_on(pairs, devices)
        assert len(got) == count
        for product, (a, b) in zip(got, pairs):
            # float32 sums of 3 terms
            assert torch.allclose(product, (a[:, :, None] * b[None]).sum(dim=1), atol=1e-5)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The products do not run at the same time, are on wrong devices, or nobody waits for them at
  the end. In which order should things happen?
"""  # END TEST CONFIG


def test_order_of_events(matmul_on):
    def probe(matmul_on, count, devices):
        import torch
        from torch.overrides import TorchFunctionMode

        events, where = [], {}

        def name_of(value):
            if isinstance(value, torch.device):
                return str(value) if value.type == "cuda" else ""
            return value if isinstance(value, str) and value.startswith("cuda") else ""

        class Simulated(TorchFunctionMode):
            def __torch_function__(self, func, types, args=(), kwargs=None):
                kwargs, name = dict(kwargs or {}), getattr(func, "__name__", "")
                if name == "device":
                    return func(*args, **kwargs)
                named = [name_of(value) for value in (*args, *kwargs.values()) if name_of(value)]
                if name in ("to", "cuda"):
                    copied = args[0].clone()
                    where[copied.data_ptr()] = named[0] if named else "cpu"
                    events.append(("to", named[0] if named else "cpu"))
                    kept.append(copied)
                    return copied
                if name in ("matmul", "mm"):
                    events.append(("product", *(where.get(t.data_ptr(), "nowhere") for t in args[:2])))
                elif name in ("cpu", "item", "tolist", "numpy", "__float__", "__bool__"):
                    events.append(("wait", "all"))
                return func(*args, **kwargs)

        kept = []
        saved = torch.cuda.synchronize, torch.cuda.is_available, torch.cuda.device_count
        torch.cuda.synchronize = lambda device=None: events.append(("wait", str(device)))
        torch.cuda.is_available, torch.cuda.device_count = lambda: True, lambda: 8
        pairs = [(torch.ones(2, 2) * i, torch.ones(2, 2)) for i in range(count)]
        try:
            with Simulated():
                products = matmul_on(pairs, devices)
        finally:
            torch.cuda.synchronize, torch.cuda.is_available, torch.cuda.device_count = saved
        return events, [product.clone() for product in products]

    cases = [
        (2, ["cuda:0", "cuda:1"]),
        (5, ["cuda:0", "cuda:1"]),
        (3, ["cuda:1"]),
        (4, ["cuda:0", "cuda:0", "cuda:2"]),
        (3, ["cpu", "cuda:0"]),
        (2, ["cpu", "cpu"]),
    ]
    for count, devices in cases:
        events, products = inside(probe)(matmul_on, count, devices)
        homes = [devices[i % len(devices)] for i in range(count)]
        assert [event for event in events[: 2 * count] if event[0] != "to"] == []
        assert sorted(event[1] for event in events[: 2 * count]) == sorted(homes * 2)
        assert events[2 * count : 3 * count] == [("product", home, home) for home in homes]
        assert sorted(events[3 * count :]) == [("wait", home) for home in sorted({*devices} - {"cpu"})]
        assert [float(product[0, 0]) for product in products] == [2.0 * i for i in range(count)]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The time until all jobs are done is not right for some jobs. Devices work at the same time,
  jobs of one device do not.
"""  # END TEST CONFIG


def test_makespan(makespan):
    import random

    rng = random.Random(114)
    for _ in range(40):
        count = rng.choice([1, 2, 3, 8])
        costs_s = [rng.uniform(0.1, 5) for _ in range(count)]
        assignment = [rng.choice(["cuda:0", "cuda:1", "cpu"][: rng.choice([1, 2, 3])]) for _ in range(count)]
        # play it: each job begins when its device is free, or when the job before has ended
        for waits in (False, True):
            free_s, last_s = {}, 0.0
            for cost_s, device in zip(costs_s, assignment):
                begin_s = max(free_s.get(device, 0.0), last_s if waits else 0.0)
                last_s = free_s[device] = begin_s + cost_s
            got = makespan(costs_s, assignment, waits)
            assert type(got) is float and abs(got - max(free_s.values())) < 1e-9
    one, two = makespan([2.0, 2.0], [0, 0]), makespan([2.0, 2.0], [0, 1])
    assert one == 2 * two


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The claimed speed is not the number of operations over the time, or the conclusion does not
  follow. There are two products, each with multiplications and additions.
"""  # END TEST CONFIG


def test_claim(claimed_tflops, clock_read_too_early):
    from fractions import Fraction

    n = 4096
    speed = Fraction(2) * (n * n * n + n * n * n) / Fraction("0.00902") / 10**12
    assert abs(claimed_tflops / float(speed) - 1) < 0.005
    assert clock_read_too_early is bool(speed > 10 * Fraction("0.1"))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def tell_two_gpus():
    if torch.cuda.device_count() < 2:
        print("Two GPUs would be needed to measure this here.")
        return
    pairs = [[torch.randn(4096, 4096) for _ in range(2)] for _ in range(2)]
    for devices in (["cuda:0"], ["cuda:0", "cuda:1"]):
        placed = [[m.to(devices[i % len(devices)]) for m in pair] for i, pair in enumerate(pairs)]
        matmul_on(placed, devices)
        start_s = time.perf_counter()
        matmul_on(placed, devices)
        print(f"two products on {len(devices)} GPU: {1000 * (time.perf_counter() - start_s):.2f} ms")


show(tell_two_gpus)

# %% [markdown]
# ## What to take along
#
# A module owns what stands in its registers, and nothing else: that decides what is trained, moved, saved and
# frozen. One object at two places is one set of weights, copies begin alike, and only a factory gives
# independent blocks. Shapes are checked when data come, some are even made then. A file should hold plain data:
# numbers, names and a specification, and for a run the optimiser and the generator as well. And a device works
# ahead of Python until somebody asks for a number, so ask late and seldom, and wait before you read the clock.
