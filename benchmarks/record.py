"""The file in which the benchmarks write down what they measured."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")


def record(benchmark: str, figures: Any) -> None:
    """Keep the figures of one benchmark; those of the others stay."""
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**known, benchmark: figures}, indent=1) + "\n", encoding="utf-8")
