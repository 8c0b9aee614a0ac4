"""Field rules of a role: kept with it, told by tokens, never looser than one's own."""

import json
from base64 import urlsafe_b64decode

import pytest

from contas import tokens
from contas.direitos import Direitos, direitos_de
from contas.models import Papel, Permissao, Revogacao
from contas.papeis_padrao import PAPEIS_PADRAO
from contas.regras_de_campo import MAX_CARACTERES, MAX_REGRAS
from crm_shared.records.models import uuid7

pytestmark = pytest.mark.django_db
LER = {"recurso": "clientes", "acao": "ler", "visibilidade": "todos"}
CPF = {"recurso": "clientes", "campo": "cpf", "nivel": "oculto"}
VALOR = {"recurso": "vendas", "campo": "valor", "nivel": "leitura"}


def claims(access):
    payload = access.split(".")[1]
    return json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.fixture
def admin(api, papeis):
    return api()


@pytest.fixture
def estagio(admin):
    answer = admin.post("/auth/papeis", {"nome": "estágio", "permissoes": [LER], "campos": [VALOR, CPF]})
    assert answer.status_code == 201, answer.content
    return answer.json()


@pytest.fixture
def papel(db):
    papel = Papel.objects.create(nome="estágio", campos=[CPF, VALOR])
    Permissao.objects.create(papel=papel, recurso="clientes", acao="ler", visibilidade="todos")
    return papel


@pytest.fixture
def bia(novo_usuario, papel):
    usuario = novo_usuario("bia")
    usuario.papel = papel
    usuario.save()
    return usuario


def test_they_are_one_record_with_the_role(admin, estagio, published):
    url = f"/auth/papeis/{estagio['id']}"
    assert estagio["campos"] == [CPF, VALOR]
    [criado] = published("auth.papel.criado.v1")
    assert criado.dados["campos"] == ["clientes.cpf=oculto", "vendas.valor=leitura"]
    assert admin.patch(url, {"campos": [CPF, VALOR]}).json()["versao"] == 1
    assert admin.patch(url, {"campos": [CPF]}, HTTP_IF_MATCH='"v1"').json()["campos"] == [CPF]
    stale = admin.patch(url, {"campos": []}, HTTP_IF_MATCH='"v1"')
    assert (stale.status_code, stale.json()["conflitos"][0]["campo"]) == (412, "campos")
    assert admin.put(url, {"nome": "estágio", "permissoes": [LER]}).json()["campos"] == [CPF]
    [mudanca] = published("auth.papel.atualizado.v1")[0].mudancas
    assert (mudanca["campo"], mudanca["para"]) == ("campos", [CPF])
    assert "campos" in {item["campo"] for passado in admin.get(f"{url}/historico").json()["resultados"] for item in passado["mudancas"]}


@pytest.mark.parametrize(
    ("campos", "campo", "codigo"),
    [
        ([{**CPF, "campo": "cfp"}], "campos.0.campo", "campo_desconhecido"),
        ([CPF, {**VALOR, "campo": "valro"}], "campos.1.campo", "campo_desconhecido"),
        ([{**CPF, "campo": "id"}], "campos.0.campo", "campo_desconhecido"),
        ([{**CPF, "campo": "@Renda"}], "campos.0.campo", "invalido"),
        ([{**CPF, "campo": "cpf "}], None, None),
        ([{**CPF, "campo": "@" + "a" * 61}], "campos.0.campo", None),
        ([{**CPF, "campo": 7}], "campos.0.campo", None),
        ([{**CPF, "campo": ""}], "campos.0.campo", None),
        ([{**CPF, "recurso": "usuarios"}], "campos.0.recurso", "opcao_invalida"),
        ([{**CPF, "nivel": "invisivel"}], "campos.0.nivel", "opcao_invalida"),
        ([{**VALOR, "nivel": "mascarado"}], "campos.0.nivel", "opcao_invalida"),
        ([{"recurso": "clientes", "campo": "nome", "nivel": "oculto"}], "campos.0.nivel", "opcao_invalida"),
        ([{**CPF, "x": 1}], "campos.0.x", "campo_desconhecido"),
        ([{"recurso": "clientes", "campo": "cpf"}], "campos.0.nivel", "obrigatorio"),
        ([CPF, {**CPF, "nivel": "mascarado"}], "campos", "duplicado"),
        ([{**CPF, "campo": f"@c{numero}"} for numero in range(MAX_REGRAS + 1)], "campos", None),
        ([{**CPF, "campo": f"@{'a' * 50}{numero}"} for numero in range(MAX_CARACTERES // 50)], "campos", "regras_demais"),
        ("tudo", "campos", None),
        (None, "campos", None),
    ],
)
def test_bad_rules_are_400(admin, campos, campo, codigo):
    answer = admin.post("/auth/papeis", {"nome": "x", "permissoes": [LER], "campos": campos})
    if campo is None:  # blanks around a name are not part of it
        assert answer.status_code == 201
        return
    assert answer.status_code == 400, answer.content
    [erro] = answer.json()["erros"]
    assert erro["campo"] == campo
    assert codigo in (None, erro["codigo"])


def test_the_administrator_has_none(admin, papeis):
    url = f"/auth/papeis/{papeis['administrador'].pk}"
    answer = admin.patch(url, {"campos": [CPF]})
    assert (answer.status_code, answer.json()["codigo"]) == (422, "papel_de_sistema")
    assert admin.patch(f"/auth/papeis/{papeis['vendedor'].pk}", {"campos": [CPF]}).status_code == 200


def test_tokens_say_them_only_where_there_are_any(entrar, bia, novo_usuario):
    assert claims(entrar(bia.email).json()["access"])["campos"] == {"clientes": {"cpf": "o"}, "vendas": {"valor": "l"}}
    assert "campos" not in claims(entrar(novo_usuario("ana").email).json()["access"])


def test_a_change_ends_the_tokens_of_who_has_the_role(admin, bia, papel):
    admin.patch(f"/auth/papeis/{papel.pk}", {"descricao": "Três meses."})
    assert not Revogacao.objects.exists()
    admin.patch(f"/auth/papeis/{papel.pk}", {"campos": []})
    assert Revogacao.objects.filter(alvo__contains=str(bia.pk)).exists()


def test_what_acts_for_a_person_is_under_the_persons_rules(bia):
    direitos = direitos_de(bia)
    token = tokens.emitir_de_servico(
        servico="automacao", sid="s", audiencia="vendas", direitos=direitos.limitados_a(["vendas:ler"]), obo=str(bia.pk), emitido_em=None
    )
    assert claims(token)["campos"] == claims(_de_pessoa(bia, direitos.limitados_a(["eventos:ler"])))["campos"] == direitos.campos
    assert direitos.campos["clientes"] == {"cpf": "o"}


def _de_pessoa(usuario, direitos):
    return tokens.emitir_de_pessoa(sub=str(usuario.pk), sid=str(usuario.pk), nome=usuario.nome, direitos=direitos)


def test_a_key_is_under_its_owners_rules(sessao, bia, client):
    segredo = sessao(bia).post("/auth/chaves-api", {"nome": "ERP", "escopos": ["clientes:ler"]}).json()["segredo"]
    comprado = client.post("/auth/chaves-api/trocar", {"chave": segredo}, content_type="application/json")
    assert comprado.status_code == 200, comprado.content
    assert claims(comprado.json()["access"])["campos"] == {"clientes": {"cpf": "o"}, "vendas": {"valor": "l"}}


def test_nobody_loosens_what_binds_oneself(api, estagio, papeis):
    """Neither by a role with less rules, nor by changing one, nor by giving one."""
    chefe = api("papeis:ler", "papeis:criar", "papeis:editar", "clientes:ler", campos={"clientes": {"cpf": "m"}})
    mascarado, lido = {**CPF, "nivel": "mascarado"}, {**CPF, "nivel": "leitura"}
    for numero, (campos, status) in enumerate([([], 403), ([lido], 403), ([mascarado], 201), ([CPF], 201)]):
        answer = chefe.post("/auth/papeis", {"nome": f"n{numero}", "permissoes": [LER], "campos": campos})
        assert answer.status_code == status, campos
    assert chefe.patch(f"/auth/papeis/{estagio['id']}", {"campos": []}).json()["codigo"] == "alcance_excedido"
    assert chefe.patch(f"/auth/papeis/{estagio['id']}", {"campos": [mascarado]}).status_code == 200
    livre = Papel.objects.create(nome="livre")
    Permissao.objects.create(papel=livre, recurso="clientes", acao="ler", visibilidade="todos")
    assert chefe.patch(f"/auth/papeis/{livre.pk}", {"descricao": "x"}).status_code == 403
    assert chefe.post("/auth/papeis", {"nome": "outros", "permissoes": [], "campos": []}).status_code == 201
    assert api(campos={"clientes": {"cpf": "o"}}).patch(f"/auth/papeis/{estagio['id']}", {"campos": []}).status_code == 200


def test_a_user_is_not_given_a_looser_role(api, novo_usuario, papeis, bia):
    gerir = api("usuarios:ler", "usuarios:editar", "clientes:ler", "clientes:criar", campos={"clientes": {"cpf": "o"}})
    livre = Papel.objects.create(nome="livre")
    Permissao.objects.create(papel=livre, recurso="clientes", acao="ler", visibilidade="todos")
    answer = gerir.patch(f"/auth/usuarios/{bia.pk}", {"papel_id": str(livre.pk)})
    assert (answer.status_code, answer.json()["codigo"]) == (403, "alcance_excedido")


def test_the_matrix_and_the_questions_tell_them(sessao, bia, queries):
    cliente = sessao(bia)
    with queries(3):
        visto = cliente.get("/auth/eu/permissoes").json()
    assert visto["campos"] == {"clientes": {"cpf": "oculto"}, "vendas": {"valor": "leitura"}}
    pedidos = [{"recurso": "clientes", "acao": "ler", "campo": campo} for campo in ("cpf", "email")]
    respostas = cliente.post("/auth/autorizar", {"pedidos": [*pedidos, {"recurso": "clientes", "acao": "ler"}]}).json()["respostas"]
    assert [(item["permitido"], item["motivo"], item["campo"]) for item in respostas] == [
        (False, "campo_restrito", "oculto"),
        (True, "", None),
        (True, "", None),
    ]


@pytest.mark.parametrize(
    ("acao", "nivel", "permitido"),
    [
        ("ler", "leitura", True),
        ("editar", "leitura", False),
        ("ler", "mascarado", True),
        ("editar", "mascarado", True),
        ("exportar", "oculto", False),
        ("criar", "oculto", False),
    ],
)
def test_a_question_about_a_field(sessao, bia, papel, acao, nivel, permitido):
    papel.campos = [{**CPF, "nivel": nivel}]
    papel.save()
    Permissao.objects.get_or_create(papel=papel, recurso="clientes", acao=acao, defaults={"visibilidade": "todos"})
    [resposta] = (
        sessao(bia).post("/auth/autorizar", {"pedidos": [{"recurso": "clientes", "acao": acao, "campo": "cpf"}]}).json()["respostas"]
    )
    assert (resposta["permitido"], resposta["campo"]) == (permitido, nivel)


def test_a_token_stays_small_with_all_that_a_role_may_say():
    todas = dict.fromkeys((f"{recurso}:{acao}" for recurso, acao in PAPEIS_PADRAO["administrador"].niveis), "todos")
    regras = {("comunicacao", f"@{'a' * 16}{numero}"): "oculto" for numero in range(MAX_REGRAS)}
    assert sum(len(campo) for _, campo in regras) >= MAX_CARACTERES
    equipes = tuple(uuid7() for _ in range(3))
    access = tokens.emitir_de_pessoa(
        sub=str(uuid7()), sid=str(uuid7()), nome="Maria Aparecida da Conceição", direitos=Direitos(todas, equipes, regras)
    )
    assert len(access) <= 3900  # of 4096, with the cookie's name
