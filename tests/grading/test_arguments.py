"""What a test passes to a student's function arrives as it would in one process."""

import pytest
from harness import Grade, scores

HEAD = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = 1

@test_case(points=None, hidden=True)
def test_it({parameters}):
    import numpy as np
    import torch
{body}
"""


def test_file(parameters: str, *body: str) -> dict[str, str]:
    """A hidden test of one case."""
    return {"q1": HEAD.format(parameters=parameters, body="\n".join(f"    {line}" for line in body))}


test_file.__test__ = False


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ("f = lambda x: x.strides", "assert f(np.arange(12.0).reshape(3, 4)[::-1, ::2]) == (-32, 16)"),
        ("f = lambda x: x.stride()", "assert f(torch.eye(3)[:, :2]) == (3, 1)"),
        ("f = lambda x: (x.is_leaf, x.requires_grad)", "assert f(torch.ones(2, requires_grad=True)) == (True, True)"),
        ("f = lambda g, x: g(g(x))", "assert f(lambda v: v + 2, 1) == 5"),
        ("import torch\nf = lambda m: isinstance(m, torch.nn.Linear)", "assert f(torch.nn.Linear(2, 1))"),
        ("f = lambda p: [p.grad.tolist(), type(p).__name__]", "p = torch.nn.Parameter(torch.ones(2)); p.grad = torch.ones(2); assert f(p) == [[1, 1], 'Parameter']"),
        ("f = lambda ps: [p.grad.tolist() for p in ps]", "p = torch.eye(2)[:, 0].requires_grad_(); p.grad = torch.ones(2); assert f([p]) == [[1, 1]]"),
        ("f = lambda x: str(x.dtype)", "assert f(np.float16(1)) == 'float16'"),
        ("f = lambda *a, **k: [a, k]", "assert f(1, (2,), key={3}) == [(1, (2,)), {'key': {3}}]"),
    ],
)  # fmt: skip
def test_arguments_keep_what_pickling_would_lose(grade: Grade, answer: str, body: str):
    """Strides, leaves, gradients, callables, modules, exact types."""
    assert scores(grade(answer, tests=test_file("f", body))) == {"q1": 1}


def test_objects_of_the_student_go_back_as_themselves(grade: Grade):
    """A handle passed to another function of the student's is the object it stands for."""
    answer = "class Net:\n    pass\nnet = Net()\ndef same(a): return a is net\ndef pair(a, g): return [a is net, g(1)]"
    tests = test_file("net, same, pair", "assert same(net)", "assert pair(net, lambda v: v + 1) == [True, 2]")
    assert scores(grade(answer, tests=tests)) == {"q1": 1}


def test_inside_runs_beside_the_objects_and_gives_data(grade: Grade):
    """The graph, identity and in-place effects can be looked at where they are."""
    answer = "import torch\nnet = torch.nn.Linear(2, 1)\ndef bump(values): values.append(1)"
    tests = test_file(
        "net, bump",
        "def probe(net, bump, x):",
        "    import torch",
        "    values = []",
        "    bump(values)",
        "    net(torch.ones(1, 2) * x).sum().backward()",
        "    return values, net.weight.grad",
        "values, grad = inside(probe)(net, bump, 3)",
        "assert values == [1] and torch.equal(grad, torch.full((1, 2), 3.0))",
        "assert torch.equal(net.weight.grad, grad)",
    )
    assert scores(grade(answer, tests=tests)) == {"q1": 1}


def test_reference_never_travels(grade: Grade):
    """What a test computes for itself stays on its side; only arguments cross."""
    answer = "seen = []\ndef f(x):\n    seen.append(x)\n    return x"
    tests = test_file("f, seen", "expected = 987654", "assert f(1) == 1", "assert expected not in list(seen)")
    assert scores(grade(answer, tests=tests)) == {"q1": 1}
