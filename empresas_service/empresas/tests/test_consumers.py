"""What other services' events change here."""

from uuid import uuid4

import pytest

from crm_shared.events.contracts import auth
from crm_shared.events.models import MensagemRecebida

pytestmark = pytest.mark.django_db


def bruno_como(bruno, nome):
    return auth.UsuarioAtualizado(nome=nome, email="b@exemplo.com.br", equipe_id=str(bruno.equipe), papel="vendedor", ativo=True)


@pytest.fixture
def de_bruno(api, nova, bruno):
    return api().post("/empresas", {**nova, "responsavel_id": str(bruno.id)}).json()


def responsavel(api):
    return api().get("/empresas").json()["resultados"][0]["responsavel_nome"]


def test_a_renamed_owner_shows_the_new_name(api, de_bruno, bruno, deliver):
    deliver(bruno_como(bruno, "Bruno"), bruno.id, versao=1)
    deliver(bruno_como(bruno, "Bruno Reis"), bruno.id, versao=2)
    assert responsavel(api) == "Bruno Reis"


def test_an_older_event_that_arrives_late_changes_nothing(api, de_bruno, bruno, deliver):
    deliver(bruno_como(bruno, "Bruno Reis"), bruno.id, versao=2)
    deliver(bruno_como(bruno, "Bruno"), bruno.id, versao=1)
    assert responsavel(api) == "Bruno Reis"


def test_the_same_event_twice_takes_effect_once(de_bruno, bruno, deliver):
    identifier = uuid4()
    for _ in range(2):
        deliver(bruno_como(bruno, "Bruno"), bruno.id, id=identifier)
    assert MensagemRecebida.objects.filter(pk=identifier).count() == 1
