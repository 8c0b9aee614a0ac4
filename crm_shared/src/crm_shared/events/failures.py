"""Telling a store that is out, which heals by waiting, from a message that cannot be handled."""

from django.db import DatabaseError, InterfaceError, OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

# a deadlock or a statement of ours that is too slow is the message's own trouble and must end as a dead letter
_OWN_TROUBLE = ("40P01", "40001", "57014", "55P03")
_TOO_SLOW_FOR_MONGODB = 50  # MaxTimeMSExpired, which the driver says of its own deadline too


def is_outage(error: BaseException) -> bool:
    if isinstance(error, RedisConnectionError | RedisTimeoutError | InterfaceError):
        return True
    if isinstance(error, DatabaseError) and hung_up(error):
        return True
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) not in _OWN_TROUBLE and getattr(cause, "code", None) != _TOO_SLOW_FOR_MONGODB


def hung_up(error: DatabaseError) -> bool:
    """The server ended a transaction that was idle or open for too long, which psycopg calls an internal error."""
    return getattr(error.__cause__, "sqlstate", "") in ("25P03", "25P04")
