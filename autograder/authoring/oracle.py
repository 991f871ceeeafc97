"""``reference`` and ``inside`` in tests: where they may stand.

``reference`` is the solution, so it exists in hidden tests only. ``inside(function)`` sends a function to the
student's objects: a function that says ``reference`` would carry the answer there.
"""

import ast

from autograder.authoring.model import TestCell
from autograder.authoring.syntax import mentions

NAMES = ("reference", "inside")


def check_names(test: TestCell, tree: ast.Module, ok_format: bool) -> None:
    """Check one test.

    Raises:
        AuthoringError: a name that the built file will not have there, or that would carry an answer away.
    """
    for name in NAMES:
        if not mentions(tree, name):
            continue
        if not test.hidden:
            raise test.cell.mistake(f"a public test says {name!r}, which only hidden tests have: add 'hidden: true'")
        if ok_format:
            raise test.cell.mistake(f"a test says {name!r}, which needs 'tests: {{ok_format: false}}'")
        if _binds(tree, name):
            raise test.cell.mistake(f"a test uses {name!r} for something of its own: rename that")
    _check_inside(test, tree)


def _binds(tree: ast.AST, name: str) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            return True
        if getattr(node, "arg", None) == name and isinstance(node, ast.arg):
            return True
    return False


def _check_inside(test: TestCell, tree: ast.Module) -> None:
    local = _local_functions(tree)
    sent: list[ast.expr | ast.FunctionDef] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_inside(node.func):
            sent += [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.FunctionDef) and any(map(_is_inside, node.decorator_list)):
            sent.append(node)
    uses = sum(isinstance(node, ast.Name) and node.id == "inside" for node in ast.walk(tree))
    direct = sum(isinstance(node, ast.Call) and _is_inside(node.func) for node in ast.walk(tree))
    direct += sum(_is_inside(d) for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) for d in n.decorator_list)
    if uses != direct:
        raise test.cell.mistake("'inside' must be called at once, as inside(function), or be a decorator")
    for function in sent:
        if _reaches_reference(function, local, set()):
            raise test.cell.mistake(
                "a function wrapped by inside(...) says 'reference' and would carry the answer to the "
                "submission: compute the expected value outside it and compare there"
            )


def _is_inside(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "inside"


def _local_functions(tree: ast.Module) -> dict[str, list[ast.AST]]:
    """Functions and lambdas by the names they are given anywhere in the test."""
    found: dict[str, list[ast.AST]] = {}
    outermost = tree.body[0] if tree.body else None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node is not outermost:
            found.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Assign):
            functions = [part for part in ast.walk(node.value) if isinstance(part, ast.Lambda)]
            for name in (part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)):
                found.setdefault(name, []).extend(functions)
    return found


def _reaches_reference(function: ast.AST, local: dict[str, list[ast.AST]], seen: set[str]) -> bool:
    """Whether a function says ``reference``, itself or through the local functions it names."""
    if mentions(function, "reference"):
        return True
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and node.id in local} - seen
    return any(_reaches_reference(other, local, seen | names) for name in names for other in local[name])
