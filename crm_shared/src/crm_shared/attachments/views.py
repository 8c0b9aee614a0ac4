"""`/<recurso>/{id}/anexos`: send a file, list what is there, fetch one."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ..api.concurrency import if_match
from ..api.parsers import StrictJSONParser
from ..api.serializers import RECORD_FIELDS, EmptySerializer, RecordSerializer, StrictSerializer
from ..api.viewsets import UnderParent
from ..auth.scopes import crud_scopes
from ..errors import Conflict
from ..extensions.models import Anexo
from . import files
from .receiving import Upload, UploadParser, received
from .services import AttachmentServices, services_for


class AnexoSerializer(RecordSerializer):
    autor_id = serializers.UUIDField(read_only=True, allow_null=True)
    autor_nome = serializers.CharField(source="autor.nome", read_only=True, allow_null=True)

    class Meta:
        model = Anexo
        fields = (*RECORD_FIELDS, "nome", "tipo", "tamanho", "sha256", "autor_id", "autor_nome")
        read_only_fields = fields


class NovoAnexoSerializer(StrictSerializer):
    """For OpenAPI; what is sent is read by `receiving`."""

    arquivo = serializers.FileField(help_text="O arquivo, com nome; a extensão diz o tipo.")


class AnexoViewSet(UnderParent):
    """Arquivos anexados a um registro."""

    queryset: QuerySet[Anexo] = Anexo.objects.select_related("autor")
    parent_field = "registro_id"
    serializer_class = AnexoSerializer
    parser_classes = [UploadParser]
    ordering_fields: ClassVar[dict[str, str]] = {"criado_em": "id"}
    refusals: ClassVar[dict[str, tuple[int, ...]]] = {"conteudo": (409,)}
    services: ClassVar[AttachmentServices]
    upload: Upload | None = None
    used = False  # whether a row was made for it; the transaction may still fail, or be run again

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The file comes in once it is known that it may, and before any transaction begins: it takes as long as the client does."""
        super().initial(request, *args, **kwargs)
        if self.action == "create":
            self.upload = received(request.data)
            if not self.simulated:
                files.store(self.upload)

    @extend_schema(request={"multipart/form-data": NovoAnexoSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Anexa um arquivo ao registro."""
        upload, model = self.upload, self.parent_queryset.model
        assert upload
        dados = {"pk": upload.id, "nome": upload.nome, "tipo": upload.tipo, "tamanho": upload.tamanho, "sha256": upload.sha256}
        anexo = self.services.create(ator=self.principal, dados={**dados, "recurso": model.RECURSO, "registro_id": self.parent_id})
        self.used = True
        return self.show(self.reload(anexo), status.HTTP_201_CREATED, Location=f"{request.path.rstrip('/')}/{anexo.pk}")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What was refused, or repeated an earlier request, goes at once; what ended in doubt is for the sweep."""
        if self.upload and not self.used and response.status_code < 500:
            files.discard(self.upload.id)
        return super().finalize_response(request, response, *args, **kwargs)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        record = self.visible_record()
        self.services.delete(ator=self.principal, pk=record.pk, versao=if_match(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, methods=["post"], serializer_class=EmptySerializer, parser_classes=[StrictJSONParser])
    def restaurar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        record = self.visible_record()
        self.validated(EmptySerializer)
        return self.show(self.reload(self.services.restore(ator=self.principal, pk=record.pk)))

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def conteudo(self, request: Request, *args: Any, **kwargs: Any) -> FileResponse:
        """Baixa o arquivo, como bytes sem tipo: nenhum navegador o mostra nem o executa."""
        anexo = self.visible_record()
        try:
            file = files.opened(anexo)
        except FileNotFoundError:
            raise Conflict("O arquivo não está onde foi guardado.", codigo="arquivo_ausente") from None
        answer = FileResponse(file, as_attachment=True, filename=anexo.nome, content_type="application/octet-stream")
        answer["Content-Length"] = str(anexo.tamanho)
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return answer


def attachments_viewset(main: Any) -> type[AnexoViewSet]:
    """The attachments of the records of the viewset `main`, under its scopes and its visibility."""
    recurso, model = main.recurso, main.queryset.model
    scopes = crud_scopes(recurso, create="editar", destroy="editar", restaurar="editar")
    return type(
        f"Anexos{main.__name__}",
        (AnexoViewSet,),
        {
            "__doc__": AnexoViewSet.__doc__,
            "recurso": recurso,
            "required_scopes": {**scopes, "conteudo": scopes["retrieve"]},
            "parent_queryset": model._default_manager.all(),
            "services": services_for(model, recurso),
        },
    )
