"""Why there is no answer, or not the whole of it."""


class UpstreamError(Exception):
    """No answer, or not the whole of it."""


class Refused(UpstreamError):
    """Nobody listens there: the process is down."""


class Unreachable(UpstreamError):
    """No connection in time: no address, no network, no free place."""


class TimedOut(UpstreamError):
    """Connected, and then silent."""


class Broken(UpstreamError):
    """Closed, or answered something that is not HTTP."""

    def __init__(self, reason: str, *, nothing_received: bool = False) -> None:
        super().__init__(reason)
        self.nothing_received = nothing_received
