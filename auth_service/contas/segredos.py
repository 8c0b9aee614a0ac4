"""Secrets that somebody is told once (refresh tokens, API keys, links in mail) and what is kept of them."""

import secrets
from hashlib import sha256


def novo() -> str:
    """256 bits at random: they need no key and no salt."""
    return secrets.token_urlsafe(32)


def hash_de(segredo: str) -> str:
    return sha256(segredo.encode()).hexdigest()
