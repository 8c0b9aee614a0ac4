"""What each service owes to automacao's saga `entregar-carteira`: by `lote`, all that is one person's becomes another's, once.

Ana has left, bruno gets it, and the saga asks for carla, by a service's token. What belongs to people and is told nowhere
in the saga's RECURSOS makes a test red.
"""

import threading
from typing import Any, ClassVar

import pytest
from django.apps import apps
from django.conf import settings
from rest_framework.test import APIClient

from crm_shared.api.bulk.desk import view_class_of
from crm_shared.auth.scopes import ACOES, RECURSOS
from crm_shared.events.models import Evento
from crm_shared.operations.models import Operacao
from crm_shared.operations.runner import Runner
from crm_shared.records.models import OwnedRecord


class HandoverSuite:
    """`owned` (a fixture of the service's) gives {collection: ids of living records of ana's, in every state}."""

    stays: ClassVar[frozenset[str]] = frozenset()  # models whose records keep their owner

    @pytest.fixture
    def owned(self) -> dict[str, list[str]]:
        raise NotImplementedError

    @pytest.fixture
    def saga(self, api: Any, forge: Any, carla: Any) -> Any:
        """`saga(obo=None)`: a client with the token that automacao gets, on its own account or for carla."""

        def client(obo: str | None = str(carla.id), vis: str = "todos") -> APIClient:
            scope = " ".join(f"{recurso}:{acao}" for recurso in RECURSOS for acao in ACOES)
            extra = {"obo": obo} if obo else {}
            claims = forge.service_claims("automacao", settings.SERVICE, scope=scope, vis={"*": vis}, **extra)
            return APIClient(HTTP_AUTHORIZATION=f"Bearer {forge.sign(claims)}")

        return client

    @pytest.fixture
    def hand_over(self, saga: Any, ana: Any, bruno: Any) -> Any:
        def ask(collection: str, key: str = "saga:passo:1", **who: Any) -> Any:
            body = {
                "operacao": "atribuir",
                "selecao": {"filtros": {"responsavel_id": str(ana.id)}},
                "valores": {"responsavel_id": str(bruno.id)},
            }
            answer = saga(**who).post(f"/{collection}/lote", body, format="json", HTTP_IDEMPOTENCY_KEY=key)
            assert answer.status_code == 202, answer.content
            return answer.json()["id"]

        return ask

    def owners(self, collection: str, ids: list[str]) -> set[str]:
        model = view_class_of(collection).queryset.model
        return {str(owner) for owner in model.objects.filter(pk__in=ids).values_list("responsavel_id", flat=True)}

    def test_all_that_belongs_to_people_is_handed_over(self, owned: dict[str, list[str]]) -> None:
        models = {model.__name__ for model in apps.get_models() if issubclass(model, OwnedRecord)}
        assert models - self.stays == {view_class_of(collection).queryset.model.__name__ for collection in owned}

    def test_in_every_state_with_an_event_each(self, owned: dict[str, list[str]], hand_over: Any, saga: Any, ana: Any, bruno: Any) -> None:
        for collection, ids in owned.items():
            operation = hand_over(collection)
            run()
            done = saga().get(f"/{settings.SERVICE}/operacoes/{operation}").json()
            assert (done["estado"], done["total"], done["feitos"], done["erros"]) == ("concluida", len(ids), len(ids), 0), collection
            assert self.owners(collection, ids) == {str(bruno.id)}, collection
            told = Evento.objects.filter(agregado_id__in=ids, ator="svc:automacao")
            assert sorted(str(event.agregado_id) for event in told) == sorted(ids), collection
            for event in told:
                assert {"campo": "responsavel_id", "de": str(ana.id), "para": str(bruno.id)} in event.mudancas, collection

    def test_asked_again_it_begins_nothing(self, owned: dict[str, list[str]], hand_over: Any) -> None:
        for collection in owned:
            assert hand_over(collection) == hand_over(collection)
        assert Operacao.objects.count() == len(owned)

    def test_a_second_look_finds_nothing_left(self, owned: dict[str, list[str]], hand_over: Any, saga: Any) -> None:
        for collection in owned:
            hand_over(collection)
            run()
            again = hand_over(collection, key="saga:passo_resto:1")
            run()
            assert saga().get(f"/{settings.SERVICE}/operacoes/{again}").json()["feitos"] == 0, collection

    def test_the_saga_gives_it_back_on_its_own_account(self, owned: dict[str, list[str]], hand_over: Any, saga: Any, ana: Any) -> None:
        for collection, ids in owned.items():
            operation = hand_over(collection)
            run()
            address = f"/{settings.SERVICE}/operacoes/{operation}"
            assert saga(None).post(f"{address}/cancelar", {}, format="json").json()["codigo"] == "operacao_encerrada"
            assert saga(None).post(f"{address}/desfazer", {}, format="json").status_code == 200, collection
            run()
            assert saga(None).get(address).json()["estado"] == "desfeita"
            assert self.owners(collection, ids) == {str(ana.id)}, collection

    def test_nobody_gives_away_what_is_out_of_sight(self, owned: dict[str, list[str]], hand_over: Any, ana: Any) -> None:
        for collection, ids in owned.items():
            hand_over(collection, vis="proprio")
            run()
            assert self.owners(collection, ids) == {str(ana.id)}, collection


def run() -> None:
    """Work off all operations that wait."""
    for _ in range(200):
        if not Operacao.objects.filter(estado__in=Operacao.WAITING).exists():
            return
        Runner().turn(threading.Event())
    raise AssertionError("it does not end")
