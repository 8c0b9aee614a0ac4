"""Periodic work (settings.PERIODIC_TASKS)."""

from datetime import timedelta

from django.utils import timezone

from .correio.models import Correio, PedidoSenha
from .models import RefreshToken, RegistroAcesso, Revogacao

SESSAO_ENCERRADA = timedelta(days=7)  # how long the chain of a dead session can still be looked at
REVOGACAO = timedelta(days=1)  # much longer than any token that it may be about
CORREIO_FALHO = timedelta(days=30)
ACESSOS = timedelta(days=180)  # Marco Civil da Internet, art. 15: access records are kept for six months


def esquecer_antigos() -> None:
    agora = timezone.now()
    RefreshToken.objects.filter(sessao__absoluta_ate__lt=agora - SESSAO_ENCERRADA).delete()
    RefreshToken.objects.filter(sessao__encerrada_em__lt=agora - SESSAO_ENCERRADA).delete()
    Revogacao.objects.filter(criada_em__lt=agora - REVOGACAO).delete()
    RegistroAcesso.objects.filter(criado_em__lt=agora - ACESSOS).delete()
    PedidoSenha.objects.filter(expira_em__lt=agora).delete()
    Correio.objects.filter(estado=Correio.Estado.FALHOU, criado_em__lt=agora - CORREIO_FALHO).delete()
