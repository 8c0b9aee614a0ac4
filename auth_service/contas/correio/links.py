"""Links in mail: the token that only the mail has, and what is kept of it."""

import secrets
from hashlib import sha256

from django.conf import settings


def novo() -> tuple[str, str]:
    """(the token, its hash). 256 bits at random need no key and no salt."""
    token = secrets.token_urlsafe(32)
    return token, hash_de(token)


def hash_de(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def endereco(acao: str, token: str) -> str:
    """In the fragment, which no server logs; empty where no front end was named."""
    return f"{settings.FRONTEND_URL.rstrip('/')}/#{acao}={token}" if settings.FRONTEND_URL else ""
