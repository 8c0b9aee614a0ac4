"""The admin of each service of the running stack, past the gateway: sign in by the form as a browser does, see a list, leave."""

import os
import re
import time

import pytest
import requests
from stack_access import SERVICES, on_its_machine, own_url

pytestmark = on_its_machine

LISTS = {
    "auth": "contas/usuario",
    "clientes": "clientes/cliente",
    "empresas": "empresas/empresa",
    "vendas": "vendas/oportunidade",
    "comunicacao": "comunicacao/conversa",
    "tarefas": "tarefas/tarefa",
    "automacao": "automacao/fluxo",
}


def token_of(page: requests.Response) -> str:
    match = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert match, page.text[:500]
    return match[1]


class Browser(requests.Session):
    """Takes http://127.0.0.1 for secure, as browsers do; requests would keep the cookies to itself."""

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        for cookie in self.cookies:
            cookie.secure = False
        return super().prepare_request(request)


@pytest.fixture
def browser() -> requests.Session:
    session = Browser()
    session.headers["Accept"] = "text/html,*/*;q=0.8"
    return session


def sign_in(browser: requests.Session, url: str, email: str, senha: str) -> requests.Response:
    """Again when the page says that auth did not answer in time, as on a machine that is busy with other tests."""
    for pause in (1, 2, 4, 8, 0):
        token = token_of(browser.get(f"{url}/admin/login/?senha"))
        fields = {"csrfmiddlewaretoken": token, "username": email, "password": senha}
        answer = browser.post(f"{url}/admin/login/", fields, headers={"Referer": f"{url}/admin/login/"}, allow_redirects=False)
        if answer.status_code != 503:
            break
        time.sleep(pause)
    return browser.get(f"{url}{answer.headers['Location']}") if answer.status_code == 302 else answer


@pytest.mark.parametrize("service", sorted(LISTS))
def test_sign_in_see_a_list_and_leave(browser: requests.Session, service: str) -> None:
    url = own_url(service)
    index = sign_in(browser, url, os.environ["CRM_ADMIN_EMAIL"], os.environ["CRM_ADMIN_SENHA"])
    assert (index.status_code, index.url) == (200, f"{url}/admin/")
    for path in (LISTS[service], "crm_shared/evento", "crm_shared/cartamorta"):
        assert f"/admin/{path}/" in index.text
        assert browser.get(f"{url}/admin/{path}/").status_code == 200
    for asset in re.findall(r'(?:src|href)="(/static/[^"]+)"', index.text):
        assert browser.get(url + asset).status_code == 200, asset
    browser.post(f"{url}/admin/logout/", {"csrfmiddlewaretoken": token_of(index)}, headers={"Referer": url})
    assert browser.get(f"{url}/admin/", allow_redirects=False).status_code == 302


def test_a_wrong_password_is_refused_by_auth(browser: requests.Session) -> None:
    answer = sign_in(browser, own_url("empresas"), os.environ["CRM_ADMIN_EMAIL"], "errada")
    assert answer.status_code == 401
    assert "E-mail ou senha incorretos." in answer.text


def test_the_session_serves_the_browsable_pages_of_its_own_service_only(browser: requests.Session) -> None:
    sign_in(browser, own_url("empresas"), os.environ["CRM_ADMIN_EMAIL"], os.environ["CRM_ADMIN_SENHA"])
    assert browser.get(f"{own_url('empresas')}/empresas").status_code == 200
    assert browser.get(f"{own_url('clientes')}/clientes").status_code == 401


def test_the_gateway_leads_nobody_there(url: str) -> None:
    for path in ("/admin/", "/gateway/empresas/admin/", "/empresas/admin/"):
        assert requests.get(url + path, timeout=10).status_code in (401, 404)
    assert set(LISTS) == set(SERVICES)


@pytest.mark.parametrize("service", sorted(LISTS))
def test_an_admin_asks_the_gateway_who_is_there(url: str, service: str) -> None:
    """The rest of the way takes a browser: test_navegador.py."""
    asked = requests.get(f"{own_url(service)}/admin/login/", allow_redirects=False, timeout=10)
    assert (asked.status_code, asked.headers["Location"].split("?")[0]) == (302, f"{url}/entrar/admin/{service}")
    answer = requests.get(asked.headers["Location"], allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/entrar")
