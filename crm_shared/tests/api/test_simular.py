"""`simular=true`: everything is checked and answered, and nothing is done."""

from typing import Any

import pytest
from django.db import IntegrityError

from crm_shared.simulation import simulate, simulating
from crm_shared.testing.contract import assert_problem
from crm_shared.testing.simulation import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def coisa(api: Any) -> dict[str, Any]:
    made: dict[str, Any] = api().post("/exemplo", {"nome": "cadeira", "valor": "10.00"}).json()
    return made


def test_the_answer_is_that_of_the_real_one(api: Any, coisa: Any) -> None:
    before = everything()
    response = api().patch(f"/exemplo/{coisa['id']}?simular=true", {"valor": "20.00"}, HTTP_IF_MATCH='"v1"')
    assert (response.status_code, response["Simulado"], response["ETag"]) == (200, "true", '"v2"')
    assert response.json()["valor"] == "20.00"
    assert everything() == before


def test_a_refusal_is_told_as_one(api: Any, coisa: Any) -> None:
    response = api().post("/exemplo?simular=true", {"nome": "cadeira"})
    assert assert_problem(response, 409)["codigo"] == "duplicado"
    assert response["Simulado"] == "true"
    assert_problem(api().post("/exemplo?simular=true", {"nome": ""}), 400)
    assert_problem(api(vis="proprio", como=_stranger()).delete(f"/exemplo/{coisa['id']}?simular=true"), 404)
    assert_problem(api("empresas:ler").post("/exemplo?simular=true", {"nome": "x"}), 403)


def _stranger() -> Any:
    from uuid import uuid4

    from crm_shared.testing.plugin import Pessoa

    return Pessoa("Zeca", uuid4(), uuid4())


def test_a_key_is_not_used_up(api: Any, published: Any) -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": "uma vez"}
    for _ in range(2):
        response = api().post("/exemplo?simular=true", {"nome": "mesa"}, **key)
        assert (response.status_code, response.get("Idempotency-Replayed")) == (201, None)
    assert list(published()) == []
    made = api().post("/exemplo", {"nome": "mesa"}, **key)
    assert made.status_code == 201
    again = api().post("/exemplo?simular=true", {"nome": "mesa"}, **key)  # what the real one would answer now
    assert (again.json()["id"], again["Idempotency-Replayed"], again["Simulado"]) == (made.json()["id"], "true", "true")


@pytest.mark.parametrize("query", ["simular=", "simular=sim", "simular=TRUE", "simular=1", "simular=true&simular=false"])
def test_who_mistypes_does_nothing(api: Any, coisa: Any, query: str) -> None:
    before = everything()
    document = assert_problem(api().delete(f"/exemplo/{coisa['id']}?{query}"), 400)
    assert document["erros"][0]["campo"] == "simular"
    assert everything() == before


def test_false_is_a_write_like_any(api: Any, coisa: Any) -> None:
    response = api().delete(f"/exemplo/{coisa['id']}?simular=false")
    assert (response.status_code, response.has_header("Simulado")) == (204, False)
    assert_problem(api().get(f"/exemplo/{coisa['id']}"), 404)


def test_only_writes_are_simulated(api: Any, coisa: Any) -> None:
    assert_problem(api().get("/exemplo?simular=true"), 400)


def test_what_has_effects_elsewhere_can_ask(db: None) -> None:
    assert (simulating(), simulate(simulating), simulating()) == (False, True, False)
    with pytest.raises(IntegrityError):
        simulate(_refused)
    assert not simulating()


def _refused() -> None:
    raise IntegrityError
