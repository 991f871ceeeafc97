"""What a notebook needs installed, at the versions that grading runs with."""

import ast
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions, version

from autograder.authoring.syntax import parse_cell

ALWAYS = ("numpy", "otter-grader", "torch")


def requirements(code: Iterable[str], own: Iterable[str] = ()) -> str:
    """The lines of a ``requirements.txt``: numpy, otter-grader, torch, and each package that the code imports.

    The versions are those installed here, where grading runs; packages that are not installed here are left out.

    Args:
        code: cells, test files and modules.
        own: modules that lie beside the notebook.
    """
    by_module = packages_distributions()
    modules = {name for source in code for name in _imported(source)} - set(own) - set(sys.stdlib_module_names)
    # A module that several distributions have is a folder that they share, such as google: it tells of none of them.
    found = {names[0] for module in modules if len(names := sorted(set(by_module.get(module, [])))) == 1}
    return "".join(f"{name}=={_public(version(name))}\n" for name in sorted({*ALWAYS, *found}, key=str.lower))


def _public(told: str) -> str:
    """A version as an index knows it: ``2.13.0+cpu`` is how a build of 2.13.0 calls itself."""
    return told.partition("+")[0]


def _imported(source: str) -> Iterator[str]:
    try:
        tree = parse_cell(source)
    except SyntaxError:
        return  # it imports nothing then
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
