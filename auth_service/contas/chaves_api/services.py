"""Making, turning and revoking keys, and the short token that the gateway buys with one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Forbidden, Invalid, NotAuthenticated, RuleRefused
from crm_shared.events.contracts import auth as eventos
from crm_shared.events.log import Change, record
from crm_shared.records import changes

from .. import alcance, revogacoes, segredos, tokens
from ..direitos import direitos_de, direitos_na_sessao
from ..eu import usuario_de
from ..models import Usuario
from ..rede import Origem
from .models import ChaveApi

PREFIXO = "crm_"  # by which the gateway, and who looks for leaked secrets, knows one
MAX_POR_PESSOA = 20
MAX_HORAS = 168
# Who holds a key must not be able to make of it another way in, for himself or for others.
PROIBIDOS = frozenset(
    f"{recurso}:{acao}" for recurso in ("usuarios", "papeis") for acao in ("criar", "editar", "excluir", "lote", "importar", "administrar")
)
_MOSTRADO = 12  # characters
_USO = timedelta(minutes=1)  # how exactly the last use is known


class ChaveInvalida(NotAuthenticated):
    """One answer for a key that never was, is no more, or is not good from there."""

    codigo = "chave_invalida"
    detail = "A chave de API não existe, foi revogada, expirou ou não vale deste endereço."


class ChavesDemais(RuleRefused):
    codigo = "chaves_demais"
    detail = f"Há {MAX_POR_PESSOA} chaves; revogue as que não usa."


def criar_chave(*, ator: Principal, dados: dict[str, Any]) -> ChaveApi:
    """`segredo_novo` of the answer is the key itself, which nobody is told again."""
    usuario = usuario_de(ator)
    _conferir(usuario, dados)
    chave, texto = ChaveApi(**dados, usuario=usuario), _nova()
    chave.prefixo, chave.hash = texto[:_MOSTRADO], segredos.hash_de(texto)
    with atomic():
        changes.lock(Usuario, usuario.pk)
        if ChaveApi.objects.vivos().filter(usuario=usuario).count() >= MAX_POR_PESSOA:
            raise ChavesDemais
        changes.save_new(chave)
        _contar(eventos.ChaveApiCriada, chave)
    chave.segredo_novo = texto  # type: ignore[attr-defined]
    return chave


@atomic
def girar_chave(*, ator: Principal, pk: UUID, manter_horas: int, versao: int | None = None) -> ChaveApi:
    """Another key in its place; the present one is good for `manter_horas` more."""
    chave, texto = changes.lock(ChaveApi, pk), _nova()
    if chave.usuario_id != ator.usuario_id:
        raise Forbidden
    novos: dict[str, Any] = {"prefixo": texto[:_MOSTRADO], "hash": segredos.hash_de(texto), "hash_anterior": "", "anterior_ate": None}
    fora = [chave.hash_anterior] if manter_horas else [chave.hash, chave.hash_anterior]
    if manter_horas:
        novos |= {"hash_anterior": chave.hash, "anterior_ate": timezone.now() + timedelta(hours=manter_horas)}
    mudancas = changes.change(chave, novos, versao=versao)
    _contar(eventos.ChaveApiGirada, chave, [mudanca for mudanca in mudancas if mudanca.campo == "prefixo"])
    _revogar(fora)
    chave.segredo_novo = texto  # type: ignore[attr-defined]
    return chave


@atomic
def revogar_chave(*, ator: Principal, pk: UUID, versao: int | None = None) -> ChaveApi:
    """For ever, and with it the tokens that were bought with it."""
    chave = changes.lock(ChaveApi, pk)
    if chave.usuario_id != ator.usuario_id:
        alcance.exigir_papel(ator, chave.usuario.papel_id)
    mudancas = changes.soft_delete(chave, versao=versao)
    _revogar([chave.hash, chave.hash_anterior])
    _contar(eventos.ChaveApiRevogada, chave, mudancas)
    return chave


def trocar(*, texto: str, origem: Origem) -> tuple[str, datetime | None]:
    """An access token with what the key and its owner may both do now, and when the key ends, if it does."""
    agora = timezone.now()
    dono = _validas(texto, agora).values_list("usuario_id", flat=True).first()
    emitido_em = revogacoes.emitido_em(dono) if dono else 0  # before the rest is read, so that it covers what changes meanwhile
    chave = _validas(texto, agora).first()
    if chave is None or not _vale_de(chave.redes, origem.ip):
        raise ChaveInvalida
    usuario = chave.usuario
    direitos = direitos_na_sessao(usuario).limitados_a(chave.escopos)
    if chave.usada_em is None or agora - chave.usada_em > _USO:
        ChaveApi.objects.filter(pk=chave.pk).update(usada_em=agora, usada_de=origem.ip or None)  # nothing that anybody changes by hand
    access = tokens.emitir_de_pessoa(
        sub=str(usuario.pk), sid=_sid(segredos.hash_de(texto)), nome=usuario.nome, direitos=direitos, emitido_em=emitido_em
    )
    return access, chave.expira_em


def por_chave(sid: str) -> bool:
    """Whether a token with this `sid` was bought with a key."""
    return sid.startswith(_SID)


_SID = "k"  # no UUID begins so


def _sid(digest: str) -> str:
    """By it the tokens of one key are revoked: those of its successor have another."""
    return _SID + digest[:32]


def _revogar(digests: Sequence[str]) -> None:
    for digest in filter(None, digests):
        revogacoes.revogar_sessao(_sid(digest))


def _validas(texto: str, agora: datetime) -> QuerySet[ChaveApi]:
    digest = segredos.hash_de(texto)
    vigente = Q(hash=digest) | Q(hash_anterior=digest, anterior_ate__gt=agora)
    de_quem_entra = Q(usuario__ativo=True, usuario__excluido_em__isnull=True)
    no_prazo = Q(expira_em__isnull=True) | Q(expira_em__gt=agora)
    return ChaveApi.objects.vivos().select_related("usuario__papel").filter(vigente, de_quem_entra, no_prazo)


def _vale_de(redes: Sequence[str], ip: str) -> bool:
    return not redes or (bool(ip) and any(ip_address(ip) in ip_network(rede) for rede in redes))


def _conferir(usuario: Usuario, dados: dict[str, Any]) -> None:
    escopos = set(dados["escopos"])
    if escopos & PROIBIDOS:
        raise Invalid("Uma chave não pode criar nem mudar acessos.", codigo="escopo_proibido", campo="escopos")
    if not escopos <= direitos_de(usuario).niveis.keys():
        raise Invalid("Uma chave não pode mais do que você.", codigo="alcance_excedido", campo="escopos")
    if dados.get("expira_em") and dados["expira_em"] <= timezone.now():
        raise Invalid("O prazo já passou.", codigo="prazo_passado", campo="expira_em")


def _nova() -> str:
    return PREFIXO + segredos.novo()


def _contar(evento: type[eventos.ChaveApi], chave: ChaveApi, mudancas: Sequence[Change] = ()) -> None:
    record(evento.of(chave), chave, mudancas)
