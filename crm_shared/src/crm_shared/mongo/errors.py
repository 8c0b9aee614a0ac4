"""The driver's errors as Django's, wherever they arise: the backend translates only some of them, and without their text."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, IntegrityError, OperationalError
from pymongo.errors import ConnectionFailure, PyMongoError


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
    """IntegrityError for a duplicate, OperationalError for a store that is out, DatabaseError for the rest."""
    if "E11000" in str(error):
        return IntegrityError(str(error))
    return (OperationalError if isinstance(error, ConnectionFailure) else DatabaseError)(str(error))
