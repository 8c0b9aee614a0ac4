"""The 85 real rows of accounts.csv, loaded as a client would load them."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

ACCOUNTS = Path(__file__).resolve().parents[4] / "shared/data/maven_crm/accounts.csv"

pytestmark = pytest.mark.django_db


def corpo(row, controladora_id=None):
    return {
        "nome_fantasia": row["account"],
        "segmento": row["sector"],
        "ano_fundacao": int(row["year_established"]),
        "receita_anual": str(Decimal(row["revenue"]) * 1_000_000),
        "moeda": "USD",
        "numero_funcionarios": int(row["employees"]),
        "pais": row["office_location"],
        "estrangeira": True,
        "controladora_id": controladora_id,
    }


def test_every_account_fits(api):
    if not ACCOUNTS.exists():
        pytest.skip(f"{ACCOUNTS} is not part of a clone")
    with ACCOUNTS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    client, ids = api(), {}
    for row in sorted(rows, key=lambda row: bool(row["subsidiary_of"])):  # heads first
        response = client.post("/empresas", corpo(row, ids.get(row["subsidiary_of"])))
        assert response.status_code == 201, response.content
        ids[row["account"]] = response.json()["id"]
    assert len(ids) == 85
    kan = client.get("/empresas", {"busca": "kan-code"}).json()["resultados"][0]
    assert (kan["receita_anual"], kan["moeda"], kan["faixa_funcionarios"]) == ("11698030000.00", "USD", "desde_500")
    assert len(client.get("/empresas", {"controladora_id": ids["Acme Corporation"]}).json()["resultados"]) == 4
    assert len(client.get("/empresas", {"segmento": "technolgy", "limite": 50}).json()["resultados"]) == 12
