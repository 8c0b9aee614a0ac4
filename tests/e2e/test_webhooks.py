"""Events to a receiver outside, signed so that the public library verifies them, once answered and again after a refusal."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from crm_client import Crm
from standardwebhooks import Webhook

from crm_shared.testing.http_server import Reply, Server, serving

Record = dict[str, Any]
Eventually = Callable[..., Any]
PATIENCE = 60.0  # seconds; what was refused comes again after 10


@pytest.fixture
def receptor() -> Iterator[Server]:
    with serving(Reply(204)) as server:
        yield server


@pytest.fixture
def webhook(admin: Crm, receptor: Server, mark: str) -> Iterator[Record]:
    """A subscription to the companies of this test alone."""
    corpo = {
        "nome": f"Testes {uuid4()}",
        "url": f"{receptor.url}/crm",
        "tipos": ["empresas.empresa.criada.v1", "empresas.empresa.atualizada.v1"],
        "q": f'segmento:"{mark}"',
    }
    answer = admin.request("POST", "/gateway/automacao/webhooks", json=corpo)
    if answer.status_code == 400 and "url" in [erro["campo"] for erro in answer.json()["erros"]]:
        pytest.skip("este CRM não envia a esta máquina (WEBHOOK_ALLOW_PRIVATE)")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    yield made
    admin.request("DELETE", f"/gateway/automacao/webhooks/{made['id']}")


def verified(webhook: Record, receptor: Server) -> list[Record]:
    """The events that arrived; raises where a signature is wrong."""
    verifier = Webhook(webhook["segredo"])
    return [verifier.verify(call.raw, call.headers) for call in list(receptor.requests)]


def test_events_arrive_signed_filtered_and_in_order(
    admin: Crm, webhook: Record, receptor: Server, mark: str, eventually: Eventually
) -> None:
    admin.create("/gateway/empresas", {"razao_social": "Outra Ltda", "segmento": f"outro {mark}"})
    empresa = admin.create("/gateway/empresas", {"razao_social": "Padaria Sol Ltda", "segmento": mark})
    admin.request("PATCH", f"/gateway/empresas/{empresa['id']}", json={"nome_fantasia": "Sol"})
    events = eventually(lambda: verified(webhook, receptor), lambda found: len(found) >= 2, PATIENCE)
    assert [(event["subject"], event["versao"]) for event in events] == [(empresa["id"], 1), (empresa["id"], 2)]
    assert len({call.headers["webhook-id"] for call in receptor.requests}) == 2


def test_what_was_refused_comes_again_under_its_id(
    admin: Crm, webhook: Record, receptor: Server, mark: str, eventually: Eventually
) -> None:
    receptor.replies = [Reply(503), Reply(204)]
    admin.create("/gateway/empresas", {"razao_social": "Padaria Lua Ltda", "segmento": mark})
    eventually(lambda: receptor.requests, lambda calls: len(calls) >= 2, PATIENCE)
    first, second = receptor.requests[:2]
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    [entrega] = eventually(
        lambda: list(admin.rows("/gateway/automacao/entregas", webhook_id=webhook["id"])), lambda rows: rows[0]["estado"] == "entregue"
    )
    assert admin.read(f"/gateway/automacao/entregas/{entrega['id']}")["envios"][0]["status"] == 503


def test_a_test_and_a_resend(admin: Crm, webhook: Record, receptor: Server, eventually: Eventually) -> None:
    entrega = admin.create(f"/gateway/automacao/webhooks/{webhook['id']}/teste", {})
    path = f"/gateway/automacao/entregas/{entrega['id']}"
    eventually(lambda: admin.read(path)["estado"], lambda estado: estado == "entregue")
    admin.create(f"{path}/reenviar", {})
    eventually(lambda: receptor.requests, lambda calls: len(calls) == 2)
    assert {call.headers["webhook-id"] for call in receptor.requests} == {entrega["id"]}
    assert [event["type"] for event in verified(webhook, receptor)] == ["automacao.webhook.teste.v1"] * 2
