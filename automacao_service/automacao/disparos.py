"""From an event to runs: one per flow and event, also where it comes to nothing, so that "why did it not run" has an answer."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crm_shared.events.consume import Received
from crm_shared.observability.context import current
from crm_shared.q import QError
from crm_shared.q.events import event_row, first_unmet, names_in, personal_fields

from .condicoes import primeira_nao_atendida
from .definicao import pessoais_citados
from .eventos import campos_de
from .fila import enfileirar
from .models import CadeiaCausal, Execucao, Fluxo
from .selectors import fluxos_que_ouvem

Estado, Motivo = Execucao.Estado, Execucao.Motivo


def disparar(event: Received) -> None:
    """Runs inside the consumer's transaction; the queue hears of the new runs after its commit."""
    acima = _profundidade(event)
    comecadas = [execucao for fluxo in fluxos_que_ouvem(event.tipo) if (execucao := _registrar(fluxo, event, acima))]
    profundidade = acima + bool(comecadas)
    if profundidade:
        CadeiaCausal.objects.get_or_create(evento_id=event.id, defaults={"profundidade": profundidade})
    for execucao in comecadas:
        transaction.on_commit(partial(enfileirar, execucao))


def _profundidade(event: Received) -> int:
    """How many runs led to this event, one causing the next."""
    causa = event.envelope.get("causa") or None
    achada = CadeiaCausal.objects.filter(evento_id=UUID(causa)).values_list("profundidade", flat=True).first() if causa else None
    return achada or 0


def _registrar(fluxo: Fluxo, event: Received, acima: int) -> Execucao | None:
    """The new run if it is to be carried out; None when it is ignored, or known already."""
    execucao, nova = Execucao.objects.get_or_create(
        fluxo=fluxo, chave_dedup=str(event.id), defaults={**_comum(fluxo, event, acima), **_destino(fluxo, event, acima)}
    )
    return execucao if nova and execucao.estado == Estado.NA_FILA else None


def _comum(fluxo: Fluxo, event: Received, acima: int) -> dict[str, Any]:
    return {
        "versao_fluxo": fluxo.versao_publicada,
        "dono_id": fluxo.responsavel_id,
        "evento_id": event.id,
        "evento_tipo": event.tipo,
        "alvo_recurso": event.data.agregado(),
        "alvo_id": event.subject,
        "profundidade": acima + 1,
        "causa": str(event.id),
        "rastro": current().rastro,
    }


def _destino(fluxo: Fluxo, event: Received, acima: int) -> dict[str, Any]:
    """To the queue with the values it needs, or ignored with the reason."""
    versao = fluxo.versao_publicada
    assert versao is not None
    dados, pessoais = event.data.split()
    recusa = primeira_nao_atendida(versao.gatilho["condicoes"], {**dados, **pessoais})
    if recusa is not None:
        return _ignorada(Motivo.FILTRO, {"condicao": {**recusa, **_atual(event, recusa["campo"])}})
    if q := versao.gatilho.get("q"):
        filtro = _recusa_do_filtro(q, event, {**dados, **pessoais})
        if filtro is not None:
            return _ignorada(Motivo.FILTRO, {"filtro": {"q": q, **filtro}})
    if acima >= CadeiaCausal.LIMITE:
        return _ignorada(Motivo.LACO, {"profundidade": acima})
    citados = pessoais_citados(versao.passos, event.tipo)
    contexto = {"dados": dados, "pessoais": {nome: pessoais[nome] for nome in citados}}
    return {"passo_atual": versao.passos[0]["id"], "contexto": contexto, "enfileirada_em": timezone.now()}


def _recusa_do_filtro(q: str, event: Received, valores: dict[str, Any]) -> dict[str, Any] | None:
    """The part of the expression that did not hold, and the values that it met, the personal ones left out."""
    row = event_row(dados=valores, pessoais={}, ator=event.ator, registro_id=event.subject)
    try:
        parte = first_unmet(q, event.tipo, row, timezone.now())
    except QError as error:  # a field that a later release of the event no longer has
        return {"erro": str(error)}
    if parte is None:
        return None
    return {"parte": parte, "atual": {nome: row.get(nome) for nome in sorted(names_in(parte) - personal_fields(event.tipo))}}


def _ignorada(motivo: str, contexto: dict[str, Any]) -> dict[str, Any]:
    return {"estado": Estado.IGNORADA, "motivo": motivo, "contexto": contexto, "terminada_em": timezone.now()}


def _atual(event: Received, campo: str) -> dict[str, Any]:
    """The value that the condition met, unless it is personal."""
    return {} if campos_de(event.tipo)[campo].pessoal else {"atual": getattr(event.data, campo)}
