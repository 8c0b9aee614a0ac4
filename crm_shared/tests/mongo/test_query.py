"""Conditions in the form that indexes serve, meaning what they meant."""

import pytest

from crm_shared.mongo.query import dotted, flat, mentions, stages
from crm_shared.mongo.schema import _usable


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({}, {}),
        ({"a": 1}, {"a": 1}),
        ({"$and": [{"a": 1}, {"$and": [{"b": 2}, {"c": None}]}]}, {"a": 1, "b": 2, "c": None}),
        ({"$and": [{"a": {"$gte": 1}}, {"a": {"$lt": 2}}]}, {"a": {"$gte": 1, "$lt": 2}}),
        ({"$and": [{"a": {"$gt": 1}}, {"a": {"$gt": 2}}]}, {"a": {"$gt": 1}, "$and": [{"a": {"$gt": 2}}]}),
        ({"$and": [{"a": 1}, {"a": 2}]}, {"a": 1, "$and": [{"a": 2}]}),
        ({"$and": [{"a": {"x": 1}}, {"a": {"y": 1}}]}, {"a": {"x": 1}, "$and": [{"a": {"y": 1}}]}),
        ({"$and": [{"$or": [{"a": 1}, {"b": 2}]}, {"c": 3}]}, {"c": 3, "$and": [{"$or": [{"a": 1}, {"b": 2}]}]}),
        ({"$nor": [{"a": 1}]}, {"$and": [{"$nor": [{"a": 1}]}]}),
    ],
)
def test_nested_conditions_become_one_document(match, expected):
    assert flat(match) == expected


def test_plain_fields_make_the_first_stage():
    conditions = [{"$or": [{"a": 1}, {"b": 2}]}, {"c": 3}, {"d": None}]
    assert stages(conditions) == [{"$match": {"c": 3, "d": None}}, {"$match": {"$or": [{"a": 1}, {"b": 2}]}}]


@pytest.mark.parametrize("condition", [{"T3.nome": "x"}, {"$or": [{"a": 1}, {"T3.nome": "x"}]}, {"$expr": {"$eq": ["$a", "$b"]}}])
def test_what_reads_a_joined_document_waits_for_the_join(condition):
    assert mentions(condition, {"T3"})
    assert not mentions({"nome": "T3.nome"}, {"T3"})


def test_columns_of_joined_documents_are_named_by_their_path():
    assert dotted({"T3": {"nome": 1, "n": "$T3.x"}, "a": 1, "b": {"$add": [1, 2]}}, {"T3"}) == {
        "T3.nome": 1,
        "T3.n": "$T3.x",
        "a": 1,
        "b": {"$add": [1, 2]},
    }


def test_a_unique_index_keeps_only_conditions_that_a_query_implies():
    string, date = {"$type": "string"}, {"$type": "date"}
    conditions = {"nunca_nulo": string, "texto": string, "data": date, "excluido_em": {"$eq": None}}
    assert _usable(conditions, {"texto", "data"}) == {"texto": {"$gt": ""}, "data": date, "excluido_em": {"$eq": None}}
