from typing import Any

import pytest


@pytest.fixture
def canal(api: Any, db: None) -> dict[str, Any]:
    created: dict[str, Any] = api().post("/comunicacao/canais", {"tipo": "whatsapp", "nome": "Vendas"}).json()
    return created


@pytest.fixture
def nova_identidade(canal: dict[str, Any]) -> dict[str, Any]:
    """A body that POST /comunicacao/identidades accepts."""
    return {"canal_id": canal["id"], "tipo": "wa_id", "id_externo": "551187654321", "nome": "João da Silva", "telefone": "(11) 98765-4321"}


@pytest.fixture
def identidade(api: Any, nova_identidade: dict[str, Any]) -> dict[str, Any]:
    created: dict[str, Any] = api().post("/comunicacao/identidades", nova_identidade).json()
    return created


@pytest.fixture
def nova(canal: dict[str, Any]) -> dict[str, Any]:
    """A body that POST /comunicacao accepts."""
    return {"canal_id": canal["id"], "assunto": "Pedido atrasado"}


@pytest.fixture
def conversa(api: Any, nova: dict[str, Any], identidade: dict[str, Any]) -> dict[str, Any]:
    """A conversation of ana's with João, as the API answers."""
    created: dict[str, Any] = api().post("/comunicacao", {**nova, "identidade_id": identidade["id"]}).json()
    return created


@pytest.fixture
def escrever(api: Any, conversa: dict[str, Any]) -> Any:
    """`escrever("entrada", "Olá")` posts a message to `conversa` and answers it."""

    def post(direcao: str, conteudo: str = "Olá", **campos: Any) -> dict[str, Any]:
        response = api().post(f"/comunicacao/{conversa['id']}/mensagens", {"direcao": direcao, "conteudo": conteudo, **campos})
        assert response.status_code == 201, response.content
        created: dict[str, Any] = response.json()
        return created

    return post
