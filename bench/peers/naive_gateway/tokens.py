import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

PUBLIC_KEY = Path(os.environ["PUBLIC_KEY_FILE"]).read_text()


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        _, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            claims = jwt.decode(token, PUBLIC_KEY, algorithms=["ES256"], audience="crm")
        except jwt.PyJWTError:
            raise AuthenticationFailed from None
        return SimpleNamespace(is_authenticated=True, pk=claims["sub"]), claims
