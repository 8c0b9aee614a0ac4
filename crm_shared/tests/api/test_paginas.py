"""Keyset pages over a column that may be null."""

import pytest

pytestmark = pytest.mark.django_db
PRAZOS = ["2026-01-02", None, "2026-01-01", None, "2026-01-02", "2026-01-03", None]


@pytest.mark.parametrize("narrowed", [{}, {"q": "valor:>=0 -nome:7"}])
@pytest.mark.parametrize("ordenar", ["prazo", "-prazo", "valor", "-valor", "criado_em"])
def test_every_row_once_forwards_and_backwards(api, ordenar, narrowed):
    for numero, prazo in enumerate(PRAZOS):
        assert api().post("/exemplo", {"nome": str(numero), "prazo": prazo, "valor": f"{numero % 3}.50"}).status_code == 201
    if narrowed:
        assert api().post("/exemplo", {"nome": "7", "valor": "1.50"}).status_code == 201
    pages = list(walk(api, {"ordenar": ordenar, **narrowed}, "proximo"))
    rows = [row for page in pages for row in page["resultados"]]
    assert len({row["id"] for row in rows}) == len(rows) == len(PRAZOS)
    values = [row[ordenar.lstrip("-")] for row in rows]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=ordenar.startswith("-"))
    assert values[len(known) :] == [None] * (len(values) - len(known))
    back = list(walk(api, {"ordenar": ordenar, **narrowed}, "anterior", pages[-1]["anterior"]))
    assert [row["id"] for page in reversed(back) for row in page["resultados"]] == [row["id"] for row in rows[: 2 * (len(pages) - 1)]]


def walk(api, asked, direction, cursor=None):
    while True:
        page = api().get("/exemplo", {"limite": 2, **asked, **({"cursor": cursor} if cursor else {})}).json()
        yield page
        if not (cursor := page[direction]):
            return
