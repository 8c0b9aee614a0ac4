"""Somebody leaves: all that was theirs in six services is another's, whoever is stopped or killed meanwhile."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from stack_access import kill, on_its_machine, stopped

Record = dict[str, Any]
Eventually = Callable[..., Any]

SAGAS = "/gateway/automacao/sagas"
PATIENCE = 150.0
ENDED = ("concluida", "compensada")
EVENTO = {"evento": "clientes.cliente.criado.v1", "condicoes": [{"campo": "origem", "operador": "igual", "valor": "ninguem"}]}


@pytest.fixture
def quem_sai(nova_pessoa: Callable[..., Any], elenco: Any) -> Any:
    return nova_pessoa("Xica", "vendedor", elenco.ana.equipe_id)


@pytest.fixture
def carteira(admin: Any, quem_sai: Any, funil: Record) -> dict[str, list[str]]:
    """What she owns, by collection; a won deal and a finished task among it."""
    dela = {"responsavel_id": quem_sai.id}
    canal = admin.create("/gateway/comunicacao/canais", {"nome": f"Canal {uuid4()}", "tipo": "email"})["id"]
    cliente = admin.create("/gateway/clientes", {"nome": f"Zé {uuid4()}", **dela})["id"]
    identidade = {"canal_id": canal, "tipo": "email", "id_externo": f"{uuid4().hex}@exemplo.com.br", **dela}
    feitos: dict[str, list[Record]] = {
        "clientes": [{"nome": f"Pessoa {numero} {uuid4()}"} for numero in range(120)],
        "clientes/leads": [{"cliente_id": cliente}],
        "empresas": [{"nome_fantasia": f"Padaria {uuid4()}"}],
        "vendas": [{"titulo": "Fornos", "funil_id": funil["id"]} for _ in range(2)],
        "comunicacao": [{"canal_id": canal, "assunto": "Dúvida"}],
        "comunicacao/identidades": [identidade],
        "tarefas": [{"titulo": "Ligar", "prazo_dias_uteis": 1} for _ in range(2)],
        "automacao": [{"nome": "Boas-vindas", "gatilho": EVENTO}],
    }
    ids = {colecao: criar(admin, colecao, corpos, dela) for colecao, corpos in feitos.items()}
    admin.create(f"/gateway/vendas/{ids['vendas'][0]}/ganhar", {})
    admin.create(f"/gateway/tarefas/{ids['tarefas'][0]}/concluir", {})
    return {**ids, "clientes": [cliente, *ids["clientes"]]}


def criar(admin: Any, colecao: str, corpos: list[Record], dela: Record) -> list[str]:
    itens = [{**corpo, **dela} for corpo in corpos]
    feito = admin.create(f"/gateway/{colecao}/lote", {"operacao": "criar", "itens": itens}, key=str(uuid4()))
    assert feito["erros"] == 0, feito
    return [item["id"] for item in feito["resultados"]]


def saga_de(admin: Any, pessoa: Any, eventually: Eventually) -> str:
    [saga] = eventually(lambda: list(admin.rows(SAGAS, tipo="entregar-carteira", alvo_id=pessoa.id)))
    return str(saga["id"])


def ended(admin: Any, pk: str, eventually: Eventually) -> Record:
    saga: Record = eventually(lambda: admin.read(f"{SAGAS}/{pk}"), lambda saga: saga["estado"] in ENDED, PATIENCE)
    return saga


def assert_all_is(admin: Any, carteira: dict[str, list[str]], de: Any) -> None:
    for colecao, ids in carteira.items():
        tem = {linha["id"] for linha in admin.rows(f"/gateway/{colecao}", responsavel_id=de.id)}
        assert set(ids) <= tem, colecao


def assert_nothing_is(admin: Any, carteira: dict[str, list[str]], de: Any) -> None:
    assert {colecao: list(admin.rows(f"/gateway/{colecao}", responsavel_id=de.id)) for colecao in carteira} == {
        colecao: [] for colecao in carteira
    }


def test_all_that_was_hers_is_brunos(
    admin: Any, elenco: Any, quem_sai: Any, carteira: dict[str, list[str]], eventually: Eventually
) -> None:
    answer = admin.post(f"/auth/usuarios/{quem_sai.id}/desativar", {"transferir_para": elenco.bruno.id})
    assert (answer.status_code, answer.json()["ativo"]) == (200, False)
    saga = ended(admin, saga_de(admin, quem_sai, eventually), eventually)
    assert (saga["estado"], saga["alvo_id"]) == ("concluida", quem_sai.id)
    assert_all_is(admin, carteira, elenco.bruno)
    assert_nothing_is(admin, carteira, quem_sai)
    feitos = {passo["passo"]: passo["saida"].get("feitos") for passo in saga["passos"]}
    assert (feitos["clientes_fim"], feitos["vendas_fim"], feitos["tarefas_fim"], feitos["clientes_resto_fim"]) == (121, 2, 2, 0)
    [cliente] = [elenco.bruno.crm.read(f"/gateway/clientes/{pk}") for pk in carteira["clientes"][:1]]
    assert cliente["responsavel_id"] == elenco.bruno.id, "he sees only his own"


def test_who_may_not_give_records_away_deactivates_nobody_in_anothers_favour(elenco: Any, quem_sai: Any) -> None:
    answer = elenco.gil.crm.post(f"/auth/usuarios/{quem_sai.id}/desativar", {"transferir_para": elenco.bruno.id})
    assert answer.status_code == 403


@on_its_machine
def test_it_goes_on_where_it_was_and_is_given_back_when_cancelled(
    admin: Any, elenco: Any, quem_sai: Any, carteira: dict[str, list[str]], eventually: Eventually
) -> None:
    """A service is stopped, the worker killed, and somebody thinks better of it; then it is asked for again, for another."""
    with stopped("tarefas-web"):
        admin.create(f"/auth/usuarios/{quem_sai.id}/desativar", {"transferir_para": elenco.bruno.id})
        pk = saga_de(admin, quem_sai, eventually)
        waiting = eventually(lambda: admin.read(f"{SAGAS}/{pk}"), lambda saga: saga["erro"] == "servico_indisponivel", PATIENCE)
        assert (waiting["estado"], waiting["passo_atual"]) == ("executando", "tarefas")
        kill("automacao-worker")
    eventually(lambda: admin.read(f"{SAGAS}/{pk}"), lambda saga: saga["passo_atual"] != "tarefas", PATIENCE)
    assert admin.post(f"{SAGAS}/{pk}/cancelar").status_code in (200, 409)
    if ended(admin, pk, eventually)["estado"] == "compensada":
        assert_all_is(admin, carteira, quem_sai)
    admin.create(f"/auth/usuarios/{quem_sai.id}/entregar-carteira", {"transferir_para": elenco.carla.id})
    eventually(lambda: len(list(admin.rows(SAGAS, tipo="entregar-carteira", alvo_id=quem_sai.id))), lambda many: many == 2)
    for linha in admin.rows(SAGAS, tipo="entregar-carteira", alvo_id=quem_sai.id):
        ended(admin, linha["id"], eventually)
    assert_nothing_is(admin, carteira, quem_sai)
