"""The pages for people on a telephone, enlarged, in the dark, without scripts, and as a screen reader has them.

axe-core (axe-playwright-python) judges names, landmarks, contrast and the room around targets (WCAG 2.2, 2.5.8).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import SENHA
from stack_access import on_its_machine, own_url
from test_segundo_fator import code_of

pytestmark = on_its_machine

PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
SHAPES = {
    "fone": PHONE,
    "fone_escuro": {**PHONE, "color_scheme": "dark"},
    "mesa": {"viewport": {"width": 1200, "height": 850}},
    "200": {"viewport": {"width": 600, "height": 425}, "device_scale_factor": 2},  # 1200 px at 200 %
    "320": {"viewport": {"width": 320, "height": 640}},  # 1280 px at 400 % (1.4.10)
}
OPEN = ("/entrar", "/senha", "/senha/nova", "/convite", "/sair")
OWN = ("/", "/segundo-fator")
# select2 in the admin and Swagger UI's choice of servers name none of their fields, the latter skips a level of headings and has
# parts outside of landmarks: theirs, and no sheet of styles can mend it
THEIRS = {"/admin/": ["aria-input-field-name"], "/docs/": ["select-name", "heading-order", "region"]}
# a page that is too wide makes a telephone's innerWidth grow: only the screen keeps its size
TOO_WIDE = "document.scrollingElement.scrollWidth > Math.min(innerWidth, screen.width)"
SEEN = (
    "[...document.querySelectorAll(%r)].filter(e => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().width > 1)"
)
SMALL_PRINT = (
    SEEN % "input:not([type=checkbox], [type=radio]), select, textarea"
    + ".filter(e => parseFloat(getComputedStyle(e).fontSize) < 16).map(e => e.outerHTML)"
)
SMALL_TARGETS = (
    SEEN % "a, button, input, select, textarea, summary"
    + ".filter(e => { const r = e.getBoundingClientRect(); return Math.min(r.width, r.height) < 24 }).map(e => e.outerHTML)"
)


@pytest.fixture(params=SHAPES)
def window(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    context = chromium.new_context(locale="pt-BR", **SHAPES[request.param])
    page = context.new_page()
    page.shape = request.param
    page.set_default_timeout(120_000)  # Swagger UI renders long on a busy machine
    yield page
    context.close()


@pytest.fixture
def signed_in(window: Any, url: str, elenco: Any) -> Any:
    _sign_in(window, url, elenco.ana.email)
    return window


def _sign_in(page: Any, url: str, email: str, senha: str = SENHA) -> None:
    page.goto(f"{url}/entrar")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Senha").fill(senha)
    page.get_by_role("button", name="Entrar").click()
    page.wait_for_url(f"{url}/")


def _check(page: Any, *theirs: str, name: str = "") -> None:
    """What every page has to be, `theirs` being rules of axe that markup of others breaks."""
    if folder := os.environ.get("CRM_SHOTS"):
        page.screenshot(path=Path(folder) / f"{page.shape}_{name}.png", full_page="docs" not in name)
    assert not page.evaluate(TOO_WIDE), page.url
    if page.shape.startswith("fone"):
        assert page.evaluate(SMALL_PRINT) == []
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python falta: docs/development.md")
    rules = {"target-size": {"enabled": True}} | {rule: {"enabled": False} for rule in theirs}
    broken = axe.Axe().run(page, options={"resultTypes": ["violations"], "rules": rules}).response["violations"]
    assert [(rule["id"], node["target"], node["failureSummary"]) for rule in broken for node in rule["nodes"]] == []


def _check_own(page: Any, name: str) -> None:
    _check(page, name=name)
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.locator("html").get_attribute("lang") == "pt-BR"
    assert page.get_by_role("main").get_by_role("heading", level=1).count() == 1


def _name(path: str) -> str:
    return path.strip("/").replace("/", "_") or "inicio"


def test_the_pages_before_signing_in(window: Any, url: str) -> None:
    for path in OPEN:
        window.goto(url + path)
        _check_own(window, _name(path))


def test_the_pages_of_who_is_signed_in(signed_in: Any, url: str) -> None:
    for path in OWN:
        signed_in.goto(url + path)
        _check_own(signed_in, _name(path))
    signed_in.get_by_label("Sua senha").fill(SENHA)
    signed_in.get_by_role("button", name="Continuar").click()
    signed_in.get_by_alt_text("Código QR").wait_for()
    assert signed_in.evaluate("scrollY") == 0  # to the QR code, not past it
    _check_own(signed_in, "segredo")


def test_the_browsable_pages(signed_in: Any, url: str, elenco: Any) -> None:
    tarefa = elenco.ana.crm.create("/gateway/tarefas", {"titulo": "Ligar para a Associação Paranaense de Cultura " + "e Arte " * 5})
    for path in ("/gateway/tarefas?limite=2", f"/gateway/tarefas/{tarefa['id']}"):
        signed_in.goto(url + path)
        _check(signed_in, name="registro" if tarefa["id"] in path else "lista")
        for link in signed_in.locator(".breadcrumb a").all():
            link.click(trial=True)  # nothing lies over it
    signed_in.get_by_role("button", name="Outras ações").click()
    signed_in.locator(".dropdown-menu a").first.click(trial=True)
    assert not signed_in.evaluate(TOO_WIDE)


@pytest.mark.parametrize("window", ["fone", "mesa"], indirect=True)
def test_docs(window: Any, url: str) -> None:
    window.goto(f"{url}/docs/")
    window.locator(".opblock-tag").first.wait_for()
    _check(window, *THEIRS["/docs/"], name="docs")
    window.locator(".opblock-tag", has_text="tarefas").first.click()
    operation = window.locator(".opblock-post", has=window.locator('[data-path="/gateway/tarefas"]'))
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("textarea").first.wait_for()
    assert not window.evaluate(TOO_WIDE)


def test_an_admin(window: Any, url: str, admin: Any) -> None:
    tarefa = admin.create("/gateway/tarefas", {"titulo": "Uma tarefa para a administração"})
    _sign_in(window, url, os.environ["CRM_ADMIN_EMAIL"], os.environ["CRM_ADMIN_SENHA"])
    window.goto(f"{url}/entrar/admin/tarefas")
    window.wait_for_url(f"{own_url('tarefas')}/admin/")
    for path, name in (("", "admin"), ("tarefas/tarefa/", "admin_lista"), (f"tarefas/tarefa/{tarefa['id']}/change/", "admin_registro")):
        window.goto(f"{own_url('tarefas')}/admin/{path}")
        _check(window, *THEIRS["/admin/"], name=name)


def test_what_is_wrong_is_said_where_the_focus_is(page: Any, url: str) -> None:
    page.goto(f"{url}/entrar")
    page.get_by_label("E-mail").fill("ninguem@example.com")
    page.get_by_label("Senha").fill("errada")
    page.get_by_role("button", name="Entrar").click()
    page.get_by_role("alert").wait_for()
    assert page.title() == "Erro: Entrar | CRM"
    assert _focused(page) == ("senha", "E-mail ou senha incorretos.", None)
    page.goto(f"{url}/senha/nova")
    page.get_by_label("Código da mensagem").fill("velho")
    page.get_by_label("Senha nova").fill("Girassol-verde-9-rios")
    page.get_by_role("button", name="Trocar a senha").click()
    assert page.title() == "Erro: Nova senha | CRM"
    assert _focused(page) == ("token", page.get_by_role("alert").inner_text(), "true")


def _focused(page: Any) -> tuple[str, ...]:
    """Name, description and invalidity of the field that has the focus."""
    page.wait_for_selector("input:focus")
    return tuple(
        page.evaluate(
            "(e => [e.name, document.getElementById(e.getAttribute('aria-describedby')).innerText, e.getAttribute('aria-invalid')])"
            "(document.activeElement)"
        )
    )


def test_an_error_in_a_closed_part_opens_it(page: Any, url: str, elenco: Any, nova_pessoa: Any) -> None:
    davi = nova_pessoa("Davi", "vendedor", elenco.ana.equipe_id)
    segredo = davi.crm.post("/auth/eu/segundo-fator", {"senha": SENHA}).json()["segredo"]
    codigos = davi.crm.post("/auth/eu/segundo-fator/confirmar", {"codigo": code_of(segredo)}).json()["codigos"]
    page.goto(f"{url}/entrar?para=/segundo-fator")
    page.get_by_label("E-mail").fill(davi.email)
    page.get_by_label("Senha").fill(SENHA)
    page.get_by_role("button", name="Entrar").click()
    page.get_by_label("Código").fill(codigos[0])
    page.get_by_role("button", name="Entrar").click()
    page.locator("summary", has_text="Desativar").click()
    form = page.locator("form", has=page.get_by_role("button", name="Desativar"))
    form.get_by_label("Sua senha").fill("errada")
    form.get_by_label("Código").fill("000000")
    form.get_by_role("button").click()
    form.get_by_role("alert").wait_for()
    assert page.title().startswith("Erro: ")
    assert page.evaluate("document.activeElement.form.contains(document.querySelector('[role=alert]'))")


def test_what_a_password_manager_fills_in(page: Any, url: str) -> None:
    for path, expected in {
        "/entrar": ["username", "current-password"],
        "/senha": ["username"],
        "/senha/nova": ["off", "new-password"],
        "/convite": ["off", "name", "new-password"],
    }.items():
        page.goto(url + path)
        assert page.locator("input:visible").evaluate_all("all => all.map(e => e.autocomplete)") == expected


def test_the_focus_is_seen(page: Any, url: str) -> None:
    page.goto(f"{url}/entrar")
    for _ in range(4):
        assert page.evaluate("getComputedStyle(document.activeElement).outline").endswith(" solid 3px")
        page.keyboard.press("Tab")


def test_without_scripts(chromium: Any, url: str, elenco: Any) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    _sign_in(page, url, elenco.ana.email)
    page.get_by_role("link", name="Sair").click()
    page.get_by_role("button", name="Sair").click()
    page.wait_for_url(f"{url}/entrar?saiu")
    page.goto(f"{url}/senha/nova")
    assert page.get_by_label("Código da mensagem").is_editable()
    context.close()
