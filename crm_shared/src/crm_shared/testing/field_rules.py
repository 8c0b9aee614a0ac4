"""The generic test of field rules: what a role does not see of a record is told by no answer, file or page, and by no refusal.

A service's tests/test_campos_restritos.py inherits `FieldRulesSuite` for some of its fields, and gives a record that has a value there.
"""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest

from .admin import AdminSuite
from .contract import assert_problem, operations, schema_of

CODE = "campo_restrito"


@pytest.mark.django_db
class FieldRulesSuite:
    """`segredo` is the value as answers spell it, and occurs nowhere else; `corpo` a body of POST without the field."""

    recurso: ClassVar[str]
    colecao: ClassVar[str]
    campo: ClassVar[str]
    segredo: ClassVar[str]
    corpo: ClassVar[dict[str, Any]]
    pagina: ClassVar[str]  # the admin's list
    formas: ClassVar[tuple[str, ...]] = ()  # how pages for people spell the value
    importavel: ClassVar[str] = ""  # its name in imports, where rows may bring the field
    chave: ClassVar[bool] = False  # whether `upsert` may go by it
    busca: ClassVar[str] = ""  # a search that finds the record by what is seen of it

    contas = AdminSuite.contas
    entrar = AdminSuite.entrar

    @pytest.fixture
    def registro(self) -> dict[str, Any]:
        """As the API answers it to who sees everything."""
        raise NotImplementedError

    @pytest.fixture
    def limitado(self, api: Any) -> Any:
        return self.limited(api, "o")

    def limited(self, api: Any, nivel: str) -> Any:
        return api(campos={self.recurso: {self.campo: nivel}})

    @property
    def names(self) -> set[str]:
        """All that the rule closes."""
        from crm_shared.auth.restrictable import RESTRICTABLE

        return {self.campo, *RESTRICTABLE[self.recurso][self.campo].also}

    def parameters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = schema_of()["paths"][self.colecao]["get"]["parameters"]
        return found

    def asked(self) -> list[str]:
        """The closed names that an expression could otherwise ask about."""
        known = next(item for item in self.parameters() if item["name"] == "q")["x-campos"]
        return [name for name in known if name in self.names]

    def address(self, registro: dict[str, Any]) -> str:
        return f"{self.colecao}/{registro['id']}"

    def readings(self, registro: dict[str, Any]) -> Iterator[str]:
        """Every GET of the service that is about this record, or about all."""
        for method, path, operation in operations(schema_of()):
            if method != "get" or ("{" in path and not path.startswith(f"{self.colecao}/{{")):
                continue
            address = path.replace("{id}", registro["id"]).replace("{pai_pk}", registro["id"])
            if "{" not in address:
                yield address
                related = next((item for item in operation.get("parameters", []) if item["name"] == "expandir"), None)
                if related:
                    yield f"{address}?expandir={','.join(related['schema']['items']['enum'])}"

    def refused(self, answer: Any, campo: str | None = None) -> None:
        erros = assert_problem(answer, 400)["erros"]
        assert erros[0]["codigo"] == CODE, erros
        assert campo is None or erros[0]["campo"] == campo, erros

    # --- reading

    def test_no_reading_tells_it(self, api: Any, limitado: Any, registro: dict[str, Any]) -> None:
        from django.utils import timezone

        from crm_shared.events.models import Evento

        api().patch(self.address(registro), {self.campo: registro[self.campo]})
        Evento.objects.update(publicado_em=timezone.now())
        addresses = list(self.readings(registro))
        assert sum(self.segredo in api().get(address).content.decode() for address in addresses) >= 3, "the test would see nothing"
        for address in addresses:
            assert self.segredo not in limitado.get(address).content.decode(), address
        for address in (self.colecao, self.address(registro)):
            page = limitado.get(address, HTTP_ACCEPT="text/html")
            assert page["Content-Type"].startswith("text/html")
            assert self.segredo not in page.content.decode(), address
        shown = limitado.get(self.address(registro)).json()
        assert not self.names & shown.keys()
        assert shown["id"] == registro["id"]

    def test_it_cannot_be_asked_for(self, limitado: Any, registro: dict[str, Any]) -> None:
        for address in (self.colecao, self.address(registro)):
            assert_problem(limitado.get(f"{address}?campos=id,{self.campo}"), 400)
            assert limitado.get(f"{address}?campos=id").status_code == 200

    def test_nothing_is_found_by_it(self, limitado: Any, registro: dict[str, Any]) -> None:
        filters = [item["name"] for item in self.parameters() if item["name"].split("__")[0] in self.names]
        for name in filters:
            self.refused(limitado.get(self.colecao, {name: self.segredo}), name)
        for name in self.asked():
            for expression in (f"{name}:vazio", f"-{name}:vazio"):
                assert_problem(limitado.get(self.colecao, {"q": expression}), 400)

    def test_searching_does_not_find_by_it(self, limitado: Any, registro: dict[str, Any]) -> None:
        for parameters in ({"busca": self.segredo}, {"q": f'"{self.segredo}"'}):
            answer = limitado.get(self.colecao, parameters)
            assert answer.status_code == 400 or answer.json()["resultados"] == [], parameters
        if self.busca:
            assert registro["id"] in limitado.get(self.colecao, {"busca": self.busca}).content.decode()

    def test_nothing_is_ordered_by_it(self, limitado: Any, registro: dict[str, Any]) -> None:
        known = next(item for item in self.parameters() if item["name"] == "ordenar")["schema"]["enum"]
        for name in known:
            expected = 400 if name.removeprefix("-") in self.names else 200
            assert limitado.get(self.colecao, {"ordenar": name}).status_code == expected, name

    def test_no_total_is_made_of_it(self, limitado: Any, registro: dict[str, Any]) -> None:
        for name in [*self.asked(), self.campo]:
            for body in (
                {"agrupar_por": [name]},
                {"metricas": [{"funcao": "soma", "campo": name}]},
                {"serie": {"campo": name, "por": "dia"}},
                {"q": f"{name}:vazio"},
            ):
                assert_problem(limitado.post(f"{self.colecao}/agregar", body), 400)

    def test_saved_views_do_not_get_around_it(self, api: Any, limitado: Any, registro: dict[str, Any]) -> None:
        from django.conf import settings

        from crm_shared.extensions.saved_views import MAINS

        recurso = next(name for name, view in MAINS.items() if view.recurso == self.recurso)
        for name in self.asked():
            body = {"recurso": recurso, "nome": name, "q": f"{name}:vazio"}
            visao = api().post(f"/{settings.SERVICE}/visoes", {**body, "compartilhamento": "todos"}).json()
            assert_problem(limitado.get(self.colecao, {"visao": visao["id"]}), 400)
            assert_problem(limitado.post(f"/{settings.SERVICE}/visoes", body), 400)

    # --- files

    def test_no_file_holds_it(self, limitado: Any, registro: dict[str, Any], rodar: Callable[[], None]) -> None:
        assert_problem(limitado.post(f"{self.colecao}/exportar", {"campos": ["id", self.campo]}), 400)
        for name in self.asked():
            assert_problem(limitado.post(f"{self.colecao}/exportar", {"q": f"{name}:vazio"}), 400)
        asked = limitado.post(f"{self.colecao}/exportar", {})
        rodar()
        content = b"".join(limitado.get(limitado.get(asked["Location"]).json()["link"]).streaming_content).decode()
        header = content.splitlines()[0].split(",")
        assert registro["id"] in content
        assert self.segredo not in content
        assert not self.names & {*header}

    def test_no_import_writes_it(self, limitado: Any, registro: dict[str, Any]) -> None:
        from django.conf import settings

        if not self.importavel:
            return
        base = f"/{settings.SERVICE}/importacoes"
        address = limitado.post(base, {"recurso": self.importavel, "nome": "x.csv"})["Location"]
        content = f"{','.join([*self.corpo, self.campo])}\r\n{','.join('x' for _ in [*self.corpo, self.campo])}\r\n".encode()
        sent = limitado.generic("PUT", f"{address}/arquivo", content, content_type="text/csv").json()
        assert self.campo not in sent["mapeamento"].values()
        assert sent["chave"] != self.campo
        limitado.patch(address, {"mapeamento": {**sent["mapeamento"], self.campo: self.campo}})
        for step in ("simular", "executar"):
            assert assert_problem(limitado.post(f"{address}/{step}"), 403)["codigo"] == CODE
        if self.chave:
            assert assert_problem(limitado.patch(address, {"chave": self.campo}), 403)["codigo"] == CODE

    # --- writing

    @pytest.mark.parametrize("nivel", ["o", "l"])
    def test_nothing_writes_it(self, api: Any, registro: dict[str, Any], nivel: str) -> None:
        limitado, address, value = self.limited(api, nivel), self.address(registro), registro[self.campo]
        self.refused(limitado.patch(address, {self.campo: value}), self.campo)
        self.refused(limitado.patch(f"{address}?simular=true", {self.campo: value}), self.campo)
        self.refused(limitado.patch(address, {self.campo: value}, HTTP_IF_MATCH='"v1"'), self.campo)
        self.refused(limitado.put(address, {**self.corpo, self.campo: value}), self.campo)
        self.refused(limitado.post(self.colecao, {**self.corpo, self.campo: value}), self.campo)
        items = [{"operacao": "atualizar", "itens": [{"id": registro["id"], self.campo: value}]}]
        items.append({"operacao": "criar", "itens": [{**self.corpo, self.campo: value}]})
        for body in items:
            [result] = limitado.post(f"{self.colecao}/lote", body).json()["resultados"]
            assert (result["status"], result["erros"][0]["codigo"]) == (400, CODE), body

    @pytest.mark.parametrize("nivel", ["o", "l"])
    def test_what_is_left_out_stays(self, api: Any, registro: dict[str, Any], nivel: str) -> None:
        limitado, address = self.limited(api, nivel), self.address(registro)
        assert limitado.put(address, self.corpo).status_code == 200
        assert api().get(address).json()[self.campo] == registro[self.campo]
        shown = limitado.get(address).json()
        assert shown.get(self.campo) == (registro[self.campo] if nivel == "l" else None)

    def test_no_lote_selects_by_it(self, limitado: Any, registro: dict[str, Any]) -> None:
        filters = [item["name"] for item in self.parameters() if item["name"].split("__")[0] in self.names]
        selections = [{"q": f"{name}:vazio"} for name in self.asked()] + [{"filtros": {name: self.segredo}} for name in filters]
        for selecao in selections:
            assert_problem(limitado.post(f"{self.colecao}/lote", {"operacao": "excluir", "selecao": selecao}), 400)
        if self.chave:
            upsert = {"operacao": "upsert", "chave": self.campo, "itens": [{self.campo: registro[self.campo]}]}
            self.refused(limitado.post(f"{self.colecao}/lote", upsert), "chave")

    # --- the admin

    def test_no_page_tells_it(self, entrar: Any, registro: dict[str, Any]) -> None:
        from crm_shared.events.models import Evento

        event = Evento.objects.filter(agregado_id=registro["id"]).order_by("id").first()
        assert event is not None
        page = f"{self.pagina}{registro['id']}/"
        pages = [self.pagina, f"{page}change/", f"{page}history/", f"/admin/crm_shared/evento/{event.pk}/change/"]
        everything = entrar()
        secrets = (self.segredo, *self.formas)
        assert sum(any(text in everything.get(path).content.decode() for text in secrets) for path in pages) >= 2
        limited = entrar(campos={self.recurso: {self.campo: "o"}})
        for path in pages:
            answer = limited.get(path)
            assert (answer.status_code, [text for text in secrets if text in answer.content.decode()]) == (200, []), path
        assert limited.get(self.pagina, {self.campo: registro[self.campo]}).status_code in (302, 400)
        assert limited.get(self.pagina, {f"{self.campo}__startswith": self.segredo[:2]}).status_code in (302, 400)
        found = limited.get(self.pagina, {"q": self.segredo}).content.decode()
        assert registro["id"] not in found

    # --- masked

    def test_a_masked_one_is_shown_as_such_and_finds_nothing(self, api: Any, registro: dict[str, Any]) -> None:
        from crm_shared.auth.restrictable import MASCARADO, RESTRICTABLE

        if MASCARADO not in RESTRICTABLE[self.recurso][self.campo].levels:
            return
        limitado = self.limited(api, "m")
        for address in self.readings(registro):
            assert self.segredo not in limitado.get(address).content.decode(), address
        assert limitado.get(self.address(registro)).json()[self.campo] not in (None, "", registro[self.campo])
        self.test_nothing_is_found_by_it(limitado, registro)
        self.test_searching_does_not_find_by_it(limitado, registro)
        self.test_nothing_is_ordered_by_it(limitado, registro)

    # --- what it costs

    def test_a_list_takes_as_many_statements_with_rules_as_without(self, api: Any, limitado: Any, registro: dict[str, Any]) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        counts = []
        for client in (api(), limitado):
            with CaptureQueriesContext(connection) as found:
                client.get(self.colecao)
            counts.append(len(found))
        assert counts[1] <= counts[0]
