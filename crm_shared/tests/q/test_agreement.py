"""PostgreSQL, MongoDB (under projeto.settings_mongo) and plain Python give the same rows for the same expression."""

from copy import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projeto.exemplo.models import Amostra

from crm_shared.api.filters import search_condition
from crm_shared.extensions import values
from crm_shared.extensions.expressions import as_field
from crm_shared.extensions.filters import TAG_Q_FIELDS
from crm_shared.extensions.models import CampoPersonalizado, Marcador
from crm_shared.identity.search import search_text
from crm_shared.q import fields_of, named, parse
from crm_shared.q.compiler import condition
from crm_shared.q.plain import matches

NOW = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)  # in São Paulo still the 28th of February
PESSOAS = [UUID(int=n, version=4) for n in (1, 2)]
NOMES = {"ana": [str(PESSOAS[0])], "bia": [str(PESSOAS[1])], "ninguem": []}
OPCOES = [{"valor": "sul", "rotulo": "Sul"}, {"valor": "norte", "rotulo": "Norte"}]
DEFINICOES = [
    CampoPersonalizado(recurso="amostras", chave=chave, rotulo=chave, tipo=tipo, indexado=True, opcoes=opcoes)
    for chave, tipo, opcoes in (
        ("apelido", "texto", []),
        ("renda", "moeda", []),
        ("nota", "numero", []),
        ("desde", "data", []),
        ("visto", "data_hora", []),
        ("ok", "booleano", []),
        ("regiao", "lista", OPCOES),
        ("areas", "multilista", OPCOES),
        ("documento", "cpf", []),
    )
]
FIELDS = {
    **fields_of(Amostra, "situacao", "cidade", "valor", "pontos", "ativa", "prazo", "vista_em", "pessoa_id"),
    "pessoa": named("pessoa_id", lambda names: [pk for name in names for pk in NOMES[name]]),
    **TAG_Q_FIELDS,
    **{f"@{campo.chave}": as_field(campo) for campo in DEFINICOES},
}
DIAS = [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]
# around the midnights of São Paulo (03:00 UTC), which are not those of UTC
INSTANTES = [datetime(2026, 2, 28, 2, 59, 59, 999000, UTC), datetime(2026, 2, 28, 3, tzinfo=UTC), NOW, NOW + timedelta(minutes=30)]
TEXTOS = ["São Paulo", "Maria de Sá", ""]

VALUES = {
    "situacao": ["aberta", "ganha", "vazio"],
    "cidade": ['"São Paulo"', "Recife", '"são paulo"', "vazio"],
    "valor": ["0", "-1.50", "10", "10.00", "1e3", "vazio"],
    "pontos": ["0", "-3", "7", "vazio"],
    "ativa": ["sim", "não", "vazio"],
    "prazo": ["hoje", "hoje-1d", "hoje+1d", "2026-02-28", "hoje-1m", "vazio"],
    "vista_em": ["hoje", "hoje+1d", "agora", "agora-1h", "2026-02-28", "2026-02-28T03:00:00Z", "vazio"],
    "pessoa_id": [str(PESSOAS[0]), "vazio"],
    "pessoa": ["ana", "bia", "ninguem", "vazio"],
    "marcador": ["frio", '"Cliente VIP"', "cliente-vip", "esquecido", "nenhum", "vazio"],
    "@apelido": ["zé", '"Zé do Bar"', "vazio"],
    "@renda": ["0", "1000", "99.90", "-5", "vazio"],
    "@nota": ["7", "7.000001", "7.0000005", "7.5", "999999999999999", "vazio"],
    "@desde": ["hoje", "hoje-1d", "2026-02-28", "vazio"],
    "@visto": ["hoje", "agora", "2026-02-28T03:00:00Z", "vazio"],
    "@ok": ["sim", "não", "vazio"],
    "@regiao": ["sul", "norte", "vazio"],
    "@areas": ["sul", "norte", "vazio"],
    "@documento": ["529.982.247-25", "52998224725", "vazio"],
}


@pytest.fixture
def rows(db, monkeypatch):
    columns = {
        "situacao": ["aberta", "ganha", ""],
        "cidade": ["São Paulo", "Recife", ""],
        "valor": [None, Decimal("0"), Decimal("-1.50"), Decimal("10.00"), Decimal("1000")],
        "pontos": [None, 0, -3, 7],
        "ativa": [None, True, False],
        "prazo": [None, *DIAS],
        "vista_em": [None, *INSTANTES],
        "pessoa_id": [None, *PESSOAS],
        "marcadores": [[], ["frio"], ["cliente-vip"], ["frio", "cliente-vip"], ["esquecido"]],
        "extras": [
            {},
            {"apelido": "Zé do Bar", "renda": "99.90", "nota": "7", "desde": "2026-02-28", "visto": "2026-02-28T03:00:00Z", "ok": True},
            {"apelido": "zé", "renda": "1000.00", "nota": "7.500000", "ok": False, "regiao": "sul", "areas": ["sul", "norte"]},
            {"renda": "-5.00", "regiao": "norte", "areas": ["norte"], "documento": "52998224725", "visto": NOW.isoformat()},
            {"renda": "0.00", "desde": "2026-03-01", "nota": "7.000001", "ok": False},
        ],
        "busca_texto": [search_text(text) for text in TEXTOS],
    }
    Marcador.objects.bulk_create(
        [
            Marcador(nome="Frio", slug="frio"),
            Marcador(nome="Cliente VIP", slug="cliente-vip"),
            Marcador(nome="Esquecido", slug="esquecido", excluido_em=NOW),
        ]
    )
    # each value of each column beside each of the next one's, without the whole product
    names = list(columns)
    samples = [dict(zip(names, (values[n % len(values)] for values in columns.values()), strict=True)) for n in range(20)]
    for first, second in zip(names, names[1:] + names[:1], strict=True):
        samples += [{**samples[0], first: a, second: b} for a, b in product(columns[first], columns[second])]
    CampoPersonalizado.objects.bulk_create([copy(campo) for campo in DEFINICOES])
    amostras = [Amostra(**sample) for sample in samples]
    monkeypatch.setattr(values, "live_fields", lambda _recurso: {campo.chave: campo for campo in DEFINICOES})
    for amostra in amostras:
        values.put(amostra, {})
    Amostra.objects.bulk_create(amostras)
    for amostra in amostras:
        values.keep_index(amostra, amostra.extras)
    return amostras


def conditions():
    def of_field(name):
        value = st.sampled_from([value for value in VALUES[name] if value != "vazio"])
        forms = [
            st.sampled_from([f"{name}:{value}" for value in VALUES[name]]),
            st.lists(value, min_size=2, max_size=3).map(lambda some: f"{name}:{','.join(some)}"),
        ]
        if FIELDS[name].ordered:
            forms += [
                st.tuples(st.sampled_from([">", ">=", "<", "<="]), value).map(lambda pair: f"{name}:{pair[0]}{pair[1]}"),
                st.tuples(value, value).map(lambda pair: f"{name}:{pair[0]}..{pair[1]}"),
            ]
        return st.one_of(forms)

    texts = st.sampled_from(["maria", "sao paulo", '"de sá"', "nada"])
    return st.one_of(texts, *[of_field(name) for name in VALUES])


def expressions():
    def joined(inner):
        return st.one_of(
            inner.map(lambda text: f"-({text})"),
            st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) ({pair[1]})"),
            st.tuples(inner, inner).map(lambda pair: f"({pair[0]} or {pair[1]})"),
        )

    return st.recursive(conditions(), joined, max_leaves=6)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=expressions())
def test_the_stores_and_plain_python_agree(rows, text):
    tree = parse(text, FIELDS)
    meant = condition(tree, FIELDS, now=NOW, search=lambda term: search_condition(term, ("busca_texto",)))
    found = set(Amostra.objects.filter(meant).values_list("pk", flat=True))
    assert found == {row.pk for row in rows if matches(tree, FIELDS, plain(row), now=NOW, text=row.busca_texto)}


def plain(row):
    """A row as an event tells of it: plain JSON values."""
    values = {name: getattr(row, name) for name in VALUES if name not in ("pessoa", "marcador") and name[0] != "@"}
    extras = {f"@{name}": value for name, value in row.extras.items()}
    texts = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}
    pessoa = str(row.pessoa_id) if row.pessoa_id else None
    return (
        texts
        | extras
        | {
            "valor": None if row.valor is None else str(row.valor),
            "pessoa_id": pessoa,
            "pessoa": pessoa,
            "marcador": row.marcadores,
        }
    )
