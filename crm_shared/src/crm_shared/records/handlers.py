"""Handlers that most services need as they are: keep the copies of people's and teams' names fresh."""

from ..events.consume import Handler, Received
from ..events.contracts import auth
from .references import EQUIPE, USUARIO, Referencia, learn


def usuario_conhecido(event: Received) -> None:
    assert isinstance(event.data, auth.Usuario)
    estado = Referencia.Estado.EXCLUIDA if isinstance(event.data, auth.UsuarioExcluido) else Referencia.Estado.OK
    dados = {"equipe_id": event.data.equipe_id, "ativo": event.data.ativo}
    learn(USUARIO, event.subject, versao=event.versao, nome=event.data.nome, estado=estado, dados=dados)


def equipe_conhecida(event: Received) -> None:
    assert isinstance(event.data, auth.Equipe)
    estado = Referencia.Estado.EXCLUIDA if isinstance(event.data, auth.EquipeExcluida) else Referencia.Estado.OK
    dados = {"pai_id": event.data.pai_id, "lider_id": event.data.lider_id, "regiao": event.data.regiao}
    learn(EQUIPE, event.subject, versao=event.versao, nome=event.data.nome, estado=estado, dados=dados)


PEOPLE_HANDLERS: dict[str, Handler] = {
    auth.UsuarioCriado.TIPO: usuario_conhecido,
    auth.UsuarioAtualizado.TIPO: usuario_conhecido,
    auth.UsuarioDesativado.TIPO: usuario_conhecido,
    auth.UsuarioReativado.TIPO: usuario_conhecido,
    auth.UsuarioExcluido.TIPO: usuario_conhecido,
    auth.UsuarioRestaurado.TIPO: usuario_conhecido,
    auth.EquipeCriada.TIPO: equipe_conhecida,
    auth.EquipeAtualizada.TIPO: equipe_conhecida,
    auth.EquipeExcluida.TIPO: equipe_conhecida,
    auth.EquipeRestaurada.TIPO: equipe_conhecida,
}
