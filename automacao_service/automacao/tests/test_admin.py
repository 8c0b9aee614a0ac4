"""Flows and their runs in the admin."""

import json

import pytest

from automacao.models import EntregaWebhook, Execucao, Fluxo, PassoExecucao, PassoSaga, Saga, VersaoFluxo
from automacao.webhooks import services as webhooks
from crm_shared.events.contracts import clientes
from crm_shared.records.models import uuid7
from crm_shared.testing.admin import AdminSuite, form_values

LISTA = "/admin/automacao/fluxo/"


def nova_execucao(fluxo, **campos):
    return Execucao.objects.create(
        fluxo=fluxo,
        versao_fluxo=fluxo.versao_publicada,
        dono_id=fluxo.responsavel_id,
        evento_tipo=fluxo.evento_tipo,
        alvo_recurso="clientes.cliente",
        alvo_id=uuid7(),
        chave_dedup=str(uuid7()),
        rastro="0" * 32,
        **campos,
    )


class TestAdmin(AdminSuite):
    @pytest.fixture
    def boas_vindas(self, fluxo):
        return Fluxo.objects.get(pk=fluxo["id"])

    @pytest.fixture
    def execucao(self, boas_vindas):
        return nova_execucao(boas_vindas, estado="falhou", erro="indisponivel")

    @pytest.fixture
    def saga(self, ana, boas_vindas):
        saga = Saga.objects.create(
            tipo="converter-lead", alvo_recurso="clientes.lead", alvo_id=uuid7(), responsavel_id=ana.id, rastro="0" * 32
        )
        PassoSaga.objects.create(saga=saga, grupo=1, ordem=1, passo="empresa", chave_idempotencia="x")
        return saga

    @pytest.fixture
    def webhook(self, ator, settings):
        settings.WEBHOOK_ALLOW_PRIVATE = True
        dados = {"nome": "ERP", "url": "http://127.0.0.1:9/crm?chave=SECRETA", "tipos": [clientes.ClienteCriado.TIPO]}
        return webhooks.criar_webhook(ator=ator, dados=dados)

    @pytest.fixture
    def entrega(self, ator, webhook):
        entrega = webhooks.testar_webhook(ator=ator, pk=webhook.pk)
        EntregaWebhook.objects.update(estado="falhou", erro="sem_conexao", tentativas=9)
        return entrega

    @pytest.fixture
    def registros(self, boas_vindas, execucao, saga, webhook, entrega):
        PassoExecucao.objects.create(
            execucao=execucao, passo="p1", tipo="criar_tarefa", ordem=1, chave_idempotencia="y", entrada={"titulo": "Zé"}
        )
        return {
            "automacao.Fluxo": boas_vindas,
            "automacao.VersaoFluxo": VersaoFluxo.objects.get(),
            "automacao.Execucao": execucao,
            "automacao.Saga": saga,
            "automacao.Webhook": webhook,
            "automacao.EntregaWebhook": entrega,
        }

    @pytest.fixture
    def mais(self, api, novo, boas_vindas):
        def criar():
            for numero in range(5):
                api().post("/automacao", {**novo, "nome": f"Fluxo {numero}"})
                nova_execucao(boas_vindas, estado="concluida")

        return criar

    def test_no_page_tells_a_secret_an_address_or_a_message(self, entrar, webhook, entrega):
        browser = entrar()
        for page in ("webhook/", f"webhook/{webhook.pk}/change/", "entregawebhook/", f"entregawebhook/{entrega.pk}/change/"):
            seen = browser.get(f"/admin/automacao/{page}").content.decode()
            assert not [text for text in ("SECRETA", webhook.segredo_novo, "cifrado", "Se você lê isto") if text in seen], page
        assert browser.get("/admin/automacao/webhook/add/").status_code == 403

    def test_a_webhook_is_switched_off_by_its_form(self, entrar, webhook):
        browser, page = entrar(), f"/admin/automacao/webhook/{webhook.pk}/change/"
        values = form_values(browser.get(page).content.decode())
        assert "url" not in values
        answer = browser.post(page, {name: value for name, value in values.items() if name != "ativo"})
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        webhook.refresh_from_db()
        assert (webhook.ativo, webhook.motivo_desativacao) == (False, "pessoa")

    def test_its_owner_tests_it_and_has_a_delivery_sent_again(self, entrar, webhook, entrega, bruno):
        other = entrar(como=bruno)
        pages = [f"/admin/automacao/webhook/{webhook.pk}/acao/teste/", f"/admin/automacao/entregawebhook/{entrega.pk}/acao/reenviar/"]
        for page in pages:
            assert other.post(page).status_code == 200, "what is sent is the owner's to decide"
        browser = entrar()
        for page in pages:
            assert browser.post(page).status_code == 302
        assert EntregaWebhook.objects.filter(estado="pendente").count() == 2

    def test_a_flow_is_paused_and_resumed(self, entrar, boas_vindas):
        browser = entrar()
        for action, estado in (("pausar", "pausado"), ("retomar", "ativo")):
            assert browser.post(f"{LISTA}{boas_vindas.pk}/acao/{action}/").status_code == 302
            boas_vindas.refresh_from_db()
            assert boas_vindas.estado == estado

    def test_a_definition_is_changed_as_json(self, entrar, boas_vindas, novo):
        browser = entrar()
        values = form_values(browser.get(f"{LISTA}{boas_vindas.pk}/change/").content.decode())
        assert json.loads(values["gatilho"])["evento"] == novo["gatilho"]["evento"]
        values["gatilho"] = json.dumps({"evento": novo["gatilho"]["evento"], "condicoes": []})
        answer = browser.post(f"{LISTA}{boas_vindas.pk}/change/", values)
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        assert Fluxo.objects.get().gatilho["condicoes"] == []

    def test_a_runs_page_shows_its_steps_and_masks_whom_it_was_about(self, entrar, registros, execucao):
        Execucao.objects.update(contexto={"dados": {}, "pessoais": {"email": "segredo@example.com"}})
        path = f"/admin/automacao/execucao/{execucao.pk}/change/"
        seen, masked = (entrar(*scopes).get(path).content.decode() for scopes in ((), ("automacao:ler",)))
        assert "criar_tarefa" in seen
        assert "segredo@example.com" in seen
        assert "segredo@example.com" not in masked

    def test_a_failed_run_is_cancelled_by_nobody_and_repeated(self, entrar, execucao, monkeypatch):
        browser, path = entrar(), f"/admin/automacao/execucao/{execucao.pk}/acao"
        assert browser.post(f"{path}/cancelar/").status_code == 200, "what has failed cannot be cancelled"
        assert browser.post(f"{path}/repetir/").status_code == 302
        execucao.refresh_from_db()
        assert execucao.estado == "na_fila"
