"""The funnel report: figures, groups, periods, visibility."""

from uuid import uuid4

import pytest

from crm_shared.auth.principal import Principal
from crm_shared.events.contracts import auth, empresas
from crm_shared.testing.contract import assert_problem
from vendas.relatorios import relatorio_do_funil

pytestmark = pytest.mark.django_db

URL = "/vendas/relatorios/funil"


@pytest.fixture
def relatorio(api):
    return lambda **parametros: api().get(URL, parametros).json()


@pytest.fixture
def grupos(relatorio):
    return lambda agrupar, **parametros: {linha["nome"]: linha for linha in relatorio(agrupar=agrupar, **parametros)["linhas"]}


@pytest.fixture
def vendas(api, funil, motivo, produto, bruno, carla, deliver):
    """Won: 100, 200, 400 after 10, 20, 60 days; lost: 50 after 5 days; open: 1000 and 7."""
    norte = auth.EquipeCriada(nome="Norte", pai_id=None, lider_id=str(bruno.id), regiao="Sudeste")
    sul = auth.EquipeCriada(nome="Sul", pai_id=None, lider_id=None, regiao="")
    deliver(norte, bruno.equipe)
    deliver(sul, carla.equipe)
    for pessoa in (bruno, carla):
        deliver(
            auth.UsuarioCriado(nome=pessoa.nome, email="x@exemplo.com.br", equipe_id=str(pessoa.equipe), papel="", ativo=True), pessoa.id
        )
    padaria = uuid4()
    deliver(
        empresas.EmpresaCriada(
            nome="Padaria",
            razao_social="",
            nome_fantasia="",
            cnpj="",
            segmento="varejo",
            ciclo_vida="",
            responsavel_id=None,
            equipe_id=None,
        ),
        padaria,
    )
    outro = api().post("/vendas/produtos", {"nome": "Treinamento", "preco": "50.00"}).json()
    itens = [{"produto_id": produto["id"]}, {"produto_id": outro["id"]}]  # 150 and 50: three quarters and one
    de_bruno = {"responsavel_id": str(bruno.id), "equipe_id": str(bruno.equipe)}
    de_carla = {"responsavel_id": str(carla.id), "equipe_id": str(carla.equipe)}
    perdida = {"status": "perdida", "motivo_perda_id": motivo["id"]}
    for corpo in (
        {"status": "ganha", "valor": "100", "aberta_em": "2017-01-01", "fechada_em": "2017-01-11", "itens": itens, **de_bruno},
        {"status": "ganha", "valor": "200", "aberta_em": "2017-03-01", "fechada_em": "2017-03-21", "empresa_id": str(padaria), **de_bruno},
        {"status": "ganha", "valor": "400", "aberta_em": "2017-02-01", "fechada_em": "2017-04-02", "itens": itens[:1], **de_carla},
        {"valor": "50", "aberta_em": "2017-04-01", "fechada_em": "2017-04-06", **perdida, **de_carla},
        {"valor": "1000", "aberta_em": "2017-04-01", "fechamento_previsto": "2017-05-31", **de_bruno},
        {"valor": "7", "aberta_em": None, **de_carla},
    ):
        resposta = api().post("/vendas", {"titulo": "x", **corpo})
        assert resposta.status_code == 201, resposta.json()


def test_totals(relatorio, vendas):
    assert relatorio()["totais"] == {
        "oportunidades": 6,
        "ganhas": 3,
        "perdidas": 1,
        "abertas": 2,
        "taxa_ganho": "0.750000",
        "receita_ganha": "700.00",
        "ticket_medio": "233.3333",
        "ticket_mediano": "200.00",
        "valor_aberto": "1007.00",
        "valor_aberto_ponderado": "100.70",
        "ciclo_dias": {
            "ganhas": {"media": "30.0000", "mediana": "20.0", "p90": "52.0", "min": 10, "max": 60},
            "perdidas": {"media": "5.0000", "mediana": "5.0", "p90": "5.0", "min": 5, "max": 5},
            "fechadas": {"media": "23.7500", "mediana": "15.0", "p90": "48.0", "min": 5, "max": 60},
        },
    }


def test_of_nothing(relatorio, db):
    vazio = relatorio(agrupar="vendedor")
    assert (vazio["totais"]["oportunidades"], vazio["totais"]["taxa_ganho"], vazio["totais"]["receita_ganha"]) == (0, None, "0.00")
    assert vazio["totais"]["ciclo_dias"]["ganhas"] == {"media": None, "mediana": None, "p90": None, "min": None, "max": None}
    assert (vazio["linhas"], vazio["mais"]) == ([], False)


def test_by_quarter_and_month_of_closing(relatorio, vendas):
    linhas = relatorio(agrupar="trimestre")["linhas"]
    assert [(linha["chave"], linha["ganhas"], linha["perdidas"], linha["abertas"]) for linha in linhas] == [
        ("2017Q1", 2, 0, 0),
        ("2017Q2", 1, 1, 1),
        (None, 0, 0, 1),
    ]
    linhas = relatorio(agrupar="mes")["linhas"]
    assert [linha["chave"] for linha in linhas] == ["2017-01", "2017-03", "2017-04", "2017-05", None]


def test_by_month_of_opening(relatorio, vendas):
    linhas = relatorio(agrupar="mes", base="abertura")["linhas"]
    assert [(linha["chave"], linha["oportunidades"]) for linha in linhas] == [
        ("2017-01", 1),
        ("2017-02", 1),
        ("2017-03", 1),
        ("2017-04", 2),
        (None, 1),
    ]


def test_periods_are_those_of_sao_paulo(api, funil, relatorio):
    corpo = {"titulo": "x", "status": "ganha", "aberta_em": "2025-12-01", "fechada_em": "2026-01-01T01:30:00Z"}
    api().post("/vendas", corpo)
    assert relatorio(agrupar="mes")["linhas"][0]["chave"] == "2025-12"
    assert relatorio(de="2026-01-01")["totais"]["ganhas"] == 0
    assert relatorio(ate="2025-12-31")["totais"]["ganhas"] == 1
    assert relatorio(ate="2025-12-31")["totais"]["ciclo_dias"]["ganhas"]["max"] == 30


def test_a_period_counts_what_closed_or_should_close_in_it(relatorio, vendas):
    totais = relatorio(de="2017-04-01", ate="2017-05-31")["totais"]
    assert (totais["ganhas"], totais["perdidas"], totais["abertas"], totais["valor_aberto"]) == (1, 1, 1, "1000.00")
    totais = relatorio(de="2017-04-01", ate="2017-04-30", base="abertura")["totais"]
    assert (totais["perdidas"], totais["abertas"]) == (1, 1)


def test_by_people_and_places(grupos, vendas, bruno):
    for agrupar, nome in (("vendedor", "Bruno"), ("equipe", "Norte"), ("gerente", "Bruno"), ("regiao", "Sudeste")):
        linha = grupos(agrupar)[nome]
        assert (linha["oportunidades"], linha["ganhas"], linha["receita_ganha"], linha["ticket_medio"]) == (3, 2, "300.00", "150.0000"), (
            agrupar
        )
    assert grupos("gerente")["Bruno"]["chave"] == str(bruno.id)
    assert grupos("regiao")[None]["oportunidades"] == 3


def test_by_company_segment_and_funnel(grupos, vendas, funil):
    assert (grupos("empresa")["Padaria"]["receita_ganha"], grupos("empresa")[None]["oportunidades"]) == ("200.00", 5)
    assert grupos("segmento")["varejo"]["ganhas"] == 1
    assert grupos("funil")[funil["nome"]]["oportunidades"] == 6


def test_by_product_with_its_share_of_each_deal(grupos, relatorio, vendas):
    linhas = grupos("produto")
    assert (linhas["Consultoria"]["receita_ganha"], linhas["Treinamento"]["receita_ganha"]) == ("475.00", "25.00")
    assert (linhas["Consultoria"]["ganhas"], linhas["Treinamento"]["ganhas"], linhas[None]["ganhas"]) == (2, 1, 1)
    assert linhas["Consultoria"]["ticket_mediano"] == "237.50"
    assert relatorio(agrupar="produto")["totais"]["oportunidades"] == 6


def test_a_product_twice_in_a_deal_counts_once_and_free_items_share(api, funil, produto, grupos):
    gratis = api().post("/vendas/produtos", {"nome": "Brinde"}).json()
    outro = api().post("/vendas/produtos", {"nome": "Amostra"}).json()
    item = {"produto_id": produto["id"]}
    api().post("/vendas", {"titulo": "x", "status": "ganha", "valor": "90", "itens": [item, item]})
    api().post("/vendas", {"titulo": "x", "status": "ganha", "valor": "10", "itens": [{"produto_id": p["id"]} for p in (gratis, outro)]})
    linhas = grupos("produto")
    assert (linhas["Consultoria"]["ganhas"], linhas["Consultoria"]["receita_ganha"]) == (1, "90.00")
    assert (linhas["Brinde"]["receita_ganha"], linhas["Amostra"]["receita_ganha"]) == ("5.00", "5.00")


def test_filters(relatorio, vendas, funil, bruno, produto):
    for filtro, ganhas in (
        ({"funil_id": funil["id"]}, 3),
        ({"funil_id": str(uuid4())}, 0),
        ({"responsavel_id": str(bruno.id)}, 2),
        ({"equipe_id": str(bruno.equipe)}, 2),
        ({"produto_id": produto["id"]}, 2),
    ):
        assert relatorio(**filtro)["totais"]["ganhas"] == ganhas, filtro


def test_the_richest_groups_first_and_no_more_than_asked(relatorio, vendas):
    corte = relatorio(agrupar="vendedor", linhas=1)
    assert ([linha["nome"] for linha in corte["linhas"]], corte["mais"]) == (["Carla"], True)


def test_currencies_are_never_added_up(api, relatorio, vendas):
    exportacao = api().post("/vendas/funis", {"nome": "Exportação", "moeda": "USD"}).json()
    api().post("/vendas", {"titulo": "x", "valor": "9", "funil_id": exportacao["id"]})
    em_reais, em_dolar = relatorio(agrupar="funil"), relatorio(moeda="USD", agrupar="funil")
    assert (em_reais["totais"]["valor_aberto"], em_reais["outras_moedas"]) == ("1007.00", ["USD"])
    assert (em_dolar["totais"]["valor_aberto"], em_dolar["outras_moedas"]) == ("9.00", ["BRL"])
    assert [linha["nome"] for linha in em_dolar["linhas"]] == ["Exportação"]


def test_deleted_deals_do_not_count(api, relatorio, vendas):
    for linha in api().get("/vendas", {"status": "ganha"}).json()["resultados"]:
        api().delete(f"/vendas/{linha['id']}")
    assert relatorio()["totais"]["ganhas"] == 0


def test_only_what_the_caller_may_see(api, vendas, ana, bruno, carla):
    def quantas(**quem):
        return api("vendas:ler", **quem).get(URL, {"agrupar": "vendedor"}).json()["totais"]["oportunidades"]

    assert (quantas(como=bruno, vis="proprio"), quantas(como=ana, vis="equipe"), quantas(como=ana, vis="proprio")) == (3, 3, 0)
    assert quantas(como=carla, vis={"*": "proprio", "vendas": "todos"}) == 6


def test_a_service_that_acts_for_nobody_sees_nothing(vendas):
    servico = Principal("svc:automacao", frozenset({"vendas:ler"}), {"*": "proprio"}, ())
    assert relatorio_do_funil(ator=servico, agrupar="vendedor")["totais"]["oportunidades"] == 0


@pytest.mark.parametrize(
    "consulta",
    [
        "agrupar=dia",
        "base=x",
        "de=ontem",
        "de=0001-01-01",
        "ate=9999-12-31",
        "linhas=0",
        "linhas=1001",
        "moeda=real",
        "funil_id=1",
        "foo=1",
        "de=2017-01-01&de=2017-01-02",
        "agrupar=",
    ],
)
def test_bad_parameters(api, db, consulta):
    assert_problem(api().get(f"{URL}?{consulta}"), 400)


def test_with_and_without_a_trailing_slash(api, db):
    assert {api().get(url).status_code for url in (URL, f"{URL}/")} == {200}


@pytest.mark.parametrize(
    "agrupar", ["trimestre", "mes", "produto", "vendedor", "equipe", "gerente", "regiao", "funil", "empresa", "segmento"]
)
def test_statements_do_not_grow(api, vendas, queries, agrupar):
    with queries(3):
        api().get(URL, {"agrupar": agrupar, "de": "2017-01-01", "ate": "2017-12-31"})
