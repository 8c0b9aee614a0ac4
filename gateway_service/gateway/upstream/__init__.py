"""The HTTP/1.1 client towards the services: a pool of connections to each, on httptools (llhttp). No redirects, no cookies, no decoding.

A request is sent once, except GET and HEAD without a body when a reused connection turns out to have been closed by the
service before it answered anything.
"""

from gateway.upstream.client import UpstreamClient, UpstreamRequest, UpstreamResponse, lines
from gateway.upstream.errors import Broken, Refused, TimedOut, Unreachable, UpstreamError

__all__ = [
    "Broken",
    "Refused",
    "TimedOut",
    "Unreachable",
    "UpstreamClient",
    "UpstreamError",
    "UpstreamRequest",
    "UpstreamResponse",
    "lines",
]
