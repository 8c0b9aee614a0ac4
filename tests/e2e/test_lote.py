"""Many records at once through the gateway: answered at once and undone; in the background, followed and undone."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from crm_client import Crm

Record = dict[str, Any]
Eventually = Callable[..., Any]
ENDED = ("concluida", "falhou", "cancelada", "desfeita")


def ended(admin: Crm, servico: str, operacao: str, eventually: Eventually) -> Record:
    found: Record = eventually(lambda: admin.read(f"/gateway/{servico}/operacoes/{operacao}"), lambda row: row["estado"] in ENDED)
    return found


def test_a_bulk_change_is_undone(admin: Crm, mark: str, eventually: Eventually) -> None:
    itens = [{"razao_social": f"Padaria {mark} {number} Ltda"} for number in range(3)]
    made = admin.create("/gateway/empresas/lote", {"operacao": "criar", "itens": itens}, key=str(uuid4()))
    ids = [item["id"] for item in made["resultados"]]
    changed = admin.create(
        "/gateway/empresas/lote", {"operacao": "atualizar", "itens": [{"id": pk} for pk in ids], "valores": {"segmento": "padaria"}}
    )
    assert [item["status"] for item in changed["resultados"]] == [200, 200, 200]
    admin.create(f"/gateway/empresas/operacoes/{changed['operacao']}/desfazer", {})
    assert ended(admin, "empresas", changed["operacao"], eventually)["estado"] == "desfeita"
    assert {admin.read(f"/gateway/empresas/{pk}")["segmento"] for pk in ids} == {""}


def test_a_large_one_runs_in_the_background_and_is_undone(admin: Crm, mark: str, eventually: Eventually) -> None:
    itens = [{"titulo": f"Lote {mark} {number}", "prazo_dias_uteis": 3} for number in range(600)]
    operacao = admin.create("/gateway/tarefas/lote", {"operacao": "criar", "itens": [*itens, {"titulo": ""}]}, key=str(uuid4()))
    done = ended(admin, "tarefas", operacao["id"], eventually)
    assert (done["estado"], done["feitos"], done["erros"]) == ("concluida", 601, 1)
    [error] = admin.rows(f"/gateway/tarefas/operacoes/{operacao['id']}/erros")
    assert (error["indice"], error["status"]) == (600, 400)
    assert len(list(admin.rows("/gateway/tarefas", busca=f"Lote {mark}"))) == 600
    admin.create(f"/gateway/tarefas/operacoes/{operacao['id']}/desfazer", {})
    assert ended(admin, "tarefas", operacao["id"], eventually)["desfeitos"] == 600
    assert not list(admin.rows("/gateway/tarefas", busca=f"Lote {mark}"))
