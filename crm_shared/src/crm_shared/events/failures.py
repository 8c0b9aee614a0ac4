"""Telling a store that is out, which heals by waiting, from a message that cannot be handled."""

from django.db import InterfaceError, OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

# a deadlock or a statement of ours that is too slow is the message's own trouble and must end as a dead letter
_OWN_TROUBLE = ("40P01", "40001", "57014", "55P03")


def is_outage(error: BaseException) -> bool:
    if isinstance(error, RedisConnectionError | RedisTimeoutError | InterfaceError):
        return True
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", None) not in _OWN_TROUBLE
