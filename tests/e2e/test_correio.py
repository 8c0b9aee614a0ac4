"""Mail of an embedded stack, which lies in files: an invitation that becomes a user, and a forgotten password."""

import os
from email import message_from_bytes
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import requests
from conftest import SENHA
from crm_client import TIMEOUT

CORREIO = Path(os.environ.get("CRM_VAR", "")) / "arquivos" / "correio"
NOVA = "Girassol-verde-9-rios"

pytestmark = pytest.mark.skipif("CRM_VAR" not in os.environ, reason="CRM_VAR (./crm) não diz onde ficam as mensagens")


def codes_to(address: str) -> list[str]:
    """The codes that were sent to `address`, the newest last."""
    letters = [message_from_bytes(path.read_bytes().rstrip(b"-\n")) for path in sorted(CORREIO.glob("*.log"), key=os.path.getmtime)]
    lines = [str(letter.get_payload(decode=True), "utf-8").splitlines() for letter in letters if letter["To"] == address]
    return [next(line for line in text if len(line) == 43) for text in lines]


def test_an_invited_person_signs_in_and_sets_a_forgotten_password(url: str, admin: Any, papeis: Any, elenco: Any, eventually: Any) -> None:
    def send(what: str, body: dict[str, str], status: int) -> Any:
        answer = requests.post(f"{url}/auth/{what}", json=body, timeout=TIMEOUT)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    address = f"nina.{token_hex(4)}@example.com"
    admin.create("/auth/convites", {"email": address, "papel_id": papeis["vendedor"], "equipe_id": elenco.ana.equipe_id})
    [code] = eventually(lambda: codes_to(address))
    send("convites/aceitar", {"token": code, "nome": "Nina", "senha": SENHA}, 201)
    pair = send("login", {"email": address, "senha": SENHA}, 200)
    send("convites/aceitar", {"token": code, "nome": "Nina", "senha": SENHA}, 400)

    send("senha/esqueci", {"email": address}, 202)
    [_, code] = eventually(lambda: codes_to(address), lambda codes: len(codes) == 2)
    send("senha/redefinir", {"token": code, "senha": NOVA}, 204)
    send("refresh", {"refresh": pair["refresh"]}, 401)
    send("login", {"email": address, "senha": SENHA}, 401)
    send("login", {"email": address, "senha": NOVA}, 200)
