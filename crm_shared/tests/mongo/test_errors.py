"""What an error of the driver is to those who know only Django's."""

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError
from pymongo.errors import AutoReconnect, DuplicateKeyError, ExecutionTimeout, NetworkTimeout, OperationFailure, WaitQueueTimeoutError

from crm_shared.events.failures import is_outage
from crm_shared.mongo.errors import as_django_errors

TOO_SLOW = ExecutionTimeout("operation would exceed time limit, remaining timeout:-1.9", 50)


@pytest.mark.parametrize(
    ("error", "expected", "outage"),
    [
        (AutoReconnect("connection closed"), OperationalError, True),
        (NetworkTimeout("timed out"), OperationalError, True),
        (WaitQueueTimeoutError("no connection free"), OperationalError, True),
        (TOO_SLOW, OperationalError, False),
        (DuplicateKeyError("E11000 duplicate key", 11000), IntegrityError, False),
        (OperationFailure("unknown operator", 2), DatabaseError, False),
    ],
)
def test_as_django(error, expected, outage):
    with pytest.raises(DatabaseError) as raised, as_django_errors():
        raise error
    assert type(raised.value) is expected
    assert is_outage(raised.value) is outage
