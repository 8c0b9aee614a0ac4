"""An example for each body, made from the finished schemas, so that it cannot drift from them.

A value is looked up by "Component", "Component.field" and "field", in what the service names in SCHEMA_EXAMPLES and then
in the shared table below; what is not found there is made from type and format. None leaves a field out of an example.
"""

import uuid
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from jsonschema import Draft202012Validator

SHARED: dict[str, Any] = {
    "atualizado_em": "2026-11-22T18:05:00Z",
    "bairro": "Centro",
    "cep": "01001-000",
    "cnpj": "12.ABC.345/01DE-35",
    "codigo": "dados_invalidos",
    "cpf": "529.982.247-25",
    "cor": "#1d4ed8",
    "criado_em": "2026-11-22T17:30:00Z",
    "descricao": "Como combinado por telefone.",
    "email": "ana.souza@example.com",
    "equipe_nome": "Norte",
    "estado": "ok",
    "municipio": "São Paulo",
    "moeda": "BRL",
    "nome": "Ana Souza",
    "proximo": "WyItY3JpYWRvX2VtIixudWxsLCIwMThmIixmYWxzZV0",
    "anterior": None,
    "NovoAnexo.arquivo": "proposta",
    "Anexo.nome": "proposta.pdf",
    "Anexo.tipo": "application/pdf",
    "Anexo.tamanho": 48213,
    "Anexo.sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "Campo.ajuda": "Comprovada por documento.",
    "Campo.alvo": "",
    "Campo.chave": "renda_mensal",
    "Campo.dado_pessoal": True,
    "Campo.indexado": True,
    "Campo.obrigatorio": False,
    "Campo.opcoes": [],
    "Campo.padrao": "0.00",
    "Campo.regex": "",
    "Campo.rotulo": "Renda mensal",
    "Campo.sensivel": False,
    "Campo.somente_leitura": False,
    "Campo.tipo": "moeda",
    "Campo.unico": False,
    "Visao.agrupar_por": "",
    "Visao.colunas": [],
    "Visao.compartilhamento": "proprio",
    "Visao.filtros": {},
    "Visao.nome": "Novos do mês",
    "Visao.ordenar": "-criado_em",
    "Visao.padrao": False,
    "Visao.q": "criado_em:>=hoje-30d",
    "Visao.tipo": "lista",
    "rastro": "4bf92f3577b34da6a3ce929d0e0e4736",
    "responsavel_nome": "Bruno Lima",
    "slug": "cliente-vip",
    "telefone": "+5511987654321",
    "uf": "SP",
    "versao": 7,
    "LoteRequest": {
        "operacao": "excluir",
        "itens": [{"id": "018f0000-0000-7000-8000-000000000001", "versao": 7}, {"id": "018f0000-0000-7000-8000-000000000002"}],
        "atomico": False,
    },
    "LoteFeito": {
        "feitos": 2,
        "erros": 1,
        "resultados": [
            {"indice": 0, "status": 200, "id": "018f0000-0000-7000-8000-000000000001", "versao": 8, "erros": []},
            {
                "indice": 1,
                "status": 404,
                "id": None,
                "versao": None,
                "erros": [{"campo": "", "codigo": "nao_encontrado", "mensagem": "Não encontrado."}],
            },
        ],
        "operacao": "018f0000-0000-7000-8000-000000000003",
        "desfazer_ate": "2026-12-23T14:30:00Z",
    },
}
_FORMATS = {
    "date-time": "2026-11-23T14:30:00Z",
    "date": "2026-11-23",
    "email": "ana.souza@example.com",
    "uri": "https://www.example.com.br",
}
_NAMESPACE = uuid.UUID("018f0000-0000-7000-8000-000000000000")
_OWNER = frozenset({"responsavel_id", "equipe_id"})  # whoever creates a record, unless told otherwise
_MISSING = object()


def add_examples(document: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    """Give each body of `operations` that refers to a component a reference to that component's example."""
    maker = Maker(document["components"]["schemas"], _of_service())
    made: dict[str, Any] = {}
    for operation in operations:
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media in [media for body in bodies for media in body.get("content", {}).values()]:
            _illustrate(media, maker, made)
    document["components"]["examples"] = dict(sorted(made.items()))


def _illustrate(media: dict[str, Any], maker: "Maker", made: dict[str, Any]) -> None:
    reference = media["schema"].get("$ref", "")
    if "examples" in media or "example" in media:
        return
    if not reference:
        media["examples"] = {"exemplo": {"value": maker.value(media["schema"])}}
        return
    name = reference.rpartition("/")[2]
    made[name] = {"value": maker.value(media["schema"])}
    media["examples"] = {"exemplo": {"$ref": f"#/components/examples/{name}"}}


def _of_service() -> dict[str, Any]:
    from ...extensions.saved_views import MAINS

    path = getattr(settings, "SCHEMA_EXAMPLES", "")
    first = min(MAINS, default=None)
    return {"Campo.recurso": first, "Visao.recurso": first, **(import_string(path) if path else {})}


class Maker:
    def __init__(self, schemas: dict[str, Any], own: dict[str, Any]) -> None:
        self.schemas, self.table = schemas, {**SHARED, **own}

    def value(self, schema: dict[str, Any], name: str = "", component: str = "") -> Any:
        """An instance of `schema`, which is the field `name` of `component`."""
        if "$ref" in schema:
            target = schema["$ref"].rpartition("/")[2]
            return self.value(self.schemas[target], name, target)
        for rest in ("allOf", "oneOf", "anyOf"):
            if rest in schema:
                return self.value(schema[rest][0] | {key: schema[key] for key in ("example",) if key in schema}, name, component)
        if "properties" in schema:
            return self._object(schema, component)
        if schema.get("type") == "array":
            return [self.value(schema["items"], name.removesuffix("s"), component)]
        return self._scalar(schema, name)

    def _object(self, schema: dict[str, Any], component: str) -> Any:
        if component in self.table and isinstance(self.table[component], dict):
            return self.table[component]
        asked = set(schema["properties"])
        if component.endswith("Request"):
            asked -= _OWNER - set(schema.get("required", ()))
        made = {name: self._field(item, name, component) for name, item in schema["properties"].items() if name in asked}
        return {name: value for name, value in made.items() if value is not _MISSING}

    def _field(self, schema: dict[str, Any], name: str, component: str) -> Any:
        base = component.removeprefix("Patched").removesuffix("Request").removesuffix("Linha")
        told = next((self.table[key] for key in (f"{component}.{name}", f"{base}.{name}", name) if key in self.table), _MISSING)
        if told is None:
            return None if "null" in schema.get("type", ()) else _MISSING
        if told is not _MISSING and self._fits(told, schema):
            return told
        return self.value(schema, name, component)

    def _fits(self, value: Any, schema: dict[str, Any]) -> bool:
        """A shared word may belong to another field of the same name: a choice must offer it, an object is no text."""
        return bool(Draft202012Validator({**schema, "components": {"schemas": self.schemas}}).is_valid(value))

    def _scalar(self, schema: dict[str, Any], name: str) -> Any:
        if "example" in schema:
            return schema["example"]
        if "enum" in schema:
            return schema["enum"][0]
        if "default" in schema:
            return schema["default"]
        kind = schema.get("type", "object")
        kind = kind if isinstance(kind, str) else kind[0]
        if kind == "string":
            return _text(schema, name)
        return {"boolean": True, "integer": max(1, schema.get("minimum", 1)), "number": 1, "object": {}, "null": None}[kind]


def _text(schema: dict[str, Any], name: str) -> str:
    if schema.get("format") == "uuid":
        return str(uuid.uuid5(_NAMESPACE, name))
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    if r"\d{1," in schema.get("pattern", ""):
        return "1500.00" if r"{1,2}" in schema["pattern"] else "1"
    return name.replace("_", " ").capitalize()[: schema.get("maxLength", 60)]
