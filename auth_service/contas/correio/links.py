"""Links in mail."""

from django.conf import settings


def endereco(acao: str, token: str) -> str:
    """In the fragment, which no server logs; empty where no front end was named."""
    return f"{settings.FRONTEND_URL.rstrip('/')}/#{acao}={token}" if settings.FRONTEND_URL else ""
