"""Creating a company: what is stored, what is refused, what is told."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def test_it_works(api, nova, ana):
    response = api().post("/empresas", nova)
    body = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"/empresas/{body['id']}"
    assert response["ETag"] == '"v1"'
    assert (body["cnpj"], body["cnpj_raiz"]) == ("12ABC34501DE35", "12ABC345")
    assert (body["nome"], body["telefone"], body["email"]) == ("Pão Quente", "+5511987654321", "contato@paoquente.com.br")
    assert (body["site"], body["dominio"]) == ("https://www.paoquente.com.br", "paoquente.com.br")
    assert (body["responsavel_id"], body["equipe_id"]) == (str(ana.id), str(ana.equipe))


def test_either_name_is_enough_and_is_what_people_call_it(api):
    assert api().post("/empresas", {"razao_social": "Acme S.A."}).json()["nome"] == "Acme S.A."
    assert api().post("/empresas", {"nome_fantasia": "Acme"}).json()["nome"] == "Acme"


@pytest.mark.parametrize(("numero", "faixa"), [(0, "ate_9"), (9, "ate_9"), (10, "10_a_49"), (499, "100_a_499"), (500, "desde_500")])
def test_the_number_of_employees_tells_the_band(api, numero, faixa):
    body = api().post("/empresas", {"nome_fantasia": "Acme", "numero_funcionarios": numero}).json()
    assert body["faixa_funcionarios"] == faixa


def test_a_band_may_be_all_that_is_known(api):
    body = api().post("/empresas", {"nome_fantasia": "Acme", "faixa_funcionarios": "50_a_99"}).json()
    assert (body["numero_funcionarios"], body["faixa_funcionarios"]) == (None, "50_a_99")


def test_codes_are_stored_bare(api):
    body = api().post("/empresas", {"nome_fantasia": "Acme", "natureza_juridica": "206-2", "cnae_principal": "6204-0/00"}).json()
    assert (body["natureza_juridica"], body["cnae_principal"]) == ("2062", "6204000")


@pytest.mark.parametrize(
    ("campo", "valor", "codigo"),
    [
        ("razao_social", "x" * 201, "muito_longo"),
        ("cnpj", "12ABC34501DE36", "cnpj_invalido"),
        ("cnpj", 11222333000181, "invalido"),
        ("natureza_juridica", "20622", "codigo_invalido"),
        ("cnae_principal", "abc", "codigo_invalido"),
        ("site", "http://", "invalido"),
        ("site", "javascript://alert(1)", "invalido"),
        ("telefone", "32519999", "telefone_sem_ddd"),
        ("email", "sem arroba", "email_invalido"),
        ("receita_anual", "-1", "muito_pequeno"),
        ("receita_anual", "NaN", "invalido"),
        ("receita_anual", "0.001", "decimais_demais"),
        ("moeda", "reais", "invalido"),
        ("numero_funcionarios", -1, "muito_pequeno"),
        ("numero_funcionarios", 10**12, "muito_grande"),
        ("ano_fundacao", 96, "muito_pequeno"),
        ("ciclo_vida", "marte", "opcao_invalida"),
        ("situacao_cadastral", "boa", "opcao_invalida"),
        ("data_abertura", "2026-02-30", "invalido"),
        ("nome", "Outro", "somente_leitura"),
        ("cnpj_raiz", "12345678", "somente_leitura"),
        ("apelido", "Pão", "campo_desconhecido"),
    ],
)
def test_it_refuses(api, nova, campo, valor, codigo):
    from empresas.models import Empresa

    problem = assert_problem(api().post("/empresas", {**nova, campo: valor}), 400)
    assert [(erro["campo"], erro["codigo"]) for erro in problem["erros"]] == [(campo, codigo)]
    assert not Empresa.objects.exists()


def test_a_company_without_any_name_is_refused(api):
    problem = assert_problem(api().post("/empresas", {"segmento": "varejo"}), 400)
    assert [(erro["campo"], erro["codigo"]) for erro in problem["erros"]] == [("razao_social", "obrigatorio")]


def test_it_brings_its_addresses(api, nova):
    enderecos = [
        {"tipo": "sede", "cep": "01001-000", "logradouro": "Praça da Sé", "numero": "S/N", "municipio": "São Paulo", "uf": "SP"},
        {"tipo": "entrega", "cep": "20040-002", "municipio": "Rio de Janeiro", "municipio_ibge": "3304557", "uf": "RJ"},
    ]
    body = api().post("/empresas", {**nova, "enderecos": enderecos}).json()
    assert [(item["tipo"], item["cep"], item["uf"]) for item in body["enderecos"]] == [
        ("sede", "01001000", "SP"),
        ("entrega", "20040002", "RJ"),
    ]
    assert (body["municipio"], body["uf"]) == ("São Paulo", "SP")


@pytest.mark.parametrize(
    ("enderecos", "campo"),
    [
        ([{"tipo": "sede"}, {"tipo": "sede"}], "enderecos"),
        ([{"cep": "1"}], "enderecos.0.cep"),
        ([{"uf": "XX"}], "enderecos.0.uf"),
        ([{"rua": "x"}], "enderecos.0.rua"),
        ("x", "enderecos"),
        ([{}] * 21, "enderecos"),
    ],
)
def test_bad_addresses_are_refused_and_nothing_is_kept(api, nova, enderecos, campo):
    from empresas.models import Empresa

    problem = assert_problem(api().post("/empresas", {**nova, "enderecos": enderecos}), 400)
    assert problem["erros"][0]["campo"] == campo
    assert not Empresa.objects.exists()


def test_it_records_one_event(padaria, published):
    [evento] = published()
    assert (evento.tipo, evento.versao, str(evento.agregado_id)) == ("empresas.empresa.criada.v1", 1, padaria["id"])
    assert (evento.dados["nome"], evento.dados["cnpj"]) == ("Pão Quente", "12ABC34501DE35")
    assert evento.dados["dominio"] == "paoquente.com.br"


def test_somebody_else_as_owner_needs_the_right_to_assign(api, nova, bruno):
    body = {**nova, "responsavel_id": str(bruno.id)}
    assert_problem(api("empresas:criar", "empresas:ler").post("/empresas", body), 403)
    assert api("empresas:criar", "empresas:atribuir").post("/empresas", body).json()["responsavel_id"] == str(bruno.id)


def test_masked_for_those_without_the_right_to_personal_data(api, padaria):
    reader = api("empresas:ler")
    [row] = reader.get("/empresas").json()["resultados"]
    for shown in (row, reader.get(f"/empresas/{padaria['id']}").json()):
        assert "8765" not in shown["telefone"]
        assert not shown["email"].startswith("contato@")
        assert shown["cnpj"] == padaria["cnpj"]
