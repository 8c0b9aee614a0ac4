"""What auth tells: people, teams, roles, and sessions that ended."""

from dataclasses import dataclass, field

from .base import Contract, Instante, pessoal


@dataclass(frozen=True, kw_only=True)
class Usuario(Contract):
    """A person who signs in. `equipe_id`: own team; `papel`: name of the role."""

    nome: str = pessoal()
    email: str = pessoal()
    equipe_id: str | None
    papel: str
    ativo: bool


class UsuarioCriado(Usuario):
    TIPO = "auth.usuario.criado.v1"


class UsuarioAtualizado(Usuario):
    TIPO = "auth.usuario.atualizado.v1"


@dataclass(frozen=True, kw_only=True)
class UsuarioDesativado(Usuario):
    """`transferir_para`: who gets the person's records; None leaves them where they are."""

    TIPO = "auth.usuario.desativado.v1"

    transferir_para: str | None = None


@dataclass(frozen=True, kw_only=True)
class UsuarioEntregaPedida(Usuario):
    """The records of somebody deactivated before are to go to `transferir_para`."""

    TIPO = "auth.usuario.entrega_pedida.v1"

    transferir_para: str


class UsuarioReativado(Usuario):
    TIPO = "auth.usuario.reativado.v1"


class UsuarioExcluido(Usuario):
    TIPO = "auth.usuario.excluido.v1"


class UsuarioRestaurado(Usuario):
    TIPO = "auth.usuario.restaurado.v1"


class UsuarioSenhaAlterada(Usuario):
    """The password itself is in no event."""

    TIPO = "auth.usuario.senha_alterada.v1"


class UsuarioSegundoFatorAtivado(Usuario):
    """From now on a sign-in asks for a code too."""

    TIPO = "auth.usuario.segundo_fator_ativado.v1"


class UsuarioSegundoFatorDesativado(Usuario):
    """By the person, with password and code."""

    TIPO = "auth.usuario.segundo_fator_desativado.v1"


class UsuarioSegundoFatorRedefinido(Usuario):
    """Taken away by an administrator."""

    TIPO = "auth.usuario.segundo_fator_redefinido.v1"


class UsuarioCodigosRenovados(Usuario):
    """The recovery codes of the second factor; the former ones are good no more."""

    TIPO = "auth.usuario.codigos_renovados.v1"


@dataclass(frozen=True, kw_only=True)
class Convite(Contract):
    """An invitation; `papel`: name of the role that it gives. `estado`: pendente, aceito or cancelado; `expira_em` an instant."""

    email: str = pessoal()
    papel: str
    equipe_id: str | None
    estado: str
    expira_em: Instante


class ConviteCriado(Convite):
    TIPO = "auth.convite.criado.v1"


class ConviteReenviado(Convite):
    """With another link and term; the former link is good no more."""

    TIPO = "auth.convite.reenviado.v1"


class ConviteCancelado(Convite):
    TIPO = "auth.convite.cancelado.v1"


class ConviteAceito(Convite):
    """`auth.usuario.criado` tells of the person."""

    TIPO = "auth.convite.aceito.v1"


@dataclass(frozen=True, kw_only=True)
class Equipe(Contract):
    """A team; `regiao` is its own or, when empty there, that of the nearest team above."""

    nome: str
    pai_id: str | None
    lider_id: str | None
    regiao: str


class EquipeCriada(Equipe):
    TIPO = "auth.equipe.criada.v1"


class EquipeAtualizada(Equipe):
    TIPO = "auth.equipe.atualizada.v1"


class EquipeExcluida(Equipe):
    TIPO = "auth.equipe.excluida.v1"


class EquipeRestaurada(Equipe):
    TIPO = "auth.equipe.restaurada.v1"


@dataclass(frozen=True, kw_only=True)
class Papel(Contract):
    """A role; `permissoes` lists "recurso:acao=nivel", `campos` its field rules as "recurso.campo=nivel"."""

    nome: str
    permissoes: list[str]
    exige_segundo_fator: bool = False
    campos: list[str] = field(default_factory=list)


class PapelCriado(Papel):
    TIPO = "auth.papel.criado.v1"


class PapelAtualizado(Papel):
    TIPO = "auth.papel.atualizado.v1"


class PapelExcluido(Papel):
    TIPO = "auth.papel.excluido.v1"


class PapelRestaurado(Papel):
    TIPO = "auth.papel.restaurado.v1"


@dataclass(frozen=True, kw_only=True)
class Sessao(Contract):
    """A sign-in that is over: no token with this `sid` (the event's subject) is good any more.

    `motivo`: logout, senha, desativacao, exclusao, reuso, fator or remoto; `encerrada_em` an instant.
    """

    usuario_id: str
    motivo: str
    encerrada_em: Instante


class SessaoEncerrada(Sessao):
    TIPO = "auth.sessao.encerrada.v1"


class SessaoReusoDetectado(Sessao):
    """Somebody sent a refresh token for a second time: it may have been stolen. `encerrada` follows of itself."""

    TIPO = "auth.sessao.reuso_detectado.v1"


@dataclass(frozen=True, kw_only=True)
class SessaoNomeada(Contract):
    """What its owner calls a session."""

    TIPO = "auth.sessao.nomeada.v1"

    usuario_id: str
    nome: str


@dataclass(frozen=True, kw_only=True)
class ChaveApi(Contract):
    """A key by which programs act for `usuario_id`: what it allows at most, from which networks, and until when."""

    usuario_id: str
    nome: str
    prefixo: str
    escopos: list[str]
    redes: list[str]
    expira_em: Instante | None


class ChaveApiCriada(ChaveApi):
    TIPO = "auth.chave_api.criada.v1"


class ChaveApiGirada(ChaveApi):
    """With another key in its place."""

    TIPO = "auth.chave_api.girada.v1"


class ChaveApiRevogada(ChaveApi):
    TIPO = "auth.chave_api.revogada.v1"


EVENTS = (
    UsuarioCriado,
    UsuarioAtualizado,
    UsuarioReativado,
    UsuarioExcluido,
    UsuarioRestaurado,
    UsuarioSenhaAlterada,
    UsuarioSegundoFatorAtivado,
    UsuarioSegundoFatorDesativado,
    UsuarioSegundoFatorRedefinido,
    UsuarioCodigosRenovados,
    UsuarioDesativado,
    UsuarioEntregaPedida,
    ConviteCriado,
    ConviteReenviado,
    ConviteCancelado,
    ConviteAceito,
    EquipeCriada,
    EquipeAtualizada,
    EquipeExcluida,
    EquipeRestaurada,
    PapelCriado,
    PapelAtualizado,
    PapelExcluido,
    PapelRestaurado,
    SessaoEncerrada,
    SessaoReusoDetectado,
    SessaoNomeada,
    ChaveApiCriada,
    ChaveApiGirada,
    ChaveApiRevogada,
)
