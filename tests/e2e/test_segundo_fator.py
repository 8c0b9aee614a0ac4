"""A second factor through the gateway: activated, asked for, and given by an app's code."""

import base64
from typing import Any

import requests
from conftest import SENHA
from crm_client import TIMEOUT
from django_otp.oath import TOTP


def code_of(segredo: str, steps: int = 0) -> str:
    return f"{TOTP(base64.b32decode(segredo), drift=steps).token():06d}"


def test_sign_in_takes_two_steps_once_the_factor_is_active(url: str, elenco: Any, nova_pessoa: Any) -> None:
    eva = nova_pessoa("Eva", "vendedor", elenco.ana.equipe_id)
    segredo = eva.crm.post("/auth/eu/segundo-fator", {"senha": SENHA}).json()["segredo"]
    confirmado = eva.crm.post("/auth/eu/segundo-fator/confirmar", {"codigo": code_of(segredo)})
    assert len(confirmado.json()["codigos"]) == 10

    primeiro = requests.post(f"{url}/auth/login", json={"email": eva.email, "senha": SENHA}, timeout=TIMEOUT)
    assert primeiro.status_code == 202
    corpo = {"desafio": primeiro.json()["desafio"], "codigo": code_of(segredo, 1)}
    par = requests.post(f"{url}/auth/login/codigo", json=corpo, timeout=TIMEOUT).json()
    eu = requests.get(f"{url}/auth/eu", headers={"Authorization": f"Bearer {par['access']}"}, timeout=TIMEOUT)
    assert eu.json()["email"] == eva.email
