"""Custom fields: their definitions, their values in records, finding records by them."""

import pytest
from projeto.exemplo import services
from projeto.exemplo.models import Coisa

from crm_shared.extensions.patterns import PatternRefused, compiled
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db
DEFINICOES = "/exemplo/campos-personalizados"
OPCOES = [{"valor": "p", "rotulo": "Pequena"}, {"valor": "g", "rotulo": "Grande"}, {"valor": "x", "rotulo": "Antiga", "ativo": False}]


@pytest.fixture
def define(api):
    def make(chave, tipo, **outros):
        answer = api().post(DEFINICOES, {"recurso": "coisas", "chave": chave, "rotulo": chave.title(), "tipo": tipo, **outros})
        assert answer.status_code == 201, answer.content
        return answer.json()

    return make


@pytest.fixture
def make(api):
    def one(nome="mesa", **extras):
        return api().post("/exemplo", {"nome": nome, "extras": extras})

    return one


def of(answer, code=200):
    assert answer.status_code == code, answer.content
    return answer.json()["extras"]


def error(answer, status=400):
    return [(item["campo"], item["codigo"]) for item in assert_problem(answer, status)["erros"]]


@pytest.mark.parametrize(
    ("tipo", "outros", "sent", "kept"),
    [
        ("texto", {}, " abc ", "abc"),
        ("texto", {"regex": "[A-Z]{3}-[0-9]+"}, "ABC-1", "ABC-1"),
        ("texto_longo", {}, "a\nb", "a\nb"),
        ("numero", {}, "10.5", "10.500000"),
        ("numero", {}, 3, "3.000000"),
        ("moeda", {}, "1500", "1500.00"),
        ("data", {}, "2026-02-28", "2026-02-28"),
        ("data_hora", {}, "2026-02-28T12:00:00-03:00", "2026-02-28T15:00:00Z"),
        ("booleano", {}, False, False),
        ("lista", {"opcoes": OPCOES}, "p", "p"),
        ("multilista", {"opcoes": OPCOES}, ["g", "p", "g"], ["g", "p"]),
        ("telefone", {}, "(11) 98765-4321", "+5511987654321"),
        ("email", {}, "Ana@Exemplo.com.br", "ana@exemplo.com.br"),
        ("url", {}, "https://exemplo.com.br/a", "https://exemplo.com.br/a"),
        ("cpf", {}, "529.982.247-25", "52998224725"),
        ("cnpj", {}, "11.222.333/0001-81", "11222333000181"),
        ("referencia", {"alvo": "clientes.cliente"}, "018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000001"),
    ],
)
def test_each_type_keeps_one_form(api, define, make, tipo, outros, sent, kept):
    define("c", tipo, **outros)
    made = make(c=sent)
    assert of(made, 201) == {"c": kept}
    assert of(api().get(f"/exemplo/{made.json()['id']}")) == api().get("/exemplo").json()["resultados"][0]["extras"] == {"c": kept}


@pytest.mark.parametrize(
    ("tipo", "outros", "sent", "codigo"),
    [
        ("texto", {}, 7, "invalido"),
        ("texto", {}, "", "em_branco"),
        ("texto", {}, "x" * 301, "muito_longo"),
        ("texto", {"regex": "[A-Z]{3}"}, "ABCD", "formato_invalido"),
        ("numero", {}, "dez", "invalido"),
        ("numero", {}, "1.1234567", "decimais_demais"),
        ("numero", {}, "1" * 19, "digitos_demais"),
        ("numero", {}, True, "invalido"),
        ("moeda", {}, "1.999", "decimais_demais"),
        ("data", {}, "31/12/2026", "invalido"),
        ("data", {}, "0001-01-01", "fora_do_intervalo"),
        ("data_hora", {}, "2026-02-28", "fuso_ausente"),
        ("booleano", {}, "sim", "invalido"),
        ("lista", {"opcoes": OPCOES}, "m", "opcao_invalida"),
        ("lista", {"opcoes": OPCOES}, "x", "opcao_invalida"),
        ("lista", {"opcoes": OPCOES}, ["p"], "invalido"),
        ("telefone", {}, "190", None),
        ("email", {}, "ana", None),
        ("url", {}, "javascript:alert(1)", "invalido"),
        ("cpf", {}, "111.111.111-11", None),
        ("cnpj", {}, "1", None),
        ("referencia", {"alvo": "clientes.cliente"}, "1", "invalido"),
    ],
)
def test_values_are_read_strictly(define, make, tipo, outros, sent, codigo):
    define("c", tipo, **outros)
    ((campo, found),) = error(make(c=sent))
    assert campo == "extras.c"
    assert codigo in (None, found)


def test_an_unknown_key_a_list_and_a_chosen_option_that_is_none_are_refused(api, define, make):
    define("c", "multilista", opcoes=OPCOES)
    assert error(make(d=1)) == [("extras.d", "campo_desconhecido")]
    assert_problem(make(c=["p", "m"]), 400)
    assert_problem(make(c=[]), 400)
    assert error(api().post("/exemplo", {"nome": "a", "extras": []})) == [("extras", "nao_e_objeto")]


def test_required_default_and_read_only(api, define, make):
    define("codigo", "texto", obrigatorio=True)
    define("origem", "texto", padrao="loja")
    define("lote", "texto", padrao="A", somente_leitura=True)
    assert error(make()) == error(api().post("/exemplo", {"nome": "a"})) == [("extras.codigo", "obrigatorio")]
    assert error(make(codigo="1", lote="B")) == [("extras.lote", "somente_leitura")]
    made = make(codigo="1", origem="site")
    assert of(made, 201) == {"codigo": "1", "origem": "site", "lote": "A"}
    um = f"/exemplo/{made.json()['id']}"
    assert error(api().patch(um, {"extras": {"codigo": None}})) == [("extras.codigo", "nulo")]
    assert of(api().patch(um, {"extras": {"origem": None}})) == {"codigo": "1", "lote": "A"}
    assert of(api().patch(um, {"nome": "x"})) == {"codigo": "1", "lote": "A"}
    assert of(api().put(um, {"nome": "x", "extras": {"codigo": "2"}})) == {"codigo": "2", "origem": "loja", "lote": "A"}


def test_different_fields_merge_and_the_same_field_conflicts(api, define, make):
    define("a", "texto")
    define("b", "numero")
    um = f"/exemplo/{make().json()['id']}"
    assert of(api().patch(um, {"extras": {"a": "1"}}, headers={"If-Match": '"v1"'})) == {"a": "1"}
    assert of(api().patch(um, {"extras": {"b": 2}}, headers={"If-Match": '"v1"'})) == {"a": "1", "b": "2.000000"}
    refused = assert_problem(api().patch(um, {"extras": {"a": "3"}}, headers={"If-Match": '"v1"'}), 412)
    assert refused["conflitos"] == [{"campo": "extras.a", "original": None, "atual": "1", "enviado": "3"}]


def test_undoing_sends_fields_as_changes_name_them(ator, define, make):
    define("a", "texto")
    pk = make(a="1").json()["id"]
    assert services.atualizar_coisa(ator=ator, pk=pk, dados={"extras.a": None, "nome": "x"}).extras == {}
    assert services.atualizar_coisa(ator=ator, pk=pk, dados={"extras.a": "2"}).extras == {"a": "2"}


def test_unique_is_kept_among_records_that_live(api, define, make):
    define("placa", "texto", unico=True)
    primeira, segunda = make("a", placa="ABC").json(), make("b", placa="DEF").json()
    refused = assert_problem(make("c", placa="ABC"), 409)
    assert (refused["registro_id"], refused["erros"][0]["campo"]) == (primeira["id"], "extras.placa")
    assert_problem(api().patch(f"/exemplo/{segunda['id']}", {"extras": {"placa": "ABC"}}), 409)
    assert Coisa.objects.get(pk=segunda["id"]).extras == {"placa": "DEF"}
    api().delete(f"/exemplo/{primeira['id']}")
    assert of(api().patch(f"/exemplo/{segunda['id']}", {"extras": {"placa": "ABC"}})) == {"placa": "ABC"}
    assert_problem(api().post(f"/exemplo/{primeira['id']}/restaurar"), 409)
    api().patch(f"/exemplo/{segunda['id']}", {"extras": {"placa": "XYZ"}})
    assert of(api().post(f"/exemplo/{primeira['id']}/restaurar")) == {"placa": "ABC"}


@pytest.fixture
def frota(define, make):
    define("potencia", "numero", indexado=True)
    define("cor", "lista", opcoes=OPCOES, indexado=True)
    define("cpf", "cpf", indexado=True, dado_pessoal=True)
    define("obs", "texto")
    make("a", potencia="9.5", cor="p", cpf="529.982.247-25", obs="x")
    make("b", potencia=100, cor="g")
    make("c")


@pytest.mark.parametrize(
    ("q", "nomes"),
    [
        ("@potencia:>10", "b"),
        ("@potencia:9..100", "ab"),
        ("-@potencia:>10", "ac"),
        ("@potencia:vazio", "c"),
        ("@cor:p,g", "ab"),
        ("@cpf:529.982.247-25", "a"),
        ("@cpf:52998224725 @cor:p", "a"),
    ],
)
def test_expressions_compare_by_type(api, frota, q, nomes):
    answer = api().get("/exemplo", {"q": q})
    assert answer.status_code == 200, answer.content
    assert {row["nome"] for row in answer.json()["resultados"]} == set(nomes)
    assert api().post("/exemplo/agregar", {"q": q}).json()["linhas"][0]["contagem"] == len(nomes)


@pytest.mark.parametrize("q", ["@obs:x", "@nada:1", "@potencia:muita", "@cor:>p", "@cor:m", "@cpf:1", "@:1"])
def test_what_is_not_indexed_or_not_of_the_type_is_refused(api, frota, q):
    assert error(api().get("/exemplo", {"q": q}))[0][0] == "q"


def test_personal_values_are_masked_and_not_searched_by_who_may_not_see_them(api, frota, published):
    client = api("empresas:ler", "empresas:editar")
    row = client.get("/exemplo", {"q": "@cor:p"}).json()["resultados"][0]
    assert (row["extras"]["cpf"] != "52998224725", row["extras"]["potencia"]) == (True, "9.500000")
    assert error(client.get("/exemplo", {"q": "@cpf:52998224725"})) == [("q", "q_campo")]
    evento = published("empresas.empresa.criada.v1")[0]
    assert (evento.pessoais["extras_pessoais"], "cpf" in evento.dados["extras"]) == ({"cpf": "52998224725"}, False)


def test_changes_of_personal_values_are_told_apart(api, define, make, published):
    define("a", "texto")
    define("saude", "texto", sensivel=True)
    um = f"/exemplo/{make().json()['id']}"
    assert of(api().patch(um, {"extras": {"a": "1", "saude": "x"}})) == {"a": "1", "saude": "x"}
    evento = published("empresas.empresa.atualizada.v1")[-1]
    assert evento.mudancas == [{"campo": "extras.a", "de": None, "para": "1"}, {"campo": "extras.saude"}]
    assert evento.pessoais["mudancas"] == [{"campo": "extras.saude", "de": None, "para": "x"}]
    assert "saude" not in api().get("/exemplo").json()["resultados"][0]["extras"]
    assert api("empresas:ler").get(um).json()["extras"]["saude"] == "***"


def test_a_deleted_definition_hides_its_values(api, define, make):
    campo = define("a", "texto", indexado=True)
    um = f"/exemplo/{make(a='1').json()['id']}"
    api().delete(f"{DEFINICOES}/{campo['id']}")
    assert of(api().get(um)) == {}
    assert error(api().patch(um, {"extras": {"a": "2"}})) == [("extras.a", "campo_desconhecido")]
    assert_problem(api().get("/exemplo", {"q": "@a:1"}), 400)
    api().post(f"{DEFINICOES}/{campo['id']}/restaurar")
    assert of(api().get(um)) == {"a": "1"}
    assert len(api().get("/exemplo", {"q": "@a:1"}).json()["resultados"]) == 1


@pytest.mark.parametrize(
    "outros",
    [
        {"recurso": "carros"},
        {"chave": "Com Espaço"},
        {"chave": "x" * 41},
        {"chave": "a__b\n!"},
        {"tipo": "foto"},
        {"tipo": "lista"},
        {"tipo": "texto", "opcoes": OPCOES},
        {"tipo": "lista", "opcoes": [OPCOES[0], OPCOES[0]]},
        {"tipo": "lista", "opcoes": [{"valor": "p"}]},
        {"tipo": "lista", "opcoes": ["p"]},
        {"tipo": "lista", "opcoes": [{"valor": str(n), "rotulo": "x"} for n in range(201)]},
        {"tipo": "numero", "regex": "a"},
        {"tipo": "texto", "regex": "("},
        {"tipo": "texto", "regex": "(a+)+b"},
        {"tipo": "texto", "regex": "x" * 101},
        {"tipo": "booleano", "unico": True},
        {"tipo": "texto_longo", "indexado": True},
        {"tipo": "texto", "sensivel": True, "indexado": True},
        {"tipo": "numero", "padrao": "dez"},
        {"tipo": "texto", "unico": True, "padrao": "a"},
        {"tipo": "referencia"},
        {"tipo": "referencia", "alvo": "vendas.carro"},
        {"tipo": "texto", "alvo": "clientes.cliente"},
        {"obrigatorio": "sim"},
        {"ordem": 1},
    ],
)
def test_a_bad_definition_is_refused(api, outros):
    body = {"recurso": "coisas", "chave": "a", "rotulo": "A", "tipo": "texto", **outros}
    assert_problem(api().post(DEFINICOES, body), 400)


def test_what_may_change_of_a_definition(api, define, make):
    campo = define("a", "email")
    um = f"{DEFINICOES}/{campo['id']}"
    assert api().patch(um, {"rotulo": "Novo", "obrigatorio": True}).json()["rotulo"] == "Novo"
    assert api().patch(um, {"indexado": True}).json()["indexado"] is True
    for change, status in (({"chave": "b"}, 400), ({"recurso": "amostras"}, 400), ({"tipo": "numero"}, 400), ({"indexado": False}, 422)):
        assert_problem(api().patch(um, change), status)
    make(a="ana@exemplo.com.br")
    assert api().patch(um, {"tipo": "texto"}).json()["tipo"] == "texto"


def test_a_key_is_for_ever_and_definitions_are_for_administrators(api, define):
    campo = define("a", "texto")
    assert assert_problem(api().post(DEFINICOES, {**campo_novo(), "tipo": "numero"}), 409)["registro_id"] == campo["id"]
    client = api("empresas:ler", "empresas:criar", "empresas:editar")
    assert [item["chave"] for item in client.get(DEFINICOES, {"recurso": "coisas"}).json()["resultados"]] == ["a"]
    assert_problem(client.post(DEFINICOES, campo_novo()), 403)


def campo_novo():
    return {"recurso": "coisas", "chave": "a", "rotulo": "A", "tipo": "texto"}


def test_rows_show_custom_fields_by_one_more_statement(api, frota, queries):
    with queries(2):
        assert len(api().get("/exemplo").json()["resultados"]) == 3


def test_values_without_a_live_definition_cost_no_statement_per_row(api, define, make, queries):
    campo = define("a", "texto")
    for nome in "abc":
        make(nome, a="1")
    api().delete(f"{DEFINICOES}/{campo['id']}")
    with queries(2):
        assert [row["extras"] for row in api().get("/exemplo").json()["resultados"]] == [{}, {}, {}]


def test_a_page_found_by_custom_fields_goes_on_in_its_order(api, frota):
    first = api().get("/exemplo", {"q": "@potencia:>1 @cor:p,g", "limite": 1}).json()
    assert [row["nome"] for row in first["resultados"]] == ["b"]
    second = api().get("/exemplo", {"q": "@potencia:>1 @cor:p,g", "limite": 1, "cursor": first["proximo"]}).json()
    assert ([row["nome"] for row in second["resultados"]], second["proximo"]) == (["a"], None)


@pytest.mark.parametrize(
    "pattern", [r"(a+)+", r"(a|a)*b", r"(a*)*", r"(.+.+)+", r"\w+\w+\w+\w+@", r"(a)\1", r"(?=a)b", "(?:a?){30}a{30}", "(" * 90]
)
def test_a_slow_pattern_is_refused(pattern):
    with pytest.raises(PatternRefused):
        compiled(pattern)


@pytest.mark.parametrize("pattern", [r"[A-Z]{3}-?\d{4}", r"\d{5}(-\d{3})?", r"(SP|RJ|MG)-\d+", r".*", r"(\d{3}\.){2}\d{3}"])
def test_a_plain_pattern_is_taken(pattern):
    assert compiled(pattern)
