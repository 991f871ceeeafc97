"""Outputs of cells as the sandbox tells them: only what nbformat knows, only the types it wants."""

from dataclasses import dataclass, field
from typing import Any

MAX_OUTPUTS = 2_000
MAX_MIMES = 20
CELLS_WORTH = 16  # the outputs of a whole notebook may be as long as the limit of so many cells
LEFT_OUT = "… some of this cell's output was left out: the notebook's outputs together are longer than {kb:,} kB.\n"


def clean_outputs(told: Any, limit_bytes: int) -> list[dict[str, Any]]:
    """Well-formed nbformat outputs from untrusted ones; what is malformed or beyond the limit is left out."""
    if not isinstance(told, list):
        return []
    cleaned = [_CLEANERS[o["output_type"]](o) for o in told[:MAX_OUTPUTS] if _is_output(o)]
    kept, left_bytes = [], limit_bytes
    for output in cleaned:
        left_bytes -= len(str(output)) if output else 0
        if output and left_bytes >= 0:
            kept.append(output)
    return kept


@dataclass
class Room:
    """What the outputs of all cells of a notebook may still hold.

    Args:
        cell_kb: the limit of one cell.
    """

    cell_kb: int
    left_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        self.left_bytes = CELLS_WORTH * self.cell_kb * 1024

    def take(self, outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those of a cell's outputs that fit, in order, and a word on the others if there are any."""
        kept = []
        for output in outputs:
            size = len(str(output))
            if size <= self.left_bytes:
                self.left_bytes -= size
                kept.append(output)
        if len(kept) < len(outputs):
            told = LEFT_OUT.format(kb=CELLS_WORTH * self.cell_kb)
            kept.append({"output_type": "stream", "name": "stderr", "text": told})
        return kept


def _is_output(output: Any) -> bool:
    return (
        isinstance(output, dict) and isinstance(output.get("output_type"), str) and output["output_type"] in _CLEANERS
    )


def _stream(output: dict[str, Any]) -> dict[str, Any] | None:
    name, text = output.get("name"), output.get("text")
    if name not in ("stdout", "stderr") or not isinstance(text, str):
        return None
    return {"output_type": "stream", "name": name, "text": text}


def _display(output: dict[str, Any]) -> dict[str, Any] | None:
    data = output.get("data")
    if not isinstance(data, dict):
        return None
    texts = {m: v for m, v in list(data.items())[:MAX_MIMES] if isinstance(m, str) and isinstance(v, str)}
    return {"output_type": "display_data", "data": texts, "metadata": {}}


def _result(output: dict[str, Any]) -> dict[str, Any] | None:
    shown = _display(output)
    count = output.get("execution_count")
    count = count if type(count) is int and count >= 0 else None
    return shown and {**shown, "output_type": "execute_result", "execution_count": count}


def _error(output: dict[str, Any]) -> dict[str, Any]:
    lines = output.get("traceback")
    lines = [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
    return {
        "output_type": "error",
        "ename": str(output.get("ename", ""))[:200],
        "evalue": str(output.get("evalue", "")),
        "traceback": lines,
    }


_CLEANERS = {"stream": _stream, "display_data": _display, "execute_result": _result, "error": _error}
