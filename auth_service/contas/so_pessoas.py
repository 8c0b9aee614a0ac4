"""What only a person may do who signed in: credentials are not made of credentials."""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from .chaves_api.services import por_chave


class SoPessoas:
    """For viewsets: a token that was bought with an API key, or by a service that acts for the person, may read here, and nothing else."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # a viewset's
        claims: Any = request.auth
        if request.method not in SAFE_METHODS and (claims.is_service or por_chave(claims.sid)):
            raise PermissionDenied("Isto só faz uma pessoa que entrou com a própria conta.", code="so_pessoas")
