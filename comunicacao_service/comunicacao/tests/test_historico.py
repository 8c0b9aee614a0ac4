"""On MongoDB too: the past of an identity and the feed, with personal values for who may see them."""

import pytest
from django.utils import timezone

from crm_shared.events.models import Evento
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def url(api, identidade):
    url = f"/comunicacao/identidades/{identidade['id']}"
    for nome in ("João S.", "João Silva Souza"):
        assert api().patch(url, {"nome": nome}).status_code == 200
    return url


def test_the_past_in_pages_masked_and_after_deletion(api, url, carla):
    assert api().delete(url).status_code == 204
    first = api().get(f"{url}/historico", {"limite": 3}).json()
    second = api().get(f"{url}/historico", {"limite": 3, "cursor": first["proximo"]}).json()
    assert [item["versao"] for page in (first, second) for item in page["resultados"]] == [4, 3, 2, 1]
    assert first["resultados"][1]["mudancas"] == [{"campo": "nome", "de": "João S.", "para": "João Silva Souza"}]
    masked = api("comunicacao:ler").get(f"{url}/historico")
    assert masked.json()["resultados"][1]["mudancas"] == [{"campo": "nome"}]
    assert "João" not in masked.content.decode()
    assert_problem(api(como=carla, vis="equipe").get(f"{url}/historico"), 404)


def test_the_feed_goes_on_where_it_stopped_and_is_masked(api, url):
    Evento.objects.update(publicado_em=timezone.now())
    first = api("eventos:ler").get("/comunicacao/eventos", {"quantos": 2}).json()
    second = api("eventos:ler").get("/comunicacao/eventos", {"apos": first["proximo"]}).json()
    ids = [evento["id"] for page in (first, second) for evento in page["resultados"]]
    assert len(ids) == len(set(ids)) == Evento.objects.count()
    assert all(evento["data"]["pessoais"] == {} for page in (first, second) for evento in page["resultados"])
    assert "João" not in str(first) + str(second)
