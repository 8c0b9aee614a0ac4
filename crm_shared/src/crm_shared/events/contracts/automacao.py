"""What automacao tells."""

from .base import Contract

EVENTS: tuple[type[Contract], ...] = ()
