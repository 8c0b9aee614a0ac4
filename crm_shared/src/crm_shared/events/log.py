"""Writing the event log, and reading a record's past from it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings

from ..bulk_insert import insert_all, unsaved
from ..db import require_atomic
from ..observability import tracing
from ..observability.context import current
from ..records.together import batch
from .contracts.base import Contract
from .values import plain

if TYPE_CHECKING:
    from ..records.models import Record
    from .models import Evento

__all__ = ["Change", "changed_since", "envelope", "plain", "record", "record_all"]


@dataclass(frozen=True)
class Change:
    """One field of one change, values as `plain` gives them."""

    campo: str
    de: Any
    para: Any


def record(event: Contract, of: "Record", mudancas: Sequence[Change] = ()) -> "Evento":
    """Append `event` about the record `of`, in the transaction that changed it; the relay publishes it after the commit."""
    require_atomic("Recording an event")
    evento = _unsaved(event, of, mudancas)
    if (together := batch()) is not None:
        together.events.append(evento)
    else:
        evento.save(force_insert=True)
    tracing.event_recorded(str(evento.pk), evento.tipo)
    return evento


def record_all(told: Sequence[tuple[Contract, "Record", Sequence[Change]]]) -> None:
    """`record` for many, in their order, by one statement."""
    require_atomic("Recording events")
    insert_all([_unsaved(event, of, mudancas) for event, of, mudancas in told])


def _unsaved(event: Contract, of: "Record", mudancas: Sequence[Change]) -> "Evento":
    from ..extensions.values import personal_names
    from .models import Evento

    dados, pessoais = event.split()
    public, personal = _split_changes(mudancas, personal_names(of, [item.campo for item in mudancas]))
    context = current()
    return unsaved(
        Evento,
        tipo=event.TIPO,
        agregado=event.agregado(),
        agregado_id=of.pk,
        versao=of.versao,
        dados=dados,
        mudancas=public,
        pessoais={**pessoais, **({"mudancas": personal} if personal else {})},
        ator=context.ator or "sistema",
        rastro=context.rastro,
        causa=context.causa or "",
    )


def _split_changes(mudancas: Sequence[Change], personal_fields: frozenset[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    public: list[dict[str, Any]] = []
    personal: list[dict[str, Any]] = []
    for item in mudancas:
        if item.campo in personal_fields:
            public.append({"campo": item.campo})
            personal.append(asdict(item))
        else:
            public.append(asdict(item))
    return public, personal


def changed_since(record: "Record", versao: int) -> dict[str, Any] | None:
    """The fields that changed after version `versao`, with the value that each had then; None when nothing tells of that time."""
    from .models import Evento

    originals: dict[str, Any] = {}
    rows = Evento.objects.filter(agregado_id=record.pk, versao__gt=versao).order_by("versao", "id")
    together = batch()
    unsaved = [item for item in together.events if item.agregado_id == record.pk and item.versao > versao] if together else []
    told = [*rows.values_list("mudancas", "pessoais"), *((item.mudancas, item.pessoais) for item in unsaved)]
    for mudancas, pessoais in told:
        for item in [*mudancas, *pessoais.get("mudancas", [])]:
            if "de" in item:
                originals.setdefault(item["campo"], item["de"])
    return originals if told else None


def envelope(evento: "Evento") -> dict[str, Any]:
    """CloudEvents 1.0, structured JSON, with the extensions `versao`, `rastro`, `causa`, `ator`."""
    pk: UUID = evento.pk
    return {
        "specversion": "1.0",
        "id": str(pk),
        "source": f"/{settings.SERVICE}",
        "type": evento.tipo,
        "subject": str(evento.agregado_id),
        "time": plain(evento.criado_em),
        "datacontenttype": "application/json",
        "versao": evento.versao,
        "rastro": evento.rastro,
        "causa": evento.causa,
        "ator": evento.ator,
        "data": {"dados": evento.dados, "mudancas": evento.mudancas, "pessoais": evento.pessoais},
    }
