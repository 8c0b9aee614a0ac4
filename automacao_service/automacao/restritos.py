"""Field rules of roles where flows touch values of other services: a definition names no field that its author does not see."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm_shared.auth.fields import FieldAccess, field_access
from crm_shared.auth.principal import Principal
from crm_shared.auth.restrictable import resource_of
from crm_shared.errors import Forbidden
from crm_shared.events.showing import shown_data
from crm_shared.q.events import names_in, parse_for_events

from .textos import lugares


def recusar(ator: Principal, campos: Iterable[str], tipos: Iterable[str], onde: str) -> None:
    """What happens, or does not, by the value of a field tells something of it."""
    nomes = [*campos]
    if any(acesso_ao(ator, tipo).closes(*nomes) for tipo in tipos):
        raise Forbidden("Seu papel não vê um destes campos.", codigo="campo_restrito", campo=onde)


def recusar_no_fluxo(ator: Principal, gatilho: Mapping[str, Any], passos: Sequence[Mapping[str, Any]]) -> None:
    """`gatilho` and `passos` of a definition that was found to be in order."""
    evento = [gatilho["evento"]]
    recusar(ator, [condicao["campo"] for condicao in gatilho["condicoes"]], evento, "gatilho.condicoes")
    if gatilho.get("q"):
        recusar(ator, names_in(parse_for_events(gatilho["q"], evento)), evento, "gatilho.q")
    recusar(ator, [nome for passo in passos for nome in lugares(passo["parametros"].get("titulo", ""))], evento, "passos")


def acesso_ao(quem: Principal | None, tipo: str) -> FieldAccess:
    return field_access(quem, resource_of(tipo))


def contexto_visto(contexto: Mapping[str, Any], acesso: FieldAccess) -> dict[str, Any]:
    """Why a run was ignored quotes values; where some are not to be seen, only what the event itself lets be seen is told."""
    if not acesso.closed:
        return dict(contexto)
    dados = shown_data({"dados": contexto.get("dados", {})}, acesso)["dados"]
    pessoais = {nome: valor for nome, valor in contexto.get("pessoais", {}).items() if not acesso.closes(nome)}
    return {"dados": dados, "pessoais": pessoais} if "dados" in contexto else {}
