"""A real browser at the running stack: sign in once, work in the pages of services, in /docs/ and in the admins, leave everywhere.

Its fixtures stand in browser.py.
"""

import os
from typing import Any

import pytest
from conftest import SENHA
from stack_access import SERVICES, on_its_machine, own_url
from test_correio import codes_to
from test_segundo_fator import code_of

pytestmark = on_its_machine


def test_one_sign_in_for_pages_docs_and_admins(page: Any, url: str, sign_in: Any, shot: Any, complaints: list[str]) -> None:
    page.goto(f"{url}/gateway/tarefas?limite=2")
    shot("entrar")
    sign_in()
    page.wait_for_url(f"{url}/gateway/tarefas?limite=2")
    shot("tarefas")
    for service in SERVICES:
        page.goto(f"{url}/entrar/admin/{service}")
        page.wait_for_url(f"{own_url(service)}/admin/")
        assert page.title().startswith("Início"), service
    shot("admin")
    page.goto(f"{own_url('vendas')}/admin/vendas/oportunidade/")
    assert "Selecione" in page.title() or "oportunidade" in page.title().lower()
    assert complaints == []


def test_a_page_of_a_service_writes(page: Any, url: str, sign_in: Any, shot: Any, complaints: list[str]) -> None:
    page.goto(f"{url}/gateway/tarefas")
    sign_in()
    page.fill("form[method=POST] textarea[name=_content]", '{"titulo": "Escrita no navegador"}')
    page.click("form[method=POST] button.btn-primary")
    page.wait_for_selector("text=HTTP 201")
    shot("criada")
    page.goto(f"{url}/gateway/tarefas?busca=Escrita no navegador")
    page.click(".well a >> nth=0")
    page.fill("form[data-method=PUT] textarea[name=_content]", '{"titulo": "Mudada no navegador"}')
    page.click("button[data-method=PATCH]")
    page.wait_for_selector("text=Mudada no navegador")
    assert complaints == []


def test_docs_try_operations_out(page: Any, url: str, sign_in: Any, shot: Any, complaints: list[str]) -> None:
    page.goto(f"{url}/entrar?para=/docs/")
    sign_in()
    operation = page.locator(".opblock-post", has=page.locator('[data-path="/gateway/tarefas"]'))
    page.locator(".opblock-tag", has_text="tarefas").first.click(timeout=120_000)
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("textarea").first.fill('{"titulo": "De /docs/"}')
    operation.get_by_role("button", name="Execute").click()
    operation.locator(".live-responses-table .response-col_status", has_text="201").wait_for()
    shot("docs")
    assert complaints == []


def test_leaving_once_leaves_everywhere(page: Any, url: str, sign_in: Any, shot: Any) -> None:
    page.goto(f"{own_url('clientes')}/admin/")
    sign_in()
    page.wait_for_url(f"{own_url('clientes')}/admin/")
    page.goto(f"{url}/sair")
    page.click("button")
    page.wait_for_url(f"{url}/entrar?saiu")
    shot("saiu")
    page.goto(f"{url}/gateway/clientes")
    page.wait_for_selector("input[name=senha]")


def test_a_second_factor_from_its_qr_code_to_the_next_sign_in(
    page: Any, url: str, sign_in: Any, shot: Any, complaints: list[str], elenco: Any, nova_pessoa: Any
) -> None:
    caio = nova_pessoa("Caio", "vendedor", elenco.ana.equipe_id)
    page.goto(f"{url}/entrar?para=/segundo-fator")
    sign_in(caio.email, SENHA)
    page.get_by_label("Sua senha").fill(SENHA)
    page.get_by_role("button", name="Continuar").click()
    page.get_by_alt_text("Código QR").wait_for()
    shot("qr")
    segredo = page.locator(".chave").inner_text().strip()
    page.get_by_label("Código que o aplicativo mostra").fill(code_of(segredo))
    page.get_by_role("button", name="Ativar").click()
    page.get_by_text("Está ativo.").wait_for()
    shot("codigos")
    codes = page.locator(".codigos li").all_inner_texts()
    assert len(codes) == 10
    page.goto(f"{url}/sair")
    page.get_by_role("button", name="Sair").click()
    sign_in(caio.email, SENHA)
    page.get_by_label("Código do aplicativo").fill(codes[0])
    page.get_by_role("button", name="Entrar").click()
    page.get_by_role("heading", name="Olá, Caio").wait_for()
    assert complaints == []


@pytest.mark.skipif("CRM_VAR" not in os.environ, reason="CRM_VAR (./crm) não diz onde ficam as mensagens")
def test_a_forgotten_password_by_the_link_in_the_mail(
    page: Any, url: str, sign_in: Any, shot: Any, complaints: list[str], elenco: Any, nova_pessoa: Any, eventually: Any
) -> None:
    lia, nova = nova_pessoa("Lia", "vendedor", elenco.ana.equipe_id), "Girassol-verde-9-rios"
    page.goto(f"{url}/entrar")
    page.get_by_role("link", name="Esqueci a senha").click()
    page.get_by_label("E-mail").fill(lia.email)
    page.get_by_role("button", name="Enviar").click()
    page.wait_for_url(f"{url}/entrar?enviado")
    [code] = eventually(lambda: codes_to(lia.email))
    page.goto(f"{url}/#redefinir={code}")
    page.wait_for_url(f"{url}/senha/nova")
    assert page.get_by_label("Código da mensagem").input_value() == code
    page.get_by_label("Senha nova").fill(nova)
    shot("senha_nova")
    page.get_by_role("button", name="Trocar a senha").click()
    page.wait_for_url(f"{url}/entrar?trocada")
    sign_in(lia.email, nova)
    page.wait_for_url(f"{url}/")
    assert complaints == []
