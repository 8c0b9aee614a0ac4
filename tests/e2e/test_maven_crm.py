"""The main job on real input: 8,800 deals of a hardware seller, loaded as any client would, and every figure that the API tells of them.

The load is examples/maven_crm.py; the figures are those of ../shared/data/maven_crm/reference.json, counted by others.
"""

import json
import os
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Client
from maven_crm import Carga, carregar, carregar_oportunidades, em_lotes, email_de, ler, senha_de

DADOS = Path(os.environ.get("CRM_MAVEN_DADOS", ROOT.parent / "shared" / "data" / "maven_crm"))
FIM_DE_2017 = date(2017, 12, 31)
RELATORIO = "/gateway/vendas/relatorios/funil"

pytestmark = [
    pytest.mark.skipif(not DADOS.is_dir(), reason=f"os dados não estão em {DADOS}"),
    pytest.mark.timeout(3600),
]


@pytest.fixture(scope="module")
def referencia() -> dict[str, Any]:
    lida: dict[str, Any] = json.loads((DADOS / "reference.json").read_text(), parse_float=Decimal)
    return lida


@pytest.fixture(scope="module")
def carga(url: str, mark: str, request: pytest.FixtureRequest) -> Carga:
    feita = carregar(url, os.environ["CRM_ADMIN_EMAIL"], os.environ["CRM_ADMIN_SENHA"], DADOS, rotulo=mark)
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    reporter.write_line(f"\nmaven_crm: 8.800 oportunidades em {feita.segundos:.0f} s ({8800 / feita.segundos:.0f} por segundo)")
    return feita


@pytest.fixture(scope="module")
def relatorio(carga: Carga, eventually: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """The report of this load's funnel as the director of all teams reads it, once vendas has heard of every name."""

    def do_funil(**parametros: Any) -> dict[str, Any]:
        lido: dict[str, Any] = carga.time.diretora.read(RELATORIO, funil_id=carga.funil["id"], linhas=1000, **parametros)
        return lido

    def conhecidos() -> bool:
        linhas = [linha for agrupar in ("vendedor", "gerente", "empresa") for linha in do_funil(agrupar=agrupar)["linhas"]]
        return all(linha["nome"] for linha in linhas if linha["chave"])

    eventually(conhecidos)
    return do_funil


def como_na_referencia(linha: dict[str, Any], referencia: dict[str, Any]) -> dict[str, Any]:
    """The figures of one row of the report that the reference has too, to as many places as it gives."""
    valores = {**linha, "ciclo_medio_ganhas_dias": linha["ciclo_dias"]["ganhas"]["media"]}
    return {nome: arredondado(valores[nome], esperado) for nome, esperado in referencia.items()}


def arredondado(valor: Any, esperado: Any) -> Any:
    """`esperado` where it is `valor` rounded to its places, whichever way a tie goes; else `valor`, to show the difference."""
    if not isinstance(esperado, Decimal):
        return valor
    meia_unidade = Decimal(5).scaleb(int(esperado.as_tuple().exponent) - 1)
    return esperado if abs(Decimal(valor) - esperado) <= meia_unidade else Decimal(valor)


def por_nome(relatorio: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {linha["nome"]: linha for linha in relatorio["linhas"] if linha["chave"] is not None}


def sem_grupo(relatorio: dict[str, Any]) -> dict[str, Any]:
    (linha,) = [linha for linha in relatorio["linhas"] if linha["chave"] is None]
    return linha


def conferir(relatorio: dict[str, Any], referencia: dict[str, dict[str, Any]]) -> None:
    linhas = por_nome(relatorio)
    assert linhas.keys() == referencia.keys()
    for nome, esperado in referencia.items():
        assert como_na_referencia(linhas[nome], esperado) == esperado, nome


def test_all_was_loaded(carga, referencia):
    linhas = referencia["linhas"]
    assert (len(carga.empresas), len(carga.produtos), len(carga.time.vendedores)) == (
        linhas["accounts"],
        linhas["products"],
        linhas["sales_teams"],
    )
    quadro = carga.time.diretora.read(f"/gateway/vendas/funis/{carga.funil['id']}/quadro", cartoes=0)
    assert {coluna["nome"]: coluna["quantidade"] for coluna in quadro["colunas"]} == referencia["etapas"]
    valores = {coluna["nome"]: Decimal(coluna["valor"]) for coluna in quadro["colunas"] if coluna["tipo"] == "aberta"}
    assert valores == referencia["pipeline_aberto_por_etapa_valor_tabela"]


def test_the_load_can_be_repeated(carga, url, mark, referencia):
    """A client that lost its answers sends the same again and nothing is there twice."""
    motivo = next(row for row in carga.time.diretora.rows("/gateway/vendas/motivos-perda") if row["nome"].endswith(mark))
    carregar_oportunidades(carga, motivo["id"], em_lotes(ler(DADOS, "sales_pipeline"))[0])
    assert (
        carga.time.diretora.read(RELATORIO, funil_id=carga.funil["id"])["totais"]["oportunidades"] == referencia["linhas"]["sales_pipeline"]
    )


def test_totals(relatorio, referencia):
    totais = relatorio()["totais"]
    assert totais["oportunidades"] == referencia["linhas"]["sales_pipeline"]
    assert (totais["ganhas"], totais["perdidas"]) == (referencia["etapas"]["Won"], referencia["etapas"]["Lost"])
    assert totais["abertas"] == referencia["abertas"]
    for nome, esperado in (
        ("taxa_ganho", referencia["taxa_ganho"]),
        ("receita_ganha", referencia["receita_ganha_total"]),
        ("ticket_medio", referencia["ticket_medio_ganho"]),
        ("ticket_mediano", referencia["ticket_mediano_ganho"]),
        ("valor_aberto", referencia["pipeline_aberto_valor_tabela"]),
    ):
        assert arredondado(totais[nome], esperado) == esperado, nome


@pytest.mark.parametrize("quais", ["ganhas", "perdidas", "fechadas"])
def test_cycle(relatorio, referencia, quais):
    ciclo, esperado = relatorio()["totais"]["ciclo_dias"][quais], referencia["ciclo_dias"][quais]
    assert {nome: arredondado(ciclo[nome], valor) for nome, valor in esperado.items()} == esperado


@pytest.mark.parametrize(("agrupar", "chave"), [("trimestre", "por_trimestre_fechamento"), ("mes", "por_mes_fechamento")])
def test_by_period_of_closing(relatorio, referencia, agrupar, chave):
    conferir(relatorio(agrupar=agrupar), referencia[chave])


def test_one_quarter_alone(relatorio, referencia):
    esperado = referencia["por_trimestre_fechamento"]["2017Q2"]
    assert como_na_referencia(relatorio(de="2017-04-01", ate="2017-06-30")["totais"], esperado) == esperado


def test_by_month_of_opening(relatorio, referencia):
    lido = relatorio(agrupar="mes", base="abertura")
    assert {nome: linha["oportunidades"] for nome, linha in por_nome(lido).items()} == referencia["criadas_por_mes_engajamento"]
    assert sem_grupo(lido)["oportunidades"] == referencia["qualidade"]["sem_engage_date"]


@pytest.mark.parametrize(
    ("agrupar", "chave"),
    [
        ("vendedor", "por_vendedor"),
        ("gerente", "por_gerente"),
        ("regiao", "por_regional"),
        ("produto", "por_produto_canon"),
        ("segmento", "por_setor_conta"),
    ],
)
def test_by_group(relatorio, referencia, agrupar, chave):
    conferir(relatorio(agrupar=agrupar), referencia[chave])


@pytest.mark.parametrize(("agrupar", "chave"), [("empresa", "top10_contas_receita"), ("vendedor", "top10_vendedores_receita")])
def test_the_best(relatorio, referencia, agrupar, chave):
    primeiras = [linha for linha in relatorio(agrupar=agrupar)["linhas"] if linha["chave"]][:10]
    assert [[linha["nome"], Decimal(linha["receita_ganha"])] for linha in primeiras] == referencia[chave]


def test_what_is_missing(carga, relatorio, referencia):
    qualidade = referencia["qualidade"]
    assert sem_grupo(relatorio(agrupar="empresa"))["oportunidades"] == qualidade["sem_conta"]
    assert relatorio()["totais"]["abertas"] == qualidade["sem_close_date"]
    assert por_nome(relatorio(agrupar="produto"))["GTX Pro"]["oportunidades"] == qualidade["produto_fora_do_catalogo"]["GTXPro"]
    com_vendas = {linha["chave"] for linha in relatorio(agrupar="vendedor")["linhas"]}
    sem_vendas = [nome for nome, (pk, _) in carga.time.vendedores.items() if pk not in com_vendas]
    assert sorted(sem_vendas) == qualidade["vendedores_sem_oportunidade"]


def test_the_companies(carga, referencia):
    qualidade = referencia["qualidade"]
    ids = set(carga.empresas.values())
    empresas = [linha for linha in carga.time.diretora.rows("/gateway/empresas", ordenar="-criado_em") if linha["id"] in ids]
    assert len([linha for linha in empresas if linha["controladora_id"]]) == qualidade["contas_subsidiarias"]
    assert set(qualidade["setor_grafia"]) <= {linha["segmento"] for linha in empresas}
    assert set(qualidade["pais_grafia"]) <= {linha["pais"] for linha in empresas}


def test_what_stands_still(carga, referencia):
    """Deals that have been in the stage Engaging for more than 90 days, and their mean age, at the end of 2017."""
    engaging = next(etapa["id"] for etapa in carga.funil["etapas"] if etapa["nome"] == "Engaging")
    limite = FIM_DE_2017 - timedelta(days=91)
    paradas = list(carga.time.diretora.rows("/gateway/vendas", etapa_id=engaging, aberta_em__lte=limite.isoformat()))
    assert len(paradas) == referencia["parados_engaging_mais_de_90_dias_em_2017_12_31"]
    todas = list(carga.time.diretora.rows("/gateway/vendas", etapa_id=engaging))
    idades = [Decimal((FIM_DE_2017 - date.fromisoformat(linha["aberta_em"])).days) for linha in todas]
    esperada = referencia["idade_media_engaging_em_2017_12_31"]
    assert arredondado(sum(idades) / len(idades), esperada) == esperada


def test_discounts_from_the_list_price(carga, referencia):
    """`total_itens` is what the items cost by the price list; `valor` what was paid in the end."""
    ganhas = carga.time.diretora.rows("/gateway/vendas", funil_id=carga.funil["id"], status="ganha")
    descontos = [1 - Decimal(linha["valor"]) / Decimal(linha["total_itens"]) for linha in ganhas]
    esperado = referencia["desconto_medio_ganhas_sobre_tabela"]
    assert arredondado(sum(descontos) / len(descontos), esperado) == esperado


def test_the_past_is_kept_step_by_step(carga):
    ganha = next(carga.time.diretora.rows("/gateway/vendas", funil_id=carga.funil["id"], status="ganha", limite=1))
    primeiro, ultimo = carga.time.diretora.rows(f"/gateway/vendas/{ganha['id']}/historico-etapas")
    assert (primeiro["para_nome"], ultimo["para_nome"]) == ("Prospecting", "Won")
    assert primeiro["em"].startswith(ganha["aberta_em"])
    assert (ultimo["em"], ultimo["valor"]) == (ganha["fechada_em"], ganha["valor"])


def test_a_seller_sees_her_own(carga, url, referencia):
    nome = "Anna Snelling"
    anna = Client(url, email_de(nome, carga.rotulo), senha_de(nome, carga.rotulo))
    lido = anna.read(RELATORIO, funil_id=carga.funil["id"], agrupar="vendedor")
    assert [linha["nome"] for linha in lido["linhas"]] == [nome]
    esperado = referencia["por_vendedor"][nome]
    assert como_na_referencia(lido["totais"], esperado) == esperado
    vistas = list(anna.rows("/gateway/vendas", funil_id=carga.funil["id"]))
    assert len(vistas) == esperado["oportunidades"]
    assert {linha["responsavel_id"] for linha in vistas} == {carga.time.vendedores[nome][0]}
    alheia = next(carga.time.diretora.rows("/gateway/vendas", responsavel_id=carga.time.vendedores["Moses Frase"][0], limite=1))
    assert anna.get(f"/gateway/vendas/{alheia['id']}").status_code == 404


def test_a_manager_sees_the_team(carga, url, referencia):
    nome = "Dustin Brinkmann"
    dustin = Client(url, email_de(nome, carga.rotulo), senha_de(nome, carga.rotulo))
    lido = dustin.read(RELATORIO, funil_id=carga.funil["id"], agrupar="gerente")
    assert [linha["nome"] for linha in lido["linhas"]] == [nome]
    esperado = referencia["por_gerente"][nome]
    assert como_na_referencia(lido["totais"], esperado) == esperado
