"""Asking for an export, its signed link, and forgetting its file."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.storage import default_storage
from django.utils import timezone

from ..auth.principal import Principal
from ..db import atomic
from ..errors import Conflict, Forbidden
from ..extensions.log import tell
from ..observability.masking import masked_filters
from ..operations import services as operations
from ..operations.models import Operacao
from .kinds import part_name

TIPO = "exportacao"
LINK_LIVES = timedelta(minutes=15)
KEPT_FOR = timedelta(days=7)
_SALT = "crm.exportacao"
_PIECE = 256 * 1024


@atomic
def exportar(*, ator: Principal, colecao: str, parametros: dict[str, Any]) -> Operacao:
    """`parametros` as Exportar takes them; who asked for what is an event, for the data leaves the system."""
    operacao = operations.start(ator=ator, tipo=TIPO, recurso=colecao, parametros=parametros)
    tell("exportacao.pedida", operacao, **_told(operacao))
    return operacao


def _told(operacao: Operacao) -> dict[str, Any]:
    wanted = operacao.parametros
    typed = {"filtro": masked_filters(wanted["params"]), "filtro_pessoal": wanted["params"]}
    return {**typed, "campos": wanted["campos"], "formato": wanted["formato"]}


def link_of(operacao: Operacao) -> str | None:
    """A signature tells the export and whom it is for; without that person's token it opens nothing."""
    if operacao.estado != Operacao.Estado.CONCLUIDA or not operacao.resultado.get("partes"):
        return None
    signature = signing.dumps([str(operacao.pk), operacao.criado_por], salt=_SALT, compress=False)
    return f"/{settings.SERVICE}/exportacoes/{operacao.pk}/arquivo?assinatura={signature}"


def refuse_bad_signature(ator: Principal, operacao: Operacao, signature: str) -> None:
    try:
        told = signing.loads(signature, salt=_SALT, max_age=LINK_LIVES)
    except signing.BadSignature:
        raise Forbidden("O link não é válido ou expirou: leia a exportação de novo.", codigo="link_invalido") from None
    if told != [str(operacao.pk), ator.sub]:
        raise Forbidden("Este link é de outra pessoa ou de outra exportação.", codigo="link_invalido")


@atomic
def baixar(*, ator: Principal, operacao: Operacao) -> Iterator[bytes]:
    """The parts of the file; that it was taken is an event as well."""
    names = [part_name(operacao.pk, number) for number in range(operacao.resultado.get("partes", 0))]
    if not names or not default_storage.exists(names[-1]):
        raise Conflict("O arquivo ainda não existe ou já foi apagado.", codigo="arquivo_ausente")
    tell("exportacao.baixada", operacao, **_told(operacao))
    return _pieces(names)


def _pieces(names: list[str]) -> Iterator[bytes]:
    for name in names:
        with default_storage.open(name, "rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def forget_old_files() -> None:
    """A week after they were made; the operations stay."""
    old = Operacao.objects.filter(tipo=TIPO, encerrado_em__lt=timezone.now() - KEPT_FOR, resultado__partes__gt=0)
    for operacao in old.order_by("encerrado_em")[:50]:
        for number in range(operacao.resultado["partes"]):
            default_storage.delete(part_name(operacao.pk, number))
        Operacao.objects.filter(pk=operacao.pk).update(resultado={**operacao.resultado, "partes": 0})
