"""A deal's way through the stages: every step leaves its row in the history and its event."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Invalid
from crm_shared.events.contracts import vendas as eventos
from crm_shared.events.log import record
from crm_shared.records import changes
from crm_shared.records.references import USUARIO, cite

from .calendario import dia
from .exceptions import EtapaDeFechamento, MoedaDiferente, NotaObrigatoria, OportunidadeFechada, TransicaoNaoPermitida
from .models import Etapa, HistoricoEtapa, MotivoPerda, Oportunidade, Status


@atomic
def mover_oportunidade(*, ator: Principal, pk: UUID, etapa_id: UUID, versao: int | None = None) -> Oportunidade:
    """To another open stage, also of another funnel in the same currency. The final stages are reached by winning or losing."""
    oportunidade = changes.lock(Oportunidade, pk)
    if oportunidade.status != Status.ABERTA:
        raise OportunidadeFechada
    etapa = etapa_aberta(etapa_id, oportunidade.moeda)
    if etapa.pk == oportunidade.etapa_id:
        return oportunidade
    return mudar_etapa(oportunidade, etapa, ator=ator, evento=eventos.OportunidadeMovida, versao=versao)


@atomic
def ganhar_oportunidade(
    *, ator: Principal, pk: UUID, valor: Decimal | None = None, fechada_em: datetime | None = None, versao: int | None = None
) -> Oportunidade:
    """`valor` states what was agreed in the end, and then no longer follows the items."""
    oportunidade = _aberta(pk, Status.GANHA)
    valores: dict[str, Any] = {"status": Status.GANHA, "fechada_em": _fechamento(oportunidade, fechada_em)}
    if valor is not None:
        valores |= {"valor": valor, "origem_valor": Oportunidade.OrigemValor.MANUAL}
    evento = eventos.OportunidadeGanha
    return mudar_etapa(oportunidade, _etapa_final(oportunidade, Status.GANHA), valores, ator=ator, evento=evento, versao=versao)


@atomic
def perder_oportunidade(
    *, ator: Principal, pk: UUID, motivo_perda_id: UUID, nota: str = "", fechada_em: datetime | None = None, versao: int | None = None
) -> Oportunidade:
    oportunidade = _aberta(pk, Status.PERDIDA)
    motivo = motivo_ativo(motivo_perda_id, nota)
    valores = {
        "status": Status.PERDIDA,
        "fechada_em": _fechamento(oportunidade, fechada_em),
        "motivo_perda_id": motivo.pk,
        "nota_perda": nota,
    }
    final = _etapa_final(oportunidade, Status.PERDIDA)
    return mudar_etapa(oportunidade, final, valores, ator=ator, evento=eventos.OportunidadePerdida, versao=versao, nota=nota)


@atomic
def reabrir_oportunidade(*, ator: Principal, pk: UUID, motivo: str = "", versao: int | None = None) -> Oportunidade:
    """Back to the stage from which it was closed, or to the funnel's first one if that is gone."""
    oportunidade = changes.lock(Oportunidade, pk)
    if oportunidade.status == Status.ABERTA:
        raise TransicaoNaoPermitida("A oportunidade já está aberta.", atual=oportunidade.status)
    abertas = Etapa.objects.vivos().filter(funil_id=oportunidade.funil_id, tipo=Status.ABERTA)
    ultima = oportunidade.historico.filter(para_id=oportunidade.etapa_id).order_by("-em", "-id").values_list("de_id", flat=True).first()
    etapa = abertas.filter(pk=ultima).first() or abertas.order_by("ordem", "id")[0]
    valores = {"status": Status.ABERTA, "fechada_em": None, "motivo_perda_id": None, "nota_perda": ""}
    return mudar_etapa(oportunidade, etapa, valores, ator=ator, evento=eventos.OportunidadeReaberta, versao=versao, nota=motivo)


def etapa_aberta(etapa_id: UUID, moeda: str) -> Etapa:
    """The stage, if a deal in `moeda` may be moved into it."""
    etapa: Etapa | None = Etapa.objects.vivos().select_related("funil").filter(pk=etapa_id, funil__excluido_em__isnull=True).first()
    if etapa is None:
        raise Invalid("Etapa não encontrada.", codigo="inexistente", campo="etapa_id")
    if etapa.tipo != Status.ABERTA:
        raise EtapaDeFechamento(campo="etapa_id")
    if etapa.funil.moeda != moeda:
        raise MoedaDiferente(f"O funil desta etapa está em {etapa.funil.moeda}.", campo="etapa_id")
    return etapa


def motivo_ativo(motivo_perda_id: UUID, nota: str) -> MotivoPerda:
    motivo: MotivoPerda | None = MotivoPerda.objects.vivos().filter(pk=motivo_perda_id, ativo=True).first()
    if motivo is None:
        raise Invalid("Motivo de perda não encontrado ou inativo.", codigo="inexistente", campo="motivo_perda_id")
    if motivo.exige_nota and not nota:
        raise NotaObrigatoria(campo="nota")
    return motivo


def mudar_etapa(
    oportunidade: Oportunidade,
    etapa: Etapa,
    valores: dict[str, Any] | None = None,
    *,
    ator: Principal,
    evento: type[eventos.Oportunidade],
    versao: int | None,
    nota: str = "",
) -> Oportunidade:
    """Put the locked deal into `etapa` together with `valores`: one new version, one step of history, one event."""
    de, desde = oportunidade.etapa_id, oportunidade.etapa_desde
    valores = dict(valores or {})
    em = max(valores.get("fechada_em") or timezone.now(), desde)
    valores |= {"etapa_id": etapa.pk, "funil_id": etapa.funil_id, "etapa_desde": em}
    segue_aberta = etapa.tipo == oportunidade.status == Status.ABERTA
    if not (segue_aberta and valores.get("probabilidade_manual", oportunidade.probabilidade_manual)):
        valores |= {"probabilidade": etapa.probabilidade, "probabilidade_manual": False}
    if oportunidade.aberta_em is None:
        valores["aberta_em"] = dia(em)
    mudancas = changes.change(oportunidade, valores, versao=versao)
    cite(USUARIO, ator.usuario_id)
    passo = novo_passo(oportunidade, ator, de=de, para=etapa.pk, em=em, nota=nota)
    passo.duracao_s = int((em - desde).total_seconds())
    passo.save(force_insert=True)
    record(evento.of(oportunidade), oportunidade, mudancas)
    return oportunidade


def novo_passo(
    oportunidade: Oportunidade, ator: Principal, *, para: UUID, em: datetime, de: UUID | None = None, nota: str = ""
) -> HistoricoEtapa:
    """A step as the deal stands now; the caller cites its author and saves it."""
    return HistoricoEtapa(
        oportunidade=oportunidade,
        de_id=de,
        para_id=para,
        em=em,
        por_id=ator.usuario_id,
        valor=oportunidade.valor,
        probabilidade=oportunidade.probabilidade,
        fechamento_previsto=oportunidade.fechamento_previsto,
        nota=nota,
    )


def _aberta(pk: UUID, destino: Status) -> Oportunidade:
    oportunidade = changes.lock(Oportunidade, pk)
    if oportunidade.status != Status.ABERTA:
        raise TransicaoNaoPermitida(
            f"Uma oportunidade {oportunidade.get_status_display()} não pode ser {destino.label}.", atual=oportunidade.status
        )
    return oportunidade


def _etapa_final(oportunidade: Oportunidade, tipo: str) -> Etapa:
    etapa: Etapa = Etapa.objects.vivos().get(funil_id=oportunidade.funil_id, tipo=tipo)
    return etapa


def _fechamento(oportunidade: Oportunidade, fechada_em: datetime | None) -> datetime:
    agora = timezone.now()
    fechada_em = fechada_em or agora
    if fechada_em > agora:
        raise Invalid("A data está no futuro.", codigo="data_futura", campo="fechada_em")
    if oportunidade.aberta_em and dia(fechada_em) < oportunidade.aberta_em:
        raise Invalid("O fechamento vem antes da abertura.", codigo="periodo_invalido", campo="fechada_em")
    return fechada_em
