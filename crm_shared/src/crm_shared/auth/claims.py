"""The claims of an access token, read strictly: whatever is not exactly as auth writes it is refused."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .principal import NIVEIS
from .restrictable import SHORT
from .short import id_in, is_short_id, spelled_out

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SUBJECT = re.compile(rf"{_UUID.pattern}|svc:[a-z]{{1,32}}")
_MAX_INSTANT = 2**40  # seconds; also keeps a claim such as 1e400 or a 4000-digit number out of every comparison


class InvalidToken(Exception):
    """The token is refused (401). `codigo` is for the client; the message says why and is for logs and tests only."""

    def __init__(self, reason: str, codigo: str = "token_invalido") -> None:
        super().__init__(reason)
        self.codigo = codigo


class ServiceToken(InvalidToken):
    """A service's, where only people's are accepted (the gateway)."""


@dataclass(frozen=True)
class Claims:
    """A verified token. Instants are seconds since the epoch; `raw` is every claim as sent."""

    sub: str
    sid: str
    jti: str
    scopes: frozenset[str]
    vis: Mapping[str, str]
    equipes: tuple[str, ...]
    aud: tuple[str, ...]
    exp: int
    nbf: int
    iat: int
    nome: str | None = None
    obo: str | None = None
    campos: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_service(self) -> bool:
        return self.sub.startswith("svc:")


def strict_object(text: bytes, what: str) -> dict[str, Any]:
    """A JSON object without repeated keys, NaN or Infinity. Two readers may take different twins of a repeated key."""
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InvalidToken(f"{what} is not strict JSON") from None
    if not isinstance(value, dict):
        raise InvalidToken(f"{what} is not an object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("repeated key")
    return dict(pairs)


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def read_claims(raw: dict[str, Any], issuer: str) -> Claims:
    """The typed claims. Raises InvalidToken for an absent claim, a wrong type or another issuer; looks at no clock."""
    if raw.get("iss") != issuer:
        raise InvalidToken("iss")
    claims = Claims(
        sub=_take(raw, "sub", _is_subject),
        sid=_take(raw, "sid", _is_name),
        jti=_take(raw, "jti", _is_name),
        scopes=frozenset(spelled_out(_take(raw, "scope", _is_text))),
        vis=_take(raw, "vis", _is_visibility),
        equipes=tuple(id_in(equipe) for equipe in _take(raw, "equipes", _are_ids)),
        aud=_audience(raw),
        exp=_take(raw, "exp", _is_instant),
        nbf=_take(raw, "nbf", _is_instant),
        iat=_take(raw, "iat", _is_instant),
        nome=_take(raw, "nome", _is_text) if "nome" in raw else None,
        obo=_take(raw, "obo", _is_uuid) if "obo" in raw else None,
        campos=_take(raw, "campos", _is_field_rules) if "campos" in raw else {},
        raw=raw,
    )
    if claims.obo is not None and not claims.is_service:
        raise InvalidToken("obo in a token that is not a service's")
    return claims


def _take(raw: dict[str, Any], name: str, accepts: Callable[[Any], bool]) -> Any:
    value = raw.get(name)
    if not accepts(value):
        raise InvalidToken(name)
    return value


def _audience(raw: dict[str, Any]) -> tuple[str, ...]:
    value = raw.get("aud")
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(_is_name(name) for name in names):
        raise InvalidToken("aud")
    return tuple(names)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 128


def _is_uuid(value: Any) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _is_subject(value: Any) -> bool:
    return isinstance(value, str) and _SUBJECT.fullmatch(value) is not None


def _is_instant(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MAX_INSTANT


def _are_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and (_is_uuid(item) or is_short_id(item)) for item in value)


def _is_visibility(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(level, str) and level in NIVEIS for level in value.values())


def _is_field_rules(value: Any) -> bool:
    """A level that is not known would be no rule at all: such a token is refused."""
    if not isinstance(value, dict) or not all(isinstance(rules, dict) for rules in value.values()):
        return False
    return all(isinstance(level, str) and level in SHORT for rules in value.values() for level in rules.values())
