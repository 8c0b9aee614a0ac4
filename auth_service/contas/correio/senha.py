"""Another password by mail: asked for, sent, and set."""

from datetime import timedelta

from django.core.mail import EmailMessage
from django.utils import timezone

from crm_shared.db import atomic
from crm_shared.errors import Invalid
from crm_shared.observability.context import set_actor
from crm_shared.records import changes

from .. import freio, segredos, senhas
from ..models import Usuario
from ..rede import Origem
from ..services import gravar_senha
from ..sessoes import normalizado
from . import links
from .models import Correio, PedidoSenha
from .saida import exigir_correio, por_no_correio

VALIDADE = timedelta(minutes=30)
_INTERVALO = timedelta(minutes=2)  # between two messages to one person, whoever asks how often


class PedidoInvalido(Invalid):
    codigo = "pedido_invalido"
    detail = "Este pedido não existe, já foi usado ou passou do prazo. Peça outro."


def pedir(*, email: str, origem: Origem) -> None:
    """The same answer, time and traces whether there is such a person."""
    exigir_correio()
    email = normalizado(email)
    freio.tentar_pedido(freio.conta_de(email), origem.rede)
    por_no_correio(Correio.Tipo.SENHA, email)


def carta(email: str) -> EmailMessage | None:
    """The message with a fresh token, in place of any earlier one."""
    usuario = Usuario.objects.vivos().filter(email=email, ativo=True).first()
    token = _renovar(usuario) if usuario else None
    if usuario is None or token is None:
        return None
    corpo = (
        f"Olá, {usuario.nome}.\n\nAlguém pediu uma senha nova para a sua conta no CRM. Se não foi você, ignore esta mensagem.\n\n"
        f"Código, válido por {int(VALIDADE.total_seconds() / 60)} minutos e para uma vez só:\n\n{token}\n"
    )
    endereco = links.endereco("redefinir", token)
    return EmailMessage("Senha nova no CRM", corpo + (f"\nOu abra {endereco}\n" if endereco else ""), to=[usuario.email])


@atomic
def _renovar(usuario: Usuario) -> str | None:
    agora = timezone.now()
    changes.lock(Usuario, usuario.pk)
    if PedidoSenha.objects.filter(usuario=usuario, criado_em__gt=agora - _INTERVALO).exists():
        return None
    token = segredos.novo()
    valores = {"hash": segredos.hash_de(token), "criado_em": agora, "expira_em": agora + VALIDADE}
    PedidoSenha.objects.update_or_create(usuario=usuario, defaults=valores)
    return token


def redefinir(*, token: str, senha: str) -> None:
    """Sets the password and ends all sessions. A second factor is still asked for at the next sign-in."""
    pedido = _valido(token)
    senhas.exigir_forte(senha, pedido.usuario, "senha")
    codificada = senhas.codificar(senha)
    with atomic():
        usuario = changes.lock(Usuario, pedido.usuario_id)
        if not usuario.is_active or not PedidoSenha.objects.filter(pk=usuario.pk, hash=pedido.hash).delete()[0]:
            raise PedidoInvalido(campo="token")
        set_actor(str(usuario.pk))
        gravar_senha(usuario, codificada)


def _valido(token: str) -> PedidoSenha:
    validos = PedidoSenha.objects.filter(hash=segredos.hash_de(token), expira_em__gt=timezone.now())
    pedido = validos.filter(usuario__ativo=True, usuario__excluido_em__isnull=True).select_related("usuario").first()
    if pedido is None:
        raise PedidoInvalido(campo="token")
    return pedido
