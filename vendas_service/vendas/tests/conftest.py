from typing import Any

import pytest

from crm_shared.testing.files import importar, rodar  # noqa: F401  fixtures

ETAPAS = [{"nome": "Prospecção", "probabilidade": 10}, {"nome": "Proposta", "probabilidade": 60, "dias_esperados": 15}]


@pytest.fixture
def funil(api: Any, db: None) -> dict[str, Any]:
    """The default funnel: two open stages and the final ones."""
    created: dict[str, Any] = api().post("/vendas/funis", {"nome": "Novos negócios", "etapas": ETAPAS}).json()
    return created


@pytest.fixture
def etapas(funil: dict[str, Any]) -> dict[str, str]:
    """Ids of its stages by name."""
    return {etapa["nome"]: etapa["id"] for etapa in funil["etapas"]}


@pytest.fixture
def motivo(api: Any, db: None) -> dict[str, Any]:
    created: dict[str, Any] = api().post("/vendas/motivos-perda", {"nome": "Preço"}).json()
    return created


@pytest.fixture
def produto(api: Any, db: None) -> dict[str, Any]:
    created: dict[str, Any] = api().post("/vendas/produtos", {"nome": "Consultoria", "codigo": "C-1", "preco": "150.00"}).json()
    return created


@pytest.fixture
def oportunidade(api: Any, funil: dict[str, Any]) -> dict[str, Any]:
    """A deal of ana's in the first stage."""
    created: dict[str, Any] = api().post("/vendas", {"titulo": "Reforma da loja", "valor": "1000.00", "origem": "site"}).json()
    return created


@pytest.fixture
def passar(api: Any) -> Any:
    """`passar(oportunidade, "ganhar", valor="10.00")` posts the transition."""
    return lambda oportunidade, verbo, **corpo: api().post(f"/vendas/{oportunidade['id']}/{verbo}", corpo)


@pytest.fixture
def passos(api: Any) -> Any:
    """The history of a deal: (from, to) by name, and the whole rows with `inteiros=True`."""

    def ler(oportunidade: dict[str, Any], *, inteiros: bool = False) -> list[Any]:
        linhas = api().get(f"/vendas/{oportunidade['id']}/historico-etapas").json()["resultados"]
        return linhas if inteiros else [(linha["de_nome"], linha["para_nome"]) for linha in linhas]

    return ler
