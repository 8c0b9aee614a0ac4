"""`indexado` and `unico` turned on where records hold values already: an operation makes the index, writes meanwhile keep it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from projeto.exemplo import services
from projeto.exemplo.models import Coisa

from crm_shared.extensions import preparing
from crm_shared.extensions.models import CampoPersonalizado, ValorExtra
from crm_shared.operations import runner
from crm_shared.operations.models import Operacao
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db(transaction=True)
DEFINICOES = "/exemplo/campos-personalizados"


class Killed(BaseException):
    """As kill -9: nothing of ours handles it."""


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(preparing, "_AT_ONCE", 2)
    monkeypatch.setattr(preparing, "_UNDER_WAY", timedelta())


@pytest.fixture
def campo(api):
    body = {"recurso": "coisas", "chave": "placa", "rotulo": "Placa", "tipo": "texto"}
    return f"{DEFINICOES}/{api().post(DEFINICOES, body).json()['id']}"


@pytest.fixture
def make(api):
    def one(nome, **extras):
        answer = api().post("/exemplo", {"nome": nome, "extras": extras})
        assert answer.status_code == 201, answer.content
        return f"/exemplo/{answer.json()['id']}"

    return one


def found(api, q="@placa:ABC"):
    answer = api().get("/exemplo", {"q": q})
    assert answer.status_code == 200, answer.content
    return sorted(row["nome"] for row in answer.json()["resultados"])


def state(api, campo):
    shown = api().get(campo).json()
    return shown["indexado"], shown["unico"], shown["preparo"]


def test_what_records_hold_is_indexed_in_the_background(api, campo, make, ate_o_fim, published):
    for nome, placa in (("a", "ABC"), ("b", "DEF"), ("c", "ABC")):
        make(nome, placa=placa)
    make("d")
    answer = api().patch(campo, {"indexado": True})
    shown = answer.json()
    assert (answer.status_code, shown["indexado"], shown["preparo"]) == (200, False, "indexado")
    assert_problem(api().get("/exemplo", {"q": "@placa:ABC"}), 400)
    ate_o_fim()
    operacao = api().get(f"/exemplo/operacoes/{shown['operacao_id']}").json()
    assert (operacao["estado"], operacao["feitos"], operacao["erros"]) == ("concluida", 3, 0)
    assert operacao["resultado"] == {"campo": "placa", "indexado": True, "unico": False}
    assert state(api, campo) == (True, False, "")
    assert (found(api), found(api, "@placa:vazio")) == (["a", "c"], ["d"])
    told = [change["campo"] for change in published("exemplo.campo_personalizado.atualizado.v1")[-1].mudancas]
    assert set(told) == {"indexado", "preparo"}


def test_no_records_need_no_preparation(api, campo):
    assert api().patch(campo, {"unico": True}).json()["unico"] is True
    assert not Operacao.objects.exists()


def test_it_leaves_time_for_writes_that_had_read_the_old_definition(api, campo, make, turno, monkeypatch):
    monkeypatch.setattr(preparing, "_UNDER_WAY", timedelta(seconds=60))
    make("a", placa="ABC")
    api().patch(campo, {"indexado": True})
    turno()
    assert (Operacao.objects.get().estado, state(api, campo)) == ("na_fila", (False, False, "indexado"))


def test_unique_from_then_on(api, campo, make, ate_o_fim):
    um, dois = make("a", placa="ABC"), make("b", placa="DEF")
    shown = api().patch(campo, {"unico": True}).json()
    assert (shown["indexado"], shown["unico"], shown["preparo"]) == (False, False, "unico")
    ate_o_fim()
    assert state(api, campo) == (True, True, "")
    assert assert_problem(api().patch(dois, {"extras": {"placa": "ABC"}}), 409)["registro_id"] == um.rpartition("/")[2]


def test_doubles_are_named_and_the_field_stays_as_it_was(api, campo, make, ate_o_fim):
    um, _dois, tres = make("a", placa="ABC"), make("b", placa="DEF"), make("c", placa="ABC")
    operacao = api().patch(campo, {"unico": True}).json()["operacao_id"]
    ate_o_fim()
    shown = api().get(f"/exemplo/operacoes/{operacao}").json()
    assert (shown["estado"], shown["erros"], shown["resultado"]["unico"]) == ("concluida", 1, False)
    (erro,) = api().get(f"/exemplo/operacoes/{operacao}/erros").json()["resultados"]
    assert (erro["registro_id"], erro["status"]) == (tres.rpartition("/")[2], 409)
    assert erro["erros"][0]["codigo"] == "duplicado"
    assert um.rpartition("/")[2] in erro["erros"][0]["mensagem"]
    assert state(api, campo) == (True, False, "")
    assert found(api) == ["a", "c"]
    assert not ValorExtra.objects.filter(unico__isnull=False).exists()
    api().patch(tres, {"extras": {"placa": "XYZ"}})
    api().patch(campo, {"unico": True})
    ate_o_fim()
    assert state(api, campo) == (True, True, "")


def test_deleted_records_claim_nothing(api, campo, make, ate_o_fim):
    api().delete(make("a", placa="ABC"))
    make("b", placa="ABC")
    api().patch(campo, {"unico": True})
    ate_o_fim()
    assert state(api, campo) == (True, True, "")


def test_writes_meanwhile_are_indexed_and_claim(api, campo, make, turno, ate_o_fim):
    um, *_ = [make(nome, placa=nome) for nome in "abcdef"]
    api().patch(campo, {"unico": True})
    turno()
    turno()
    api().patch(um, {"extras": {"placa": "ABC"}})  # already walked
    novo = make("g", placa="NOVA")
    refused = assert_problem(api().post("/exemplo", {"nome": "h", "extras": {"placa": "ABC"}}), 409)
    assert refused["registro_id"] == um.rpartition("/")[2]
    api().patch(novo, {"extras": {"placa": None}})
    ate_o_fim()
    assert state(api, campo) == (True, True, "")
    assert (found(api), found(api, "@placa:a"), found(api, "@placa:vazio")) == (["a"], [], ["g"])


@pytest.mark.parametrize("turns", range(1, 6))
@pytest.mark.parametrize("point", ["operacao.antes_do_commit", "operacao.entre_porcoes"])
def test_killed_at_any_moment_it_goes_on(point, turns, api, campo, make, turno, ate_o_fim, monkeypatch):
    for nome in "abcde":
        make(nome, placa="ABC" if nome in "ae" else nome)
    api().patch(campo, {"unico": True})
    for _ in range(turns - 1):
        turno()

    def die(name):
        if name == point:
            raise Killed

    monkeypatch.setattr(runner, "point", die)
    with pytest.raises(Killed):
        turno()
    monkeypatch.setattr(runner, "point", lambda name: None)
    Operacao.objects.update(arrendada_ate=timezone.now() - timedelta(seconds=1))
    ate_o_fim()
    operacao = Operacao.objects.get()
    assert (operacao.estado, operacao.feitos, operacao.erros, operacao.itens.count()) == ("concluida", 5, 1, 1)
    assert (state(api, campo), found(api)) == ((True, False, ""), ["a", "e"])


def test_cancelled_it_can_be_asked_for_again_and_nothing_stale_remains(api, campo, make, turno, ate_o_fim):
    um, dois, *_ = [make(nome, placa=nome) for nome in "abcde"]
    operacao = api().patch(campo, {"unico": True}).json()["operacao_id"]
    turno()
    turno()
    assert api().post(f"/exemplo/operacoes/{operacao}/cancelar").status_code == 200
    assert state(api, campo) == (False, False, "")
    api().patch(um, {"extras": {"placa": None}})
    api().patch(dois, {"extras": {"placa": "a"}})
    api().patch(campo, {"unico": True})
    ate_o_fim()
    assert state(api, campo) == (True, True, "")
    assert (found(api, "@placa:a"), found(api, "@placa:b")) == (["b"], [])


def test_while_it_is_prepared_a_definition_is_left_alone(api, campo, make, ate_o_fim):
    make("a", placa="ABC")
    api().patch(campo, {"indexado": True})
    assert assert_problem(api().patch(campo, {"rotulo": "x"}), 409)["codigo"] == "em_preparo"
    assert assert_problem(api().delete(campo), 409)["codigo"] == "em_preparo"
    ate_o_fim()
    assert api().patch(campo, {"rotulo": "x"}).status_code == 200


@pytest.mark.parametrize("change", [{"preparo": "unico"}, {"operacao_id": None}, {"indexado": "sim"}, {"unico": True, "padrao": "x"}])
def test_what_cannot_be_asked_for(api, campo, make, change):
    make("a", placa="ABC")
    assert_problem(api().patch(campo, change), 400)
    assert not Operacao.objects.exists()


def test_too_many_doubles_end_it(api, campo, make, ate_o_fim, monkeypatch):
    monkeypatch.setattr(preparing, "MAX_DOUBLES", 1)
    for nome in "abcde":
        make(nome, placa="ABC")
    operacao = api().patch(campo, {"unico": True}).json()["operacao_id"]
    ate_o_fim()
    assert api().get(f"/exemplo/operacoes/{operacao}").json()["estado"] == "falhou"
    assert state(api, campo) == (False, False, "")


@pytest.mark.parametrize(
    ("tipo", "valor", "q"), [("numero", "10", "@c:>9"), ("booleano", True, "@c:sim"), ("data", "2026-01-31", "@c:<hoje")]
)
def test_typed_values(api, make, ate_o_fim, ator, tipo, valor, q):
    body = {"recurso": "coisas", "chave": "c", "rotulo": "c", "tipo": tipo}
    campo = f"{DEFINICOES}/{api().post(DEFINICOES, body).json()['id']}"
    make("a", c=valor)
    api().patch(campo, {"indexado": True})
    ate_o_fim()
    assert found(api, q) == ["a"]
    services.excluir_coisa(ator=ator, pk=Coisa.objects.get().pk)
    assert CampoPersonalizado.objects.get().indexado
