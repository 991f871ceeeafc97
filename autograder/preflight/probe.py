"""Runs in the notebook's own process: has otter run public tests only, and notes what came of each check."""

import importlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def install(tests_dir: str, notes: str) -> None:
    """Make every ``grader.check`` take its tests from a folder, drop hidden ones, and write a line of JSON."""
    otter: Any = importlib.import_module("otter")
    checker: Any = importlib.import_module("otter.execute.checker")
    make, run = checker.create_test_file, checker.Checker.check.__func__

    def public_only(*args: Any, **options: Any) -> Any:
        test = make(*args, **options)
        test.test_cases = [case for case in test.test_cases if not case.hidden]
        return test

    def check(cls: Any, path: str, config: Any, test_name: str | None = None, global_env: Any = None) -> Any:
        test = run(cls, path, config, test_name, global_env)
        with Path(notes).open("a", encoding="utf-8") as file:
            file.write(json.dumps(_note(Path(path).stem, test, global_env or {})) + "\n")
        return test

    checker.create_test_file, checker.Checker.check = public_only, classmethod(check)
    otter.Notebook.init_grading_mode(tests_dir)  # in which otter neither exports nor checks all at once


def finish(tests_dir: str, questions: Iterable[str], names: dict[str, Any]) -> None:
    """Check what no cell of the notebook has checked, as the grader does at the end."""
    from otter.execute import Checker
    from otter.nbmeta_config import NBMetadataConfig

    for question in questions:
        Checker.check(str(Path(tests_dir, f"{question}.py")), NBMetadataConfig(), global_env=names)


def _note(question: str, test: Any, names: dict[str, Any]) -> dict[str, Any]:
    results = [
        {
            "name": result.test_case.name,
            "passed": result.passed,
            "message": result.test_case.failure_message or "",
            "detail": result.message or "",
        }
        for result in test.test_case_results
    ]
    taken = [name for case in test.test_cases for name in getattr(case.body, "_get_func_params", list)()]
    return {"question": question, "results": results, "missing": sorted({*taken} - {*names} - {"env"})}
