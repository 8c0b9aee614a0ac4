"""Writing a flow: what is stored, what is refused and where the fault is, how versions come about."""

import pytest

from crm_shared.events.contracts import CONTRACTS
from crm_shared.testing.contract import assert_problem

from .conftest import CRIADO, LIGAR

pytestmark = pytest.mark.django_db


def test_it_works(api, novo, ana, published):
    response = api().post("/automacao", novo)
    fluxo = response.json()
    assert response.status_code == 201
    assert (fluxo["estado"], fluxo["ultima_versao"], fluxo["versao_publicada"]) == ("rascunho", 1, None)
    assert fluxo["responsavel_id"] == str(ana.id)
    assert fluxo["gatilho"] == {**novo["gatilho"], "tipo": "evento"}
    [passo] = fluxo["passos"]
    assert passo["id"] == "1"
    assert passo["parametros"] == {**LIGAR["parametros"], "para": "responsavel", "prioridade": "normal"}
    [criado] = published("automacao.fluxo.criado.v1")
    assert criado.dados["evento_tipo"] == CRIADO


def test_what_was_read_can_be_written_back(api, novo):
    fluxo = api().post("/automacao", novo).json()
    corpo = {campo: fluxo[campo] for campo in ("nome", "descricao", "gatilho", "passos")}
    answer = api().put(f"/automacao/{fluxo['id']}", corpo)
    assert (answer.status_code, answer.json()["versao"], answer.json()["ultima_versao"]) == (200, 1, 1)


def condicao(campo="origem", operador="igual", valor="site"):
    return {"gatilho": {"evento": CRIADO, "condicoes": [{"campo": campo, "operador": operador, "valor": valor}]}}


def tarefa(**parametros):
    return {"passos": [{"tipo": "criar_tarefa", "parametros": {**LIGAR["parametros"], **parametros}}]}


def passo(**membros):
    return {"passos": [{**LIGAR, **membros}]}


C, P = "gatilho.condicoes.0", "passos.0.parametros"


@pytest.mark.parametrize(
    ("errado", "campo", "codigo"),
    [
        ({"nome": ""}, "nome", "em_branco"),
        ({"gatilho": {}}, "gatilho.evento", "obrigatorio"),
        ({"gatilho": None}, "gatilho", "nulo"),
        ({"gatilho": []}, "gatilho", "invalido"),
        ({"gatilho": {"evento": "clientes.cliente.nascido.v1"}}, "gatilho.evento", "evento_desconhecido"),
        ({"gatilho": {"evento": CRIADO, "tipo": "agenda"}}, "gatilho.tipo", "opcao_invalida"),
        ({"gatilho": {"evento": CRIADO, "q": "origem:"}}, "gatilho.q", "q_invalida"),
        ({"gatilho": {"evento": CRIADO, "q": "signo:touro"}}, "gatilho.q", "q_campo"),
        ({"gatilho": {"evento": CRIADO, "q": "nome:>3"}}, "gatilho.q", "q_operador"),
        ({"gatilho": {"evento": CRIADO, "q": "equipe_id:sul"}}, "gatilho.q", "q_valor"),
        ({"gatilho": {"evento": CRIADO, "q": "padaria"}}, "gatilho.q", "q_sem_busca"),
        ({"gatilho": {"evento": CRIADO, "q": "-" * 30 + "origem:site"}}, "gatilho.q", "q_funda"),
        ({"gatilho": {"evento": CRIADO, "q": "x" * 2001}}, "gatilho.q", "muito_longo"),
        ({"gatilho": {"evento": CRIADO, "q": ["origem:site"]}}, "gatilho.q", "invalido"),
        (condicao(campo="signo"), f"{C}.campo", "campo_desconhecido"),
        (condicao(campo="__class__"), f"{C}.campo", "campo_desconhecido"),
        (condicao(operador="parecido"), f"{C}.operador", "opcao_invalida"),
        (condicao(valor=None), f"{C}.valor", "nulo"),
        (condicao(valor={"a": 1}), f"{C}.valor", "valor_nao_serve"),
        (condicao(valor=True), f"{C}.valor", "valor_nao_serve"),
        (condicao(operador="em", valor="site"), f"{C}.valor", "valor_nao_serve"),
        (condicao(operador="em", valor=[]), f"{C}.valor", "valor_nao_serve"),
        (condicao(operador="existe", valor="sim"), f"{C}.valor", "valor_nao_serve"),
        (condicao(operador="maior", valor="muito"), f"{C}.valor", "valor_nao_serve"),
        ({"gatilho": {"evento": CRIADO, "condicoes": [{}] * 21}}, "gatilho.condicoes", "muito_longo"),
        ({"passos": {}}, "passos", "nao_e_lista"),
        ({"passos": [LIGAR] * 51}, "passos", "muito_longo"),
        (passo(tipo="executar_codigo"), "passos.0.tipo", "opcao_invalida"),
        (passo(id="Um passo"), "passos.0.id", "invalido"),
        (passo(parametros="x"), "passos.0.parametros", "nao_e_objeto"),
        ({"passos": [{**LIGAR, "id": "a"}, {**LIGAR, "id": "a"}]}, "passos.1.id", "duplicado"),
        ({"passos": [{**LIGAR, "id": "2"}, LIGAR]}, "passos.1.id", "duplicado"),
        (tarefa(titulo="Ligar para {{apelido}}"), f"{P}.titulo", "campo_desconhecido"),
        (tarefa(titulo="Ligar para {{nome.x}}"), f"{P}.titulo", "texto_mal_formado"),
        (tarefa(titulo="Ligar para {{nome"), f"{P}.titulo", "texto_mal_formado"),
        (tarefa(titulo=""), f"{P}.titulo", "em_branco"),
        (tarefa(prazo_dias_uteis=-1), f"{P}.prazo_dias_uteis", "muito_pequeno"),
        (tarefa(para="o chefe"), f"{P}.para", "invalido"),
        (tarefa(prioridade="ontem"), f"{P}.prioridade", "opcao_invalida"),
        (tarefa(url="http://x"), f"{P}.url", "campo_desconhecido"),
        ({"passos": [{"tipo": "aguardar", "parametros": {}}]}, P, "invalido"),
        ({"passos": [{"tipo": "aguardar", "parametros": {"dias": 1, "horas": 1}}]}, P, "invalido"),
        ({"passos": [{"tipo": "aguardar", "parametros": {"dias": 10**6}}]}, f"{P}.dias", "muito_grande"),
        ({"estado": "ativo"}, "estado", "somente_leitura"),
        ({"evento_tipo": CRIADO}, "evento_tipo", "somente_leitura"),
    ],
)
def test_it_refuses(api, novo, errado, campo, codigo):
    problem = assert_problem(api().post("/automacao", {**novo, **errado}), 400)
    assert (campo, codigo) in [(erro["campo"], erro["codigo"]) for erro in problem["erros"]]


def test_a_patch_is_checked_as_a_whole(api, novo):
    """DRF lets required members of a nested serializer go missing in a PATCH; ours must not."""
    fluxo = api().post("/automacao", novo).json()
    url = f"/automacao/{fluxo['id']}"
    assert_problem(api().patch(url, {"gatilho": {}}), 400)
    assert_problem(api().patch(url, {"gatilho": {"evento": "auth.usuario.criado.v1"}}), 400)  # the steps cite a client's owner
    assert api().get(url).json()["gatilho"]["evento"] == CRIADO


def test_records_without_owner_need_a_named_user(api, novo, ana):
    gatilho = {"gatilho": {"evento": "auth.equipe.criada.v1"}}
    problem = assert_problem(api().post("/automacao", {**novo, **gatilho, **tarefa(titulo="x")}), 400)
    assert problem["erros"][0]["codigo"] == "sem_responsavel"
    assert api().post("/automacao", {**novo, **gatilho, **tarefa(titulo="x", para=str(ana.id))}).status_code == 201


def test_every_event_can_start_a_flow_by_what_the_catalogue_says(api, ana):
    catalogo = api().get("/automacao/catalogo").json()
    assert {item["tipo"] for item in catalogo["eventos"]} == set(CONTRACTS)
    exemplos = {"igual": "x", "diferente": "x", "em": ["x"], "contem": "x", "existe": True, "maior": 1, "menor": 1}
    for evento in catalogo["eventos"]:
        condicoes = []
        for campo in evento["campos"][:10]:
            operador = campo["operadores"][0]
            valor = {"numero": 1, "logico": True}.get(campo["tipo"], exemplos[operador])
            condicoes.append({"campo": campo["nome"], "operador": operador, "valor": valor})
        corpo = {"nome": evento["tipo"], "gatilho": {"evento": evento["tipo"], "condicoes": condicoes}}
        answer = api().post("/automacao", corpo)
        assert answer.status_code == 201, (evento["tipo"], answer.content)


def test_the_catalogue_lists_steps_with_their_parameters(api):
    passos = {item["tipo"]: item for item in api().get("/automacao/catalogo").json()["passos"]}
    assert set(passos) == {"criar_tarefa", "aguardar"}
    nomes = {parametro["nome"]: parametro for parametro in passos["criar_tarefa"]["parametros"]}
    assert nomes["titulo"]["obrigatorio"]
    assert "ligacao" in nomes["tipo"]["opcoes"]


def test_editing_a_flow_in_force_makes_a_version_that_waits(api, fluxo):
    url = f"/automacao/{fluxo['id']}"
    editado = api().patch(url, tarefa(titulo="Outro")).json()
    assert (editado["estado"], editado["versao_publicada"], editado["ultima_versao"]) == ("ativo", 1, 2)
    api().patch(url, {"nome": "Só o nome"})
    versoes = api().get(f"{url}/versoes", {"ordenar": "criado_em"}).json()["resultados"]
    assert [versao["numero"] for versao in versoes] == [1, 2]
    assert versoes[0]["hash"] != versoes[1]["hash"]
    detalhe = api().get(f"{url}/versoes/{versoes[1]['id']}").json()
    assert detalhe["passos"][0]["parametros"]["titulo"] == "Outro"
    assert api().post(f"{url}/publicar").json()["versao_publicada"] == 2
    for metodo in ("put", "patch", "delete"):
        assert_problem(getattr(api(), metodo)(f"{url}/versoes/{versoes[0]['id']}", {}), 405)


def test_lists_cost_the_same_whatever_their_length(api, novo, queries):
    for posicao in range(5):
        api().post("/automacao", {**novo, "nome": f"Fluxo {posicao}"})
    with queries(1):
        resposta = api().get("/automacao", {"busca": "fluxo"})
    assert len(resposta.json()["resultados"]) == 5
    with queries(1):
        api().get(f"/automacao/{resposta.json()['resultados'][0]['id']}")


def test_the_error_of_an_expression_says_where(api, novo):
    document = assert_problem(api().post("/automacao", {**novo, "gatilho": {"evento": CRIADO, "q": "origem:site signo:x"}}), 400)
    assert "posição 12" in document["erros"][0]["mensagem"]


def test_an_expression_is_kept_as_written_and_makes_a_version(api, novo):
    fluxo = api().post("/automacao", {**novo, "gatilho": {"evento": CRIADO, "q": "origem:site"}}).json()
    assert fluxo["gatilho"] == {"tipo": "evento", "evento": CRIADO, "condicoes": [], "q": "origem:site"}
    mudado = api().patch(f"/automacao/{fluxo['id']}", {"gatilho": {"evento": CRIADO, "q": "origem:evento"}}).json()
    assert mudado["ultima_versao"] == 2
    assert "q" not in api().patch(f"/automacao/{fluxo['id']}", {"gatilho": {"evento": CRIADO, "q": ""}}).json()["gatilho"]
