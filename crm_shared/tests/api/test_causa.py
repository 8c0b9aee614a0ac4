"""Whose word about the cause of a change is taken."""

import pytest
from rest_framework.test import APIClient

from crm_shared.events.models import Evento

pytestmark = pytest.mark.django_db
CAUSA = "018f0000-0000-7000-8000-000000000abc"


def cause_of(token, causa=CAUSA):
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_X_CAUSA=causa)
    assert client.post("/exemplo", {"nome": "a"}).status_code == 201
    return Evento.objects.get().causa


def test_a_service_names_the_event_that_made_it_call(forge, ana, trusted_keys):
    claims = forge.service_claims("automacao", "exemplo", scope="empresas:criar", obo=str(ana.id))
    assert cause_of(forge.sign(claims)) == CAUSA


def test_a_person_does_not(forge, ana, trusted_keys):
    assert cause_of(forge.token(sub=str(ana.id), equipes=[], scope="empresas:criar")) == ""


def test_what_is_no_event_id_is_left_out(forge, ana, trusted_keys):
    claims = forge.service_claims("automacao", "exemplo", scope="empresas:criar", obo=str(ana.id))
    assert cause_of(forge.sign(claims), "a" * 200) == ""
