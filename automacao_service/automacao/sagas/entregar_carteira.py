"""Somebody left: all that he or she owned, in every service, becomes another person's.

Each service does it by a `lote` of its own, which goes on by itself and tells how far it is. All living records go, closed deals
and finished tasks too: those who see only what is theirs could else never look anything of them up again, and each record's
history still tells whose it was when. Webhooks and saved views stay: they show what their owner may see.

First all services are asked, then each is waited for; then all once more, for what came to the person meanwhile. What was
handed over is given back if the saga does not end well; what others changed since stays as they made it.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from crm_shared.client import Refused

from ..chamadas import EmCurso
from .definicao import Definicao, Passo, Pedido, Recuo, Saida, Situacao

RECURSOS = (
    "clientes",
    "clientes/leads",
    "empresas",
    "vendas",
    "comunicacao",
    "comunicacao/identidades",
    "tarefas",
    "automacao",
)
ESCOPOS = tuple(
    f"{recurso}:{acao}"
    for recurso in ("clientes", "leads", "empresas", "vendas", "comunicacao", "tarefas", "automacao")
    for acao in ("ler", "editar", "lote", "atribuir")
)
PRAZO = 3.0  # seconds for one request: undoing a step takes three of them within one lease
PACIENCIA = 500  # tries, most of them a minute apart: nobody looks on, and a service may be out for hours
_CORRENDO = ("na_fila", "executando")


def ver_destinatario(situacao: Situacao) -> Pedido:
    return Pedido("auth", "GET", f"/auth/usuarios/{situacao.entrada['para']}")


def exigir_ativo(_situacao: Situacao, usuario: Any) -> Saida:
    if not usuario["ativo"]:
        raise Refused("Quem receberia os registros foi desativado.", status=409, codigo="destinatario_inativo")
    return {}


def trava_da_carteira(situacao: Situacao) -> str:
    return f"carteira:{situacao.alvo_id}"


def pedir_lote(recurso: str, situacao: Situacao) -> Pedido:
    corpo = {
        "operacao": "atribuir",
        "selecao": {"filtros": {"responsavel_id": str(situacao.alvo_id)}},
        "valores": {"responsavel_id": situacao.entrada["para"]},
    }
    return Pedido(servico_de(recurso), "POST", f"/{recurso}/lote", corpo)


def ler_lote(_situacao: Situacao, operacao: Any) -> Saida:
    return {"operacao": operacao["id"]}


def ver_operacao(recurso: str, saida: Saida) -> Pedido:
    return _sobre_a_operacao(recurso, "GET", "", saida)


def ver_lote(recurso: str, passo: str, situacao: Situacao) -> Pedido:
    return ver_operacao(recurso, situacao.saidas[passo])


def ler_fim(_situacao: Situacao, operacao: Any) -> Saida:
    saida = {"operacao": operacao["id"], **{campo: operacao[campo] for campo in ("total", "feitos", "erros")}}
    if operacao["estado"] in _CORRENDO:
        raise EmCurso(saida)
    if operacao["estado"] != "concluida":
        raise Refused(operacao["motivo"] or "A operação foi interrompida.", status=409, codigo=f"operacao_{operacao['estado']}")
    return saida


def exigir_desfeita(operacao: Any) -> None:
    if operacao["estado"] == "desfazendo":
        raise EmCurso({"desfeitos": operacao["desfeitos"]})
    if operacao["estado"] == "falhou" and operacao["desfazer_ate"]:
        raise Refused(operacao["motivo"], status=409, codigo="operacao_falhou")


def _cancelar(recurso: str, saida: Saida) -> Pedido:
    return _sobre_a_operacao(recurso, "POST", "/cancelar", saida)


def _desfazer(recurso: str, saida: Saida) -> Pedido:
    return _sobre_a_operacao(recurso, "POST", "/desfazer", saida)


def _sobre_a_operacao(recurso: str, metodo: str, acao: str, saida: Saida) -> Pedido:
    servico = servico_de(recurso)
    return Pedido(servico, metodo, f"/{servico}/operacoes/{saida['operacao']}{acao}", None if metodo == "GET" else {})


def servico_de(recurso: str) -> str:
    return recurso.split("/")[0]


def passos(recursos: Iterable[str]) -> tuple[Passo, ...]:
    colecoes = tuple(recursos)
    return (
        Passo("destinatario", ver_destinatario, exigir_ativo, le=True, trava=trava_da_carteira, tentativas=PACIENCIA),
        *_entrega_de(colecoes, ""),
        *_entrega_de(colecoes, "_resto"),
        Passo("conferir", ver_destinatario, exigir_ativo, le=True, tentativas=PACIENCIA),
    )


def _entrega_de(recursos: tuple[str, ...], sufixo: str) -> Iterable[Passo]:
    """Ask all, then wait for each."""
    nomes = {f"{recurso.replace('/', '_')}{sufixo}": recurso for recurso in recursos}
    for nome, recurso in nomes.items():
        recuos = (
            Recuo(partial(_cancelar, recurso), ja=frozenset({"operacao_encerrada"})),
            # the latter also when somebody has undone it by hand, or is doing so
            Recuo(partial(_desfazer, recurso), ja=frozenset({"nao_pode_ser_desfeita", "operacao_nao_encerrada"})),
            Recuo(partial(ver_operacao, recurso), conferir=exigir_desfeita),
        )
        yield Passo(nome, partial(pedir_lote, recurso), ler_lote, recuos=recuos, prazo=PRAZO, tentativas=PACIENCIA)
    for nome, recurso in nomes.items():
        yield Passo(f"{nome}_fim", partial(ver_lote, recurso, nome), ler_fim, le=True, prazo=PRAZO, tentativas=PACIENCIA)


ENTREGAR_CARTEIRA = Definicao(
    nome="entregar-carteira",
    versao=1,
    recurso="usuarios",
    escopos=("usuarios:editar", *ESCOPOS),
    alvo_recurso="auth.usuario",
    em_fila=True,
    passos=passos(RECURSOS),
)
