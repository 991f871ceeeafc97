"""The course secret, from which the challenges of each submission are drawn."""

import hashlib
import os
import secrets
from pathlib import Path

from autograder.errors import KitError

SECRET_FILE = ".secret"
SECRET_VARIABLE = "AUTOGRADER_SECRET"


def course_secret(root: Path) -> bytes:
    """The secret of a course: from the environment, else from ``.secret`` in its folder, made when first needed.

    Raises:
        KitError: the file can be neither read nor made.
    """
    if told := os.environ.get(SECRET_VARIABLE):
        return hashlib.sha256(told.encode()).digest()
    path = root / SECRET_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as err:
        raise KitError(
            f"{path} cannot be made ({err.strerror}): set {SECRET_VARIABLE} to a text only you know"
        ) from err
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError as err:
        raise KitError(
            f"{path} cannot be read ({err.strerror}): set {SECRET_VARIABLE} to a text only you know"
        ) from err


def zip_secret(path: Path) -> bytes:
    """The secret for an autograder zip that belongs to no course: from the environment, else from its own bytes, which
    students do not have."""
    told = os.environ.get(SECRET_VARIABLE)
    return hashlib.sha256(told.encode() if told else path.read_bytes()).digest()
