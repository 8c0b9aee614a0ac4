"""What somebody may do now, read from the database: as a matrix, and asked question by question."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.auth.restrictable import LEITURA, OCULTO
from crm_shared.errors import Forbidden, NotFound

from ..direitos import Direitos, direitos_de
from ..eu import usuario_de
from ..models import Usuario
from ..selectors import usuarios_visiveis

_LEITURAS = ("ler", "exportar")
_IMPEDEM_LER, _IMPEDEM_ESCREVER = (OCULTO,), (OCULTO, LEITURA)
Matriz = dict[str, dict[str, str]]  # recurso -> acao -> visibilidade


@dataclass(frozen=True)
class Resposta:
    """`motivo` says why not; `nivel` is None without the scope; `campo` is the level of the rule about the field that was asked about."""

    permitido: bool
    nivel: str | None
    motivo: str = ""
    campo: str | None = None


def minhas(ator: Principal) -> tuple[Direitos, Matriz]:
    """Never more than the token at hand, which may hold less than the role (an API key)."""
    direitos = direitos_de(usuario_de(ator)).limitados_a(ator.scopes)
    matriz: Matriz = defaultdict(dict)
    for escopo, nivel in direitos.niveis.items():
        recurso, acao = escopo.split(":")
        matriz[recurso][acao] = nivel
    return direitos, {**matriz}


def autorizar(*, ator: Principal, pedidos: Sequence[dict[str, Any]], usuario_id: UUID | None = None) -> list[Resposta]:
    """One answer for each question, in their order. About another person only for who may see that person."""
    quem = usuario_de(ator) if usuario_id in (None, ator.usuario_id) else _visivel(ator, usuario_id)
    direitos = direitos_de(quem)
    if quem.pk == ator.usuario_id:
        direitos = direitos.limitados_a(ator.scopes)
    return [_resposta(quem.pk, direitos, pedido) for pedido in pedidos]


def _visivel(ator: Principal, usuario_id: UUID | None) -> Usuario:
    if not ator.has("usuarios:ler"):
        raise Forbidden
    ativos = Usuario.objects.vivos().filter(ativo=True, pk=usuario_id)
    usuario = usuarios_visiveis(ativos, ator, "ler").first()
    if usuario is None:
        raise NotFound
    return usuario


def _resposta(usuario_id: UUID, direitos: Direitos, pedido: dict[str, Any]) -> Resposta:
    nivel = direitos.niveis.get(f"{pedido['recurso']}:{pedido['acao']}")
    if nivel is None:
        return Resposta(False, None, "escopo_ausente")
    de_alguem = "responsavel_id" in pedido or "equipe_id" in pedido
    proprio = pedido.get("responsavel_id") == usuario_id
    da_equipe = nivel == "equipe" and pedido.get("equipe_id") in direitos.equipes
    alcanca = nivel == "todos" or not de_alguem or proprio or da_equipe
    regra = direitos.regras.get((pedido["recurso"], pedido.get("campo", "")))
    if alcanca and regra in (_IMPEDEM_LER if pedido["acao"] in _LEITURAS else _IMPEDEM_ESCREVER):
        return Resposta(False, nivel, "campo_restrito", regra)
    return Resposta(alcanca, nivel, "" if alcanca else "fora_do_alcance", regra)
