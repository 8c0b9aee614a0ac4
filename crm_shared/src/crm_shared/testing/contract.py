"""The generic contract test: what every operation of every service owes its clients, read from its OpenAPI alone.

A service's tests/test_contrato.py imports `ContractSuite` and gives one valid body per collection.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from openapi_spec_validator import validate

from . import english, simulation
from .bad_tokens import BAD_TOKENS
from .forge import Forge
from .merging import Merge

Made = Callable[[str], str]
MISSING = "018f0000-0000-7000-8000-0000000000ff"
BAD_BODIES = {
    "array": b"[]",
    "number": b"7",
    "truncated": b'{"nome": ',
    "not a number": b'{"nome": NaN}',
    "nul": b'{"nome": "a\\u0000b"}',
    "lone surrogate": b'{"nome": "\\ud800"}',
    "invalid utf-8": b'{"nome": "\xff\xfe"}',
    "deep": b"[" * 100_000,
    "deep object": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "huge number": b'{"nome": ' + b"9" * 4_000 + b"}",
    "unknown field": b'{"campo_que_nao_existe": 1}',
}
BAD_INSTANTS = ("", "2026-11-22", "2026-11-22T10:00:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-02-30T10:00:00Z")
BAD_QUERIES = (
    "campo_que_nao_existe=1",
    "limite=0",
    "limite=-1",
    "limite=99999999999999999999",
    "limite=abc",
    "ordenar=",
    "ordenar=senha",
    "ordenar=-password__startswith",
    "cursor=%21%21",
    "cursor=WyJhIl0",
    "id__isnull=true",
    "_connector=OR",
    "ordenar=%00",
    "campos=",
    "campos=senha",
    "campos=id,",
    "campos=responsavel__senha",
    "expandir=senha",
    "contagem=",
    "contagem=sim",
)
# by the kind of field, what an expression may compare it with
Q_VALUES = {
    "texto": ("x", '"x y",z'),
    "opcao": (),
    "uuid": (MISSING,),
    "booleano": ("sim", "não"),
    "numero": ("10", ">=10", "0..10"),
    "data": ("hoje", "<hoje+1m", "2026-01-01..hoje"),
    "instante": ("hoje", ">agora-2h", "2026-01-01..hoje"),
}
BAD_EXPRESSIONS = ("senha:x", "id__isnull:sim", "(", '"', "criado_em:ontem", "-" * 100 + "x", "x" * 3000, "criado_em:>")


def _is_ours(app: Any) -> bool:
    return app.label == "crm_shared" or "site-packages" not in app.path


@cache
def schema_of() -> dict[str, Any]:
    from drf_spectacular.generators import SchemaGenerator

    generator: Any = SchemaGenerator  # untyped
    schema: dict[str, Any] = json.loads(json.dumps(generator().get_schema(request=None, public=True), default=str))
    return schema


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield method, path, operation


def pointed_to(schema: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """`item`, or the component that it refers to."""
    if "$ref" not in item:
        return item
    _, _, kind, name = item["$ref"].split("/")
    found: dict[str, Any] = schema["components"][kind][name]
    return found


def bodies_of(schema: dict[str, Any], operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The media types of the request and of all answers."""
    for body in (operation.get("requestBody", {}), *operation["responses"].values()):
        yield from pointed_to(schema, body).get("content", {}).values()


def example_of(schema: dict[str, Any], operation: dict[str, Any]) -> Any:
    """The body that the document shows for the operation; None where it takes none."""
    kind, media = next(iter(operation.get("requestBody", {}).get("content", {}).items()), ("", None))
    value = pointed_to(schema, media["examples"]["exemplo"])["value"] if media else None
    return simulation.Form(value or {}) if kind == "multipart/form-data" else value


def of_a_record(path: str) -> bool:
    """Whether the address names one by its id, so that it may be absent."""
    return "{id}" in path or "{pai_pk}" in path


def concrete(path: str) -> str:
    return re.sub(r"\{[^}]+\}", MISSING, path.replace("{rastro}", MISSING.replace("-", "")))


def assert_problem(response: Any, *statuses: int) -> dict[str, Any]:
    """The response is a problem document of one of `statuses`; answers the document."""
    assert response.status_code in statuses, (response.status_code, response.content[:500])
    assert response["Content-Type"].startswith("application/problem+json")
    document: dict[str, Any] = json.loads(response.content)
    assert {"type", "title", "status", "detail", "codigo", "erros", "rastro"} <= set(document)
    assert document["status"] == response.status_code
    assert re.fullmatch(r"[a-z0-9_]+", document["codigo"])
    return document


@pytest.mark.django_db
class ContractSuite:
    """Inherit as `class TestContrato(ContractSuite)`. `public` names paths that need no token."""

    public: frozenset[str] = frozenset()

    @pytest.fixture
    def schema(self) -> dict[str, Any]:
        return schema_of()

    def protected(self, schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
        return [item for item in operations(schema) if item[1].rstrip("/") not in self.public and item[1] != "/schema/"]

    def lists(self, schema: dict[str, Any]) -> list[str]:
        """The paths whose GET takes `ordenar`: the record lists."""
        found = []
        for method, path, operation in self.protected(schema):
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            if method == "get" and "ordenar" in names and not path.endswith("/historico"):
                found.append(path)
        return found

    def test_schema_is_valid_openapi_and_needs_no_guess(self, schema: dict[str, Any]) -> None:
        from drf_spectacular.drainage import GENERATOR_STATS

        validate(schema)
        assert [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache] == []

    def test_schema_is_served_to_all_and_told_apart_by_its_etag(self, schema: dict[str, Any], client: Any) -> None:
        served = client.get("/schema/")
        assert (served.status_code, served.json()) == (200, schema)
        assert client.get("/schema", headers={"If-None-Match": served["ETag"]}).status_code == 304

    def test_operation_ids_are_unique(self, schema: dict[str, Any]) -> None:
        ids = [operation["operationId"] for _, _, operation in operations(schema)]
        assert len(ids) == len(set(ids))

    def test_every_operation_is_named_and_belongs_to_a_resource(self, schema: dict[str, Any]) -> None:
        tags = {tag["name"] for tag in schema["tags"]}
        for method, path, operation in operations(schema):
            assert operation.get("summary"), (method, path)
            assert set(operation["tags"]) <= tags, (method, path)

    def test_every_body_has_an_example_of_its_shape(self, schema: dict[str, Any]) -> None:
        from .conformance import Conformance

        conformance = Conformance(schema)
        for method, path, operation in operations(schema):
            for media in bodies_of(schema, operation):
                (example,) = media["examples"].values()
                example = pointed_to(schema, example)
                assert conformance.errors(media["schema"], example["value"]) == [], (method, path)

    def test_every_change_says_which_fields_it_takes(self, schema: dict[str, Any]) -> None:
        """Also what makes a record; any other POST may take none."""
        for method, path, operation in operations(schema):
            if method in ("put", "patch") or (method == "post" and "201" in operation["responses"]):
                media = operation.get("requestBody", {}).get("content", {}).get("application/json", {"schema": {"anyOf": [{}]}})
                body = pointed_to(schema, media["schema"])
                assert any(body.get(word) for word in ("properties", "additionalProperties", "anyOf", "oneOf", "allOf")), (method, path)

    def test_every_example_of_a_new_record_makes_one(self, schema: dict[str, Any], api: Any, references: dict[str, Any]) -> None:
        for method, path, operation in self.protected(schema):
            if (method, "201" in operation["responses"], "{" in path) == ("post", True, False):
                made = api().post(path, {**example_of(schema, operation), **references.get(path, {})})
                assert made.status_code == 201, (path, made.json())

    def test_every_write_can_be_tried_done_and_sent_again(self, schema: dict[str, Any], api: Any, references: dict[str, Any]) -> None:
        trial = simulation.Trial(api(), references)
        writes = [item for item in self.protected(schema) if item[0] in simulation.WRITES]
        done = {}
        for method, path, operation in sorted(writes, key=simulation.in_order):
            body, names = example_of(schema, operation), {parameter["name"] for parameter in operation["parameters"]}
            assert ("Idempotency-Key" in names) == (method in ("post", "patch")), (method, path)
            simulated, real = trial.run(method, path, body, versioned="If-Match" in names)
            assert simulation.alike(simulated) == simulation.alike(real), (method, path)
            done[method, path] = real.status_code
        assert sum(code < 300 for code in done.values()) >= len(trial.made) > 0, done

    def test_stale_changes_are_merged_field_by_field(self, schema: dict[str, Any], api: Any, made: Made) -> None:
        merges = []
        for method, path, operation in self.protected(schema):
            if method == "patch" and MISSING not in (address := made(path)):
                (media,) = operation["requestBody"]["content"].values()
                properties = pointed_to(schema, media["schema"]).get("properties", {})
                merges.append(Merge(api(), address, properties, with_past=f"{path}/historico" in schema["paths"]))
        for merge in merges:
            if merge.fields:
                merge.check()
        assert sum(bool(merge.fields) for merge in merges) > len(merges) / 2, [merge.address for merge in merges if not merge.fields]

    @pytest.fixture
    def made(self, schema: dict[str, Any], api: Any, references: dict[str, Any]) -> Made:
        """`made("/a/{pai_pk}/b")` is that address under the record that the example of `/a` became; MISSING where there is none."""
        trial = simulation.Trial(api(), references)
        for method, path, operation in sorted(self.protected(schema), key=simulation.in_order):
            if (method, "201" in operation["responses"], path.endswith("restaurar")) == ("post", True, False):
                trial.make(path, example_of(schema, operation))
        return trial.address

    def test_nonsense_for_a_trial_does_nothing(self, schema: dict[str, Any], api: Any) -> None:
        for method, path, operation in self.protected(schema):
            if method in simulation.WRITES:
                assert "simular" in {parameter["name"] for parameter in operation["parameters"]}, (method, path)
                document = assert_problem(getattr(api(), method)(f"{concrete(path)}?simular=sim", {}), 400, 404)
                assert document["status"] == 404 or document["erros"][0]["campo"] == "simular", (method, path)

    @pytest.fixture
    def references(self) -> dict[str, Any]:
        """Path of a collection -> the fields of its example that must name records that exist."""
        return {}

    def test_every_text_has_its_english(self, schema: dict[str, Any]) -> None:
        """Each missing one goes to the app's `english.toml`, or to crm_shared's where several services say it."""
        assert english.missing_in_document(schema) == []
        assert [text for app in apps.get_app_configs() if _is_ours(app) for text in english.missing_in_code(Path(app.path))] == []

    def test_errors_are_told_in_english_to_who_prefers_it(self, schema: dict[str, Any], api: Any) -> None:
        path = next(path for path in self.lists(schema) if "{" not in path)
        told = {
            language: assert_problem(api().get(f"{path}?limite=0", HTTP_ACCEPT_LANGUAGE=language), 400)
            for language in ("en-US,pt;q=0.5", "pt-BR", "de", "")
        }
        assert told["en-US,pt;q=0.5"]["detail"] == "Some fields are at fault."
        assert told["pt-BR"]["detail"] == told["de"]["detail"] == told[""]["detail"] == "Há campos com erro."
        assert {document["codigo"] for document in told.values()} == {"dados_invalidos"}
        assert len({document["erros"][0]["codigo"] for document in told.values()}) == 1

    def test_the_document_comes_in_english(self, schema: dict[str, Any], client: Any) -> None:
        english_one = client.get("/schema/", {"lang": "en"})
        assert (english_one["Content-Language"], english_one.json()["paths"].keys()) == ("en", schema["paths"].keys())
        assert client.get("/schema/", headers={"Accept-Language": "en"}).content == english_one.content
        assert client.get("/schema/", {"lang": "pt-BR"}, headers={"Accept-Language": "en"}).json() == schema
        validate(english_one.json())
        assert english_one.json() != schema

    def test_options_tell_fields_in_the_language_of_the_request(self, schema: dict[str, Any], api: Any) -> None:
        signed_in = api()
        for path in {path for _, path, _ in self.protected(schema)}:
            told = {language: signed_in.options(concrete(path), HTTP_ACCEPT_LANGUAGE=language) for language in ("pt-BR", "en")}
            if "pai_pk" not in path:  # under a record that does not exist, that is what is told
                assert {answer.status_code for answer in told.values()} == {200}, path
                assert english.missing_in_options(*(answer.json() for answer in told.values())) == [], path

    def test_every_error_is_documented_as_problem(self, schema: dict[str, Any]) -> None:
        for method, path, operation in self.protected(schema):
            for status, answer in operation["responses"].items():
                if status[0] in "45":
                    assert list(pointed_to(schema, answer)["content"]) == ["application/problem+json"], (method, path, status)

    def test_without_token_is_401(self, schema: dict[str, Any], client: Any, trusted_keys: None) -> None:
        for method, path, _ in self.protected(schema):
            response = getattr(client, method)(concrete(path), content_type="application/json")
            assert assert_problem(response, 401)["codigo"] == "token_ausente", (method, path)
            assert response["WWW-Authenticate"] == "Bearer"

    def test_forged_tokens_are_401(self, schema: dict[str, Any], client: Any, forge: Forge, trusted_keys: None) -> None:
        path = concrete(self.lists(schema)[0])
        for name, make in BAD_TOKENS.items():
            token = make(forge, forge.claims(scope=" ".join(sorted(scopes_of(schema)))))
            try:
                token.encode("latin-1")
            except UnicodeEncodeError:
                continue  # no HTTP client can send it
            response = client.get(path, headers={"Authorization": f"Bearer {token}"})
            assert response.status_code == 401, name
            assert_problem(response, 401)

    def test_without_scope_is_403(self, schema: dict[str, Any], api: Any) -> None:
        powerless = api("eventos:nada")
        for method, path, _ in self.protected(schema):
            response = getattr(powerless, method)(concrete(path), {} if method != "get" else None)
            if not self.open_to_all(path):
                assert_problem(response, 403), (method, path)

    def open_to_all(self, path: str) -> bool:
        """Paths that any signed-in caller may use."""
        return False

    def test_absent_record_is_404(self, schema: dict[str, Any], api: Any) -> None:
        for method, path, operation in self.protected(schema):
            if of_a_record(path):
                response = getattr(api(), method)(concrete(path), example_of(schema, operation))
                assert response.status_code == 404, (method, path, response.status_code, response.content[:300])
                assert_problem(response, 404)

    def test_trailing_slash_is_optional_and_never_redirects(self, schema: dict[str, Any], api: Any) -> None:
        for path in self.lists(schema):
            bare = concrete(path).rstrip("/")
            answers = {api().get(spelling).status_code for spelling in (bare, bare + "/")}
            assert answers in ({200}, {404}), path

    def test_bad_bodies_are_refused(self, schema: dict[str, Any], api: Any) -> None:
        signed_in = api()
        for method, path, _ in self.protected(schema):
            if method not in ("post", "put", "patch"):
                continue
            for name, body in BAD_BODIES.items():
                response = signed_in.generic(method.upper(), concrete(path), body, content_type="application/json")
                assert response.status_code in (400, 404), (method, path, name, response.status_code)
                assert_problem(response, 400, 404)

    def test_other_media_types_are_415(self, schema: dict[str, Any], api: Any) -> None:
        signed_in = api()
        for method, path, operation in self.protected(schema):
            if "requestBody" in operation:
                response = signed_in.generic(method.upper(), concrete(path), b"a=1", content_type="application/x-www-form-urlencoded")
                assert_problem(response, 404 if of_a_record(path) else 415)

    def test_a_body_too_large_is_413(self, schema: dict[str, Any], api: Any, settings: Any) -> None:
        signed_in = api()
        settings.JSON_BODY_MAX_BYTES = 1000
        for method, path, operation in self.protected(schema):
            if "requestBody" in operation:
                body = b'{"nome": "' + b"a" * 1000 + b'"}'
                response = signed_in.generic(method.upper(), concrete(path), body, content_type="application/json")
                assert response.status_code == (404 if of_a_record(path) else 413), (method, path, response.status_code)
                assert_problem(response, 404, 413)

    def test_bad_queries_are_400(self, schema: dict[str, Any], api: Any, made: Made) -> None:
        signed_in = api()
        for address, _parameters in self.asked(schema, made):
            for query in BAD_QUERIES:
                answer = signed_in.get(f"{address}?{query}")
                assert answer.status_code == 400, (address, query, answer.status_code)
                assert_problem(answer, 400)

    def asked(self, schema: dict[str, Any], made: Made) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
        """The address of each list, also under a record, and its parameters by name."""
        lists = self.lists(schema)
        for method, path, operation in self.protected(schema):
            if method == "get" and path in lists and MISSING not in (address := made(path)):
                yield address, {parameter["name"]: parameter for parameter in operation["parameters"]}

    def test_an_expression_may_name_every_field(self, schema: dict[str, Any], api: Any, made: Made) -> None:
        signed_in = api()
        for address, campos in self.expressions(schema, made):
            for name, kind in campos.items():
                for written in ("vazio", f"-{name}:vazio", *Q_VALUES[kind]):
                    q = written if written.startswith("-") else f"{name}:{written}"
                    assert signed_in.get(address, {"q": q}).status_code == 200, (address, q)

    def test_a_bad_expression_is_400(self, schema: dict[str, Any], api: Any, made: Made) -> None:
        for address, _campos in self.expressions(schema, made):
            for q in BAD_EXPRESSIONS:
                document = assert_problem(api().get(address, {"q": q}), 400)
                assert document["erros"][0]["campo"] == "q", (address, q)

    def expressions(self, schema: dict[str, Any], made: Made) -> Iterator[tuple[str, dict[str, str]]]:
        """The lists that take `q=`, with the kind of each field."""
        for address, parameters in self.asked(schema, made):
            if "q" in parameters:
                yield address, parameters["q"]["x-campos"]

    def test_instants_in_queries_name_their_offset_and_a_sane_year(self, schema: dict[str, Any], api: Any, made: Made) -> None:
        for method, path, operation in self.protected(schema):
            if method != "get" or MISSING in (address := made(path)):
                continue
            for parameter in operation.get("parameters", []):
                if parameter["schema"].get("format") == "date-time":
                    name = parameter["name"]
                    for value in BAD_INSTANTS:
                        assert_problem(api().get(address, {name: value}), 400)
                    assert api().get(address, {name: "2026-11-22T14:30:00-03:00"}).status_code == 200, (address, name)

    def test_lists_page_in_one_shape(self, schema: dict[str, Any], api: Any, made: Made) -> None:
        for address, _parameters in self.asked(schema, made):
            assert set(api().get(address, {"limite": 1}).json()) == {"resultados", "proximo", "anterior"}, address

    def test_every_ordering_works(self, schema: dict[str, Any], api: Any, made: Made) -> None:
        for address, parameters in self.asked(schema, made):
            for value in parameters["ordenar"]["schema"]["enum"]:
                assert api().get(address, {"ordenar": value}).status_code == 200, (address, value)

    def test_every_field_may_be_asked_for_alone(self, schema: dict[str, Any], api: Any, made: Made) -> None:
        signed_in, shown = api(), 0
        for address, offered in self.choices(schema, made, "campos"):
            for name in offered:
                rows = signed_in.get(address, {"campos": name}).json()["resultados"]
                assert all(list(row) == [name] for row in rows), (address, name)
                shown += len(rows)
        assert shown

    def test_every_related_record_may_be_asked_for(self, schema: dict[str, Any], api: Any, made: Made) -> None:
        for address, offered in self.choices(schema, made, "expandir"):
            for names in (*offered, ",".join(offered)):
                assert api().get(address, {"campos": "id", "expandir": names}).status_code == 200, (address, names)

    def test_lists_count_for_those_who_ask(self, schema: dict[str, Any], api: Any, made: Made) -> None:
        for address, parameters in self.asked(schema, made):
            for kind in ("exata", "estimada"):
                if "contagem" in parameters:
                    assert set(api().get(address, {"contagem": kind}).json()["contagem"]) == {"valor", "tipo"}, (address, kind)

    def choices(self, schema: dict[str, Any], made: Made, name: str) -> Iterator[tuple[str, list[str]]]:
        """The lists with a parameter that takes several names, and the names."""
        for address, parameters in self.asked(schema, made):
            if name in parameters:
                yield address, pointed_to(schema, parameters[name]["schema"]["items"])["enum"]

    def test_the_past_of_every_record_is_told(self, schema: dict[str, Any], api: Any, made: Made) -> None:
        for method, path, _ in self.protected(schema):
            if method == "get" and path.endswith("/historico") and MISSING not in (address := made(path)):
                past = api().get(address).json()["resultados"]
                assert past, address
                assert past[-1]["versao"] == 1, address

    def test_unknown_method_is_405(self, schema: dict[str, Any], api: Any) -> None:
        """Everywhere; under a record that does not exist it is that which is told."""
        signed_in = api()
        for path, item in schema["paths"].items():
            for method in sorted({"get", "post", "put", "patch", "delete"} - set(item)):
                if path != "/schema/":
                    response = getattr(signed_in, method)(concrete(path))
                    assert response.status_code == 405 or ("pai_pk" in path and response.status_code == 404), (method, path, response)
                    assert_problem(response, 404, 405)

    def test_html_and_unknown_formats(self, schema: dict[str, Any], api: Any) -> None:
        path = next(path for path in self.lists(schema) if "{" not in path)
        assert api().get(path, HTTP_ACCEPT="text/html").status_code == 200
        assert_problem(api().get(path, HTTP_ACCEPT="image/png"), 406)

    def test_unknown_address_is_a_problem(self, client: Any) -> None:
        assert_problem(client.get("/nao/existe"), 404)


def scopes_of(schema: dict[str, Any]) -> set[str]:
    text = json.dumps(schema)
    return set(re.findall(r"Escopo: `([a-z]+:[a-z]+)`", text))
