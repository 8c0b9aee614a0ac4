"""Conditions on when a record was created or changed, which the stores also read from its id."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import django_filters
import pytest
import uuid_utils
from projeto.exemplo.models import Coisa

from crm_shared.api.filters import InstantFilter, StrictFilterSet
from crm_shared.q import fields_of, parse
from crm_shared.q.compiler import condition
from crm_shared.q.plain import matches
from crm_shared.records.models import id_at, uuid7

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIELDS = fields_of(Coisa, "nome", "criado_em", "atualizado_em")
HOURS = timedelta(hours=1)
# whole days are São Paulo's: they begin at 03:00 UTC
AGES = [timedelta(0), HOURS, 8.999 * HOURS, 9 * HOURS, 9.001 * HOURS, timedelta(days=3), timedelta(days=400), timedelta(days=20_000)]
EXPRESSIONS = [
    *(f"{name}:{value}" for name in ("criado_em", "atualizado_em") for value in ("hoje", "hoje,hoje-3d", "hoje-400d..hoje-1d")),
    *(f"{name}:{op}hoje-3d" for name in ("criado_em", "atualizado_em") for op in (">", ">=", "<", "<=")),
    *(f"-criado_em:{op}agora-1h" for op in (">", ">=", "<", "<=", "")),
    "criado_em:>hoje or nome:0",
    "criado_em:>=0001-01-01",
    "atualizado_em:<=9999-12-31",
    "criado_em:<=9999-12-31 -atualizado_em:<0001-01-02",
    "criado_em:vazio",
]


def made(nome: str, criado_em: datetime, *, atraso: timedelta = timedelta(0), **values: datetime) -> Coisa:
    """A record whose id was made `atraso` after the moment that it tells."""
    pk = UUID(int=uuid_utils.uuid7(nanoseconds=int((criado_em + atraso).timestamp() * 1_000_000) * 1000).int)
    return Coisa(**{"id": pk, "nome": nome, "criado_em": criado_em, "atualizado_em": criado_em, **values})


@pytest.fixture
def coisas() -> list[Coisa]:
    rows = [made(str(n), NOW - age) for n, age in enumerate(AGES)]
    rows += [made(f"mudada {n}", NOW - age, atualizado_em=NOW - HOURS) for n, age in enumerate(AGES[1:])]
    rows += [made(f"relógio {n} {late}", NOW - age, atraso=timedelta(minutes=late)) for n, age in enumerate(AGES) for late in (-59, 59)]
    Coisa.objects.bulk_create(rows)
    return rows


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_the_same_rows_as_without_their_ids(coisas, text):
    tree = parse(text, FIELDS, searchable=False)
    found = Coisa.objects.filter(condition(tree, FIELDS, now=NOW, search=lambda _term: None))
    expected = {row.pk for row in coisas if matches(tree, FIELDS, {name: getattr(row, name) for name in FIELDS}, now=NOW)}
    assert set(found.values_list("pk", flat=True)) == expected


class Filtros(StrictFilterSet):
    depois = InstantFilter(field_name="criado_em", lookup_expr="gte")
    antes = InstantFilter(field_name="criado_em", lookup_expr="lt")
    mudada = InstantFilter(field_name="atualizado_em", lookup_expr="gte")
    nome = django_filters.CharFilter()


@pytest.mark.parametrize("age", AGES)
def test_parameters_too(coisas, age):
    moment = (NOW - age).isoformat()
    for name, holds in (
        ("depois", lambda row: row.criado_em >= NOW - age),
        ("antes", lambda row: row.criado_em < NOW - age),
        ("mudada", lambda row: row.atualizado_em >= NOW - age),
    ):
        filters = Filtros({name: moment}, queryset=Coisa.objects.all())
        assert filters.is_valid(), filters.errors
        assert set(filters.qs.values_list("nome", flat=True)) == {row.nome for row in coisas if holds(row)}, name


def test_ids_bound_what_the_store_reads():
    """A record whose id is of another day than it says is not looked at: so a page of a range begins at its first id."""
    made("longe", NOW, atraso=timedelta(days=2)).save(force_insert=True)
    for text in ("criado_em:hoje", "atualizado_em:<=hoje"):
        tree = parse(text, FIELDS, searchable=False)
        assert not Coisa.objects.filter(condition(tree, FIELDS, now=NOW, search=lambda _term: None)).exists(), text


def test_the_least_id_of_a_moment():
    before, pk = int(datetime.now(UTC).timestamp() * 1000), uuid7()
    assert id_at(before) <= pk < id_at(before + 60_000)
    assert id_at(-1) == id_at(0)
