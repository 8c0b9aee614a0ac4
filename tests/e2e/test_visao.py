"""A person from all sides in one answer, with the caller's eyes."""

import time
from secrets import token_hex
from typing import Any
from uuid import uuid4

from conftest import Client, Elenco


def visao(crm: Client, pk: str, ready: tuple[str, ...]) -> dict[str, Any]:
    """Asked again while a service had no time to answer, or has not heard of the person yet."""
    for _ in range(20):
        answer = crm.get(f"/gateway/composto/clientes/{pk}/visao-360?limite=1")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        if all(shown[part] and shown[part]["resultados"] for part in ready):
            break
        time.sleep(1)
    return shown


def test_one_answer_has_what_the_services_have(elenco: Elenco, funil: dict[str, Any]) -> None:
    crm, word = elenco.ana.crm, token_hex(5)
    pessoa = crm.create("/gateway/clientes", {"nome": f"Conceição {word}"})
    for number in range(2):
        crm.create("/gateway/vendas", {"titulo": f"Fornos {word} {number}", "funil_id": funil["id"], "cliente_id": pessoa["id"]})
    shown = visao(crm, pessoa["id"], ("oportunidades",))
    assert shown["pessoa"]["nome"] == f"Conceição {word}"
    (venda,) = shown["oportunidades"]["resultados"]
    assert venda["titulo"].startswith(f"Fornos {word}")
    assert shown["oportunidades"]["mais"] is True
    whole = crm.get(shown["oportunidades"]["endereco"])
    assert {row["cliente_id"] for row in whole.json()["resultados"]} == {pessoa["id"]}
    for part in ("empresas", "leads", "conversas", "tarefas"):
        assert shown[part] is None or crm.get(shown[part]["endereco"]).status_code == 200, part


def test_who_does_not_see_the_person_sees_nothing(elenco: Elenco) -> None:
    pessoa = elenco.ana.crm.create("/gateway/clientes", {"nome": f"Só de Ana {token_hex(5)}"})
    assert elenco.bruno.crm.get(f"/gateway/composto/clientes/{pessoa['id']}/visao-360").status_code == 404
    assert elenco.ana.crm.get(f"/gateway/composto/clientes/{uuid4()}/visao-360").status_code == 404


def test_the_events_have_their_document(elenco: Elenco) -> None:
    document = elenco.ana.crm.get("/docs/asyncapi.json")
    assert (document.status_code, document.json()["asyncapi"]) == (200, "3.0.0")
