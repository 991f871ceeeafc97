"""Mutants: each operator makes its mistake and no other, and every mutant is named by what it changes."""

import ast
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.authoring.notebooks import answer_cells
from autograder.proof.mutants import diff, make_mutants, spread
from autograder.proof.operators import OPERATORS
from autograder.proof.operators.equivalence import canonical

LOOP = "def f(xs):\n    for x in xs:\n        y = g(x)\n"
CASES = [  # operator, before, after, and a trap: where it must not fire
    ("wrong-sign", "y = a + b * c", "y = a - b * c", "y = 'a' + b"),
    ("wrong-sign", "y -= b", "y += b", "y = [*a] + [b]"),
    ("wrong-arithmetic", "y = a / b", "y = a * b", "y = c + a * b"),
    ("wrong-arithmetic", "y = a / x**2", "y = a / (x*2)", "y = ['x'] * n"),
    ("wrong-arithmetic", "y /= n", "y *= n", "y += n"),
    ("swapped-operands", "y = a * b - c", "y = c - a * b", "y = abs(a - b) + (c - d) ** 2"),
    ("swapped-operands", "y = c / (a + b)", "y = (a + b) / c", "y = x / 2"),
    ("swapped-operands", "y = A @ (B + C)", "y = (B + C) @ A", "y = p @ t[:, 1]"),
    ("dropped-term", "y = a + b + c", "y = a + b", "y = 1 + 2"),
    ("dropped-term", "y = (\n    a\n    + b\n    + c\n)", "y = (\n    a\n    + b\n)", "y = a * b"),
    ("dropped-term", "y = x * (1 - p)", "y = x * p", "y = a * b"),
    ("dropped-factor", "y = 0.5 * (a + b)", "y = (a + b)", "y = 1 / 2"),
    ("dropped-factor", "y = s / n", "y = s", "y = [s] * n"),
    ("dropped-power", "y = (a - b) ** 2", "y = (a - b)", "y = 2 ** n"),
    ("dropped-minus", "y = -a / b", "y = a / b", "y = a[-1]"),
    ("overwritten", "y += g", "y = g", "y *= g"),
    ("wrong-boundary", "y = a < b <= c", "y = a <= b <= c", "y = a == b"),
    ("wrong-comparison", "y = x > 0", "y = x < 0", "if a == b:\n    c = 1"),
    ("wrong-comparison", "y = a in b", "y = a not in b", "y = lo < x < hi"),
    ("and-for-or", "y = a and b and c", "y = (a or b) and c", "y = not a"),
    ("and-for-or", "y = a & (b > 0)", "y = a | (b > 0)", "y = a + b"),
    ("dropped-condition", "y = a and b", "y = b", "y = a * b"),
    ("dropped-filter", "y = [a for a in b if a]", "y = [a for a in b]", "y = [a for a in b]"),
    ("dropped-not", "y = ~mask", "y = mask", "y = -mask"),
    ("negated-condition", "while x:\n    x = g(x)", "while not x:\n    x = g(x)", "while True:\n    g()"),
    ("fixed-condition", "if a:\n    b = 1", "if False:\n    b = 1", "y = a > b"),
    ("fixed-condition", "y = a if c else b", "y = a if True else b", "if isinstance(a, int):\n    b = 1"),
    ("off-by-one", "y = a[0]", "y = a[1]", "y = a[b]"),
    ("off-by-one", "y = a[t]", "y = a[t - 1]", "y = a[order]"),
    ("wrong-slice", "y = a[1:]", "y = a[:]", "y = a[:, None]"),
    ("wrong-slice", "y = a[:n]", "y = a[:n - 1]", "y = a[:]"),
    ("wrong-slice", "y = a[::-1]", "y = a[:]", "y = a[:]"),
    ("wrong-range", "for k in range(n):\n    g(k)", "for k in range(1, n):\n    g(k)", "y = a[np.arange(n), b]"),
    ("wrong-range", "y = range(n)", "y = range(n - 1)", "for _ in range(500):\n    g()"),
    ("wrong-range", "y = range(1, n)", "y = range(0, n)", "for k in range(n):\n    optimizer.step()"),
    ("wrong-constant", "total = 18", "total = 17", "y = 2 * x"),
    ("wrong-constant", "y = a.get(b, 0)", "y = a.get(b, 1)", "y = x > 0"),
    ("wrong-constant", "y = 0.25 * x", "y = 0.5 * x", "y = x / (s + 1e-8)"),
    ("flipped-boolean", "facts['a'] = True", "facts['a'] = False", "y = x.sum(0, keepdim=True)"),
    ("wrong-text", "y = 'a'", "y = 'b'", "y = f(mode='same')"),
    ("wrong-text", "a, b = 'yes', 'no'", "a, b = 'no', 'no'", "y = {'key': x}"),
    ("wrong-reduction", "y = x.sum(dim=1)", "y = x.mean(dim=1)", "y = sum(xs)"),
    ("wrong-reduction", "y = max(a, 1)", "y = min(a, 1)", "y = math.prod(xs)"),
    ("wrong-loss-reduction", "y = F.mse_loss(a, b)", 'y = F.mse_loss(a, b, reduction="sum")', "y = my_loss(a, b)"),
    ("wrong-function", "y = torch.floor(x)", "y = torch.ceil(x)", "y = np.tanh(x)"),
    ("wrong-function", "y = F.softmax(x, dim=1)", "y = F.log_softmax(x, dim=1)", "p = nn.Parameter(torch.randn(3))"),
    ("dropped-function", "y = np.exp(a + b) * c", "y = (a + b) * c", "x.relu()"),
    ("dropped-function", "y = np.argsort(np.argsort(x))", "y = np.argsort(x)", "y = np.argsort(x)"),
    ("dropped-bound", "y = x.clamp(min=0, max=1)", "y = x.clamp(min=0)", "y = torch.max(x, d)"),
    ("dropped-bound", "y = np.maximum(x, 0)", "y = x", "y = max(xs)"),
    ("dropped-bound", "y = np.clip(x, 0, 1)", "y = np.clip(x, None, 1)", "y = x.max()"),
    ("swapped-nesting", "y = p.log().sum(0)", "y = p.sum(0).log()", "y = p.log().max(0)"),
    ("swapped-nesting", "y = np.log(x.mean())", "y = np.log(x).mean()", "y = np.log(x) + x.mean()"),
    ("swapped-arguments", "y = loss(output, target)", "y = loss(target, output)", "y = torch.equal(a, b)"),
    ("swapped-branches", "y = np.where(c, a, b)", "y = np.where(c, b, a)", "y = np.where(c, a, a)"),
    ("wrong-axis", "y = x.sum(axis=0)", "y = x.sum(axis=1)", "y = max(a, 1)"),
    ("wrong-axis", "y = torch.softmax(x, -1)", "y = torch.softmax(x, -2)", "y = x.norm(1)"),
    ("dropped-axis", "y = x.mean(0)", "y = x.mean()", "y = x.max(dim=1).values"),
    ("dropped-keepdim", "y = x.sum(1, keepdim=True)", "y = x.sum(1)", "y = x.sum(1, keepdim=False)"),
    ("dropped-transpose", "y = a @ b.mT", "y = a @ b", "y = a.Tx"),
    ("dropped-transpose", "y = x.permute(0, 2, 1)", "y = x", "x.t()"),
    ("dropped-unit-axis", "y = x.squeeze(-1)", "y = x", "y = x.flatten(1)"),
    ("wrong-broadcast", "y = x[:, None]", "y = x[None, :]", "y = x[:, 1]"),
    (
        "transposed-einsum",
        'y = torch.einsum("ij,jk->ik", a, b)',
        'y = torch.einsum("ji,jk->ik", a, b)',
        "y = f('ij', a)",
    ),
    ("biased-variance", "y = torch.var(x)", "y = torch.var(x, correction=0)", "y = var(x)"),
    ("biased-variance", "y = np.std(x, ddof=1)", "y = np.std(x, ddof=0)", "y = np.mean(x)"),
    ("wrong-dtype", "y = x.to(torch.float64)", "y = x.to(torch.float32)", "y = (x > 0).astype(np.float64)"),
    ("dropped-dtype", "y = np.asarray(x, dtype=np.float64)", "y = np.asarray(x)", "y = np.zeros(n, dtype=np.float64)"),
    ("dropped-dtype", "y = x.long()", "y = x", "y = (x > 0).float()"),
    ("dropped-detach", "y = x.detach()", "y = x", "x.detach()"),
    ("dropped-requires-grad", "y = x.requires_grad_()", "y = x", "y = x.retain_grad()"),
    ("dropped-copy", "y = np.array(x)", "y = np.asarray(x)", "y = np.array([a, b])"),
    ("dropped-copy", "y = x.clone()", "y = x", "y = shutil.copyfile(a, b)"),
    ("wrong-mode", "net.eval()", "net.train()", "train(net)"),
    (
        "dropped-no-grad",
        "with torch.no_grad():\n    y = f(x)",
        "if True:\n    y = f(x)",
        "with open(p) as f:\n    y = 1",
    ),
    ("unregistered", "self.w = nn.Parameter(w)", "self.w = w", "w = Other(w)"),
    ("unregistered", "self.register_buffer('m', a + b)", "self.m = a + b", "self.register(m, a)"),
    (
        "dropped-layer",
        "net = nn.Sequential(a, nn.ReLU())",
        "net = nn.Sequential(a, nn.Identity())",
        "y = nn.Linear(a, b)",
    ),
    ("dropped-bias", "y = nn.Linear(a, b)", "y = nn.Linear(a, b, bias=False)", "y = nn.Linear(a, b, bias=c)"),
    ("softmax-twice", "y = F.cross_entropy(z, t)", "y = F.cross_entropy(z.softmax(-1), t)", "y = F.nll_loss(z, t)"),
    ("shared-object", "y = [f(a) for _ in range(n)]", "y = [f(a)] * n", "y = [f(k) for k in range(n)]"),
    ("dropped-statement", "optimizer.zero_grad()", "pass", "super().__init__()"),
    ("dropped-statement", "x = x / x.norm()", "pass", "while k < n:\n    k += 1"),
    ("early-return", f"{LOOP}    return y", f"{LOOP}        return y\n    return y", f"{LOOP}    z = y\n    return z"),
    ("wrong-jump", "for x in xs:\n    if x: break", "for x in xs:\n    if x: continue", "while a:\n    if x: break"),
    ("swapped-return", "def f():\n    return a, b", "def f():\n    return b, a", "def f():\n    return a, a"),
]
UNTOUCHED = [
    "import a.b as c",
    "def f(x: Sized[1] = 0) -> Tuple[2, 3]:\n    '''Add 1 + 2.'''\n    return x",
    "@torch.no_grad()\ndef f(x):\n    return x",
    "raise ValueError('a' if b > 1 else 'c')",
    "assert isinstance(x, int) and x > 0, f'{x + 1}'",
    "if not isinstance(x, (int, float)):\n    x = 1",
    "y = f'{a + b:.2f}'",
    "print(a + b)\nplt.plot(x, y + 1)\nfigure, axes = plt.subplots(1, 3)\naxes[0].set(title=a + b)",
    "if step % 10 == 0:\n    print(step + 1)",
    "def draw(x):\n    y = x + 1\n    plt.plot(x, y)",
    "grader.check('q1')",
    "def f(xs):\n    for x in xs:\n        display(x[1:])",
]
STATEMENTS = [
    "y = a + b * c - d",
    "y += np.sum(x ** 2, axis=0)",
    "if a < b and not c:\n    y = x[1:]\nelse:\n    y = -x",
    "for k in range(n):\n    y = y + x[k]",
    "facts['a'] = True",
    "def f(a: int, b=1):\n    '''Return a + 1, or -1.'''\n    for k in range(a):\n        b += k\n    return b",
    "class Net(nn.Module):\n    def forward(self, x):\n        return F.relu(self.a(x)).mean(dim=0)",
    "y = torch.softmax(q @ k.T / math.sqrt(d), dim=-1)",
    "%timeit f(x)",
    "files = !ls -l",
    "f?",
    "y = [a - b for a in c if a > 0]",
    "with torch.no_grad():\n    y = net(x).detach()",
    "y = x if a else (b or c)",
]
SOURCES = st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=5).map("\n".join)


def of(operator: str, source: str) -> set[str]:
    return {mutant.source.rstrip("\n") for mutant in make_mutants(source) if mutant.operator == operator}


@pytest.mark.parametrize(("operator", "before", "after", "trap"), CASES)
def test_operator_makes_its_mistake(operator: str, before: str, after: str, trap: str):
    """An operator turns right code into the wrong code it stands for, and leaves its trap alone."""
    assert after in of(operator, before)
    assert not of(operator, trap)


@pytest.mark.parametrize("source", ["y = x + 0", "y = a / 1"])
def test_mutants_that_change_nothing_are_dropped(source: str):
    """Neutral terms, factors and bounds are no mistakes when they go."""
    assert canonical(source) not in {canonical(mutant.source) for mutant in make_mutants(source)}
    assert not of("dropped-term", source) | of("dropped-factor", source)


def test_one_mistake_is_made_once():
    """Two operators that come to the same make one mutant: x = x is a statement forgotten."""
    assert {mutant.source for mutant in make_mutants("x = np.unique(x)")} == {"pass"}


def test_every_operator_has_a_case():
    """No operator goes without an example; names are unique."""
    names = [operator.name for operator in OPERATORS]
    assert sorted(names) == sorted({case[0] for case in CASES})


@pytest.mark.parametrize("source", UNTOUCHED)
def test_what_is_no_answer_stays(source: str):
    """Docstrings, annotations, imports, messages, type checks and figures have no mutants."""
    assert make_mutants(source) == []


def is_magic(line: str) -> bool:
    return line.startswith("%") or line.endswith("?") or ("!" in line and "!=" not in line)


def plain(source: str) -> ast.Module:
    return ast.parse("\n".join("0" if is_magic(line) else line for line in source.splitlines()))


@settings(deadline=None, max_examples=30)
@given(SOURCES)
def test_mutants_are_other_programs(source: str):
    """Every mutant is Python, differs from the source and from all others, and keeps magics and docstrings."""
    mutants = make_mutants(source)
    trees = [ast.dump(plain(mutant.source)) for mutant in mutants]
    assert len({*trees, ast.dump(plain(source))}) == len(mutants) + 1
    kept = [line for line in source.splitlines() if is_magic(line) or "'''" in line or "def " in line]
    for mutant in mutants:
        compile(plain(mutant.source), "mutant", "exec")
        lines = mutant.source.splitlines()
        assert [line for line in lines if is_magic(line) or "'''" in line or "def " in line] == kept
        assert mutant.id.rpartition("-")[0] == mutant.operator


@settings(deadline=None, max_examples=30)
@given(SOURCES)
def test_ids_last_while_other_lines_change(source: str):
    """Ids are unique, the same every time, and the same after an unrelated statement is put before."""
    ids = [mutant.id for mutant in make_mutants(source)]
    assert len(set(ids)) == len(ids)
    assert ids == [mutant.id for mutant in make_mutants(source)]
    assert ids == [mutant.id for mutant in make_mutants(f"import unrelated\n\n{source}\n# and a remark")]
    later = make_mutants(f"unrelated = [other[order], 0.75]\n{source}")
    assert [mutant.id for mutant in later if mutant.line > 1] == ids


def test_id_ends_with_its_line():
    """Once the line of a mutant changes, its id names nothing any more; a body is no part of its head."""
    before = {mutant.id for mutant in make_mutants("if a > b:\n    y = c")}
    assert before <= {mutant.id for mutant in make_mutants("if a > b:\n    y = z + 1")}
    assert not before & {mutant.id for mutant in make_mutants("if a > d:\n    y = c")}


def test_same_line_twice_has_two_ids():
    """Equal statements are told apart by their order, in one function or in two."""
    mutants = make_mutants("y = a < b\ny = a < b\ndef f():\n    y = a < b\n")
    boundaries = [mutant for mutant in mutants if mutant.operator == "wrong-boundary"]
    assert [mutant.line for mutant in boundaries] == [1, 2, 4]
    assert len({mutant.id for mutant in boundaries}) == 3


def test_only_the_marked_answer_is_mutated():
    """Where otter's markers stand, what students are given is left as it is."""
    source = "a = x + 1\nb = x + 2  # SOLUTION\n# BEGIN SOLUTION\nc = x + 3\n# END SOLUTION\nd = x + 4\n"
    assert {mutant.line for mutant in make_mutants(source)} == {2, 4}


def test_notebook_syntax_stays_and_lines_keep_their_numbers():
    """Magics of several lines, shell lines and question marks are put back as they were."""
    source = "%run a \\\n  b\nif a:\n    !ls {a + b}\n    y = a + b\nfiles = %who\ny = c < d\n%%time\nx = 1 + a"
    mutants = make_mutants(source)
    assert {mutant.line for mutant in mutants} == {3, 5, 7}
    for mutant in mutants:
        changed = diff(source, mutant).splitlines()[2:]
        assert sum(line.startswith("-") for line in changed) == sum(line.startswith("+") for line in changed) == 1
        assert mutant.source.splitlines()[mutant.line - 1] != source.splitlines()[mutant.line - 1]


def test_what_is_not_python_is_refused():
    """Source that is wrong even without magics is the caller's mistake."""
    with pytest.raises(SyntaxError):
        make_mutants("%time f()\ndef f(:\n")


def test_limit_spreads_over_lines_and_operators():
    """A limit takes some of every line, in order, and always the same."""
    source = "y = a + b * c - d * (e + f)\nz = x[1:].sum(axis=0) / 2\nw = a < b"
    every, some = make_mutants(source), spread(make_mutants(source), 6)
    assert len(some) == 6 and some == [mutant for mutant in every if mutant in some]
    assert {mutant.line for mutant in some} == {1, 2, 3}
    assert len({mutant.operator for mutant in some}) == 6
    assert spread(every, 6) == some and spread(every, 10**6) == every


def test_diff_shows_the_line_and_says_the_mistake():
    """People see one line out, one line in, and what kind of mistake it is."""
    source = "a = 1\nb = 2\ny = x.sum(axis=0)\nc = 3\nd = 4"
    mutant = next(mutant for mutant in make_mutants(source) if mutant.operator == "wrong-axis")
    assert diff(source, mutant).splitlines() == [
        "--- solution",
        f"+++ {mutant.id}: along another axis",
        "@@ -2,3 +2,3 @@",
        " b = 2",
        "-y = x.sum(axis=0)",
        "+y = x.sum(axis=1)",
        " c = 3",
    ]


def test_real_answers_have_enough_mutants_and_not_too_many():
    """Every code answer of a chapter gets at least a dozen mutants, and never a hundred."""
    path = Path(__file__).parents[2] / "solutions/02_shallow_networks/02_shallow_networks.ipynb"
    notebook = nbformat.read(path, 4)
    questions = {cell.id.rsplit("-", 2)[0] for cell in notebook.cells if "-answer-" in cell.id}
    for question in questions:
        cells = [notebook.cells[n] for n in answer_cells(notebook, question)]
        source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        assert not source or 12 <= len(make_mutants(source)) < 100, question
