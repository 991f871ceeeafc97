"""The solution's own names for hidden tests: ``reference.receptive_field(layers)``.

A built test file must run under plain otter, without this package and without the solution notebook. So the
part of the solution that its tests name is cut out (`reference_source`) and put into the file (`preamble`).

The cut follows names backwards: a statement is kept if it binds or changes a name that is needed, and then
the names it reads are needed too. Plots, prints and checks bind nothing and fall away.
"""

import ast
import symtable
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from autograder.authoring.syntax import mentions, parse_cell, parse_code

_SHOWS = {"print", "display", "grader", "plt", "get_ipython", "help"}  # calls that leave the data as it is
_SEEDS = {"seed", "manual_seed", "seed_everything"}

_INSIDE = '''
def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function
'''

_REFERENCE = '''
class _Reference:
    """The solution's own names; its code runs when the first of them is asked for."""

    _names = None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if self._names is None:
            self._names = self._run()
        if name not in self._names:
            raise AttributeError(f"the solution of this question defines no {name!r}")
        return self._names[name]

    @staticmethod
    def _run():
        import random
        import sys

        # The test may have set a seed just before: what the solution draws must not move its generators on.
        generators = [(random.getstate, random.setstate)]
        if "numpy" in sys.modules:
            numpy = sys.modules["numpy"]
            generators.append((numpy.random.get_state, numpy.random.set_state))
        if "torch" in sys.modules:
            torch = sys.modules["torch"]
            generators.append((torch.get_rng_state, torch.set_rng_state))
        states = [(restore, save()) for save, restore in generators]
        names = {"__name__": "reference"}
        try:
            exec(compile(_SOLUTION, "<reference>", "exec"), names)
        finally:
            for restore, state in states:
                restore(state)
        return names


reference = _Reference()
'''


@dataclass(frozen=True)
class _Statement:
    """A top-level statement: the names it binds, those it changes in place, those it reads."""

    text: str
    node: ast.stmt
    binds: frozenset[str]
    changes: frozenset[str]
    reads: frozenset[str]


def names_asked(tests: Iterable[str]) -> set[str] | None:
    """The names asked of ``reference``; None if that cannot be told, as in ``getattr(reference, n)``."""
    asked: set[str] = set()
    for test in tests:
        tree = parse_code(test)
        found = [
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "reference"
        ]
        said = sum(isinstance(node, ast.Name) and node.id == "reference" for node in ast.walk(tree))
        if said != len(found):
            return None
        asked.update(found)
    return asked


def reference_source(code_cells: list[str], question_cells: list[str], asked: Collection[str] | None = None) -> str:
    """The statements of a solution that define the names of one question.

    Args:
        code_cells: all code cells that stand before the question's answer.
        question_cells: the code cells of the answer itself.
        asked: the names wanted; None for all that the answer binds.

    Raises:
        SyntaxError: a cell is not Python, even with the magics of IPython.
    """
    own = _statements(question_cells)
    statements = _statements(code_cells) + own
    modules = {name for one in statements if _is_import(one.node) for name in one.binds}
    needed = {name for one in own for name in one.binds} if asked is None else set(asked)
    kept: set[int] = set()
    while True:
        more = {n for n, one in enumerate(statements) if _is_needed(one, needed, modules)} - kept
        if not more:
            break
        kept |= more
        needed |= {name for n in more for name in statements[n].reads}
        kept, needed = _with_seeds(statements, kept, needed)
    return "".join(statements[n].text + "\n" for n in sorted(kept))


def preamble(tests: Iterable[str], source: str) -> str:
    """The code that a test file needs for what its tests say: ``inside``, ``reference``, both or nothing.

    Args:
        tests: the code of the tests.
        source: what `reference_source` gave; put in only if a test says ``reference``.
    """
    trees, parts = [parse_code(test) for test in tests], []
    if any(mentions(tree, "inside") for tree in trees):
        parts.append(_INSIDE)
    if any(mentions(tree, "reference") for tree in trees):
        lines = "".join(f"    {line!r}\n" for line in source.splitlines(keepends=True)) or "    ''\n"
        parts.append(f"\n_SOLUTION = (\n{lines})\n\n{_REFERENCE}")
    return "\n".join(parts)


def names_bound(source: str) -> set[str]:
    """The names that code binds at its top level.

    Raises:
        SyntaxError: it is not Python.
    """
    return {name for statement in _statements([source]) for name in statement.binds}


def names_read(source: str) -> set[str]:
    """The global names that code reads anywhere, the bodies of its functions included.

    Raises:
        SyntaxError: it is not Python.
    """
    return {name for statement in _statements([source]) for name in statement.reads}


def _statements(cells: list[str]) -> list[_Statement]:
    return [statement for cell in cells for statement in _cell_statements(cell)]


@lru_cache(maxsize=512)  # the cells before a question are the same for each of its mutants
def _cell_statements(cell: str) -> tuple[_Statement, ...]:
    return tuple(_analyse(node) for node in parse_cell(cell).body)


def _analyse(node: ast.stmt) -> _Statement:
    text = ast.unparse(node)
    top = symtable.symtable(text, "<cell>", "exec")
    binds = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    return _Statement(text, node, frozenset(binds), frozenset(_changes(node)), frozenset(_reads(top)))


def _reads(table: symtable.SymbolTable) -> set[str]:
    """The global names read anywhere in a piece of code, the bodies of its functions included."""
    at_top = table.get_type() == "module"
    names = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (at_top or s.is_global())}
    return names.union(*map(_reads, table.get_children()))


def _changes(node: ast.stmt) -> set[str]:
    """The names a statement may change in place: ``a[0] = 1``, ``net.fit(x)``, ``train(net)``."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        return set()
    changed: set[str] = set()
    for part in _executed(node):
        if isinstance(part, ast.Subscript | ast.Attribute) and not isinstance(part.ctx, ast.Load):
            changed.add(_root(part))
        elif isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
            call = part.value
            if _root(call.func) not in _SHOWS:
                changed |= {_root(one) for one in [call.func, *call.args, *(k.value for k in call.keywords)]}
    return changed - {""}


def _executed(node: ast.AST) -> list[ast.AST]:
    """A statement and all within it, but not the bodies of functions defined there."""
    nodes = [node]
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            nodes += _executed(child)
    return nodes


def _root(node: ast.AST) -> str:
    """The leftmost name of ``a.b[c].d(e)``, or nothing."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_needed(statement: _Statement, needed: set[str], modules: set[str]) -> bool:
    if isinstance(statement.node, ast.ImportFrom) and statement.node.names[0].name == "*":
        return True  # it may bind anything
    return bool(statement.binds & needed or statement.changes & (needed - modules))


def _with_seeds(statements: list[_Statement], kept: set[int], needed: set[str]) -> tuple[set[int], set[str]]:
    """Add the seed calls if anything that is kept may draw: code that runs, not only definitions."""
    if all(_only_defines(statements[n].node) for n in kept):
        return kept, needed
    seeds = {n for n, one in enumerate(statements) if _is_seed(one.node)}
    return kept | seeds, needed.union(*(statements[n].reads for n in seeds))


def _only_defines(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return not any(isinstance(part, ast.Call) for part in ast.walk(node))
    return isinstance(node, ast.FunctionDef | ast.ClassDef) or _is_import(node)


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_seed(node: ast.stmt) -> bool:
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    function = node.value.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in _SEEDS
