"""How a notebook becomes the bytes of a file: honest and careless ways."""

import json
from collections.abc import Callable
from typing import Any


def _text(notebook: dict[str, Any]) -> str:
    return json.dumps(notebook, indent=1, ensure_ascii=False)


def _worksheets(notebook: dict[str, Any]) -> bytes:
    cells = [
        {"cell_type": "code", "language": "python", "input": cell["source"], "outputs": [], "collapsed": False}
        for cell in notebook["cells"]
    ]
    old = {"worksheets": [{"cells": cells, "metadata": {}}], "metadata": {"name": ""}, "nbformat": 3}
    return _text({**old, "nbformat_minor": 0}).encode()


def _future(notebook: dict[str, Any]) -> bytes:
    cells = [{"cell_type": "code", "source": c["source"], "id": "same", "novelty": [1]} for c in notebook["cells"]]
    return _text({"cells": cells, "metadata": {"new": {}}, "nbformat": 4, "nbformat_minor": 99, "more": 1}).encode()


def _windows(notebook: dict[str, Any]) -> bytes:
    cells = [{**c, "source": c["source"].replace("\n", "\r\n").splitlines(keepends=True)} for c in notebook["cells"]]
    return _text({**notebook, "cells": cells}).replace("\n", "\r\n").encode()


def _bare(notebook: dict[str, Any]) -> bytes:
    cells = [{"cell_type": "code", "source": cell["source"]} for cell in notebook["cells"]]
    return _text({"cells": cells}).encode()


def _nested(notebook: dict[str, Any]) -> bytes:
    deep = "[" * 100_000 + "]" * 100_000
    return _text({**notebook, "metadata": {"deep": "HERE"}}).replace('"HERE"', deep).encode()


def _longer(count: int, source: str) -> Callable[[dict[str, Any]], bytes]:
    """So many more cells after the first."""

    def write(notebook: dict[str, Any]) -> bytes:
        first, *rest = notebook["cells"]
        more = [{**first, "source": source.format(n=n)} for n in range(count)]
        return _text({**notebook, "cells": [first, *more, *rest]}).encode()

    return write


def _shell_script(notebook: dict[str, Any]) -> bytes:
    return "\n\n".join(cell["source"] for cell in notebook["cells"]).encode()


FORMS: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "plain": lambda notebook: _text(notebook).encode(),
    "bom": lambda notebook: _text(notebook).encode("utf-8-sig"),
    "utf-16": lambda notebook: _text(notebook).encode("utf-16"),
    "windows": _windows,
    "worksheets": _worksheets,
    "future": _future,
    "bare": _bare,
    "nested": _nested,
    "1500 more cells": _longer(1500, "scratch_{n} = {n}"),
    "500 loud cells": _longer(500, "print('{n} ' * 10**5)"),
    "empty": lambda notebook: b"",
    "script": _shell_script,
    "not a notebook": lambda notebook: b'{"name": "somebody", "grade": 10}',
    "no cells": lambda notebook: _text({**notebook, "cells": []}).encode(),
    "cut off": lambda notebook: _text(notebook).encode()[: len(_text(notebook).encode()) // 2],
}
