"""Django looks its five compilers up here by name."""

from typing import Any

from django_mongodb_backend import compiler as base

from .errors import as_django_errors
from .query import MongoQuery, dotted, flat, joined_names


class _Compiler:
    query_class = MongoQuery

    def build_query(self, columns: Any = None) -> Any:
        query = super().build_query(columns)  # type: ignore[misc]
        query.match_mql = flat(query.match_mql)
        query.project_fields = dotted(query.project_fields or {}, joined_names(query.lookup_pipeline))
        return query

    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        with as_django_errors():
            return super().execute_sql(*args, **kwargs)  # type: ignore[misc]

    def cursor_iter(self, *args: Any, **kwargs: Any) -> Any:
        with as_django_errors():
            yield from super().cursor_iter(*args, **kwargs)  # type: ignore[misc]


class SQLCompiler(_Compiler, base.SQLCompiler):
    pass


class _Writing(_Compiler):
    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        self.connection.writes += 1  # type: ignore[attr-defined]
        return super().execute_sql(*args, **kwargs)


class SQLInsertCompiler(_Writing, base.SQLInsertCompiler):
    pass


class SQLDeleteCompiler(_Writing, base.SQLDeleteCompiler):
    pass


class SQLUpdateCompiler(_Writing, base.SQLUpdateCompiler):
    pass


class SQLAggregateCompiler(_Compiler, base.SQLAggregateCompiler):
    pass
