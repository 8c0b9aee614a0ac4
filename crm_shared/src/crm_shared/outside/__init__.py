"""Outgoing HTTP to addresses that users name (webhooks): checked when they are saved and again at each connection.

`addresses.checked_url` reads and refuses; `sending.post` resolves once, checks every address, connects to what it checked.
"""

from .addresses import Rules, Target, TargetRefused, checked_url
from .sending import Answer, Unreachable, post

__all__ = ["Answer", "Rules", "Target", "TargetRefused", "Unreachable", "checked_url", "post"]
