"""Pipelines in the order and the form that indexes serve.

The backend joins every document of a collection and filters, sorts and cuts the page afterwards; a real MongoDB mends
part of that, SecantusDB nothing. Here the page is found first and only its documents are joined.
"""

from typing import Any

from django_mongodb_backend import query as base

Mql = dict[str, Any]


def conjuncts(match: Mql) -> list[Mql]:
    """`match` as a list of conditions that must all hold: nested `$and` dissolved, one key each."""
    found: list[Mql] = []
    for key, value in match.items():
        found += [inner for child in value for inner in conjuncts(child)] if key == "$and" else [{key: value}]
    return found


def flat(match: Mql) -> Mql:
    """One document with a key per field, as indexes want it; what does not fit stays under `$and`."""
    fields: Mql = {}
    rest: list[Mql] = []
    for condition in conjuncts(match):
        ((key, value),) = condition.items()
        if key.startswith("$") or not _merge(fields, key, value):
            rest.append(condition)
    return {**fields, "$and": rest} if rest else fields


def _merge(fields: Mql, key: str, value: Any) -> bool:
    """Add a condition on a field, joining `{$gte: 1}` with `{$lt: 2}`; False when it clashes with one that is there."""
    if key not in fields:
        fields[key] = value
        return True
    there = fields[key]
    if not (_operators(there) and _operators(value)) or there.keys() & value.keys():
        return False
    fields[key] = {**there, **value}
    return True


def _operators(value: Any) -> bool:
    return isinstance(value, dict) and all(name.startswith("$") for name in value)


def mentions(value: Any, aliases: set[str]) -> bool:
    """The condition reads a joined document; expressions are not looked into."""
    if isinstance(value, list | tuple):
        return any(mentions(item, aliases) for item in value)
    if not isinstance(value, dict):
        return False
    return any(key == "$expr" or key.split(".")[0] in aliases or mentions(inner, aliases) for key, inner in value.items())


def stages(conditions: list[Mql]) -> list[Mql]:
    """`$match` by plain fields first: SecantusDB uses an index only for a stage without `$and` and `$or`."""
    match = flat({"$and": conditions})
    rest = match.pop("$and", [])
    return [{"$match": item} for item in (match, *rest) if item]


def joined_names(joins: list[Mql] | None) -> set[str]:
    return {stage["$lookup"]["as"] for stage in joins or [] if "$lookup" in stage}


def dotted(projection: Mql, aliases: set[str]) -> Mql:
    """`{"a.nome": 1}` for `{"a": {"nome": 1}}`: the same to MongoDB; SecantusDB answers the number 1 to the latter."""
    found: Mql = {}
    for name, value in projection.items():
        found |= {f"{name}.{inner}": kept for inner, kept in value.items()} if name in aliases else {name: value}
    return found


class MongoQuery(base.MongoQuery):
    def get_pipeline(self) -> list[Mql]:
        if self.search_pipeline or self.subqueries or self.combinator_pipeline or self.subquery_lookup:
            pipeline: list[Mql] = super().get_pipeline()
            return pipeline
        joins = self.lookup_pipeline or []
        aliases = joined_names(joins)
        own: list[Mql] = []
        joined: list[Mql] = []
        for condition in conjuncts(self.match_mql or {}):
            (joined if aliases and mentions(condition, aliases) else own).append(condition)
        page = self._page()
        early = page if not joined and self._pages_before_joins() else []
        return [
            *stages(own),
            *early,
            *joins,
            *stages(joined),
            *(self.aggregation_pipeline or []),
            *([{"$project": self.project_fields}] if self.project_fields else []),
            *([{"$addFields": self.extra_fields}] if self.extra_fields else []),
            *([] if early else page),
        ]

    def _page(self) -> list[Mql]:
        low, high = self.query.low_mark, self.query.high_mark
        wanted = {"$sort": self.ordering, "$skip": low, "$limit": None if high is None else high - low}
        return [{stage: value} for stage, value in wanted.items() if value]

    def _pages_before_joins(self) -> bool:
        """Sorted by the collection's own fields, nothing grouped, and no join that multiplies rows."""
        columns = {field.column for field in self.query.get_meta().concrete_fields}
        aliases = [alias for alias, uses in self.query.alias_refcount.items() if uses]
        joins = [self.query.alias_map[alias] for alias in aliases]
        to_one = all(join.join_field.many_to_one or join.join_field.one_to_one for join in joins if hasattr(join, "join_field"))
        return not self.aggregation_pipeline and to_one and set(self.ordering) <= columns
