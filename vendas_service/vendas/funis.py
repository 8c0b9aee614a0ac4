"""Funnels and their stages. Every function locks the funnel first, so its stages always stay a whole."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Conflict, Invalid, NotFound, RuleRefused
from crm_shared.events.contracts import vendas as eventos
from crm_shared.events.log import record
from crm_shared.records import changes

from .exceptions import EmUso, FunilIncompleto, FunilPadrao
from .models import Etapa, Funil, Oportunidade

NOME_PADRAO = "Vendas"
ETAPAS_PADRAO: tuple[dict[str, Any], ...] = (
    {"nome": "Contato feito", "probabilidade": 10, "dias_esperados": 7},
    {"nome": "Interesse identificado", "probabilidade": 25, "dias_esperados": 10},
    {"nome": "Apresentação", "probabilidade": 50, "dias_esperados": 10},
    {"nome": "Proposta enviada", "probabilidade": 75, "dias_esperados": 15},
)
FINAIS: tuple[dict[str, Any], ...] = ({"nome": "Ganha", "tipo": "ganha"}, {"nome": "Perdida", "tipo": "perdida"})
ORDEM_FINAL = {"ganha": 998, "perdida": 999}  # after every open stage, however many come later
NOME_EM_USO = "Já existe um funil com este nome."


@atomic
def criar_funil(*, ator: Principal, dados: dict[str, Any]) -> Funil:
    """The first funnel becomes the default; stages that are not given are the usual ones."""
    etapas = completar_etapas(dados.get("etapas") or ETAPAS_PADRAO)
    changes.refuse_duplicate(Funil, campo="nome", valor=dados["nome"], detail=NOME_EM_USO)
    funil = Funil(**{campo: valor for campo, valor in dados.items() if campo != "etapas"})
    if funil.padrao:
        _tirar_padrao_do_atual()
    elif funil.ativo:
        funil.padrao = not Funil.objects.vivos().filter(padrao=True).exists()
    if funil.padrao and not funil.ativo:
        raise FunilPadrao("O funil padrão precisa estar ativo.")
    changes.save_new(funil)
    record(eventos.FunilCriado.of(funil), funil)
    for etapa in [changes.save_new(Etapa(funil=funil, **dados_da_etapa)) for dados_da_etapa in etapas]:
        record(eventos.EtapaCriada.of(etapa), etapa)
    return funil


def completar_etapas(etapas: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The stages of a new funnel in order, with the final ones added where they are not named."""
    todas = [*etapas, *(final for final in FINAIS if all(etapa.get("tipo") != final["tipo"] for etapa in etapas))]
    tipos = [etapa.get("tipo", "aberta") for etapa in todas]
    nomes = {etapa["nome"] for etapa in todas}
    if "aberta" not in tipos or tipos.count("ganha") > 1 or tipos.count("perdida") > 1:
        raise FunilIncompleto("Informe ao menos uma etapa aberta e no máximo uma ganha e uma perdida.", campo="etapas")
    if len(nomes) < len(todas):
        raise Invalid("Duas etapas têm o mesmo nome.", codigo="duplicado", campo="etapas")
    return [_nova(etapa, ordem) for ordem, etapa in enumerate(todas, start=1)]


def _nova(etapa: dict[str, Any], ordem: int) -> dict[str, Any]:
    tipo = etapa.get("tipo", "aberta")
    probabilidade = Etapa.PROBABILIDADE_FINAL.get(tipo, etapa.get("probabilidade", 0))
    return {**etapa, "tipo": tipo, "ordem": ORDEM_FINAL.get(tipo, ordem), "probabilidade": probabilidade}


def funil_padrao(ator: Principal) -> Funil:
    """The default funnel; an installation without any gets the usual one with its first deal."""
    return Funil.objects.vivos().filter(padrao=True).first() or criar_funil(ator=ator, dados={"nome": NOME_PADRAO, "padrao": True})


def _tirar_padrao_do_atual() -> None:
    atual = Funil.objects.vivos().select_for_update().filter(padrao=True).first()
    if atual:
        mudancas = changes.change(atual, {"padrao": False})
        record(eventos.FunilAtualizado.of(atual), atual, mudancas)


@atomic
def atualizar_funil(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Funil:
    funil = changes.lock(Funil, pk)
    depois = {campo: dados.get(campo, getattr(funil, campo)) for campo in ("padrao", "ativo", "moeda")}
    if (funil.padrao and not depois["padrao"]) or (depois["padrao"] and not depois["ativo"]):
        raise FunilPadrao
    if depois["moeda"] != funil.moeda and Oportunidade.objects.filter(funil=funil).exists():
        raise EmUso("O funil já tem oportunidades nesta moeda.", campo="moeda")
    changes.refuse_duplicate(Funil, campo="nome", valor=dados.get("nome"), exceto=pk, detail=NOME_EM_USO)
    if depois["padrao"] and not funil.padrao:
        _tirar_padrao_do_atual()
    if mudancas := changes.change(funil, dados, versao=versao):
        record(eventos.FunilAtualizado.of(funil), funil, mudancas)
    return funil


@atomic
def excluir_funil(*, ator: Principal, pk: UUID, versao: int | None = None) -> Funil:
    funil = changes.lock(Funil, pk)
    if funil.padrao:
        raise FunilPadrao
    if Oportunidade.objects.filter(funil=funil).exists():
        raise EmUso("O funil tem oportunidades; torne-o inativo.")
    mudancas = changes.soft_delete(funil, versao=versao)
    record(eventos.FunilExcluido.of(funil), funil, mudancas)
    return funil


@atomic
def restaurar_funil(*, ator: Principal, pk: UUID) -> Funil:
    funil = changes.lock(Funil, pk, deleted=True)
    changes.refuse_duplicate(Funil, campo="nome", valor=funil.nome, exceto=pk, detail=NOME_EM_USO)
    mudancas = changes.restore(funil)
    record(eventos.FunilRestaurado.of(funil), funil, mudancas)
    return funil


@atomic
def criar_etapa(*, ator: Principal, dados: dict[str, Any]) -> Etapa:
    funil = _funil_da_etapa(dados["funil_id"])
    if dados.get("tipo", "aberta") != "aberta":
        raise Conflict("O funil já tem a sua etapa deste tipo.", codigo="etapa_final_unica", campo="tipo")
    _recusar_nome_repetido(funil, dados["nome"])
    if "ordem" not in dados:
        ultima = funil.etapas.filter(tipo="aberta", excluido_em__isnull=True).aggregate(Max("ordem"))["ordem__max"]
        dados = {**dados, "ordem": min((ultima or 0) + 1, ORDEM_FINAL["ganha"] - 1)}
    etapa = changes.save_new(Etapa(**dados))
    record(eventos.EtapaCriada.of(etapa), etapa)
    return etapa


def _funil_da_etapa(funil_id: UUID) -> Funil:
    try:
        return changes.lock(Funil, funil_id)
    except NotFound:
        raise Invalid("Funil não encontrado.", codigo="inexistente", campo="funil_id") from None


def _recusar_nome_repetido(funil: Funil, nome: str, exceto: UUID | None = None) -> None:
    dono = funil.etapas.filter(nome=nome, excluido_em__isnull=True).exclude(pk=exceto).first()
    if dono:
        raise Conflict("O funil já tem uma etapa com este nome.", codigo="duplicado", campo="nome", registro_id=str(dono.pk))


def _travar_etapa(pk: UUID, *, deleted: bool = False) -> tuple[Funil, Etapa]:
    funil_id = Etapa.objects.filter(pk=pk).values_list("funil_id", flat=True).first()
    if funil_id is None:
        raise NotFound
    return changes.lock(Funil, funil_id), changes.lock(Etapa, pk, deleted=deleted)


@atomic
def atualizar_etapa(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Etapa:
    """A new probability holds for the deals that enter the stage from now on; those in it keep theirs."""
    funil, etapa = _travar_etapa(pk)
    if dados.get("tipo", etapa.tipo) != etapa.tipo or dados.get("funil_id", etapa.funil_id) != etapa.funil_id:
        raise RuleRefused("Uma etapa não muda de tipo nem de funil.", codigo="etapa_fixa")
    if dados.get("probabilidade", etapa.probabilidade) != etapa.probabilidade and etapa.tipo != "aberta":
        raise RuleRefused("A probabilidade das etapas finais é fixa.", codigo="probabilidade_final", campo="probabilidade")
    if "nome" in dados:
        _recusar_nome_repetido(funil, dados["nome"], exceto=pk)
    if mudancas := changes.change(etapa, dados, versao=versao):
        record(eventos.EtapaAtualizada.of(etapa), etapa, mudancas)
    return etapa


@atomic
def excluir_etapa(*, ator: Principal, pk: UUID, versao: int | None = None) -> Etapa:
    funil, etapa = _travar_etapa(pk)
    outras = funil.etapas.filter(tipo="aberta", excluido_em__isnull=True).exclude(pk=pk)
    if etapa.tipo != "aberta" or not outras.exists():
        raise FunilIncompleto
    if Oportunidade.objects.filter(etapa=etapa).exists():
        raise EmUso("A etapa tem oportunidades; mova-as antes.")
    mudancas = changes.soft_delete(etapa, versao=versao)
    record(eventos.EtapaExcluida.of(etapa), etapa, mudancas)
    return etapa


@atomic
def restaurar_etapa(*, ator: Principal, pk: UUID) -> Etapa:
    funil, etapa = _travar_etapa(pk, deleted=True)
    _recusar_nome_repetido(funil, etapa.nome, exceto=pk)
    mudancas = changes.restore(etapa)
    record(eventos.EtapaRestaurada.of(etapa), etapa, mudancas)
    return etapa
