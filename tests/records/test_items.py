"""The item analysis finds hard questions, questions that tell nothing, and wrong tests."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.records.pages.items import ItemTable, discrimination
from autograder.results import CaseResult, Outcome, QuestionResult, Status, SubmissionResult


def submission(**scores: list[int]) -> SubmissionResult:
    """A submission that passes (1), fails (0) or was not judged (2) in the cases of each question; each is one point."""
    outcomes = [Outcome.FAILED, Outcome.PASSED, Outcome.ERROR]
    questions = [
        QuestionResult(
            name,
            sum(case == 1 for case in cases),
            len(cases),
            [CaseResult(f"test_{n}", n > 0, float(case == 1), 1.0, outcomes[case]) for n, case in enumerate(cases)],
        )
        for name, cases in scores.items()
    ]
    score = sum(question.score for question in questions)
    return SubmissionResult("x", "c", Status.GRADED, score, 9.0, questions=questions)


def table(*results: SubmissionResult) -> ItemTable:
    made = ItemTable()
    for result in results:
        made.add(result)
    return made


def test_figures_of_a_small_class_are_those_worked_out_by_hand():
    """Points 0, 1, 2 in q1 beside 0, 1, 1 in q2: r = cov / (sd sd) = 0.5 / (1 · 0.57735) = 0.866."""
    q1, q2 = table(submission(q1=[0, 0], q2=[0]), submission(q1=[1, 0], q2=[1]), submission(q1=[1, 1], q2=[1])).items()
    assert (q1.mean, q1.difficulty, q1.full_marks, q1.zeros, q1.submissions) == (1.0, 0.5, 1, 1, 3)
    assert q1.discrimination == pytest.approx(0.8660254)
    assert q2.discrimination == pytest.approx(0.8660254)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), min_size=3, max_size=40))
def test_discrimination_is_pearsons_correlation_or_nothing(pairs: list[tuple[int, int]]):
    """It agrees with numpy wherever both vary, and is undefined elsewhere."""
    x, rest = np.array(pairs, float).T
    found = discrimination(x, rest)
    if x.std() == 0 or rest.std() == 0:
        assert found is None
    else:
        assert found == pytest.approx(np.corrcoef(x, rest)[0, 1], abs=1e-9)


def test_question_that_everybody_solves_has_no_discrimination():
    """No division by zero, no invented figure; two submissions tell nothing either."""
    assert [item.discrimination for item in table(*[submission(q1=[1], q2=[1])] * 9).items()] == [None, None]
    assert table(submission(q1=[0], q2=[0]), submission(q1=[1], q2=[1])).items()[0].discrimination is None
    assert table().items() == []


def test_case_that_the_best_fail_is_suspect_and_a_hard_one_is_not():
    """A wrong test is failed by the best as by all; a hard one is passed by the best. The numbers are told."""
    results = []
    for rank in range(40):
        other = [int(rank >= level) for level in (8, 16, 24, 29)]
        results.append(submission(q1=[1, 0], q2=[1, int(rank >= 28)], q3=other))
    random.Random(1).shuffle(results)
    (suspect,) = table(*results).suspects()
    assert (suspect.question, suspect.name, suspect.hidden) == ("q1", "test_1", True)
    assert (suspect.best, suspect.best_failed, suspect.others, suspect.others_failed) == (11, 11, 29, 29)


def test_question_itself_does_not_decide_who_is_best_for_its_cases():
    """Who passes a wrong test has more points by that; the best are found in the other questions."""
    strong = [submission(q1=[0] * 12, q2=[1] * 5, q3=[1] * 5) for _ in range(6)]
    lucky = [submission(q1=[1] * 12, q2=[0] * 5, q3=[0] * 5) for _ in range(6)]
    suspects = [case for case in table(*strong, *lucky).suspects() if case.question == "q1"]
    assert len(suspects) == 12
    assert {(case.best, case.best_failed, case.others_failed) for case in suspects} == {(6, 6, 0)}


def test_cases_that_were_not_judged_do_not_count_as_failed():
    """A fault of the grader's makes no test suspect."""
    assert table(*[submission(q1=[1, 2], q2=[n % 2]) for n in range(20)]).suspects() == []


def test_small_class_has_no_suspects():
    """Of nine submissions nothing is said on cases."""
    assert table(*[submission(q1=[0], q2=[1])] * 9).suspects() == []
    assert len(table(*[submission(q1=[0], q2=[1])] * 10).suspects()) == 1


def test_submissions_with_other_questions_are_taken_in():
    """Where a result lacks a question or a case, it has no points there and no verdict."""
    items = table(submission(q1=[1]), submission(q1=[1, 1], q2=[1])).items()
    assert [(item.name, item.max_score, item.mean) for item in items] == [("q1", 2, 1.5), ("q2", 1, 0.5)]
