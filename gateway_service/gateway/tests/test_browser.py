"""People in a browser: the sign-in page, cookies instead of `Authorization`, CSRF, renewal, the way to a service's admin, leaving."""

import json
import re
import threading
import time
from collections.abc import Callable
from html import unescape
from http.cookies import SimpleCookie
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import pytest

from crm_shared.testing.forge import Forge
from gateway.browser.cookies import ACCESS, REFRESH
from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Answer, Wire

CSRF = "__Host-csrf"
_STEPS = ("login", "login/codigo", "refresh", "logout", "passe", "senha/esqueci", "senha/redefinir", "convites/aceitar")
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


class Browser:
    """Keeps cookies, follows nothing."""

    def __init__(self, port: int) -> None:
        self._port, self.cookies = port, {}

    def ask(self, method: str, path: str, *, form: dict[str, str] | None = None, **fields: str) -> Answer:
        headers = {"Accept": HTML, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = b"" if method != "GET" else None
        if form is not None:
            body, headers["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        headers |= {name.replace("_", "-"): value for name, value in fields.items()}
        with Wire(self._port) as wire:
            answer = wire.ask(method, path, [(name, value) for name, value in headers.items() if value], body)
        for line in answer.values("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return answer

    def get(self, path: str, **fields: str) -> Answer:
        return self.ask("GET", path, **fields)

    def submit(self, path: str, **form: str) -> Answer:
        """As the form of the page at `path` does."""
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', unescape(self.get(path).body.decode())))
        return self.ask("POST", path.partition("?")[0], form=hidden | form)


class Auth:
    """What auth's own tests prove, as far as the gateway needs it: one person, refresh tokens that work once."""

    def __init__(self, forge: Forge) -> None:
        self.forge, self.asked, self.lifetime, self.status, self.refresh, self.fator = forge, [], 300, 0, "", False

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.read_body()
        path, body = exchange.seen.target.decode(), json.loads(exchange.seen.body or b"{}")
        self.asked.append((path, body, exchange.seen.values("authorization"), exchange.seen.values("x-forwarded-for")))
        status, answer = self.answer(path, body)
        text = json.dumps(answer).encode()
        await exchange.answer(
            b"HTTP/1.1 %d X\nRetry-After: 7\nContent-Type: application/json\nContent-Length: %d" % (status, len(text)), text
        )

    def answer(self, path: str, body: dict[str, str]) -> tuple[int, dict[str, str]]:
        if self.status:
            return self.status, {"detail": "Recusado por teste."}
        if path.startswith("/auth/eu/segundo-fator"):
            return self.second_factor(path, body)
        if path == "/auth/login" and body["email"] == "dois@example.com":
            return 202, {"desafio": "d1", "expires_in": 300}
        if path == "/auth/login/codigo" and body["desafio"] == "d1":
            return (
                (200, self.pair())
                if body["codigo"] == "123456"
                else (401, {"detail": "O código não confere.", "codigo": "codigo_incorreto"})
            )
        if path == "/auth/login/codigo":
            return 401, {"detail": "Entre de novo com a senha.", "codigo": "credenciais_invalidas"}
        if path == "/auth/login":
            return (200, self.pair()) if body["senha"] == "certa" else (401, {"detail": "E-mail ou senha incorretos."})
        if path.startswith(("/auth/senha/", "/auth/convites/")):
            return (204, {}) if body.get("token", "t") == "t" else (400, {"detail": "O código não vale mais."})
        if path == "/auth/refresh":
            return (200, self.pair()) if body["refresh"] == self.refresh else (401, {"detail": "A sessão terminou."})
        return 200, {"passe": "p1"}

    def second_factor(self, path: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if body.get("senha", "certa") != "certa" or body.get("codigo", "123456") != "123456":
            campo = "codigo" if body.get("senha") == "certa" else "senha"
            return 400, {"detail": "Há campos com erro.", "erros": [{"campo": campo, "mensagem": "Não confere."}]}
        if path.endswith("confirmar"):
            self.fator = True
        if path.endswith("desativar"):
            self.fator = False
            return 204, {}
        if body and path.endswith("segundo-fator"):
            return 200, {"segredo": "JBSWY3DP", "otpauth": "otpauth://totp/CRM:ana?secret=JBSWY3DP"}
        return 200, {"codigos": ["aaaa-bbbb"]} if body else {"ativo": self.fator, "exigido": True, "codigos_livres": 8}

    def pair(self) -> dict[str, str]:
        self.refresh = token_urlsafe(8)
        return {"access": self.forge.token(nome="Ana <b>", exp=int(time.time()) + self.lifetime), "refresh": self.refresh}


@pytest.fixture
def auth(upstream: Upstream, forge: Forge) -> Auth:
    stand_in = Auth(forge)
    fator = [f"eu/segundo-fator{step}" for step in ("", "/confirmar", "/codigos", "/desativar")]
    upstream.handlers |= {f"/auth/{name}": stand_in for name in (*_STEPS, *fator)}
    return stand_in


@pytest.fixture(scope="module")
def pages(run_gateway: Callable[..., Gateway], services: dict[str, str]) -> Gateway:
    return run_gateway(**services, GATEWAY_ADMIN_URLS="clientes=http://127.0.0.1:4567/")


@pytest.fixture
def browser(pages: Gateway, auth: Auth) -> Browser:
    return Browser(pages.port)


@pytest.fixture
def signed_in(browser: Browser) -> Browser:
    assert browser.submit("/entrar", email="ana@example.com", senha="certa").status == 302
    return browser


def seen(upstream: Upstream, path: str) -> Any:
    return next(item for item in upstream.requests if item.target.startswith(path.encode()))


def test_a_page_leads_to_signing_in_and_back(browser: Browser, auth: Auth) -> None:
    sent = browser.get("/gateway/clientes?q=a%20b&limite=2")
    assert (sent.status, sent.values("location")) == (303, ["/entrar?para=/gateway/clientes%3Fq%3Da%2520b%26limite%3D2"])
    back = browser.submit(sent.values("location")[0], email="ana@example.com", senha="certa")
    assert (back.status, back.values("location")) == (302, ["/gateway/clientes?q=a%20b&limite=2"])
    assert auth.asked[-1][0] == "/auth/login"
    assert auth.asked[-1][3] == ["127.0.0.1"]


def test_what_asks_for_no_page_gets_a_problem(browser: Browser) -> None:
    assert browser.get("/gateway/clientes", Accept="application/json").json()["codigo"] == "token_ausente"


def test_cookies_are_out_of_reach_of_scripts_and_other_hosts(browser: Browser) -> None:
    answer = browser.submit("/entrar", email="ana@example.com", senha="certa")
    lines = {line.partition("=")[0]: line.lower() for line in answer.values("set-cookie")}
    for name in (ACCESS, REFRESH):
        assert {"httponly", "secure", "path=/", "samesite=lax"} <= set(lines[name].split("; ")), lines[name]
        assert "domain" not in lines[name]
    assert "httponly" not in lines[CSRF]
    assert "secure" in lines[CSRF]


def test_cookies_stand_for_authorization_and_go_no_further(signed_in: Browser, upstream: Upstream) -> None:
    answer = signed_in.get("/gateway/clientes")
    assert answer.status == 200
    arrived = seen(upstream, "/clientes")
    assert arrived.values("authorization") == [f"Bearer {signed_in.cookies[ACCESS]}"]
    assert arrived.values("x-forwarded-prefix") == ["/gateway"]
    assert arrived.values("cookie") == []
    assert answer.values("set-cookie") == []


def test_public_addresses_are_told_nothing_of_the_person(signed_in: Browser, upstream: Upstream) -> None:
    assert signed_in.ask("POST", "/publico/comunicacao/x", form={"a": "1"}).status == 200
    assert seen(upstream, "/publico/x").values("authorization") == []


def test_authorization_goes_before_cookies(signed_in: Browser, upstream: Upstream, token: str) -> None:
    signed_in.ask("POST", "/gateway/clientes", Authorization=f"Bearer {token}")
    assert seen(upstream, "/clientes").values("authorization") == [f"Bearer {token}"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_changes_ask_for_the_token_of_csrf(signed_in: Browser, upstream: Upstream, method: str) -> None:
    refused = signed_in.ask(method, "/gateway/clientes/1")
    assert (refused.status, refused.json()["codigo"]) == (403, "csrf_invalido")
    for wrong in ("x", "a" * 32, "é" * 32, ""):
        assert signed_in.ask(method, "/gateway/clientes/1", X_CSRFToken=wrong).status == 403
    token = signed_in.cookies[CSRF]
    elsewhere = signed_in.ask(method, "/gateway/clientes/1", X_CSRFToken=token, Origin="https://evil.example")
    assert elsewhere.status == 403
    assert not [item for item in upstream.requests if item.target == b"/clientes/1"]
    assert signed_in.ask(method, "/gateway/clientes/1", X_CSRFToken=token).status == 200


def test_without_the_token_of_csrf_auth_is_asked_as_nobody(signed_in: Browser, auth: Auth) -> None:
    signed_in.ask("POST", "/auth/login", form={}, Content_Type="application/json")
    assert auth.asked[-1][2] == []


def test_an_old_token_is_renewed_on_the_way_once_for_all(browser: Browser, auth: Auth, pages: Gateway, upstream: Upstream) -> None:
    auth.lifetime = -60
    browser.submit("/entrar", email="ana@example.com", senha="certa")
    auth.lifetime = 300
    before = dict(browser.cookies)
    answers: list[Answer] = []

    def one_of_the_page() -> None:
        other = Browser(pages.port)
        other.cookies = dict(before)
        answers.append(other.get("/gateway/clientes"))

    threads = [threading.Thread(target=one_of_the_page) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [200] * 8
    assert [path for path, *_ in auth.asked].count("/auth/refresh") == 1
    assert browser.get("/gateway/clientes").status == 200  # with the old cookies, late
    assert browser.cookies[REFRESH] != before[REFRESH]


@pytest.mark.parametrize("path", ["/gateway/clientes", "/auth/eu"])
def test_a_renewal_is_not_lost_on_a_request_that_is_not_signed(signed_in: Browser, auth: Auth, path: str) -> None:
    signed_in.cookies[ACCESS] = "x.y.z"
    before = signed_in.cookies[REFRESH]
    signed_in.ask("POST", path)
    assert signed_in.cookies[REFRESH] == auth.refresh != before


@pytest.mark.parametrize(("accept", "status"), [(HTML, 303), ("application/json", 401)])
def test_an_ended_session_loses_its_cookies(signed_in: Browser, auth: Auth, accept: str, status: int) -> None:
    signed_in.cookies |= {ACCESS: "x.y.z", REFRESH: "unknown"}
    assert signed_in.get("/gateway/clientes", Accept=accept).status == status
    assert not {ACCESS, REFRESH} & signed_in.cookies.keys()


def test_when_auth_is_out_nobody_loses_a_session(signed_in: Browser, auth: Auth) -> None:
    signed_in.cookies[ACCESS] = "x.y.z"
    auth.status = 500
    assert signed_in.get("/gateway/clientes").status == 503
    assert REFRESH in signed_in.cookies


@pytest.mark.parametrize(("status", "shown"), [(401, "E-mail ou senha"), (429, "Tente de novo em 7 s."), (503, "não respondeu")])
def test_what_auth_refuses_is_said_on_the_page(browser: Browser, auth: Auth, status: int, shown: str) -> None:
    auth.status = status if status != 401 else 0
    answer = browser.submit("/entrar", email="ana@example.com", senha="errada")
    assert answer.status == status
    assert shown in answer.body.decode()
    assert 'role="alert"' in answer.body.decode()
    assert "errada" not in answer.body.decode()
    assert ACCESS not in browser.cookies


def test_a_second_factor_is_asked_for_on_the_next_page(browser: Browser) -> None:
    first = browser.submit("/entrar?para=/docs/", email="dois@example.com", senha="certa").body.decode()
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', first))
    assert (hidden["desafio"], hidden["para"], 'name="codigo"' in first, ACCESS in browser.cookies) == ("d1", "/docs/", True, False)
    wrong = browser.ask("POST", "/entrar", form={**hidden, "codigo": "000000"})
    assert (wrong.status, "O código não confere." in wrong.body.decode(), 'value="d1"' in wrong.body.decode()) == (401, True, True)
    late = browser.ask("POST", "/entrar", form={**hidden, "desafio": "old", "codigo": "123456"}).body.decode()
    assert "Entre de novo com a senha." in late
    assert 'name="senha"' in late
    done = browser.ask("POST", "/entrar", form={**hidden, "codigo": "123456"})
    assert (done.status, done.values("location"), ACCESS in browser.cookies) == (302, ["/docs/"], True)


def test_a_second_factor_is_given_renewed_and_taken_away(signed_in: Browser, auth: Auth) -> None:
    def step(etapa: str, **form: str) -> tuple[int, str]:
        answer = signed_in.submit("/segundo-fator", etapa=etapa, **form)
        return answer.status, answer.body.decode()

    assert "exige" in signed_in.get("/segundo-fator").body.decode()
    assert step("iniciar", senha="errada")[0] == 400
    status, page = step("iniciar", senha="certa")
    assert (status, "JBSWY3DP" in page, 'src="data:image/svg' in page) == (200, True, True)
    status, page = step("confirmar", codigo="000000")
    assert (status, "Não confere." in page, 'name="codigo"' in page) == (400, True, True)
    before = signed_in.cookies[ACCESS]
    status, page = step("confirmar", codigo="123456")
    assert (status, "aaaa-bbbb" in page, "Está ativo" in page) == (200, True, True)
    assert signed_in.cookies[ACCESS] != before  # whose rights were those of somebody without one
    assert "aaaa-bbbb" in step("codigos", senha="certa", codigo="123456")[1]
    assert "Está ativo" not in step("desativar", senha="certa", codigo="123456")[1]
    assert step("outra")[0] == 200
    assert step("iniciar", senha="")[0] == 400


def test_the_page_of_the_second_factor_asks_for_its_token(signed_in: Browser, auth: Auth) -> None:
    assert signed_in.ask("POST", "/segundo-fator", form={"etapa": "iniciar", "senha": "certa"}).status == 403
    assert not [path for path, *_ in auth.asked if "segundo-fator" in path]


def _focused(answer: Answer) -> str:
    """The only field that has the focus from the start."""
    (field,) = re.findall(r"<input[^>]* autofocus[^>]*>", answer.body.decode())
    return str(field)


def test_who_is_refused_goes_on_at_the_password(browser: Browser) -> None:
    answer = browser.submit("/entrar", email="ana@example.com", senha="errada")
    assert "<title>Erro: Entrar | CRM</title>" in answer.body.decode()
    assert 'name="senha"' in _focused(answer)
    assert 'aria-describedby="recado"' in _focused(answer)
    assert 'name="email"' in _focused(browser.get("/entrar"))


@pytest.mark.parametrize(("senha", "codigo", "campo"), [("errada", "1", "senha"), ("certa", "1", "codigo"), ("certa", "", "codigo")])
def test_what_is_wrong_stands_at_its_field_in_a_part_that_is_open(
    signed_in: Browser, auth: Auth, senha: str, codigo: str, campo: str
) -> None:
    auth.fator = True
    answer = signed_in.submit("/segundo-fator", etapa="desativar", senha=senha, codigo=codigo)
    assert re.findall(r"<details open>\s*<summary>(\w+)", answer.body.decode()) == ["Desativar"]
    assert f'name="{campo}"' in _focused(answer)
    assert 'aria-invalid="true"' in _focused(answer)
    (described,) = re.findall(r'aria-describedby="(\w+)"', _focused(answer))
    assert f'id="{described}" role="alert"' in answer.body.decode()


def test_a_form_from_elsewhere_signs_nobody_in(browser: Browser, auth: Auth) -> None:
    assert browser.ask("POST", "/entrar", form={"email": "a@b.com", "senha": "certa"}).status == 403
    assert auth.asked == []


@pytest.mark.parametrize("para", ["//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil.example", "", "\\\\evil", "x"])
def test_the_way_back_stays_on_this_site(browser: Browser, para: str) -> None:
    answer = browser.submit(f"/entrar?{urlencode({'para': para})}", email="ana@example.com", senha="certa")
    assert answer.values("location") == ["/"]


def test_home_greets_and_links(signed_in: Browser) -> None:
    page = signed_in.get("/")
    text = page.body.decode()
    assert "Ana &lt;b&gt;" in text
    assert 'href="/gateway/clientes"' in text
    assert 'href="/entrar/admin/clientes"' in text
    assert "/entrar/admin/vendas" not in text
    assert "default-src 'none'" in page.values("content-security-policy")[0]
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', text):
        assert signed_in.get(path).status == 200, path


def test_the_way_to_an_admin(signed_in: Browser, auth: Auth) -> None:
    assert signed_in.get("/entrar/admin/clientes").values("location") == ["http://127.0.0.1:4567/admin/"]
    page = signed_in.get("/entrar/admin/clientes?estado=e1&para=/admin/x/")
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.body.decode()))
    assert fields == {"estado": "e1", "passe": "p1", "next": "/admin/x/"}
    assert 'action="http://127.0.0.1:4567/admin/entrar/"' in page.body.decode()
    assert "form-action 'self' http://127.0.0.1:4567;" in page.values("content-security-policy")[0]
    assert auth.asked[-1][:3] == ("/auth/passe", {}, [f"Bearer {signed_in.cookies[ACCESS]}"])
    for unknown in ("vendas", "outro", "%2e%2e"):
        assert signed_in.get(f"/entrar/admin/{unknown}?estado=e").status == 404


def test_the_way_to_an_admin_begins_with_signing_in(browser: Browser) -> None:
    answer = browser.get("/entrar/admin/clientes?estado=e1")
    assert answer.values("location") == ["/entrar?para=%2Fentrar%2Fadmin%2Fclientes%3Festado%3De1"]


def test_leaving_takes_a_button_and_ends_the_session(signed_in: Browser, auth: Auth) -> None:
    refresh = signed_in.cookies[REFRESH]
    assert signed_in.get("/sair").status == 200
    assert ACCESS in signed_in.cookies
    assert signed_in.submit("/sair").values("location") == ["/entrar?saiu"]
    assert auth.asked[-1][:2] == ("/auth/logout", {"refresh": refresh})
    assert ACCESS not in signed_in.cookies


@pytest.mark.parametrize(
    "path", ["gateway/../views.py", "gateway/..%2fviews.py", "rest_framework/nada.css", "os/path.py", "gateway/", "gateway/a%00b"]
)
def test_static_files_are_those_meant(browser: Browser, path: str) -> None:
    assert browser.get(f"/static/{path}").status in (400, 404)


@pytest.mark.parametrize(
    "cookie", ["__Host-acesso=" + "a" * 7000, "__Host-acesso", "=;=;;", "__Host-acesso=\xff\xfe", "a=b; " * 900, '__Host-acesso="']
)
def test_odd_cookies_are_nobody(pages: Gateway, auth: Auth, cookie: str) -> None:
    with Wire(pages.port) as wire:
        assert wire.ask("GET", "/gateway/clientes", [("Accept", "application/json"), ("Cookie", cookie)]).status in (400, 401)


@pytest.mark.parametrize("blank", ["\xa0", "\x85", "\t", " "])
@pytest.mark.parametrize("path", ["/", "/gateway/clientes"])
def test_a_neighbouring_host_signs_nobody_in(pages: Gateway, auth: Auth, path: str, blank: str) -> None:
    """Browsers keep names that begin with `__Host-` for this host; one that begins with a blank any host of the domain may set."""
    tossed = f"{blank}{ACCESS}={auth.pair()['access']}"
    with Wire(pages.port) as wire:
        status = wire.ask("GET", path, [("Accept", HTML), ("Cookie", f"a=b;{tossed}")]).status
    assert (status == 200) is (blank in "\t ")  # which stand between cookies, and not in their names


def test_a_cookie_that_comes_twice_is_nobody_s(signed_in: Browser, pages: Gateway, auth: Auth) -> None:
    twice = f"{ACCESS}={signed_in.cookies[ACCESS]}; {ACCESS}={auth.pair()['access']}"
    with Wire(pages.port) as wire:
        assert wire.ask("GET", "/gateway/clientes", [("Accept", "application/json"), ("Cookie", twice)]).status == 401


def test_a_token_of_csrf_that_a_neighbour_set_is_none(signed_in: Browser, pages: Gateway) -> None:
    planted = "a" * 32
    mine = f"{ACCESS}={signed_in.cookies[ACCESS]}; \xa0{CSRF}={planted}"
    with Wire(pages.port) as wire:
        assert wire.ask("POST", "/gateway/clientes/1", [("Cookie", mine), ("X-CSRFToken", planted)], b"").status == 403


@pytest.mark.parametrize("path", ["/gateway/clientes", "/auth/eu"])
def test_no_cache_keeps_an_answer_that_brings_cookies(signed_in: Browser, auth: Auth, upstream: Upstream, path: str) -> None:
    async def cacheable(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 200 OK\nCache-Control: public, max-age=15\nContent-Length: 2", b"{}")

    upstream.handlers |= {"/clientes": cacheable, "/auth/eu": cacheable}
    assert signed_in.get(path).values("cache-control") == ["public, max-age=15"]
    signed_in.cookies[ACCESS] = "x.y.z"
    answer = signed_in.get(path)
    assert answer.values("set-cookie")
    assert answer.values("cache-control") == ["no-store"]


def test_signing_in_ends_what_this_browser_had_before(signed_in: Browser, auth: Auth) -> None:
    before = dict(signed_in.cookies)
    del signed_in.cookies[ACCESS], signed_in.cookies[REFRESH]
    form = signed_in.get("/entrar")
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.body.decode()))
    signed_in.cookies[REFRESH] = before[REFRESH]
    wrong = signed_in.ask("POST", "/entrar", form={**hidden, "email": "ana@example.com", "senha": "errada"})
    assert (wrong.status, "/auth/logout" in [path for path, *_ in auth.asked]) == (401, False)
    again = signed_in.ask("POST", "/entrar", form={**hidden, "email": "ana@example.com", "senha": "certa"})
    assert again.status == 302
    assert auth.asked[-1][:2] == ("/auth/logout", {"refresh": before[REFRESH]})
    assert signed_in.cookies[REFRESH] not in ("", before[REFRESH])


# -- what begins with a message --


@pytest.mark.parametrize(
    ("path", "filled", "asked", "then"),
    [
        ("/senha", {"email": "ana@example.com"}, "/auth/senha/esqueci", "/entrar?enviado"),
        ("/senha/nova", {"token": "t", "senha": " certa e longa "}, "/auth/senha/redefinir", "/entrar?trocada"),
        ("/convite", {"token": "t", "nome": "Ana", "senha": "certa e longa"}, "/auth/convites/aceitar", "/entrar?aceito"),
    ],
)
def test_a_step_by_mail_is_auths(browser: Browser, auth: Auth, path: str, filled: dict[str, str], asked: str, then: str) -> None:
    answer = browser.submit(path, **filled)
    assert (answer.status, answer.values("location")) == (302, [then])
    assert auth.asked == [(asked, filled, [], ["127.0.0.1"])]
    assert 'class="aviso"' in browser.get(then).body.decode()


@pytest.mark.parametrize(("path", "filled"), [("/senha", {}), ("/senha/nova", {"token": "t"}), ("/convite", {"token": "t" * 201})])
def test_what_is_missing_is_said_in_its_place(browser: Browser, auth: Auth, path: str, filled: dict[str, str]) -> None:
    answer = browser.submit(path, **filled)
    assert (answer.status, auth.asked) == (400, [])
    assert 'role="alert"' in answer.body.decode()


def test_what_auth_says_of_a_code_is_shown(browser: Browser, auth: Auth) -> None:
    answer = browser.submit("/senha/nova", token="velho", senha="certa e longa")
    assert answer.status == 400
    assert "O código não vale mais." in answer.body.decode()
    auth.status = 500
    assert browser.submit("/senha/nova", token="t", senha="certa e longa").status == 503
    assert browser.ask("PUT", "/senha").status in (403, 405)
    assert browser.ask("POST", "/senha", form={"email": "a@example.com"}).status == 403, "a form from elsewhere"
