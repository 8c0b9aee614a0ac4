"""What of an event somebody may be shown, by the field rules and `pessoais:ler`."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..auth.fields import FieldAccess, field_access
from ..auth.principal import Principal
from ..auth.restrictable import resource_of

_CUSTOM = ("extras", "extras_pessoais")
Item = dict[str, Any]


def shown_changes(mudancas: Iterable[Item], pessoais: Mapping[str, Any], access: FieldAccess) -> list[Item]:
    """With their values where these may be seen; of a masked or personal field only its name, of a hidden one nothing."""
    known = {item["campo"]: item for item in pessoais.get("mudancas", [])} if access.personal else {}
    told = [known.get(item["campo"], item) for item in mudancas if not access.hides(item["campo"])]
    return [{"campo": item["campo"]} if access.closes(item["campo"]) else item for item in told] if access.closed else told


def shown_data(data: Mapping[str, Any], access: FieldAccess) -> dict[str, Any]:
    """`data` of an event's envelope: {dados, mudancas, pessoais}."""
    if access.unlimited:
        return dict(data)
    mudancas = shown_changes(data.get("mudancas", []), {}, access)
    pessoais = _values(data.get("pessoais", {}), access) if access.personal else {}
    if "mudancas" in pessoais:
        pessoais["mudancas"] = [item for item in pessoais["mudancas"] if not access.closes(item["campo"])]
    return {**data, "dados": _values(data.get("dados", {}), access), "mudancas": mudancas, "pessoais": pessoais}


def shown_envelope(event: dict[str, Any], principal: Principal) -> dict[str, Any]:
    """A CloudEvent of ours as `principal` may read it."""
    access = field_access(principal, resource_of(event["type"]))
    return event if access.unlimited else {**event, "data": shown_data(event["data"], access)}


def _values(values: Mapping[str, Any], access: FieldAccess) -> dict[str, Any]:
    shown = {name: value for name, value in values.items() if not access.closes(name)}
    for name in _CUSTOM:
        if shown.get(name):
            shown[name] = {chave: value for chave, value in shown[name].items() if not access.closes(f"extras.{chave}")}
    return shown
