"""Which submission belongs to which student: told by the names that platforms give to submissions.

Nothing is guessed: a name that fits nobody, or several students, is listed. Rules go from sure to less sure, and the
first that fits anybody decides.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.records.scores.roster import Student, folded, squashed

# What Moodle and Canvas put around the student: Moodle's part ends the name, Canvas's part begins it. The rest of a
# Canvas name is the student's own file name, so the first numbers count.
MOODLE = re.compile(r"(?P<name>.*)_(?P<participant>\d+)_assign(?:submission|feedback)_[a-z]+_?", re.DOTALL)
CANVAS = re.compile(
    r"(?:(?P<name>[^_].*?)_)??(?P<late>LATE_)?(?P<user>\d+|anon_\w+?)_(?P<file>\d+)_(?P<rest>.+)", re.DOTALL
)
SUFFIX = re.compile(r"(?:\.(?:ipynb|zip)| ?\(\d+\))+\Z", re.IGNORECASE)  # ``ada.zip (2)``, ``ada (1)``


@dataclass(frozen=True)
class Matching:
    """Submissions and students brought together; every submission is in exactly one of the first three.

    Attributes:
        students: by submission; more than one where a group handed in together.
        unmatched: submissions that fit no student.
        ambiguous: submissions that fit several students, with them.
        missing: students without a submission.
    """

    students: dict[str, tuple[Student, ...]] = field(default_factory=dict)
    unmatched: list[str] = field(default_factory=list)
    ambiguous: dict[str, list[Student]] = field(default_factory=dict)
    missing: list[Student] = field(default_factory=list)

    @property
    def by_student(self) -> dict[str, list[str]]:
        """The submissions of each student who has any, by the student's id."""
        found: dict[str, list[str]] = {}
        for submission, students in self.students.items():
            for student in students:
                found.setdefault(student.id, []).append(submission)
        return found

    @property
    def doubled(self) -> dict[str, list[str]]:
        """Those of `by_student` with more than one submission."""
        return {student: names for student, names in self.by_student.items() if len(names) > 1}


def match(
    submissions: Iterable[str],
    roster: Sequence[Student] | None,
    submitters: Mapping[str, Sequence[Student]] | None = None,
) -> Matching:
    """Bring submissions and students together.

    Args:
        submissions: names as `autograder grade` lists them.
        roster: the course's students; None if there is no roster: then each submission's name is its student.
        submitters: who handed in what, as a platform tells it beside the submissions (Gradescope's metadata).
    """
    submitters = submitters or {}
    names = list(dict.fromkeys(submissions))
    if roster is None:
        return Matching({name: tuple(submitters.get(name, ())) or (Student(name),) for name in names})
    index = Index(roster)
    result = Matching()
    for name in names:
        told = submitters.get(name)
        found = [index.of_student(one) for one in told] if told else [index.of_submission(name)]
        if any(len(students) > 1 for students in found):
            result.ambiguous[name] = [student for students in found for student in students]
        elif all(found):
            result.students[name] = tuple(dict.fromkeys(student for (student,) in found))
        else:
            result.unmatched.append(name)
    present = result.by_student
    result.missing.extend(student for student in roster if student.id not in present)
    return result


def is_marked_late(submission: str) -> bool:
    """Whether Canvas wrote LATE into the name; how late, it does not say."""
    found = CANVAS.fullmatch(submission)
    return found is not None and found["late"] is not None


# What can be looked up of a student, and how; each kind of name is looked for among its own kind only.
KEYS: dict[str, Callable[[Student], set[str]]] = {
    "id": lambda student: {folded(student.id)},
    "canvas": lambda student: {student.canvas_id},
    "participant": lambda student: {student.participant},
    "contact": lambda student: {folded(text) for text in (student.email, student.login, student.sis_id)},
    "name": lambda student: student.spellings,
    # Where the platform's number is known, somebody of the same name with another number is somebody else.
    "moodle name": lambda student: set() if student.participant else student.spellings,
    "canvas name": lambda student: set() if student.canvas_id else {squashed(name) for name in student.spellings},
}


class Index:
    """A roster, ready to be asked."""

    def __init__(self, roster: Iterable[Student]):
        self._students: dict[tuple[str, str], list[Student]] = {}
        for student in roster:
            for kind, keys in KEYS.items():
                for key in keys(student) - {""}:
                    self._students.setdefault((kind, key), []).append(student)

    def of_student(self, student: Student) -> list[Student]:
        """The same student as this roster knows them, whose numbers are no others; several if there is no telling."""
        contacts = [("contact", folded(text)) for text in (student.sis_id, student.login, student.id, student.email)]
        numbers = [("canvas", student.canvas_id), ("participant", student.participant)]
        wishes = [*numbers, ("id", folded(student.id)), *contacts, *(("name", name) for name in student.spellings)]
        return self._first(wishes, student)

    def of_submission(self, name: str) -> list[Student]:
        """The students whom a submission's name fits by the surest rule that fits any."""
        for spelling in dict.fromkeys((name, SUFFIX.sub("", name))):
            if found := self._first(_wishes(spelling)):
                return found
        return []

    def _first(self, wishes: Iterable[tuple[str, str]], like: Student | None = None) -> list[Student]:
        """The students of the first wish (kind, key) that anybody fits."""
        for wish in wishes:
            found = self._students.get(wish, [])
            if found := [student for student in found if like is None or not _is_other(student, like)]:
                return found
        return []


def _is_other(one: Student, another: Student) -> bool:
    """Whether two records have different numbers on the same platform."""
    pairs = [(one.canvas_id, another.canvas_id), (one.sis_id, another.sis_id), (one.participant, another.participant)]
    return any(a and b and folded(a) != folded(b) for a, b in pairs)


def _wishes(name: str) -> list[tuple[str, str]]:
    """What a submission's name may tell of its student, the surest first."""
    plain = [("id", folded(name)), ("contact", folded(name)), ("name", folded(name))]
    if found := MOODLE.fullmatch(name):
        return [*plain, ("participant", found["participant"]), ("moodle name", folded(found["name"]))]
    if (found := CANVAS.fullmatch(name)) and found["user"].isdigit():
        return [*plain, ("canvas", found["user"]), ("canvas name", squashed(found["name"] or ""))]
    return plain
