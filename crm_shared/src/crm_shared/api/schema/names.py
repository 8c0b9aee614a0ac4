"""What operations and tags are called: read from the path and the action, in the words of the API."""

import re

VERBS = {
    "list": "listar",
    "retrieve": "ler",
    "create": "criar",
    "update": "substituir",
    "partial_update": "alterar",
    "destroy": "excluir",
}
_SUMMARIES = {
    "list": "Listar {plural}",
    "retrieve": "Ler {one}",
    "create": "Criar {one}",
    "update": "Substituir {one}",
    "partial_update": "Alterar campos de {one}",
    "destroy": "Excluir {one}",
    "restaurar": "Restaurar {one}",
}


def operation_id(path: str, action: str) -> str:
    """`clientes_leads_listar`, `clientes_leads_contatar`: the path's words and the verb, unless the path ends in it."""
    words = [re.sub(r"[^A-Za-z0-9]+", "_", word).strip("_") for word in _words(path)]
    verb = VERBS.get(action, action)
    return "_".join(words if verb in ("", words[-1]) else [*words, verb])


def tag(path: str, action: str) -> str:
    """The resource: `clientes` for a service's root, `clientes/leads` below it. No blanks, which links to a tag could not carry."""
    words = _words(path)
    if not action:
        words = words[:1]
    elif action not in VERBS:
        words = words[:-1] or words
    return "/".join(words)


def summary(action: str, one: str, plural: str, prose: str) -> str:
    """For the standard actions from the record's name, for the others the first sentence of `prose`."""
    if action in _SUMMARIES and one:
        return _SUMMARIES[action].format(one=one, plural=plural)
    return re.split(r"[.:;]\s|[.;]?$|\n", prose, maxsplit=1)[0]


def _words(path: str) -> list[str]:
    words = [word for word in path.strip("/").split("/") if not word.startswith("{")]
    return words[1:] if words[0] == "publico" else words
