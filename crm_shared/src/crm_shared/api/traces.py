"""`GET /<servico>/rastros/{rastro}`: what one request led to here. The gateway draws the whole of it from all services."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ..errors import Forbidden
from ..events.models import CartaMorta, Evento, MensagemRecebida
from ..operations.models import Operacao
from .fields import InstantField
from .filters import refuse_unknown
from .history import Order
from .viewsets import ScopedViewSet

LIMIT = 200  # of each kind
TRACE_REGEX = "[0-9a-f]{32}"
M = TypeVar("M", bound=Model)
Step = dict[str, Any]
Source = Callable[[str], Iterable[Step]]


class PassoDoRastroSerializer(serializers.Serializer[Any]):
    tipo = serializers.CharField(help_text="`evento`, `recebido`, `operacao`, `carta_morta`, `execucao`, `saga` ou `entrega`.")
    id = serializers.CharField()
    nome = serializers.CharField(allow_blank=True, help_text="Do evento, do fluxo, da operação…")
    situacao = serializers.CharField(help_text="O estado em que está agora.")
    em = InstantField(help_text="Quando começou a existir.")
    causa = serializers.CharField(allow_blank=True, help_text="O evento que levou a este passo; vazio quando foi a própria requisição.")
    registro_id = serializers.CharField(allow_blank=True, help_text="O registro de que trata.")
    ator = serializers.CharField(allow_blank=True, help_text="Id de quem agiu, `svc:<servico>` ou `sistema`.")


class RastroSerializer(serializers.Serializer[Any]):
    passos = PassoDoRastroSerializer(many=True, help_text="Em ordem de tempo.")
    incompleto = serializers.BooleanField(help_text=f"De algum tipo há mais do que os {LIMIT} primeiros.")


class RastrosViewSet(ScopedViewSet):
    """O que uma requisição causou neste serviço."""

    required_scopes: ClassVar[dict[str, str | None]] = {"retrieve": "eventos:ler"}
    serializer_class = RastroSerializer
    pagination_class = None
    lookup_value_regex = TRACE_REGEX
    refusals: ClassVar[dict[str, tuple[int, ...]]] = {"retrieve": (404,)}  # what is no trace id is no address

    @extend_schema(
        parameters=[
            OpenApiParameter("rastro", OpenApiTypes.STR, "path", pattern=f"^{TRACE_REGEX}$", description="O `X-Rastro` da resposta.")
        ],
        responses=RastroSerializer,
    )
    def retrieve(self, request: Request, *args: Any, rastro: str, **kwargs: Any) -> Response:
        """Lê os passos de um rastro: eventos, mensagens recebidas, operações e o que mais o serviço fez."""
        if self.principal.nivel("eventos", "ler") != "todos":
            raise Forbidden("Um rastro mostra todos os registros, e seu papel não os vê.", codigo="visibilidade_insuficiente")
        refuse_unknown(request, Order)
        found = [[*source(rastro)] for source in _sources()]
        passos = sorted((item for kind in found for item in kind[:LIMIT]), key=lambda item: item["em"])
        return Response({"passos": passos, "incompleto": any(len(kind) > LIMIT for kind in found)})


def step(
    tipo: str, pk: Any, nome: str, em: datetime, *, situacao: str = "feito", causa: Any = "", registro_id: Any = "", ator: Any = ""
) -> Step:
    texts = {"causa": causa, "registro_id": registro_id, "ator": ator}
    return {"tipo": tipo, "id": str(pk), "nome": nome, "situacao": situacao, "em": em} | {
        key: str(text or "") for key, text in texts.items()
    }


def first(rows: QuerySet[M], em: str = "criado_em") -> QuerySet[M]:
    """One more than are shown, by which it is known whether there are more."""
    return rows.order_by(em, "pk")[: LIMIT + 1]


def _sources() -> list[Source]:
    return [_events, _received, _operations, _dead_letters, *(import_string(path) for path in settings.TRACED)]


def _events(rastro: str) -> Iterable[Step]:
    for row in first(Evento.objects.filter(rastro=rastro)):
        situacao = "publicado" if row.publicado_em else "na_fila"
        yield step(
            "evento", row.pk, row.tipo, row.criado_em, situacao=situacao, causa=row.causa, registro_id=row.agregado_id, ator=row.ator
        )


def _received(rastro: str) -> Iterable[Step]:
    for row in first(MensagemRecebida.objects.filter(rastro=rastro), "recebido_em"):
        yield step("recebido", row.pk, row.tipo, row.recebido_em, causa=row.pk)


def _operations(rastro: str) -> Iterable[Step]:
    for row in first(Operacao.objects.filter(rastro=rastro)):
        yield step("operacao", row.pk, f"{row.tipo} {row.recurso}", row.criado_em, situacao=row.estado, ator=row.criado_por)


def _dead_letters(rastro: str) -> Iterable[Step]:
    for row in first(CartaMorta.objects.filter(mensagem__rastro=rastro)):  # few, ever: no index
        yield step("carta_morta", row.pk, row.tipo, row.criado_em, situacao=row.estado, causa=row.evento_id, registro_id=row.agregado_id)
