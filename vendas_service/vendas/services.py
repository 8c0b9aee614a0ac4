"""Every write on deals but the steps through the stages: one function, one transaction, one event."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Invalid
from crm_shared.events.contracts import vendas as eventos
from crm_shared.events.log import record
from crm_shared.records import changes
from crm_shared.records.ownership import with_owner
from crm_shared.records.references import CLIENTE, EMPRESA, USUARIO, cite

from .calendario import dia
from .exceptions import OportunidadeFechada, ValorPelosItens
from .funis import funil_padrao
from .importacao import ESCOPO as IMPORTAR
from .importacao import Passado, separar_passado
from .itens import montar_itens, somar
from .models import Etapa, HistoricoEtapa, ItemOportunidade, Oportunidade, Status
from .transicoes import etapa_aberta, motivo_ativo, mudar_etapa, novo_passo

MANUAL, ITENS = Oportunidade.OrigemValor.MANUAL, Oportunidade.OrigemValor.ITENS


@atomic
def criar_oportunidade(*, ator: Principal, dados: dict[str, Any]) -> Oportunidade:
    """In the stage asked for, or the first of its funnel. Who holds `vendas:importar` may state its past (importacao.py)."""
    dados = _com_dono(ator, dados)
    pedidos = dados.pop("itens", [])
    etapas = _etapas_para(ator, dados.pop("funil_id", None), dados.get("etapa_id"))
    pedida = next((etapa for etapa in etapas if etapa.pk == dados.get("etapa_id")), None)
    passado = separar_passado(ator, dados, pedida)
    inicial, atual = _inicial_e_atual(etapas, pedida, passado)
    oportunidade = _nova(dados, passado, atual)
    itens = montar_itens(oportunidade, pedidos)
    oportunidade.total_itens = somar(itens)
    oportunidade.valor = _valor(oportunidade, dados.get("valor"))
    changes.save_new(oportunidade)
    ItemOportunidade.objects.bulk_create(itens)
    _anotar_inicio(oportunidade, ator, passado, inicial, dados.get("probabilidade"))
    record(eventos.OportunidadeCriada.of(oportunidade), oportunidade)
    return oportunidade


def _com_dono(ator: Principal, dados: dict[str, Any]) -> dict[str, Any]:
    """An import says whose each deal was, so the right to import includes that to assign."""
    assinante = replace(ator, scopes=ator.scopes | {"vendas:atribuir"}) if ator.has(IMPORTAR) else ator
    dados = with_owner(assinante, dados, recurso="vendas", creating=True)
    _citar(dados)
    cite(USUARIO, ator.usuario_id)
    return dados


def _citar(dados: dict[str, Any]) -> None:
    cite(EMPRESA, dados.get("empresa_id"))
    cite(CLIENTE, dados.get("cliente_id"))


def _etapas_para(ator: Principal, funil_id: UUID | None, etapa_id: UUID | None) -> list[Etapa]:
    """The stages of the funnel that was asked for, by itself or by one of its stages; else of the default one."""
    pedido = funil_id or (None if etapa_id else funil_padrao(ator).pk)
    do_funil = Q(funil=pedido) if pedido else Q(funil__etapas=etapa_id)
    vivas = Etapa.objects.vivos().filter(do_funil, funil__excluido_em__isnull=True, funil__ativo=True)
    etapas = list(vivas.select_related("funil").order_by("ordem", "id"))
    if not etapas:
        raise Invalid("Não encontrado, ou de um funil inativo.", codigo="inexistente", campo="funil_id" if funil_id else "etapa_id")
    if etapa_id and all(etapa.pk != etapa_id for etapa in etapas):
        raise Invalid("A etapa não é deste funil.", codigo="etapa_de_outro_funil", campo="etapa_id")
    return etapas


def _inicial_e_atual(etapas: list[Etapa], pedida: Etapa | None, passado: Passado) -> tuple[Etapa, Etapa]:
    """The stage in which the deal began and that in which it stands: two for one that is closed already."""
    aberta_pedida = pedida if pedida and pedida.tipo == Status.ABERTA else None
    inicial = aberta_pedida or next(etapa for etapa in etapas if etapa.tipo == Status.ABERTA)
    atual = inicial if passado.status == Status.ABERTA else next(etapa for etapa in etapas if etapa.tipo == passado.status)
    return inicial, atual


def _nova(dados: dict[str, Any], passado: Passado, etapa: Etapa) -> Oportunidade:
    if passado.motivo_perda_id:
        motivo_ativo(passado.motivo_perda_id, passado.nota_perda)
    manual = dados.get("probabilidade") if passado.status == Status.ABERTA else None
    calculados = {"etapa_id", "valor", "probabilidade"}
    return Oportunidade(
        **{campo: valor for campo, valor in dados.items() if campo not in calculados},
        id=passado.novo_id(),
        codigo=proximo_codigo(dia(passado.criado_em).year),
        criado_em=passado.criado_em,
        funil=etapa.funil,
        etapa=etapa,
        moeda=etapa.funil.moeda,
        probabilidade=etapa.probabilidade if manual is None else manual,
        probabilidade_manual=manual is not None,
        status=passado.status,
        aberta_em=passado.aberta_em,
        fechada_em=passado.fechada_em,
        motivo_perda_id=passado.motivo_perda_id,
        nota_perda=passado.nota_perda,
        etapa_desde=passado.fechada_em or passado.entrou_em,
    )


def proximo_codigo(ano: int) -> str:
    """A sequence gives numbers without making one creation wait for another; one that fails leaves a gap."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('oportunidade_numero')")
        return f"OP-{ano}-{cursor.fetchone()[0]:05d}"


def _anotar_inicio(oportunidade: Oportunidade, ator: Principal, passado: Passado, inicial: Etapa, manual: int | None) -> None:
    """The first step of the history, and the second of a deal that comes closed."""
    passos = [novo_passo(oportunidade, ator, para=inicial.pk, em=passado.entrou_em)]
    if passado.fechada_em:
        passos[0].probabilidade = inicial.probabilidade if manual is None else manual
        final = novo_passo(oportunidade, ator, de=inicial.pk, para=oportunidade.etapa_id, em=passado.fechada_em, nota=passado.nota_perda)
        final.duracao_s = int((passado.fechada_em - passado.entrou_em).total_seconds())
        passos.append(final)
    HistoricoEtapa.objects.bulk_create(passos)


def _valor(oportunidade: Oportunidade, informado: Decimal | None) -> Decimal:
    """The deal's value: the sum of its items or what was stated, never both."""
    if oportunidade.origem_valor == ITENS:
        if informado is not None and informado != oportunidade.total_itens:
            raise ValorPelosItens(campo="valor")
        return oportunidade.total_itens
    return informado or Decimal(0)


@atomic
def atualizar_oportunidade(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Oportunidade:
    """A new `etapa_id` moves the deal as `mover_oportunidade` does; a closed deal keeps its stage and value."""
    oportunidade = changes.lock(Oportunidade, pk)
    valores = with_owner(ator, dict(dados), recurso="vendas", present=oportunidade.responsavel_id)
    _citar(valores)
    funil_id, etapa_id = valores.pop("funil_id", None), valores.pop("etapa_id", None)
    valores = _com_valor(oportunidade, _com_probabilidade(oportunidade, valores))
    etapa = _outra_etapa(oportunidade, funil_id, etapa_id)
    if oportunidade.status != Status.ABERTA and (etapa or _muda(oportunidade, valores, "valor", "origem_valor", "probabilidade")):
        raise OportunidadeFechada
    if etapa:
        return mudar_etapa(oportunidade, etapa, valores, ator=ator, evento=eventos.OportunidadeMovida, versao=versao)
    if mudancas := changes.change(oportunidade, valores, versao=versao):
        record(eventos.OportunidadeAtualizada.of(oportunidade), oportunidade, mudancas)
    return oportunidade


def _muda(oportunidade: Oportunidade, valores: dict[str, Any], *campos: str) -> bool:
    return any(campo in valores and valores[campo] != getattr(oportunidade, campo) for campo in campos)


def _outra_etapa(oportunidade: Oportunidade, funil_id: UUID | None, etapa_id: UUID | None) -> Etapa | None:
    """The stage to move to, if it is another than the present one. A funnel alone says no stage."""
    if etapa_id is None or etapa_id == oportunidade.etapa_id:
        if funil_id not in (None, oportunidade.funil_id):
            raise Invalid("Informe a etapa do outro funil em etapa_id.", codigo="etapa_de_outro_funil", campo="funil_id")
        return None
    if oportunidade.status != Status.ABERTA:
        raise OportunidadeFechada
    etapa = etapa_aberta(etapa_id, oportunidade.moeda)
    if funil_id not in (None, etapa.funil_id):
        raise Invalid("A etapa não é deste funil.", codigo="etapa_de_outro_funil", campo="etapa_id")
    return etapa


def _com_probabilidade(oportunidade: Oportunidade, valores: dict[str, Any]) -> dict[str, Any]:
    """A stated probability stays through the stages; null gives it back to the stage."""
    if "probabilidade" not in valores:
        return valores
    manual = valores["probabilidade"]
    if manual is None:
        return {**valores, "probabilidade": oportunidade.etapa.probabilidade, "probabilidade_manual": False}
    return {**valores, "probabilidade_manual": True}


def _com_valor(oportunidade: Oportunidade, valores: dict[str, Any]) -> dict[str, Any]:
    if not {"valor", "origem_valor"} & valores.keys():
        return valores
    origem = valores.get("origem_valor", oportunidade.origem_valor)
    informado = valores.get("valor", oportunidade.valor if origem == MANUAL else None)
    depois = Oportunidade(origem_valor=origem, total_itens=oportunidade.total_itens)
    return {**valores, "valor": _valor(depois, informado)}


@atomic
def excluir_oportunidade(*, ator: Principal, pk: UUID, versao: int | None = None) -> Oportunidade:
    oportunidade = changes.lock(Oportunidade, pk)
    mudancas = changes.soft_delete(oportunidade, versao=versao)
    record(eventos.OportunidadeExcluida.of(oportunidade), oportunidade, mudancas)
    return oportunidade


@atomic
def restaurar_oportunidade(*, ator: Principal, pk: UUID) -> Oportunidade:
    oportunidade = changes.lock(Oportunidade, pk, deleted=True)
    mudancas = changes.restore(oportunidade)
    record(eventos.OportunidadeRestaurada.of(oportunidade), oportunidade, mudancas)
    return oportunidade
