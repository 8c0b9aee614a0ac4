"""Writing a subscription: what is stored, what is shown to whom, what is refused and where the fault is."""

import pytest

from automacao.models import Webhook
from automacao.webhooks import segredos, services
from crm_shared.api.models import ChaveIdempotencia
from crm_shared.events.contracts import clientes
from crm_shared.testing.contract import assert_problem

from .conftest import CRIADO

pytestmark = pytest.mark.django_db
URL = "/automacao/webhooks"


def test_it_works(api, novo, ana, published, receptor):
    answer = api().post(URL, novo)
    criado = answer.json()
    assert (answer.status_code, criado["ativo"], criado["responsavel_id"]) == (201, True, str(ana.id))
    assert criado["segredo"].startswith("whsec_")
    assert (criado["url"], criado["destino"]) == (novo["url"], receptor.url)
    [evento] = published("automacao.webhook.criado.v1")
    assert evento.dados["destino"] == receptor.url


def test_the_secret_is_told_once_and_lies_nowhere_in_clear(api, novo, published):
    segredo = api().post(URL, novo, headers={"Idempotency-Key": "k"}).json()["segredo"]
    linha = Webhook.objects.get()
    assert segredo not in str(linha.__dict__)
    assert segredo not in ChaveIdempotencia.objects.get().corpo
    assert all(segredo not in str(evento.__dict__) for evento in published())
    repetida = api().post(URL, novo, headers={"Idempotency-Key": "k"})
    assert (repetida["Idempotency-Replayed"], repetida.json()["segredo"]) == ("true", None)
    lido = api().get(f"{URL}/{linha.pk}").json()
    assert (lido["segredo"], [item["expira_em"] for item in lido["segredos"]]) == (None, [None])
    assert "segredo" not in api().get(URL).json()["resultados"][0]


def test_the_address_is_in_no_event_and_shown_to_its_owner_alone(api, inscrever, bruno, published, receptor):
    criado = inscrever()
    url = f"{URL}/{criado['id']}"
    api().patch(url, {"url": f"{receptor.url}/outro?chave=2"})
    assert all("chave=" not in str(evento.__dict__) for evento in published())
    [mudanca] = [item for item in published("automacao.webhook.atualizado.v1")[0].mudancas if item["campo"] == "url"]
    assert mudanca == {"campo": "url", "de": None, "para": receptor.url}
    assert api().get(url).json()["url"].endswith("chave=2")
    assert api(como=bruno).get(url).json()["url"] == receptor.url


@pytest.mark.parametrize(
    ("errado", "campo", "codigo"),
    [
        ({"nome": ""}, "nome", "em_branco"),
        ({"nome": "x" * 121}, "nome", "muito_longo"),
        ({"nome": 7}, "nome", "invalido"),
        ({"url": None}, "url", "nulo"),
        ({"url": "x" * 2001}, "url", "muito_longo"),
        ({"url": "ftp://example.com/"}, "url", "url_invalida"),
        ({"url": "https://a:b@example.com/"}, "url", "url_com_credencial"),
        ({"tipos": []}, "tipos", "vazio"),
        ({"tipos": "clientes.cliente.criado.v1"}, "tipos", "nao_e_lista"),
        ({"tipos": [7]}, "tipos", "invalido"),
        ({"tipos": [CRIADO, "clientes.cliente.nascido.v1"]}, "tipos.1", "evento_desconhecido"),
        ({"tipos": [CRIADO, CRIADO]}, "tipos.1", "duplicado"),
        ({"tipos": [CRIADO] * 201}, "tipos", "muito_longo"),
        ({"campos_observados": ["signo"]}, "campos_observados.0", "campo_desconhecido"),
        ({"campos_observados": ["origem"] * 51}, "campos_observados", "muito_longo"),
        ({"q": "origem:"}, "q", "q_invalida"),
        ({"q": "signo:touro"}, "q", "q_campo"),
        ({"q": "origem:>3"}, "q", "q_operador"),
        ({"q": "padaria"}, "q", "q_sem_busca"),
        ({"q": "responsavel_id:joao"}, "q", "q_valor"),
        ({"q": "-(" * 20 + "origem:site" + ")" * 20}, "q", "q_funda"),
        ({"q": "x" * 2001}, "q", "muito_longo"),
        ({"q": "cpf:52998224725"}, "q", "q_pessoal"),
        ({"dados_pessoais": "sim"}, "dados_pessoais", "invalido"),
        ({"ativo": 1}, "ativo", "invalido"),
        ({"segredo": "whsec_x"}, "segredo", "somente_leitura"),
        ({"responsavel_id": "018f0000-0000-7000-8000-0000000000ff"}, "responsavel_id", "somente_leitura"),
        ({"destino": "https://x.example.com"}, "destino", "somente_leitura"),
        ({"cor": "azul"}, "cor", "campo_desconhecido"),
    ],
)
def test_bad_input_is_400_where_the_fault_is(api, novo, errado, campo, codigo):
    document = assert_problem(api().post(URL, {**novo, **errado}), 400)
    assert (campo, codigo) in {(item["campo"], item["codigo"]) for item in document["erros"]} or (campo, codigo) == (
        document["erros"][0]["campo"],
        document["codigo"],
    ), document
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://localhost./",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://example.com:22/",
    ],
)
def test_where_we_do_not_send_is_refused_when_saved(api, novo, settings, url):
    settings.WEBHOOK_ALLOW_PRIVATE = False
    document = assert_problem(api().post(URL, {**novo, "url": url}), 400)
    assert document["erros"][0]["campo"] == "url"


def test_a_name_that_leads_inside_is_refused_when_saved(api, novo, settings, monkeypatch):
    from crm_shared.outside import addresses

    settings.WEBHOOK_ALLOW_PRIVATE = False
    monkeypatch.setattr(addresses, "lookup", lambda host, port: ["93.184.215.14", "10.0.0.7"])
    document = assert_problem(api().post(URL, {**novo, "url": "https://inocente.example.com/"}), 400)
    assert document["erros"][0]["codigo"] == "destino_privado"


def test_an_error_of_the_filter_says_where(api, novo):
    document = assert_problem(api().post(URL, {**novo, "q": "origem:site signo:x"}), 400)
    assert "posição 12" in document["detail"] + str(document["erros"])


def test_a_filter_must_fit_every_type(api, novo):
    tipos = [CRIADO, clientes.LeadCriado.TIPO]
    document = assert_problem(api().post(URL, {**novo, "tipos": tipos, "q": "origem:site"}), 400)
    assert clientes.LeadCriado.TIPO in document["detail"] + str(document["erros"])


def test_personal_data_takes_the_right_to_see_them(api, novo):
    scopes = ("automacao:ler", "automacao:criar", "automacao:editar")
    document = assert_problem(api(*scopes).post(URL, {**novo, "dados_pessoais": True}), 403)
    assert document["codigo"] == "escopo_ausente"
    assert api(*scopes, "pessoais:ler").post(URL, {**novo, "dados_pessoais": True, "q": "cpf:vazio"}).status_code == 201


def test_the_number_of_ones_own_is_limited(api, inscrever, novo, monkeypatch):
    monkeypatch.setattr(services, "MAX_POR_PESSOA", 1)
    inscrever()
    document = assert_problem(api().post(URL, novo), 422)
    assert (document["codigo"], "até 1" in document["detail"]) == ("limite_de_webhooks", True)


def test_sellers_may_not_subscribe(api, novo):
    assert_problem(api("automacao:ler", "clientes:ler").post(URL, novo), 403)


def test_not_visible_is_404(api, inscrever, bruno, carla):
    url = f"{URL}/{inscrever()['id']}"
    assert api(como=bruno, vis="equipe").get(url).status_code == 200
    for call in ("get", "delete"):
        assert_problem(getattr(api(como=carla, vis="equipe"), call)(url), 404)
    assert_problem(api(como=carla, vis="equipe").post(f"{url}/teste"), 404)
    assert api(como=carla, vis="equipe").get(URL).json()["resultados"] == []


@pytest.mark.parametrize("dados", [{"q": "origem:site"}, {"tipos": [CRIADO]}, {"url": "https://x.example.com/"}, {"ativo": True}])
def test_only_the_owner_says_what_goes_where(api, inscrever, bruno, dados):
    url = f"{URL}/{inscrever(ativo='ativo' not in dados)['id']}"
    assert assert_problem(api(como=bruno).patch(url, dados), 403)["codigo"] == "somente_o_dono"
    for acao in ("teste", "trocar-segredo"):
        assert assert_problem(api(como=bruno).post(f"{url}/{acao}"), 403)["codigo"] == "somente_o_dono"


def test_others_who_may_edit_can_rename_and_stop_it(api, inscrever, bruno):
    url = f"{URL}/{inscrever(dados_pessoais=True)['id']}"
    parado = api("automacao:ler", "automacao:editar", como=bruno).patch(url, {"nome": "Outro", "ativo": False}).json()
    assert (parado["nome"], parado["ativo"], parado["motivo_desativacao"]) == ("Outro", False, "pessoa")
    assert api().patch(url, {"ativo": True}).json()["motivo_desativacao"] == ""


def test_a_deleted_one_comes_back_to_its_owner_alone(api, inscrever, bruno):
    url = f"{URL}/{inscrever()['id']}"
    assert api().delete(url).status_code == 204
    assert_problem(api(como=bruno).post(f"{url}/restaurar"), 403)
    assert api().post(f"{url}/restaurar").status_code == 200


def test_stale_writes_and_versions(api, inscrever):
    url = f"{URL}/{inscrever()['id']}"
    api().patch(url, {"nome": "B"})
    assert_problem(api().patch(url, {"nome": "C"}, headers={"If-Match": '"v1"'}), 412)


def test_two_secrets_at_most_and_the_older_ends(api, inscrever, published, settings):
    criado = inscrever()
    url = f"{URL}/{criado['id']}/trocar-segredo"
    segundo = api().post(url, {"manter_horas": 48}).json()
    assert segundo["segredo"] not in (None, criado["segredo"])
    terceiro = api().post(url).json()
    assert [bool(item["expira_em"]) for item in terceiro["segredos"]] == [False, True]
    abertos = [segredos._cofre(settings.SECRET_KEY).decrypt(item["cifrado"].encode()).decode() for item in Webhook.objects.get().segredos]
    assert abertos == [terceiro["segredo"], segundo["segredo"]]
    assert len(api().post(url, {"manter_horas": 0}).json()["segredos"]) == 1
    assert len(published("automacao.webhook.segredo_trocado.v1")) == 3


@pytest.mark.parametrize("errado", [{"manter_horas": -1}, {"manter_horas": 169}, {"manter_horas": "um"}, {"horas": 1}])
def test_bad_rotations_are_400(api, inscrever, errado):
    assert_problem(api().post(f"{URL}/{inscrever()['id']}/trocar-segredo", errado), 400)


def test_history_tells_changes_and_no_secret(api, inscrever, receptor):
    criado = inscrever()
    api().post(f"{URL}/{criado['id']}/trocar-segredo")
    passado = api().get(f"{URL}/{criado['id']}/historico").json()["resultados"]
    assert [item["tipo"].split(".")[2] for item in passado] == ["segredo_trocado", "criado"]
    assert "cifrado" not in str(passado)


def test_lists_cost_the_same_for_many(api, inscrever, queries):
    for numero in range(5):
        inscrever(nome=f"W{numero}")
    with queries(3):
        assert len(api().get(URL).json()["resultados"]) == 5
