"""`POST /<recurso>/exportar`, and `/<servico>/exportacoes` to follow it and fetch the file."""

from typing import Any, ClassVar

from django.conf import settings
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ..api.concurrency import etag
from ..api.viewsets import ReadOnlyViewSet, RecordViewSet
from ..errors import Invalid
from ..operations.models import Operacao
from ..operations.serializers import OperacaoSerializer
from ..operations.views import RESOURCE
from ..tables.workbook_parts import workbook
from . import services
from .columns import chosen, titles
from .selection import Selection, path_of
from .serializers import ExportacaoSerializer, ExportarSerializer

_MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_SIGNATURE = OpenApiParameter("assinatura", str, required=True, description="A do `link` da exportação.")


class ExportingViewSet(RecordViewSet):
    """Records that can be taken out as a file."""

    @extend_schema(request=ExportarSerializer, responses={202: OperacaoSerializer})
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def exportar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Escreve em segundo plano um arquivo com o que a lista mostraria; baixe-o em `/exportacoes/{id}` do serviço."""
        wanted = self.validated(ExportarSerializer)
        params = {**wanted.get("filtros", {}), **{name: wanted[name] for name in ("q", "busca") if name in wanted}}
        serializer: Any = self.serializer_class
        campos = chosen(serializer, wanted.get("campos", []), self.access)
        Selection(type(self), self.principal, params, campos).queryset()
        parametros = {
            "view": path_of(type(self)),
            "params": params,
            "campos": campos,
            "titulos": titles(serializer, campos),
            "formato": wanted["formato"],
            "brasileiro": wanted["brasileiro"],
        }
        colecao = request.path.strip("/").removesuffix("/exportar")
        operacao = services.exportar(ator=self.principal, colecao=colecao, parametros=parametros)
        headers = {"Location": f"/{settings.SERVICE}/exportacoes/{operacao.pk}", "ETag": etag(operacao.versao)}
        return Response(OperacaoSerializer(operacao).data, status=status.HTTP_202_ACCEPTED, headers=headers)


class ExportacaoViewSet(ReadOnlyViewSet):
    """Exportações: o andamento e o arquivo."""

    recurso = RESOURCE
    required_scopes: ClassVar[dict[str, str | None]] = dict.fromkeys(("list", "retrieve", "arquivo"), f"{RESOURCE}:ler")
    queryset = Operacao.objects.filter(tipo=services.TIPO).defer("cursor")
    serializer_class = OperacaoSerializer
    refusals: ClassVar[dict[str, tuple[int, ...]]] = {"arquivo": (409,)}

    def visible(self, queryset: Any) -> Any:
        """One's own, whatever one administers: the file shows what its owner may see."""
        return queryset.filter(criado_por=self.principal.sub)

    @extend_schema(responses=ExportacaoSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        operacao = self.visible_record()
        operacao.formato, operacao.linhas = operacao.parametros["formato"], operacao.resultado.get("linhas", 0)
        operacao.link = services.link_of(operacao)
        data = ExportacaoSerializer(operacao, context=self.get_serializer_context()).data
        return Response(data, headers={"ETag": etag(operacao.versao)})

    @extend_schema(
        parameters=[_SIGNATURE],
        responses={(200, "text/csv"): OpenApiTypes.STR, (200, _MEDIA["xlsx"]): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def arquivo(self, request: Request, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        """Baixa o arquivo."""
        operacao = self.visible_record()
        signature = request.query_params.get("assinatura", "")
        if not signature:
            raise Invalid("Use o link da exportação.", codigo="obrigatorio", campo="assinatura")
        services.refuse_bad_signature(self.principal, operacao, signature)
        pieces = services.baixar(ator=self.principal, operacao=operacao)
        formato = operacao.parametros["formato"]
        answer = StreamingHttpResponse(workbook(pieces) if formato == "xlsx" else pieces, content_type=_MEDIA[formato])
        name = operacao.recurso.replace("/", "-")
        answer["Content-Disposition"] = f'attachment; filename="{name}.{formato}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer
