"""Which errors of PostgreSQL heal by waiting."""

import pytest
from django.db import DatabaseError, IntegrityError, InternalError, OperationalError
from psycopg import errors

from crm_shared.events.failures import is_outage


@pytest.mark.parametrize(
    ("kind", "cause", "outage"),
    [
        (OperationalError, errors.AdminShutdown(), True),
        (InternalError, errors.IdleInTransactionSessionTimeout(), True),
        (InternalError, errors.InFailedSqlTransaction(), False),
        (OperationalError, errors.DeadlockDetected(), False),
        (OperationalError, errors.QueryCanceled(), False),
        (IntegrityError, errors.UniqueViolation(), False),
    ],
)
def test_what_is_an_outage(kind: type[DatabaseError], cause: Exception, outage: bool) -> None:
    error = kind()
    error.__cause__ = cause
    assert is_outage(error) is outage
