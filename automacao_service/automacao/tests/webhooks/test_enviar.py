"""Sending: what arrives, signed; what each answer leads to; who stands in nobody's way."""

import time
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from standardwebhooks import Webhook as Verificador
from standardwebhooks import WebhookVerificationError

from automacao.models import EntregaWebhook, Webhook
from automacao.webhooks import envio, resultados, tarefas
from crm_shared.client import Refused, TryAgain
from crm_shared.jobs.rows import claim, take_back
from crm_shared.outside import sending
from crm_shared.records.models import uuid7
from crm_shared.testing.contract import assert_problem
from crm_shared.testing.http_server import Reply, serving

from .conftest import devidas_agora, entrega, webhook

pytestmark = pytest.mark.django_db
DETALHE = "/automacao/entregas/{}"


def test_a_receiver_with_the_public_library_verifies_it(inscrever, evento, lacos, receptor):
    criado = inscrever()
    envelope = evento()
    assert lacos.rodar() == 1
    [call] = receptor.requests
    assert Verificador(criado["segredo"]).verify(call.raw, call.headers) == call.body
    assert call.body == {**envelope, "data": {**envelope["data"], "pessoais": {}}}
    assert (call.path, call.headers["webhook-id"], call.headers["Content-Type"]) == ("/crm?chave=1", str(entrega().pk), "application/json")


@pytest.mark.parametrize("mudar", ["corpo", "id", "instante", "segredo", "velho"])
def test_what_was_changed_does_not_verify(inscrever, evento, lacos, receptor, mudar):
    criado, outro = inscrever(), inscrever(ativo=False)
    evento()
    lacos.rodar()
    [call] = receptor.requests
    corpo, cabecalhos, segredo = call.raw, dict(call.headers), criado["segredo"]
    if mudar == "corpo":
        corpo = corpo.replace(b"site", b"sito")
    elif mudar == "segredo":
        segredo = outro["segredo"]
    else:
        nome = "webhook-id" if mudar == "id" else "webhook-timestamp"
        cabecalhos[nome] = {"id": "outro", "instante": str(int(time.time()) + 1), "velho": str(int(time.time()) - 3600)}[mudar]
    with pytest.raises(WebhookVerificationError):
        Verificador(segredo).verify(corpo, cabecalhos)


def test_while_the_secret_changes_both_verify(api, inscrever, evento, lacos, receptor):
    criado = inscrever()
    trocado = api().post(f"/automacao/webhooks/{criado['id']}/trocar-segredo").json()
    evento()
    lacos.rodar()
    [call] = receptor.requests
    for segredo in (criado["segredo"], trocado["segredo"]):
        Verificador(segredo).verify(call.raw, call.headers)
    assert len(call.headers["webhook-signature"].split()) == 2


def test_the_log_tells_status_time_and_answer_masked(api, inscrever, evento, lacos, receptor):
    inscrever()
    receptor.replies = [Reply(200, raw=b"ok cpf 529.982.247-25 \x00 token=abc123")]
    evento()
    lacos.rodar()
    [linha] = api().get("/automacao/entregas", {"estado": "entregue"}).json()["resultados"]
    detalhe = api().get(DETALHE.format(linha["id"])).json()
    [tentativa] = detalhe["envios"]
    assert (tentativa["status"], tentativa["resposta"]) == (200, "ok cpf [cpf]  token=[segredo]")
    assert detalhe["mensagem"]["type"] == "clientes.cliente.criado.v1"


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_trouble_is_tried_again_under_the_same_id(inscrever, evento, lacos, receptor, status):
    inscrever()
    receptor.replies = [Reply(status), Reply(204)]
    evento()
    lacos.rodar()
    linha = entrega()
    assert (linha.estado, linha.ultimo_status) == ("pendente", status)
    assert timedelta(seconds=8) < linha.proxima_em - timezone.now() < timedelta(seconds=12)
    assert lacos.rodar() == 0, "not before its time"
    devidas_agora()
    lacos.rodar()
    assert entrega().estado == "entregue"
    assert len({call.headers["webhook-id"] for call in receptor.requests}) == 1
    assert len({call.raw for call in receptor.requests}) == 1


@pytest.mark.parametrize(
    ("status", "erro"), [(400, "status_400"), (404, "status_404"), (301, "redirecionamento"), (307, "redirecionamento")]
)
def test_a_no_is_a_no_and_no_redirect_is_followed(inscrever, evento, lacos, receptor, status, erro):
    inscrever()
    receptor.replies = [Reply(status, headers={"Location": f"{receptor.url}/outro"})]
    evento()
    lacos.rodar()
    assert (entrega().estado, entrega().erro, len(receptor.requests)) == ("falhou", erro, 1)


def test_the_schedule_and_its_end(inscrever, evento, lacos, receptor):
    inscrever()
    receptor.replies = [Reply(500)]
    evento()
    for tentativa, segundos in enumerate(resultados.ESPERAS, 1):
        lacos.rodar()
        linha = entrega()
        assert (linha.estado, linha.tentativas) == ("pendente", tentativa)
        espera = (linha.proxima_em - timezone.now()).total_seconds()
        assert 0.88 * segundos < espera < 1.12 * segundos
        devidas_agora()
    lacos.rodar()
    assert (entrega().estado, len(receptor.requests), len(entrega().envios)) == ("falhou", 9, 9)


@pytest.mark.parametrize(
    ("retry_after", "minimo", "maximo"),
    [("600", 590, 610), ("999999999", 86300, 86500), ("Fri, 31 Dec 2100 23:59:59 GMT", 86300, 86500), ("logo", 8, 12)],
)
def test_retry_after_is_kept_to_within_bounds(inscrever, evento, lacos, receptor, retry_after, minimo, maximo):
    inscrever()
    receptor.replies = [Reply(429, headers={"Retry-After": retry_after})]
    evento()
    lacos.rodar()
    assert minimo < (entrega().proxima_em - timezone.now()).total_seconds() < maximo
    if minimo > 10:
        assert webhook().suspenso_ate - timezone.now() <= timedelta(hours=1)
        evento()
        assert lacos.rodar() == 0, "the whole subscription waits"


def test_410_ends_the_subscription_with_notice(inscrever, evento, lacos, receptor, published, caplog):
    inscrever()
    receptor.replies = [Reply(410)]
    evento()
    lacos.rodar()
    assert (webhook().ativo, webhook().motivo_desativacao, entrega().estado) == (False, "recusado", "falhou")
    [aviso] = published("automacao.webhook.desativado.v1")
    assert aviso.dados["motivo_desativacao"] == "recusado"
    assert "webhook desativado" in caplog.text


def test_days_of_nothing_but_failures_end_it_and_a_success_begins_anew(api, inscrever, evento, lacos, receptor):
    criado = inscrever()
    receptor.replies = [Reply(500), Reply(204), Reply(500)]
    ha_tempos = timezone.now() - resultados.DESATIVAR_APOS
    for falhando_desde, ativo in ((None, True), (ha_tempos, True), (ha_tempos + timedelta(minutes=1), True), (ha_tempos, False)):
        Webhook.objects.update(falhando_desde=falhando_desde, suspenso_ate=None)
        devidas_agora()
        evento()
        lacos.rodar()
        assert webhook().ativo is ativo, (falhando_desde, webhook().falhas_seguidas)
        if falhando_desde == ha_tempos and ativo:
            assert (webhook().falhando_desde, webhook().falhas_seguidas) == (None, 0)
    assert webhook().motivo_desativacao == "falhas"
    de_volta = api().patch(f"/automacao/webhooks/{criado['id']}", {"ativo": True}).json()
    assert (de_volta["falhando_desde"], de_volta["falhas_seguidas"], de_volta["motivo_desativacao"]) == (None, 0, "")


def test_who_fails_again_and_again_is_tried_now_and_then(inscrever, evento, lacos, receptor):
    inscrever()
    receptor.replies = [Reply(500)]
    for _ in range(8):
        evento()
    rodadas = 0
    while lacos.rodar() and rodadas < 20:
        rodadas += 1
    assert len(receptor.requests) < 8
    assert webhook().suspenso_ate > timezone.now()


# --- whose eyes


def test_visibility_is_asked_again_when_it_is_sent(api, inscrever, evento, lacos, receptor, auth_diz):
    inscrever()
    evento()
    auth_diz(vis="proprio")
    lacos.rodar()
    assert receptor.requests == []
    assert (entrega().estado, entrega().mensagem) == ("oculta", {})
    assert api().get("/automacao/entregas").json()["resultados"] == []
    assert_problem(api().get(DETALHE.format(entrega().pk)), 404)
    assert webhook().direitos["vis"] == {"*": "proprio"}, "the next ones make no row"


def test_personal_data_go_only_while_their_owner_may_see_them(inscrever, evento, lacos, receptor, auth_diz):
    inscrever(dados_pessoais=True)
    evento(nome="Zé")
    lacos.rodar()
    auth_diz("clientes:ler")
    evento(nome="Zé")
    lacos.rodar()
    assert [call.body["data"]["pessoais"].get("nome") for call in receptor.requests] == ["Zé", None]
    assert all(str(call.raw).count("Zé") == 0 for call in receptor.requests[1:])


def test_a_filter_on_personal_data_sends_nothing_to_who_may_no_longer_see_them(inscrever, evento, lacos, receptor, auth_diz):
    inscrever(dados_pessoais=True, q="-nome:vazio")
    evento()
    auth_diz("clientes:ler")
    lacos.rodar()
    assert (receptor.requests, entrega().estado) == ([], "oculta")


def test_who_has_left_gets_nothing_more(inscrever, evento, lacos, receptor, auth_diz):
    inscrever()
    evento()
    auth_diz(erro=Refused("obo", status=403, codigo="obo_inativo"))
    lacos.rodar()
    assert (receptor.requests, entrega().estado) == ([], "oculta")
    assert (webhook().ativo, webhook().motivo_desativacao) == (False, "sem_acesso")


def test_while_auth_is_out_nothing_is_sent_and_no_attempt_is_lost(inscrever, evento, lacos, receptor, auth_diz):
    inscrever()
    evento()
    auth_diz(erro=TryAgain("auth"))
    for _ in range(12):
        lacos.rodar()
        devidas_agora()
    assert (receptor.requests, entrega().estado, entrega().tentativas) == ([], "pendente", 0)
    assert webhook().falhas_seguidas == 0
    auth_diz()
    lacos.rodar()
    assert entrega().estado == "entregue"


def test_rights_are_read_at_auth_by_a_token_for_ourselves(inscrever, settings, tmp_path, forge, ana, monkeypatch, trusted_keys):
    from automacao import chamadas
    from automacao.webhooks import direitos

    def ficha(call):
        assert (call.path, call.body["audiencia"], call.body["obo"]) == ("/auth/interno/token", "automacao", str(ana.id))
        claims = forge.service_claims("automacao", "automacao", obo=str(ana.id), scope="clientes:ler", vis={"*": "equipe"})
        return Reply(200, {"access": forge.sign(claims), "expires_in": 120})

    inscrever()
    Webhook.objects.update(direitos_em=None)
    (tmp_path / "k.pem").write_bytes(forge.private_pem)
    with serving(ficha) as auth:
        settings.AUTH_URL, settings.SERVICE_KEY_FILE = auth.url, str(tmp_path / "k.pem")
        chamadas.fichas.cache_clear()
        quem = direitos.de_agora(ana.id)
        assert (quem.usuario_id, quem.scopes, quem.vis) == (ana.id, frozenset({"clientes:ler"}), {"*": "equipe"})
        direitos.de_agora(ana.id)
        assert len(auth.requests) == 1, "remembered for a minute"
        direitos.esquecer(ana.id)
        tarefas.reler_direitos()
    chamadas.fichas.cache_clear()
    assert webhook().direitos == {"scopes": ["clientes:ler"], "vis": {"*": "equipe"}, "equipes": webhook().direitos["equipes"]}
    assert webhook().direitos_em is not None


# --- where to


def test_a_name_that_turns_inside_after_it_was_saved_is_not_called(inscrever, evento, lacos, receptor, settings):
    """127.0.0.1 was all right while the development setting held; at the connection it is asked again."""
    inscrever()
    settings.WEBHOOK_ALLOW_PRIVATE = False
    evento()
    lacos.rodar()
    assert (entrega().estado, receptor.connections) == ("falhou", 0)
    assert entrega().erro in ("https_obrigatorio", "destino_privado")


@pytest.mark.parametrize(
    "resposta", [Reply(200, raw=b"x" * 300_000), Reply(200, raw=b"abc", drip=0.5), Reply(204, delay=2.0), Reply(cut=True)]
)
def test_answers_are_bounded_in_size_and_time(inscrever, evento, lacos, receptor, resposta, monkeypatch):
    monkeypatch.setattr(sending.post, "__kwdefaults__", {"seconds": 0.7})
    inscrever()
    receptor.replies = [resposta]
    evento()
    inicio = time.monotonic()
    lacos.rodar()
    assert time.monotonic() - inicio < 6
    assert len(str(entrega().envios)) < 2000


def test_one_slow_receiver_holds_up_nobody(inscrever, evento, lacos, receptor):
    with serving(Reply(204, delay=3.0)) as lerdo:
        inscrever(url=lerdo.url)
        inscrever()
        for _ in range(10):
            evento()
        inicio = time.monotonic()
        entregador = lacos.entregador
        while len(receptor.requests) < 10 and time.monotonic() - inicio < 2.5:
            entregador._anotar()
            entregador.despachar()
            time.sleep(0.01)
        assert len(receptor.requests) == 10
        assert len(lerdo.requests) <= envio.POR_WEBHOOK
        entregador.encerrar()


def test_slow_ones_never_fill_all_places(inscrever, evento, lacos):
    for _ in range(3):
        inscrever()
    for _ in range(6):
        evento()
    lacos.entregador.lentas = set(Webhook.objects.values_list("pk", flat=True))
    assert lacos.entregador.despachar() == envio.LENTAS < 3 * envio.POR_WEBHOOK
    lacos.entregador.encerrar()


def test_events_of_one_record_arrive_in_their_order(deliver, cliente, inscrever, lacos, receptor):
    inscrever()
    pk = uuid7()
    for versao in range(1, 6):
        deliver(cliente(), pk, versao=versao)
    while lacos.rodar():
        pass
    assert [call.body["versao"] for call in receptor.requests] == [1, 2, 3, 4, 5]


def test_nothing_overtakes_what_another_process_has_in_hand(deliver, cliente, inscrever, lacos, receptor):
    """Dead or alive: until its lease ends nobody knows whether it was sent."""
    inscrever()
    pk = uuid7()
    for versao in (1, 2):
        deliver(cliente(), pk, versao=versao)
    deliver(cliente(), uuid7())
    claim(EntregaWebhook, primeira_de(pk).pk, timedelta(seconds=30))
    assert lacos.rodar() == 1
    assert receptor.requests[0].body["subject"] != str(pk), "other records go on"
    EntregaWebhook.objects.filter(estado="enviando").update(arrendada_ate=timezone.now() - timedelta(seconds=1))
    take_back(EntregaWebhook)
    while lacos.rodar():
        pass
    assert [call.body["versao"] for call in receptor.requests[1:]] == [1, 2]


def test_nothing_overtakes_what_waits_for_auth(deliver, cliente, inscrever, lacos, receptor, auth_diz):
    inscrever()
    pk = uuid7()
    deliver(cliente(), pk)
    auth_diz(erro=TryAgain("auth"))
    lacos.rodar()
    auth_diz()
    deliver(cliente(), pk, versao=2)
    assert lacos.rodar() == 0, "the first waits for ten seconds"
    devidas_agora()
    while lacos.rodar():
        pass
    assert [call.body["versao"] for call in receptor.requests] == [1, 2]


def test_what_the_receiver_refused_is_overtaken(deliver, cliente, inscrever, lacos, receptor):
    inscrever()
    pk = uuid7()
    for versao in (1, 2):
        deliver(cliente(), pk, versao=versao)
    receptor.replies = [Reply(503), Reply(204)]
    while lacos.rodar():
        pass
    assert [call.body["versao"] for call in receptor.requests] == [1, 2]
    devidas_agora()
    lacos.rodar()
    assert [call.body["versao"] for call in receptor.requests] == [1, 2, 1]


def primeira_de(pk):
    return EntregaWebhook.objects.filter(registro_id=pk).order_by("id").first()


# --- rows are the truth


def test_killed_between_send_and_mark_it_is_sent_again_under_the_same_id(inscrever, evento, lacos, receptor):
    """The first process got its answer and died before it wrote a word."""
    inscrever()
    evento()
    from automacao.webhooks.tentativa import tentar

    linha = claim(EntregaWebhook, entrega().pk, timedelta(seconds=30))
    morta = tentar(linha, linha.webhook)
    assert len(receptor.requests) == 1
    assert lacos.rodar() == 0, "its lease holds"
    EntregaWebhook.objects.update(arrendada_ate=timezone.now() - timedelta(seconds=1))
    take_back(EntregaWebhook)
    lacos.rodar()
    assert [call.headers["webhook-id"] for call in receptor.requests] == [str(linha.pk)] * 2
    resultados.gravar(linha, morta)  # had it only slept: nothing of it is written
    assert (entrega().estado, len(entrega().envios)) == ("entregue", 1)


def test_two_processes_send_one_row_once(inscrever, evento, lacos, receptor):
    inscrever()
    evento()
    primeira = claim(EntregaWebhook, entrega().pk, timedelta(seconds=30))
    assert primeira is not None
    assert claim(EntregaWebhook, primeira.pk, timedelta(seconds=30)) is None


def test_a_test_is_sent_also_to_who_is_switched_off(api, inscrever, lacos, receptor):
    criado = inscrever(ativo=False)
    answer = api().post(f"/automacao/webhooks/{criado['id']}/teste")
    assert (answer.status_code, answer["Location"]) == (202, f"/automacao/entregas/{answer.json()['id']}")
    lacos.rodar()
    [call] = receptor.requests
    assert Verificador(criado["segredo"]).verify(call.raw, call.headers)["type"] == "automacao.webhook.teste.v1"
    assert api().get(answer["Location"]).json()["estado"] == "entregue"


def test_resending_is_the_same_message_under_the_same_id(api, inscrever, evento, lacos, receptor):
    inscrever()
    evento()
    url = f"{DETALHE.format(entrega().pk)}/reenviar"
    assert_problem(api().post(url), 404)
    lacos.rodar()
    assert api().post(url).json()["estado"] == "pendente"
    assert_problem(api().post(url), 409)
    lacos.rodar()
    um, dois = receptor.requests
    assert (um.raw, um.headers["webhook-id"]) == (dois.raw, dois.headers["webhook-id"])


def test_resending_is_the_owners_and_not_for_who_is_switched_off(api, inscrever, evento, lacos, bruno):
    criado = inscrever()
    evento()
    lacos.rodar()
    url = f"{DETALHE.format(entrega().pk)}/reenviar"
    assert_problem(api(como=bruno).post(url), 403)
    assert api(como=bruno).get(DETALHE.format(entrega().pk)).json()["mensagem"] is None
    api().patch(f"/automacao/webhooks/{criado['id']}", {"ativo": False})
    assert assert_problem(api().post(url), 409)["codigo"] == "webhook_inativo"


def test_deleted_subscriptions_send_no_more(api, inscrever, evento, lacos, receptor):
    criado = inscrever()
    evento()
    api().delete(f"/automacao/webhooks/{criado['id']}")
    assert (lacos.rodar(), receptor.requests, entrega().estado) == (0, [], "cancelada")


def test_the_log_is_forgotten_and_what_nobody_can_send_expires(inscrever, evento, lacos):
    inscrever()
    evento()
    EntregaWebhook.objects.update(atualizado_em=timezone.now() - tarefas.VALIDADE)
    tarefas.esquecer_entregas()
    assert (entrega().estado, entrega().erro) == ("falhou", "vencida")
    EntregaWebhook.objects.update(criado_em=timezone.now() - tarefas.GUARDAR)
    tarefas.esquecer_entregas()
    assert not EntregaWebhook.objects.exists()


def test_with_another_secret_key_it_says_so(inscrever, evento, lacos, receptor, settings):
    inscrever()
    evento()
    settings.SECRET_KEY = "outra-chave-ao-acaso-8f3a1c9e7b2d4f60"
    lacos.rodar()
    assert (receptor.requests, entrega().erro, entrega().estado) == ([], "segredo_ilegivel", "pendente")


def test_a_page_of_deliveries_costs_the_same_for_many(api, inscrever, evento, lacos, queries):
    inscrever()
    for _ in range(6):
        evento()
    while lacos.rodar():
        pass
    with queries(3):
        assert len(api().get("/automacao/entregas", {"webhook_id": str(webhook().pk)}).json()["resultados"]) == 6
    assert {UUID(item["evento_id"]) for item in api().get("/automacao/entregas").json()["resultados"]}
