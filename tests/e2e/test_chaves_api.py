"""An API key through the gateway: what it opens, what not, and its end."""

from typing import Any

import requests
from crm_client import TIMEOUT


def test_a_program_works_by_a_key_until_it_is_revoked(url: str, elenco: Any, mark: str, eventually: Any) -> None:
    feita = elenco.ana.crm.create("/auth/chaves-api", {"nome": f"ERP {mark}", "escopos": ["clientes:ler", "clientes:criar"]})

    def ask(method: str, path: str, **body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {feita['segredo']}"}
        return requests.request(method, f"{url}{path}", json=body or None, headers=headers, timeout=TIMEOUT)

    pessoa = ask("POST", "/gateway/clientes", nome=f"Por chave {mark}")
    assert (pessoa.status_code, pessoa.json()["responsavel_id"]) == (201, elenco.ana.id)
    assert ask("GET", f"/gateway/clientes/{pessoa.json()['id']}").status_code == 200
    assert ask("GET", "/auth/eu").json()["nome"] == "Ana"
    assert ask("GET", "/gateway/vendas").status_code == 403
    assert ask("POST", "/auth/chaves-api", nome="outra", escopos=[]).json()["codigo"] == "so_pessoas"

    assert elenco.ana.crm.delete(f"/auth/chaves-api/{feita['id']}").status_code == 204
    refused = eventually(lambda: ask("GET", "/gateway/clientes"), lambda answer: answer.status_code == 401)
    assert refused.json()["codigo"] in ("chave_invalida", "token_revogado")
