"""Fixtures of a real browser: Playwright and Chromium (docs/development.md), skipped without them.

CRM_SHOTS names a folder for screenshots to look at.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright não está instalado: docs/development.md")
    executable = (
        shutil.which("chromium") or shutil.which("chromium-browser") or pytest.skip("o Chromium não está instalado: docs/development.md")
    )
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=quiet)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(chromium: Any, complaints: list[str]) -> Iterator[Any]:
    """A window of a browser that knows nobody. What the pages' own rules forbid lands in `complaints`."""
    context = chromium.new_context(viewport={"width": 1200, "height": 850}, locale="pt-BR")
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
    yield page
    context.close()


@pytest.fixture
def shot(page: Any) -> Callable[[str], None]:
    folder = os.environ.get("CRM_SHOTS")
    return lambda name: page.screenshot(path=Path(folder) / f"{name}.png", full_page=True) if folder else None


@pytest.fixture
def sign_in(page: Any) -> Callable[..., None]:
    def by_keyboard(email: str = "", senha: str = "") -> None:
        page.wait_for_selector("input[name=email]:focus")
        page.keyboard.type(email or os.environ["CRM_ADMIN_EMAIL"])
        page.keyboard.press("Tab")
        page.keyboard.type(senha or os.environ["CRM_ADMIN_SENHA"])
        page.keyboard.press("Enter")

    return by_keyboard
