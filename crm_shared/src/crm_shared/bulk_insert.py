"""Many new rows at once: by COPY on PostgreSQL, where Django's INSERT spends most of its time on placeholders."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Model

from .db import is_mongo, require_atomic

# what the driver writes as it is
_PLAIN = (
    models.CharField,
    models.TextField,
    models.UUIDField,
    models.BooleanField,
    models.IntegerField,
    models.DateField,
    models.DecimalField,
    models.ForeignKey,
)


def insert_all(rows: Sequence[Model]) -> None:
    """`bulk_create` of complete new rows of one model, with keys of their own. Raises Django's database errors."""
    require_atomic("insert_all")
    if not rows:
        return
    model = type(rows[0])
    if is_mongo():
        model._default_manager.bulk_create(rows)
        return
    columns = [item for item in model._meta.concrete_fields if not getattr(item, "generated", False)]
    readers = [_reader(item) for item in columns]
    quote = connection.ops.quote_name
    names = ", ".join(quote(item.column or "") for item in columns)
    statement = f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([read(row) for read in readers])
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def _reader(field: Any) -> Callable[[Model], Any]:
    name = field.attname
    if isinstance(field, _PLAIN) and not hasattr(field, "get_placeholder"):
        return lambda row: getattr(row, name)
    return lambda row: field.get_db_prep_save(getattr(row, name), connection)
