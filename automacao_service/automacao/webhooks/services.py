"""Every write on subscriptions, and sending a delivery once more: one function, one transaction."""

import uuid
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Forbidden, RuleRefused
from crm_shared.events.contracts import automacao as eventos
from crm_shared.events.log import Change, record
from crm_shared.observability.context import current
from crm_shared.outside import checked_url
from crm_shared.records import changes
from crm_shared.records.references import EQUIPE, USUARIO, cite

from ..exceptions import SomenteODono, TransicaoNaoPermitida
from . import segredos
from .definicao import conferir, regras
from .direitos import retrato
from .models import EntregaWebhook, Webhook
from .registro import aviso

MAX_POR_PESSOA = 50
TIPO_TESTE = "automacao.webhook.teste.v1"  # of no record, and on no bus
Estado = EntregaWebhook.Estado


@atomic
def criar_webhook(*, ator: Principal, dados: dict[str, Any]) -> Webhook:
    """The subscription, which is the caller's own; `segredo_novo` is its secret, which is told this once."""
    dono = _pessoa(ator)
    if Webhook.objects.vivos().filter(responsavel_id=dono).count() >= MAX_POR_PESSOA:
        raise RuleRefused(f"Cada pessoa pode ter até {MAX_POR_PESSOA} webhooks.", codigo="limite_de_webhooks")
    conferir(ator, dados)
    cite(USUARIO, dono)
    cite(EQUIPE, ator.equipe_id)
    webhook = Webhook(**dados, responsavel_id=dono, equipe_id=ator.equipe_id, destino=_destino(dados["url"]))
    webhook.segredo_novo = segredos.novo()
    webhook.segredos = [segredos.guardado(webhook.segredo_novo, timezone.now())]
    _com_direitos(webhook, ator)
    if not webhook.ativo:
        webhook.motivo_desativacao = Webhook.Motivo.PESSOA
    changes.save_new(webhook)
    record(eventos.WebhookCriado.of(webhook), webhook)
    return webhook


@atomic
def atualizar_webhook(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Webhook:
    """Only its owner says what is sent where; whoever else may edit it can rename it or switch it off."""
    webhook = changes.lock(Webhook, pk)
    mudados = {campo: valor for campo, valor in dados.items() if getattr(webhook, campo) != valor}
    if not _e_dono(ator, webhook) and (mudados.keys() - {"nome", "ativo"} or mudados.get("ativo") is True):
        raise SomenteODono(_SO_DONO)
    if mudados.keys() & {*_DEFINICAO, "ativo"} and _e_dono(ator, webhook):
        conferir(ator, {campo: getattr(webhook, campo) for campo in _DEFINICAO} | dados)
    mudancas = changes.change(webhook, {**dados, **_com_consequencias(mudados)}, versao=versao)
    if mudancas:
        if _e_dono(ator, webhook):
            Webhook.objects.filter(pk=pk).update(direitos=retrato(ator), direitos_em=_lidos_em(ator))
        record(eventos.WebhookAtualizado.of(webhook), webhook, _sem_segredos(webhook, mudancas))
    return webhook


_DEFINICAO = ("url", "tipos", "q", "campos_observados", "dados_pessoais")
_SO_DONO = "O webhook mostra o que o responsável vê: só ele decide o que é enviado e para onde. Você pode renomeá-lo ou desativá-lo."
_DE_NOVO = {"falhando_desde": None, "falhas_seguidas": 0, "suspenso_ate": None}


def _com_consequencias(mudados: dict[str, Any]) -> dict[str, Any]:
    """Another address, or switching it on, begins anew."""
    mais: dict[str, Any] = {}
    if "url" in mudados:
        mais |= {"destino": _destino(mudados["url"]), **_DE_NOVO}
    if "ativo" in mudados:
        mais |= {"motivo_desativacao": "", **_DE_NOVO} if mudados["ativo"] else {"motivo_desativacao": Webhook.Motivo.PESSOA}
    return mais


@atomic
def excluir_webhook(*, ator: Principal, pk: UUID, versao: int | None = None) -> Webhook:
    """What waits is not sent any more."""
    webhook = changes.lock(Webhook, pk)
    mudancas = changes.soft_delete(webhook, versao=versao)
    agora = timezone.now()
    webhook.entregas.filter(estado=Estado.PENDENTE).update(estado=Estado.CANCELADA, terminada_em=agora)
    record(eventos.WebhookExcluido.of(webhook), webhook, mudancas)
    return webhook


@atomic
def restaurar_webhook(*, ator: Principal, pk: UUID) -> Webhook:
    webhook = changes.lock(Webhook, pk, deleted=True)
    if not _e_dono(ator, webhook):
        raise SomenteODono(_SO_DONO)
    mudancas = changes.restore(webhook)
    record(eventos.WebhookRestaurado.of(webhook), webhook, mudancas)
    return webhook


@atomic
def trocar_segredo(*, ator: Principal, pk: UUID, versao: int | None = None, manter_horas: int) -> Webhook:
    """`segredo_novo` is told this once; the one before it signs along for `manter_horas`."""
    webhook = changes.lock(Webhook, pk)
    if not _e_dono(ator, webhook):
        raise SomenteODono(_SO_DONO)
    webhook.segredo_novo = segredos.novo()
    trocados = segredos.trocados(webhook.segredos, webhook.segredo_novo, timezone.now(), timedelta(hours=manter_horas))
    changes.change(webhook, {"segredos": trocados}, versao=versao)
    record(eventos.WebhookSegredoTrocado.of(webhook), webhook, [Change("segredos", None, None)])
    return webhook


@atomic
def testar_webhook(*, ator: Principal, pk: UUID) -> EntregaWebhook:
    """One delivery of an event that nothing happened for; sent also where the subscription is switched off."""
    webhook = changes.lock(Webhook, pk)
    if not _e_dono(ator, webhook):
        raise SomenteODono(_SO_DONO)
    teste = uuid.uuid4()
    entrega = EntregaWebhook(
        webhook=webhook,
        chave=f"teste:{teste}",
        evento_tipo=TIPO_TESTE,
        registro_id=webhook.pk,
        mensagem=_mensagem_de_teste(webhook, teste),
        conferida=True,
        rastro=current().rastro,
    )
    changes.save_new(entrega)
    transaction.on_commit(aviso.set)
    return entrega


def _mensagem_de_teste(webhook: Webhook, identificador: UUID) -> dict[str, Any]:
    context = current()
    dados = {"webhook_id": str(webhook.pk), "mensagem": "Se você lê isto e a assinatura confere, está tudo certo."}
    return {
        "specversion": "1.0",
        "id": str(identificador),
        "source": f"/{settings.SERVICE}",
        "type": TIPO_TESTE,
        "subject": str(webhook.pk),
        "time": timezone.now().isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "versao": webhook.versao,
        "rastro": context.rastro,
        "causa": "",
        "ator": context.ator or "sistema",
        "data": {"dados": dados, "mudancas": [], "pessoais": {}},
    }


@atomic
def reenviar_entrega(*, ator: Principal, pk: UUID, versao: int | None = None) -> EntregaWebhook:
    """The same message under the same `webhook-id`, with a full round of attempts."""
    entrega = changes.lock(EntregaWebhook, pk)
    if not _e_dono(ator, entrega.webhook):
        raise SomenteODono(_SO_DONO)
    if entrega.estado not in (Estado.ENTREGUE, Estado.FALHOU, Estado.CANCELADA):
        raise TransicaoNaoPermitida("Só se reenvia uma entrega que terminou.", atual=str(entrega.estado))
    if entrega.webhook.excluido_em is not None or not (entrega.webhook.ativo or entrega.evento_id is None):
        raise TransicaoNaoPermitida("O webhook está desativado ou excluído.", codigo="webhook_inativo")
    valores = {"estado": Estado.PENDENTE, "proxima_em": timezone.now(), "tentativas": 0, "erro": "", "terminada_em": None}
    changes.change(entrega, valores, versao=versao)
    transaction.on_commit(aviso.set)
    return entrega


def desativar(webhook: Webhook, motivo: str) -> None:
    """By the system, within the caller's transaction; the event is the notice, and a flow may make a task of it."""
    mudancas = changes.change(webhook, {"ativo": False, "motivo_desativacao": motivo})
    record(eventos.WebhookDesativado.of(webhook), webhook, mudancas)


def _pessoa(ator: Principal) -> UUID:
    if ator.usuario_id is None:
        raise Forbidden("Um webhook pertence a uma pessoa: ele mostra o que ela vê.", codigo="somente_pessoas")
    return ator.usuario_id


def _e_dono(ator: Principal, webhook: Webhook) -> bool:
    return ator.usuario_id is not None and ator.usuario_id == webhook.responsavel_id


def _com_direitos(webhook: Webhook, ator: Principal) -> None:
    webhook.direitos, webhook.direitos_em = retrato(ator), _lidos_em(ator)


def _lidos_em(ator: Principal) -> Any:
    """A service's token for somebody says less than that person may: then they are soon read at auth."""
    return None if ator.obo else timezone.now()


def _destino(url: str) -> str:
    return checked_url(url, regras()).origin[:300]


def _sem_segredos(webhook: Webhook, mudancas: list[Change]) -> list[Change]:
    return [
        Change(item.campo, None, webhook.destino if item.campo == "url" else None) if item.campo in Webhook.SECRETOS else item
        for item in mudancas
    ]
