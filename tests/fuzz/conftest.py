"""The merged document of the running stack, which CRM_URL names, and an administrator whom the runs may spoil."""

import os
import sys
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import requests

sys.path.insert(0, str(Path(__file__).parent))

SENHA = "Nenhum-exemplo-diz-esta-9"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "CRM_URL" not in os.environ:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="CRM_URL não diz onde o CRM está no ar: use ./crm test fuzz"))


@pytest.fixture(scope="session")
def url() -> str:
    return os.environ["CRM_URL"].rstrip("/")


@pytest.fixture(scope="session")
def document(url: str) -> dict[str, Any]:
    answer = requests.get(f"{url}/docs/openapi.json", timeout=60)
    answer.raise_for_status()
    merged: dict[str, Any] = answer.json()
    assert "x-servicos-ausentes" not in merged, merged["x-servicos-ausentes"]
    return merged


@pytest.fixture(scope="session")
def account(url: str) -> dict[str, str]:
    """An administrator of its own, whom the run may rename, lock out or delete; as schemathesis' process wants to be told."""
    login = {"email": os.environ["CRM_ADMIN_EMAIL"], "senha": os.environ["CRM_ADMIN_SENHA"]}
    session = requests.Session()
    session.headers["Authorization"] = "Bearer " + session.post(f"{url}/auth/login", json=login, timeout=30).json()["access"]
    roles = session.get(f"{url}/auth/papeis", params={"nome": "administrador"}, timeout=30).json()["resultados"]
    body = {"nome": "Fuzz", "email": f"fuzz.{token_hex(4)}@example.com", "senha": SENHA, "papel_id": roles[0]["id"]}
    made = session.post(f"{url}/auth/usuarios", json=body, timeout=30)
    made.raise_for_status()
    protected = [made.json()["id"], session.get(f"{url}/auth/eu", timeout=30).json()["id"], roles[0]["id"]]
    return {"FUZZ_EMAIL": str(body["email"]), "FUZZ_SENHA": SENHA, "FUZZ_PROTECTED": " ".join(protected)}
