"""Messages: recorded once, told by an event, and what each does to its conversation."""

from typing import Any
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Conflict
from crm_shared.events.contracts import comunicacao as eventos
from crm_shared.events.log import record
from crm_shared.records import changes
from crm_shared.records.references import USUARIO, cite

from .exceptions import CanalInativo, MensagemDefinitiva
from .models import Anexo, Canal, Conversa, Mensagem
from .services import REABERTA, gravar

Direcao, Estado = Mensagem.Direcao, Mensagem.Estado
# direction -> the state in which a message starts and the event that tells of it; sending is the providers' (na_fila)
INICIO: dict[str, tuple[str, type[eventos.Mensagem]]] = {
    Direcao.ENTRADA: (Estado.RECEBIDA, eventos.MensagemRecebida),
    Direcao.SAIDA: (Estado.NA_FILA, eventos.MensagemEnfileirada),
    Direcao.INTERNA: (Estado.REGISTRADA, eventos.MensagemRegistrada),
}


@atomic
def registrar_mensagem(*, ator: Principal, dados: dict[str, Any]) -> Mensagem:
    """Store a message; one that was sent before under the same `id_cliente` is answered again instead."""
    conversa = changes.lock(Conversa, dados["conversa_id"])
    direcao: str = dados["direcao"]
    if anterior := _ja_registrada(conversa, dados):
        return anterior
    _recusar_id_externo_repetido(conversa, dados.get("id_externo"))
    if direcao == Direcao.SAIDA and not Canal.objects.vivos().filter(pk=conversa.canal_id, ativo=True).exists():
        raise CanalInativo
    autor_id = None if direcao == Direcao.ENTRADA else ator.usuario_id
    cite(USUARIO, autor_id)
    estado, evento = INICIO[direcao]
    mensagem = Mensagem(**{**dados, "anexos": [Anexo(**anexo) for anexo in dados.get("anexos", [])]})
    mensagem.canal_id, mensagem.autor_id = conversa.canal_id, autor_id
    mensagem.passar_a(estado, mensagem.criado_em)
    changes.save_new(mensagem)
    _gravar_na_conversa(conversa, mensagem)
    _contar(evento, conversa, mensagem)
    return mensagem


def _ja_registrada(conversa: Conversa, dados: dict[str, Any]) -> Mensagem | None:
    id_cliente = dados.get("id_cliente")
    if not id_cliente:
        return None
    anterior: Mensagem | None = Mensagem.objects.filter(conversa_id=conversa.pk, id_cliente=id_cliente).first()
    if anterior and (anterior.direcao, anterior.conteudo) != (dados["direcao"], dados.get("conteudo", "")):
        raise Conflict(
            "Este id_cliente já identifica outra mensagem.", codigo="duplicado", campo="id_cliente", registro_id=str(anterior.pk)
        )
    return anterior


def _recusar_id_externo_repetido(conversa: Conversa, id_externo: str | None) -> None:
    if id_externo is None:
        return
    dona = Mensagem.objects.filter(canal_id=conversa.canal_id, id_externo=id_externo).values_list("pk", flat=True).first()
    if dona:
        raise Conflict("O canal já tem uma mensagem com este id_externo.", codigo="duplicado", campo="id_externo", registro_id=str(dona))


def _gravar_na_conversa(conversa: Conversa, mensagem: Mensagem) -> None:
    """An incoming message opens the conversation and starts the customer's wait, an answer ends it, a note does neither."""
    if mensagem.direcao == Direcao.INTERNA:
        return
    quando = mensagem.criado_em
    previa = " ".join((mensagem.conteudo or mensagem.anexos[0].nome).split())[:120]
    valores: dict[str, Any] = {"ultima_mensagem_em": quando, "ultima_mensagem_previa": previa}
    evento: type[eventos.Conversa] = eventos.ConversaAtualizada
    if mensagem.direcao == Direcao.ENTRADA:
        valores |= {"nao_lidas": conversa.nao_lidas + 1, "aguardando_desde": conversa.aguardando_desde or quando}
        if conversa.estado not in (Conversa.Estado.ABERTA, Conversa.Estado.PENDENTE):
            valores, evento = valores | REABERTA, eventos.ConversaReaberta
    else:
        respondida = conversa.primeira_resposta_em or (quando if conversa.aguardando_desde else None)
        valores |= {"nao_lidas": 0, "aguardando_desde": None, "primeira_resposta_em": respondida}
    gravar(conversa, valores, evento)


@atomic
def excluir_mensagem(*, ator: Principal, pk: UUID, versao: int | None = None) -> Mensagem:
    """Only a note among colleagues can be taken back: what a customer saw or wrote stays."""
    mensagem = changes.lock(Mensagem, pk)
    if mensagem.direcao != Direcao.INTERNA:
        raise MensagemDefinitiva
    changes.soft_delete(mensagem, versao=versao)
    _contar(eventos.MensagemExcluida, mensagem.conversa, mensagem)
    return mensagem


@atomic
def restaurar_mensagem(*, ator: Principal, pk: UUID) -> Mensagem:
    mensagem = changes.lock(Mensagem, pk, deleted=True)
    changes.restore(mensagem)
    _contar(eventos.MensagemRestaurada, mensagem.conversa, mensagem)
    return mensagem


def _contar(evento: type[eventos.Mensagem], conversa: Conversa, mensagem: Mensagem) -> None:
    anexos = [{nome: getattr(item, nome) for nome in ("nome", "tipo_conteudo", "tamanho", "url")} for item in mensagem.anexos]
    dono = {"cliente_id": conversa.cliente_id, "responsavel_id": conversa.responsavel_id, "equipe_id": conversa.equipe_id}
    record(evento.of(mensagem, anexos=anexos, **dono), mensagem)
