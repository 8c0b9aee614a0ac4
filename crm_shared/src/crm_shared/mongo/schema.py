"""Unique indexes that also serve queries."""

from typing import Any

from django.db.models import Model
from django_mongodb_backend.schema import DatabaseSchemaEditor as BaseSchemaEditor
from pymongo import IndexModel


class DatabaseSchemaEditor(BaseSchemaEditor):
    def add_index(self, model: type[Model], index: Any, *, unique: bool = False, **where: Any) -> None:
        if not unique or where.get("column_prefix"):
            super().add_index(model, index, unique=unique, **where)
            return
        field = where.get("field")
        names = {field.name} if field else set(index.fields)
        wanted = index.get_pymongo_index_model(model, schema_editor=self, field=field, unique=True)
        nullable = {item.column for item in model._meta.concrete_fields if item.name in names and item.null}
        options = {**wanted.document, "partialFilterExpression": _usable(wanted.document["partialFilterExpression"], nullable)}
        if not options["partialFilterExpression"]:
            del options["partialFilterExpression"]
        self.get_collection(model._meta.db_table).create_indexes([IndexModel(list(options.pop("key").items()), **options)])


def _usable(conditions: dict[str, Any], nullable: set[str | None]) -> dict[str, Any]:
    """The backend's conditions without those that keep MongoDB from using the index for `field = value`.

    `$type` lets several nulls stand beside each other, and implies nothing to the planner. A field that is never null needs no
    condition; for a text that may be, `> ""` says the same in terms that the planner understands.
    """
    found: dict[str, Any] = {}
    for column, condition in conditions.items():
        if set(condition) != {"$type"}:
            found[column] = condition
        elif column in nullable:
            found[column] = {"$gt": ""} if condition["$type"] == "string" else condition
    return found
