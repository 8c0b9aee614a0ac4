"""One attempt at one delivery: rights, body, signature, POST. It touches no store, so that any number may run beside each other."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
from cryptography.fernet import InvalidToken as SegredoIlegivel
from django.utils import timezone

from crm_shared.auth.claims import InvalidToken
from crm_shared.auth.keys import KeysUnavailable
from crm_shared.auth.principal import Principal
from crm_shared.client import Refused, TryAgain
from crm_shared.crash_points import point
from crm_shared.events.showing import shown_envelope
from crm_shared.observability.logs import get_logger, masked
from crm_shared.outside import Answer, TargetRefused, Unreachable, checked_url, post
from crm_shared.q import QError
from crm_shared.q.events import names_in, parse_for_events

from ..restritos import acesso_ao
from . import direitos, segredos
from .definicao import cita_pessoais, regras
from .models import EntregaWebhook, Webhook
from .visibilidade import pode_ver

logger = get_logger("automacao.webhooks")

ENTREGUE, FALHA, OCULTA, SEM_ACESSO, ADIADA = "entregue", "falha", "oculta", "sem_acesso", "adiada"
MAX_TRECHO = 1000  # characters of an answer that the log keeps
MAX_ESPERA = 24 * 3600.0  # seconds of Retry-After that we honour
_TEMPORARIOS = frozenset({408, 429})


@dataclass(frozen=True)
class Resultado:
    """`tipo` is one of the five above; `definitiva`: no further attempt; `quem`: the owner's rights, when they were asked."""

    tipo: str
    status: int = 0
    erro: str = ""
    ms: int = 0
    resposta: str = ""
    definitiva: bool = False
    esperar: float = 0  # seconds that the receiver asked for
    quem: Principal | None = None


def tentar(entrega: EntregaWebhook, webhook: Webhook) -> Resultado:
    """Never raises: whatever happens to one delivery is that delivery's own result."""
    try:
        return _com_direitos(entrega, webhook)
    except Refused:
        return Resultado(SEM_ACESSO, erro="dono_sem_acesso")
    except (TryAgain, KeysUnavailable, InvalidToken) as error:  # auth's trouble, not the receiver's
        logger.warning("webhook espera por auth", extra={"webhook": str(webhook.pk), "erro": type(error).__name__})
        return Resultado(ADIADA, erro="auth_indisponivel")
    except SegredoIlegivel:
        return Resultado(FALHA, erro="segredo_ilegivel")
    except Exception as error:
        logger.error("webhook falhou", extra={"webhook": str(webhook.pk), "entrega": str(entrega.pk)}, exc_info=error)
        return Resultado(FALHA, erro="erro_interno")


def _com_direitos(entrega: EntregaWebhook, webhook: Webhook) -> Resultado:
    if entrega.evento_id is None:  # a test tells nothing of anybody
        return _enviada(entrega, webhook, entrega.mensagem, None)
    assert webhook.responsavel_id is not None
    quem = direitos.de_agora(webhook.responsavel_id)
    dados = entrega.mensagem["data"]["dados"]
    if not pode_ver(quem, entrega.evento_tipo, dados, str(entrega.registro_id)) or _filtra_o_que_nao_ve(webhook, quem, entrega.evento_tipo):
        return Resultado(OCULTA, quem=quem)
    return _enviada(entrega, webhook, mascarada(entrega.mensagem, webhook, quem), quem)


def _filtra_o_que_nao_ve(webhook: Webhook, quem: Principal, tipo: str) -> bool:
    """What a filter on values that are not seen lets through tells something of them, as does watching them."""
    access = acesso_ao(quem, tipo)
    if access.closes(*webhook.campos_observados):
        return True
    if access.unlimited or not webhook.q:
        return False
    try:
        arvore = parse_for_events(webhook.q, webhook.tipos)
    except QError:
        return True
    return access.closes(*names_in(arvore)) or (not access.personal and cita_pessoais(arvore, webhook.tipos))


def mascarada(mensagem: dict[str, Any], webhook: Webhook, quem: Principal) -> dict[str, Any]:
    vista = shown_envelope(mensagem, quem)
    return vista if webhook.dados_pessoais else {**vista, "data": {**vista["data"], "pessoais": {}}}


def _enviada(entrega: EntregaWebhook, webhook: Webhook, mensagem: dict[str, Any], quem: Principal | None) -> Resultado:
    corpo = orjson.dumps(mensagem)
    cabecalhos = _cabecalhos(entrega, webhook, corpo)
    point("webhooks.antes_do_envio")
    inicio = time.perf_counter()
    try:
        answer = post(checked_url(webhook.url, regras()), corpo, cabecalhos, regras())
    except TargetRefused as error:
        return Resultado(FALHA, erro=error.codigo, ms=_ms(inicio), definitiva=True, quem=quem)
    except Unreachable as error:
        return Resultado(FALHA, erro=f"sem_resposta_{error.codigo}", ms=_ms(inicio), quem=quem)
    return _lida(answer, _ms(inicio), quem)


def _cabecalhos(entrega: EntregaWebhook, webhook: Webhook, corpo: bytes) -> dict[str, str]:
    agora = timezone.now()
    instante, identificador = int(agora.timestamp()), str(entrega.pk)
    assinatura = segredos.assinaturas(webhook.segredos, identificador=identificador, instante=instante, corpo=corpo, agora=agora)
    return {
        "Content-Type": "application/json",
        "User-Agent": "CRM-Webhooks/1",
        "webhook-id": identificador,
        "webhook-timestamp": str(instante),
        "webhook-signature": assinatura,
    }


def _lida(answer: Answer, ms: int, quem: Principal | None) -> Resultado:
    resposta = masked(answer.content.decode("utf-8", "replace").replace("\0", ""))[:MAX_TRECHO]
    if 200 <= answer.status < 300:
        return Resultado(ENTREGUE, answer.status, ms=ms, resposta=resposta, quem=quem)
    temporaria = answer.status in _TEMPORARIOS or 500 <= answer.status < 600
    erro = "redirecionamento" if 300 <= answer.status < 400 else f"status_{answer.status}"
    espera = espera_pedida(answer.headers) if temporaria else 0
    return Resultado(FALHA, answer.status, erro, ms, resposta, definitiva=not temporaria, esperar=espera, quem=quem)


def espera_pedida(headers: Mapping[str, str]) -> float:
    """Retry-After in seconds or as a date, within bounds; 0 where it says nothing that can be used."""
    texto = headers.get("retry-after", "").strip()
    if texto.isascii() and texto.isdigit():
        return min(float(texto[:9]), MAX_ESPERA)
    try:
        quando = parsedate_to_datetime(texto)
    except ValueError:
        return 0
    quando = quando if quando.tzinfo else quando.replace(tzinfo=UTC)
    return min(max((quando - datetime.now(UTC)).total_seconds(), 0), MAX_ESPERA)


def _ms(inicio: float) -> int:
    return round((time.perf_counter() - inicio) * 1000)
