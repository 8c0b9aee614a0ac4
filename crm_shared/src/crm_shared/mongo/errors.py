"""The driver's errors as Django's, wherever they arise: the backend translates only some of them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, IntegrityError, OperationalError
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError

_DUPLICATE = re.compile(r"E11000 duplicate key error.* index: (\S+) dup key", re.DOTALL)


@contextmanager
def as_django_errors() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise django_error(error) from error
    except DatabaseError as error:
        if isinstance(error.__cause__, PyMongoError) and type(error) is DatabaseError:
            raise django_error(error.__cause__) from error.__cause__
        raise


def django_error(error: PyMongoError) -> DatabaseError:
    if constraint_of(error):
        return IntegrityError(str(error))
    if isinstance(error, ConnectionFailure | ExecutionTimeout) or error.timeout:
        return OperationalError(str(error))
    return DatabaseError(str(error))


def constraint_of(error: BaseException | None) -> str:
    """The unique index that refused a write, else an empty string."""
    match = _DUPLICATE.search(str(error))
    return match[1] if match else ""
