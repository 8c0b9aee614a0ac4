"""Telling a store that is out, which heals by waiting, from a message that cannot be handled."""

from django.db import DatabaseError, InterfaceError, OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ..db import is_mongo

# a deadlock or a statement of ours that is too slow is the message's own trouble and must end as a dead letter
_OWN_TROUBLE = ("40P01", "40001", "57014", "55P03")


def is_outage(error: BaseException) -> bool:
    if isinstance(error, RedisConnectionError | RedisTimeoutError | InterfaceError):
        return True
    if isinstance(error, OperationalError):
        return getattr(error.__cause__, "sqlstate", None) not in _OWN_TROUBLE
    return is_mongo() and isinstance(error, DatabaseError) and _lost_mongo(error.__cause__)


def _lost_mongo(cause: BaseException | None) -> bool:
    from pymongo.errors import ConnectionFailure

    return isinstance(cause, ConnectionFailure)
