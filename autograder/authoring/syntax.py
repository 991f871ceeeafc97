"""Code cells as syntax trees: notebook syntax parsed, names found."""

import ast
import warnings


def parse_code(source: str) -> ast.Module:
    """The syntax tree of plain Python.

    Raises:
        SyntaxError: it is not Python.
    """
    with warnings.catch_warnings():
        # An invalid escape in some string is the author's taste, not a reason to print or to fail here.
        warnings.simplefilter("ignore")
        return ast.parse(source)


def parse_cell(source: str) -> ast.Module:
    """The syntax tree of a code cell; IPython magics and shell lines become calls of ``get_ipython()``.

    Raises:
        SyntaxError: not Python, even with the magics of IPython.
    """
    try:
        return parse_code(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return parse_code(TransformerManager().transform_cell(source))


def mentions(node: ast.AST, name: str) -> bool:
    """Whether code says a name: reads or binds it, or takes it as a parameter."""
    return any(
        (isinstance(part, ast.Name) and part.id == name) or (isinstance(part, ast.arg) and part.arg == name)
        for part in ast.walk(node)
    )
