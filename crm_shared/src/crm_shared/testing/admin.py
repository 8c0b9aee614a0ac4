"""The generic admin test: every registered list, page and form of a service, as people with and without rights.

A service's tests/test_admin.py inherits `AdminSuite` and gives one record per kind (`registros`).
"""

import re
from collections.abc import Callable, Iterator
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest

from .forge import Forge
from .plugin import Pessoa

SENHA = "jacare-amarelo-27"
XSS = '"><script>alert(1)</script>'


class ContasDeTeste:
    """Stands for auth: `pares` are what it gives at sign-in; `recusar` ends every session; `fora` answers nothing."""

    def __init__(self, forge: Forge) -> None:
        self.forge = forge
        self.claims: dict[str, Any] = {}
        self.recusar = self.fora = False
        self.renovacoes = self.saidas = 0

    def sign_in(self, email: str, senha: str, request: Any) -> Any:
        from crm_shared.errors import NotAuthenticated

        if senha != SENHA:
            raise NotAuthenticated("E-mail ou senha incorretos.", codigo="credenciais_invalidas")
        return self._pair()

    def renew(self, refresh: str) -> Any:
        from crm_shared.admin.accounts import AccountsUnavailable
        from crm_shared.errors import NotAuthenticated

        self.renovacoes += 1
        if self.fora:
            raise AccountsUnavailable("test")
        if self.recusar:
            raise NotAuthenticated
        return self._pair()

    def sign_out(self, refresh: str) -> None:
        self.saidas += 1

    def _pair(self) -> Any:
        from crm_shared.admin.accounts import Pair

        return Pair(self.forge.token(**self.claims), str(uuid4()))


@pytest.mark.django_db
class AdminSuite:
    """Inherit as `class TestAdmin(AdminSuite)`."""

    @pytest.fixture
    def registros(self) -> dict[str, Any]:
        """One saved record for each `<app>.<model>` that has a page of its own and is not made by the suite."""
        raise NotImplementedError

    @pytest.fixture
    def todos(self, registros: dict[str, Any], ator: Any) -> dict[str, Any]:
        """`registros`, and one of each kind that services have in common."""
        from . import admin_records

        return registros | admin_records.common(ator, registros)

    @pytest.fixture
    def contas(self, forge: Forge, trusted_keys: None, monkeypatch: pytest.MonkeyPatch) -> ContasDeTeste:
        from crm_shared.admin import people

        stand_in = ContasDeTeste(forge)
        monkeypatch.setattr(people, "accounts", lambda: stand_in)
        return stand_in

    @pytest.fixture
    def entrar(self, contas: ContasDeTeste, ana: Pessoa) -> Callable[..., Any]:
        """`entrar("empresas:ler", como=bruno, vis="equipe")` is a browser signed in by the form; ana with every scope by default."""
        from django.test import Client

        from crm_shared.auth.scopes import ACOES, RECURSOS

        def browser(*scopes: str, como: Pessoa = ana, vis: str = "todos", checks: bool = False, **claims: Any) -> Client:
            wanted = scopes or tuple(f"{recurso}:{acao}" for recurso in RECURSOS for acao in ACOES)
            contas.claims = {
                "sub": str(como.id),
                "nome": como.nome,
                "equipes": [str(como.equipe)],
                "vis": {"*": vis},
                "scope": " ".join(wanted),
                **claims,
            }
            client = Client(enforce_csrf_checks=checks)
            if checks:
                client.get("/admin/login/")
            token = {"csrfmiddlewaretoken": _csrf(client)} if checks else {}
            answer = client.post("/admin/login/", {"username": "ana@example.com", "password": SENHA, **token})
            assert answer.status_code == 302, answer.content[:2000]
            return client

        return browser

    # --- what is registered

    def sites(self) -> dict[Any, Any]:
        from django.contrib import admin
        from django.utils.module_loading import import_string

        import_string("crm_shared.admin.urls.urlpatterns")
        registry: dict[Any, Any] = admin.site._registry
        return registry

    def paths(self) -> Iterator[tuple[Any, Any, str]]:
        for model, model_admin in self.sites().items():
            yield model, model_admin, f"/admin/{model._meta.app_label}/{model._meta.model_name}/"

    # --- signing in

    def test_without_session_every_page_asks_to_sign_in(self, client: Any, contas: ContasDeTeste) -> None:
        for _, _, path in self.paths():
            for page in (path, f"{path}add/", f"{path}{uuid4()}/change/", f"{path}{uuid4()}/history/"):
                answer = client.get(page)
                assert answer.status_code == 302, page
                assert answer["Location"].startswith("/admin/login/?next="), page

    def test_the_form_signs_in_with_its_token_only(self, entrar: Any) -> None:
        from django.test import Client

        assert entrar(checks=True).get("/admin/").status_code == 200
        forged = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a", "password": SENHA})
        assert forged.status_code == 403

    def test_a_wrong_password_is_refused(self, client: Any, contas: ContasDeTeste) -> None:
        answer = client.post("/admin/login/", {"username": "ana@example.com", "password": "errada"})
        assert answer.status_code == 401
        assert "E-mail ou senha incorretos." in answer.content.decode()
        assert client.get("/admin/").status_code == 302

    @pytest.mark.parametrize(
        ("wanted", "given"), [("/admin/jsi18n/", "/admin/jsi18n/"), ("//evil.example/", "/admin/"), ("https://evil.example", "/admin/")]
    )
    def test_signing_in_goes_on_within_this_site_only(self, client: Any, contas: ContasDeTeste, wanted: str, given: str) -> None:
        answer = client.post(f"/admin/login/?next={wanted}", {"username": "a@b.com", "password": SENHA})
        assert (answer.status_code, answer["Location"]) == (302, given)

    def test_the_session_of_the_gateway_is_taken_over(self, client: Any, contas: ContasDeTeste, settings: Any) -> None:
        settings.GATEWAY_PUBLIC_URL = "https://crm.example"
        sent = client.get("/admin/login/?next=/admin/jsi18n/")
        there, _, query = sent["Location"].partition("?")
        asked = dict(parse_qsl(query))
        assert (there, asked["para"]) == (f"https://crm.example/entrar/admin/{settings.SERVICE}", "/admin/jsi18n/")
        back = client.post("/admin/entrar/", {"estado": asked["estado"], "passe": "refresh", "next": asked["para"]})
        assert (back.status_code, back["Location"]) == (302, "/admin/jsi18n/")
        assert client.get("/admin/").status_code == 200

    @pytest.mark.parametrize("wrong", [{"estado": "outro"}, {"passe": ""}, {"estado": "", "passe": ""}, {"passe": "x" * 100_000}])
    def test_who_was_not_sent_cannot_come_back(self, client: Any, contas: ContasDeTeste, settings: Any, wrong: dict[str, str]) -> None:
        settings.GATEWAY_PUBLIC_URL = "https://crm.example"
        asked = dict(parse_qsl(client.get("/admin/login/")["Location"].partition("?")[2]))
        answer = client.post("/admin/entrar/", {"estado": asked["estado"], "passe": "refresh", **wrong})
        assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?senha=")
        assert client.get("/admin/").status_code == 302
        assert "Tente de novo" in client.get("/admin/login/?senha=").content.decode()

    def test_cookies_and_headers(self, client: Any, contas: ContasDeTeste) -> None:
        from django.conf import settings

        page = client.get("/admin/login/")
        assert "'unsafe-eval'" in page["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
        answer = client.post("/admin/login/", {"username": "a@b.com", "password": SENHA})
        for cookie in (answer.cookies[settings.SESSION_COOKIE_NAME], page.cookies[settings.CSRF_COOKIE_NAME]):
            assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
            assert (cookie.key[:7], cookie["path"], cookie["domain"]) == ("__Host-", "/", "")
        assert settings.SERVICE in settings.SESSION_COOKIE_NAME

    def test_a_neighbouring_host_gives_nobody_a_session(self, entrar: Any) -> None:
        """Of names that begin with a blank (U+00A0, U+0085, U+2000) browsers do not ask who sets them."""
        from django.conf import settings
        from django.test import Client

        name = settings.SESSION_COOKIE_NAME
        session = entrar().cookies[name].value
        for before, status in (("", 200), ("\xa0", 302), ("\x85", 302), ("\xe2\x80\x80", 302), (f"{name}=x; ", 302)):
            assert Client(HTTP_COOKIE=f"a=b; {before}{name}={session}").get("/admin/").status_code == status, before

    def test_the_session_holds_nothing_in_clear(self, entrar: Any, contas: ContasDeTeste) -> None:
        from crm_shared import bus

        entrar()
        keys = bus.connection().keys("sessao:*")
        assert keys
        for key in keys:
            assert b"access" not in bus.connection().get(key)

    def test_logging_out_ends_both_sessions(self, entrar: Any, contas: ContasDeTeste) -> None:
        browser = entrar()
        assert browser.get("/admin/logout/").status_code == 405
        assert browser.post("/admin/logout/").status_code == 302
        assert contas.saidas == 1
        assert browser.get("/admin/").status_code == 302

    def test_rights_are_renewed_and_end_with_auths_refusal(self, entrar: Any, contas: ContasDeTeste, monkeypatch: Any) -> None:
        import time

        from crm_shared.admin import people

        browser = entrar()
        assert (browser.get("/admin/").status_code, contas.renovacoes) == (200, 0)
        monkeypatch.setattr(people, "RENEW_BEFORE", 10_000)  # every token is about to end
        assert (browser.get("/admin/").status_code, contas.renovacoes) == (200, 1)
        contas.fora = True
        assert browser.get("/admin/").status_code == 200  # what auth gave still holds
        contas.fora, contas.recusar = False, True
        assert browser.get("/admin/").status_code == 302
        contas.recusar = False
        assert browser.get("/admin/").status_code == 302, "the session must be gone"
        assert time

    def test_an_ended_token_without_auth_is_503_and_no_logout(self, entrar: Any, contas: ContasDeTeste) -> None:
        import time

        contas.claims = {}
        browser = entrar()
        session = browser.session
        session["access"] = contas.forge.token(exp=int(time.time()) - 60)
        session.save()
        contas.fora = True
        answer = browser.get("/admin/")
        assert (answer.status_code, answer["Retry-After"]) == (503, "2")
        contas.fora = False
        assert browser.get("/admin/").status_code == 200

    # --- pages

    def test_index_and_every_list(self, entrar: Any, todos: dict[str, Any]) -> None:
        browser = entrar()
        index = browser.get("/admin/").content.decode()
        for _, model_admin, path in self.paths():
            assert browser.get(path).status_code == 200, path
            if model_admin.has_module_permission.__func__.__qualname__.startswith(("BoundedAdmin", "RulesAdmin")):
                assert path in index, path

    def test_every_list_searches_filters_and_sorts(self, entrar: Any, todos: dict[str, Any]) -> None:
        browser = entrar()
        for model, model_admin, path in self.paths():
            names = [name if isinstance(name, str) else name[0] for name in model_admin.list_filter if not isinstance(name, type)]
            references = {name for name in names if model._meta.get_field(name).many_to_one}
            filters = [f"{name}__id__exact={uuid4()}" if name in references else f"{name}__exact=nada" for name in names]
            for query in (f"q=xyz&{'&'.join(filters)}", f"q={uuid4()}&p=2", "excluidos=sim&o=1"):
                assert browser.get(f"{path}?{query}", follow=True).status_code == 200, (path, query)
            for query in ("p=999999999&o=-1", "password__startswith=a"):
                assert browser.get(f"{path}?{query}").status_code in (200, 302, 400), (path, query)

    def test_every_record_shows_changes_and_history(self, entrar: Any, todos: dict[str, Any]) -> None:
        browser = entrar()
        for label, record in todos.items():
            path = f"/admin/{label.lower().replace('.', '/')}/"
            assert str(record.pk) in browser.get(path).content.decode(), path
            for page in ("change", "history"):
                assert browser.get(f"{path}{record.pk}/{page}/").status_code == 200, (path, page)

    def test_every_kind_of_record_is_visited(self, todos: dict[str, Any]) -> None:
        from crm_shared.admin.records import RulesAdmin

        own = {f"{model._meta.label}" for model, model_admin in self.sites().items() if isinstance(model_admin, RulesAdmin)}
        assert own == set(todos)

    def test_every_form_opens_and_refuses_what_is_empty(self, entrar: Any, todos: dict[str, Any]) -> None:
        browser = entrar()
        for _, model_admin, path in self.paths():
            if not getattr(model_admin, "addable", False) or "create" not in model_admin.viewset.required_scopes:
                assert browser.get(f"{path}add/").status_code == 403, path
                continue
            assert browser.get(f"{path}add/").status_code == 200, path
            assert browser.post(f"{path}add/", {}).status_code == 200, path

    def test_an_absent_record_leads_back(self, entrar: Any) -> None:
        browser = entrar()
        for _, _, path in self.paths():
            for pk in (uuid4(), "nada"):
                assert browser.get(f"{path}{pk}/change/").status_code == 302, path
                assert browser.get(f"{path}{pk}/history/").status_code == 302, path

    def test_without_scopes_there_is_nothing(self, entrar: Any, todos: dict[str, Any]) -> None:
        browser = entrar("eventos:nada")
        index = browser.get("/admin/").content.decode()
        for model, _, path in self.paths():
            if model._meta.model_name == "referencia":
                continue
            assert path not in index
            assert browser.get(path).status_code == 403, path
            assert browser.get(f"{path}add/").status_code == 403, path
            if record := todos.get(model._meta.label):
                assert browser.get(f"{path}{record.pk}/change/").status_code == 403, path
                assert browser.post(f"{path}{record.pk}/change/", {}).status_code == 403, path
                assert browser.post(f"{path}{record.pk}/delete/", {"post": "yes"}).status_code == 403, path

    def test_who_may_only_read_changes_nothing(self, entrar: Any, todos: dict[str, Any]) -> None:
        from crm_shared.auth.scopes import RECURSOS

        scopes = [self.sites()[type(record)].viewset.required_scopes for record in todos.values()]
        seen_by = {wanted.get("retrieve", wanted["list"]) for wanted in scopes}
        browser = entrar(*(f"{recurso}:ler" for recurso in RECURSOS), *seen_by)
        for label, record in todos.items():
            path = f"/admin/{label.lower().replace('.', '/')}/"
            assert browser.get(f"{path}{record.pk}/change/").status_code == 200, path
            if label == "crm_shared.Visao":  # everybody's own to change
                continue
            assert browser.post(f"{path}{record.pk}/change/", {}).status_code == 403, path
            assert browser.post(f"{path}{record.pk}/delete/", {"post": "yes"}).status_code == 403, path
            assert browser.get(f"{path}add/").status_code == 403, path

    def test_what_is_not_visible_is_not_there(self, entrar: Any, todos: dict[str, Any], carla: Pessoa) -> None:
        from crm_shared.records.models import OwnedRecord

        browser = entrar(como=carla, vis="proprio")
        for label, record in todos.items():
            if isinstance(record, OwnedRecord):
                path = f"/admin/{label.lower().replace('.', '/')}/"
                assert str(record.pk) not in browser.get(path).content.decode(), path
                assert browser.get(f"{path}{record.pk}/change/").status_code == 302, path
                assert browser.get(f"{path}{record.pk}/history/").status_code == 302, path

    def test_transitions_open_and_are_closed_to_readers(self, entrar: Any, todos: dict[str, Any]) -> None:
        from crm_shared.auth.scopes import RECURSOS

        browser, reader = entrar(), None
        pages = [
            f"/admin/{label.lower().replace('.', '/')}/{record.pk}/acao/{item.action}/"
            for label, record in todos.items()
            for item in self.sites()[type(record)].transitions
            if label != "crm_shared.Operacao"  # whoever asked for one may call it off; undoing asks for the rights of the reverse
        ]
        for page in pages:
            assert browser.get(page).status_code == 200, page
        reader = entrar(*(f"{recurso}:ler" for recurso in RECURSOS))
        for page in pages:
            assert reader.post(page, {"enviar": "1"}).status_code in (403, 404), page

    def test_lists_run_as_many_statements_for_any_number_of_rows(self, entrar: Any, todos: dict[str, Any], mais: Any) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        browser = entrar()

        def counts() -> dict[str, int]:
            found = {}
            for _, _, path in self.paths():
                with CaptureQueriesContext(connection) as captured:
                    browser.get(path)
                found[path] = len(captured)
                assert not any("COUNT(" in query["sql"] for query in captured.captured_queries), path
            return found

        before = counts()
        mais()
        assert counts() == before
        assert max(before.values()) <= 3, before

    @pytest.fixture
    def mais(self) -> Callable[[], None]:
        """Makes further rows of the kinds whose lists are long."""
        raise NotImplementedError

    # --- the browsable API

    def gets(self) -> list[str]:
        from .contract import concrete, operations, schema_of

        return [concrete(path) for method, path, _ in operations(schema_of()) if method == "get" and not path.startswith("/schema")]

    def test_every_address_answers_a_page(self, entrar: Any, client: Any, api: Any) -> None:
        browser = entrar()
        for path in self.gets():
            for viewer in (browser, client, api()):
                answer = viewer.get(path, HTTP_ACCEPT="text/html,*/*;q=0.8")
                assert answer.status_code in (200, 400, 401, 403, 404), (path, answer.status_code)
                if answer.headers.get("Content-Type") != "application/schema+json":
                    assert answer["Content-Type"] == "text/html; charset=utf-8", path
                    page = answer.content.decode()
                    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!testserver/)', page), path
                    assert "default-src 'none'" in answer["Content-Security-Policy"]

    def test_lists_are_seen_with_the_admins_session_by_browsers_only(self, entrar: Any, todos: dict[str, Any]) -> None:
        browser = entrar()
        path = self.api_list()
        page = browser.get(path, HTTP_ACCEPT="text/html")
        assert page.status_code == 200
        assert "Sair" in page.content.decode()
        assert "resultados" in page.content.decode()
        assert browser.get(path).status_code == 401, "what is no browser sends a token"
        assert browser.get(path, HTTP_ACCEPT="text/html", HTTP_AUTHORIZATION="Bearer x").status_code == 401, "a token that is sent counts"

    def test_pages_at_the_gateway_lead_to_the_gateway(self, api: Any, todos: dict[str, Any]) -> None:
        path = self.api_list()
        page = api().get(path, {"limite": "1"}, HTTP_ACCEPT="text/html", HTTP_X_FORWARDED_PREFIX="/gateway").content.decode()
        within = [unescape(url) for url in re.findall(r'(?:href|action)="([^"#]+)"', page) if not url.startswith(("/static/", "mailto:"))]
        assert {url for url in within if not url.startswith(f"/gateway{path}")} == {"/", "/sair"}
        assert f"/gateway{path}?limite=1" in within
        elsewhere = api().get(path, HTTP_ACCEPT="text/html", HTTP_X_FORWARDED_PREFIX="//evil.example").content.decode()
        assert "evil" not in elsewhere

    def test_writing_with_the_session_asks_for_csrfs_token(self, entrar: Any, todos: dict[str, Any]) -> None:
        browser = entrar(checks=True)
        path = self.api_list()
        headers = {"HTTP_ACCEPT": "text/html; q=1.0, */*", "content_type": "application/json"}
        refused = browser.post(path, b"{}", **headers)
        assert (refused.status_code, "csrf" in refused.content.decode()) == (403, True)
        token = re.search(r'"csrfToken": "(\w+)"', browser.get(path, HTTP_ACCEPT="text/html").content.decode())
        assert token
        assert browser.post(path, b"{}", HTTP_X_CSRFTOKEN=token[1], **headers).status_code in (400, 201)
        assert browser.post(path, b"{}", HTTP_X_CSRFTOKEN="a" * 64, **headers).status_code == 403

    def api_list(self) -> str:
        """A list that takes POST."""
        from .contract import operations, schema_of

        paths = schema_of()["paths"]
        return next(
            path for method, path, _ in operations(schema_of()) if method == "post" and "{" not in path and self._lists(paths[path])
        )

    def _lists(self, item: dict[str, Any]) -> bool:
        return "limite" in {parameter["name"] for parameter in item.get("get", {}).get("parameters", [])}

    # --- what services have in common

    def test_an_operation_is_its_authors_to_call_off(self, entrar: Any, todos: dict[str, Any], carla: Pessoa) -> None:
        operacao = todos["crm_shared.Operacao"]
        path = f"/admin/crm_shared/operacao/{operacao.pk}"
        stranger = entrar("usuarios:ler", *(f"{recurso}:ler" for recurso in self.own_scopes()), como=carla)
        assert str(operacao.pk) not in stranger.get("/admin/crm_shared/operacao/").content.decode()
        assert stranger.post(f"{path}/acao/cancelar/").status_code == 404
        browser = entrar()
        assert browser.post(f"{path}/acao/desfazer/").status_code == 200, "it has not ended"
        assert browser.post(f"{path}/acao/cancelar/").status_code == 302
        operacao.refresh_from_db()
        assert operacao.estado == "cancelada"

    def own_scopes(self) -> set[str]:
        return {model_admin.viewset.recurso for model_admin in self.sites().values() if hasattr(model_admin, "viewset")}

    def test_notes_are_seen_with_their_records(self, entrar: Any, todos: dict[str, Any], carla: Pessoa) -> None:
        nota = todos.get("crm_shared.Nota")
        if nota is None:
            return
        for path in ("/admin/crm_shared/nota/", f"/admin/crm_shared/nota/?q={nota.registro_id}"):
            assert str(nota.pk) in entrar().get(path).content.decode(), path
            assert str(nota.pk) not in entrar(como=carla, vis="proprio").get(path).content.decode(), path

    def test_definitions_are_made_by_their_forms(self, entrar: Any, todos: dict[str, Any]) -> None:
        if "crm_shared.Marcador" not in todos:
            return
        browser = entrar()
        recurso = todos["crm_shared.CampoPersonalizado"].recurso
        made = {
            "marcador": {"nome": "Quente", "cor": "#ff0000"},
            "campopersonalizado": {"recurso": recurso, "chave": "renda", "rotulo": "Renda", "tipo": "moeda"},
            "visao": {"recurso": recurso, "nome": "Antigos", "tipo": "lista", "compartilhamento": "proprio", "ordenar": "criado_em"},
        }
        for name, sent in made.items():
            page = f"/admin/crm_shared/{name}/add/"
            values = form_values(browser.get(page).content.decode())
            answer = browser.post(page, {**values, **sent})
            assert answer.status_code == 302, (name, answer.context["adminform"].form.errors)

    # --- dead letters and events

    @pytest.fixture
    def carta(self, db: None) -> Any:
        from crm_shared.events.contracts import CONTRACTS
        from crm_shared.events.models import CartaMorta

        mensagem = {"id": str(uuid4()), "data": {"dados": {"nome": XSS}, "pessoais": {"email": "segredo@example.com"}}}
        return CartaMorta.objects.create(
            evento_id=str(uuid4()),
            tipo=sorted(CONTRACTS)[0],
            agregado_id=str(uuid4()),
            mensagem=mensagem,
            tentativas=8,
            estado=CartaMorta.Estado.MORTA,
            erro="IntegrityError('segredo@example.com')",
        )

    def test_a_dead_letter_is_redriven(self, entrar: Any, carta: Any) -> None:
        path = "/admin/crm_shared/cartamorta/"
        entrar().post(path, {"action": "reenviar", "index": "0", "_selected_action": str(carta.pk)})
        carta.refresh_from_db()
        assert (carta.estado, carta.tentativas) == ("repetindo", 0)

    def test_redriving_asks_for_its_own_scope(self, entrar: Any, carta: Any) -> None:
        browser = entrar("eventos:ler", "pessoais:ler")
        browser.post("/admin/crm_shared/cartamorta/", {"action": "reenviar", "index": "0", "_selected_action": str(carta.pk)})
        carta.refresh_from_db()
        assert carta.estado == "morta"

    def test_messages_are_escaped_and_masked(self, entrar: Any, carta: Any) -> None:
        path = f"/admin/crm_shared/cartamorta/{carta.pk}/change/"
        seen = entrar().get(path).content.decode()
        assert "segredo@example.com" in seen
        assert "<script>alert(1)" not in seen
        assert "segredo@example.com" not in entrar("eventos:ler").get(path).content.decode()
        assert "segredo@example.com" not in entrar("eventos:ler").get("/admin/crm_shared/cartamorta/").content.decode()

    def test_the_event_log_is_found_by_record_trace_and_type(self, entrar: Any, todos: dict[str, Any], published: Any) -> None:
        browser, evento = entrar(), published()[-1]
        path = "/admin/crm_shared/evento/"
        for term in (evento.agregado_id, evento.pk, evento.rastro, evento.tipo):
            assert str(evento.pk) in browser.get(path, {"q": str(term)}).content.decode(), term
        assert browser.get(f"{path}{evento.pk}/change/").status_code == 200
        assert browser.post(f"{path}{evento.pk}/delete/", {"post": "yes"}).status_code == 403
        assert entrar("eventos:ler", vis="equipe").get(path).status_code == 403, "the log knows no visibility"


def _csrf(client: Any) -> str:
    from django.conf import settings

    return str(client.cookies[settings.CSRF_COOKIE_NAME].value)


def form_values(page: str) -> dict[str, str]:
    """What a browser would send back of a page's form: its inputs, texts and chosen options."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = _attribute(tag, "name"), _attribute(tag, "value")
        kind = _attribute(tag, "type")
        if name and (kind not in ("checkbox", "radio", "submit") or " checked" in tag):
            found[name] = value
    for tag, inner in re.findall(r"(<textarea[^>]*>)(.*?)</textarea>", page, re.DOTALL):
        found[_attribute(tag, "name")] = unescape(inner).removeprefix("\n")
    for tag, inner in re.findall(r"(<select[^>]*>)(.*?)</select>", page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]* selected', inner)
        found[_attribute(tag, "name")] = unescape(chosen[1]) if chosen else ""
    return {name: value for name, value in found.items() if name}


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(match[1]) if match else ""


def shown(text: str) -> str:
    """As it stands in a page that escapes."""
    return escape(text)
