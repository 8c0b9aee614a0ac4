"""The driver's errors as Django's, wherever they arise: the backend translates only some of them, and without their text."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, IntegrityError, OperationalError
from pymongo.errors import BulkWriteError, ConnectionFailure, PyMongoError


@contextmanager
def as_django_errors() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise django_error(error) from error
    except DatabaseError as error:
        if not isinstance(error.__cause__, PyMongoError):
            raise
        raise django_error(error.__cause__) from error.__cause__


def django_error(error: PyMongoError) -> DatabaseError:
    """IntegrityError for a duplicate, OperationalError for a store that is out or too slow, DatabaseError for the rest."""
    text = _text(error)
    if "E11000" in text:
        return IntegrityError(text)
    return (OperationalError if error.timeout or isinstance(error, ConnectionFailure) else DatabaseError)(text)


def _text(error: PyMongoError) -> str:
    """What the server said; the driver would add the whole refused document, which belongs in no log."""
    if isinstance(error, BulkWriteError) and error.details and error.details["writeErrors"]:
        return str(error.details["writeErrors"][0]["errmsg"])
    return str(error)
