"""`/<servico>/importacoes`: send a file, say what its columns are, try it, carry it out."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, ClassVar

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from ..api.concurrency import etag, if_match
from ..api.parsers import FileTooLarge
from ..api.serializers import EmptySerializer
from ..api.viewsets import ReadOnlyViewSet
from ..errors import Invalid
from ..operations.models import Operacao
from ..operations.serializers import OperacaoSerializer
from ..tables.reading import Layout, Position, rows
from . import services
from .declared import Importable, importables
from .mapping import writable
from .models import Importacao
from .reports import error_report
from .serializers import (
    AmostraSerializer,
    ConfiguracaoSerializer,
    ImportacaoSerializer,
    NovaImportacaoSerializer,
    RecursosImportaveisSerializer,
)
from .uploads import TooLarge, receive

SCOPE = f"{settings.OPERATIONS_RESOURCE or settings.SERVICE}:importar"
SAMPLE_ROWS = 10
_ACTIONS = ("list", "retrieve", "create", "partial_update", "destroy", "arquivo", "amostra", "simular", "executar", "erros", "recursos")


class FileParser(BaseParser):
    """Any type, for browsers and curl name that of a CSV in many ways; what it is, its content tells."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        return stream


class ImportacaoViewSet(ReadOnlyViewSet):
    """Importações de planilhas."""

    recurso = SCOPE.split(":")[0]
    required_scopes = dict.fromkeys(_ACTIONS, SCOPE)
    queryset = Importacao.objects.all()
    serializer_class = ImportacaoSerializer
    unversioned = frozenset({"arquivo", "simular", "executar"})
    refusals: ClassVar[dict[str, tuple[int, ...]]] = {
        "arquivo": (409, 413),
        "partial_update": (409,),
        "simular": (409, 422),
        "executar": (409, 422),
        "destroy": (409,),
    }

    def visible(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """One's own: a file holds what its owner may know."""
        return queryset.filter(criado_por=self.principal.sub)

    @extend_schema(request=NovaImportacaoSerializer, responses={201: ImportacaoSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        importacao = services.criar_importacao(ator=self.principal, dados=self.validated(NovaImportacaoSerializer))
        location = f"{request.path.rstrip('/')}/{importacao.pk}"
        return self.show(importacao, status.HTTP_201_CREATED, Location=location)

    @extend_schema(request=ConfiguracaoSerializer(partial=True))
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        record = self.visible_record()
        dados = self.validated(ConfiguracaoSerializer, instance=record, partial=True)
        changed = services.configurar_importacao(ator=self.principal, pk=record.pk, dados=dados, versao=if_match(request))
        return self.show(changed)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        record = self.visible_record()
        services.excluir_importacao(ator=self.principal, pk=record.pk, versao=if_match(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request={"application/octet-stream": OpenApiTypes.BINARY}, responses=ImportacaoSerializer)
    @action(detail=True, methods=["put"], parser_classes=[FileParser], serializer_class=EmptySerializer)
    def arquivo(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Envia o CSV ou XLSX, como corpo da requisição; responde o que se entendeu dele, com o mapeamento sugerido."""
        importacao = self.visible_record()
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            raise Invalid("Envie o arquivo com o cabeçalho Content-Length.", codigo="tamanho_ausente", campo="arquivo")
        try:
            recebido = receive(request._request)
        except TooLarge as error:
            raise FileTooLarge(error.detail) from None
        return self.show(services.guardar_arquivo(ator=self.principal, pk=importacao.pk, recebido=recebido))

    @extend_schema(responses=AmostraSerializer)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def amostra(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lê as primeiras linhas do arquivo, como estão nele."""
        importacao = self.visible_record()
        return Response({"colunas": importacao.colunas, "linhas": list(_sample(importacao))})

    @extend_schema(request=None, responses={202: OperacaoSerializer})
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def simular(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Diz, linha a linha, o que a importação faria; nada é gravado."""
        importacao = self.visible_record()
        self.validated(EmptySerializer)
        return accepted(services.simular_importacao(ator=self.principal, pk=importacao.pk))

    @extend_schema(request=None, responses={202: OperacaoSerializer})
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def executar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Importa em segundo plano; a operação conta o andamento, pode ser cancelada e desfeita."""
        importacao = self.visible_record()
        self.validated(EmptySerializer)
        return accepted(services.executar_importacao(ator=self.principal, pk=importacao.pk))

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def erros(self, request: Request, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        """Baixa as linhas que não entraram, com o motivo: um CSV para corrigir e enviar de novo."""
        importacao = self.visible_record()
        answer = StreamingHttpResponse(error_report(importacao), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="erros.csv"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    @extend_schema(responses=RecursosImportaveisSerializer)
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def recursos(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lê o que se pode importar neste serviço, com os campos e as chaves."""
        found = []
        for name, importable in importables().items():
            campos = [_described(campo, item, importable) for campo, item in writable(importable).items()]
            found.append({"recurso": name, "campos": campos})
        return Response({"recursos": found})


def _described(campo: str, item: Any, importable: Importable) -> dict[str, Any]:
    return {
        "campo": campo,
        "rotulo": str(item.label or campo),
        "obrigatorio": item.required,
        "chave": campo in importable.keys,
        "so_ao_criar": campo in importable.only_new,
    }


def _sample(importacao: Importacao) -> Iterator[list[str]]:
    if importacao.arquivo and default_storage.exists(importacao.arquivo):
        with default_storage.open(importacao.arquivo, "rb") as file:
            layout = Layout(importacao.codificacao, importacao.separador)
            for row in islice(rows(file, layout, Position(**importacao.inicio)), SAMPLE_ROWS):  # type: ignore[arg-type]
                yield [cell[:500] for cell in row.cells[: len(importacao.colunas)]]


def accepted(operacao: Operacao) -> Response:
    """202 with the operation to follow."""
    headers = {"Location": f"/{settings.SERVICE}/operacoes/{operacao.pk}", "ETag": etag(operacao.versao)}
    return Response(OperacaoSerializer(operacao).data, status=status.HTTP_202_ACCEPTED, headers=headers)
