"""The viewset of a main record, and those of the definitions that its service keeps for it."""

from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ..api.concurrency import if_match
from ..api.filters import StrictFilterSet
from ..api.serializers import QuerySerializer
from ..api.simulating import parameters_of_write
from ..api.viewsets import RecordServices, RecordViewSet
from ..auth.scopes import crud_scopes
from ..exports.views import ExportingViewSet
from ..q import Fields
from . import expressions, fields, saved_views, tags
from .models import Anexo, CampoPersonalizado, Marcador, Nota, Visao
from .serializers import CampoSerializer, MarcadorSerializer, MarcarSerializer

MAX_TOLD = 1000  # notes, and as many attachments, whose past a record's history holds, the newest

_SLUGS = OpenApiParameter("marcadores", str, required=True, description="Slugs separados por vírgula.")


RECURSO: str = settings.OPERATIONS_RESOURCE or settings.SERVICE


def definition_scopes() -> dict[str, str | None]:
    """Read by all who use the service, changed by those who administer it."""
    writes = dict.fromkeys(("create", "update", "partial_update", "destroy", "restaurar"), "administrar")
    return crud_scopes(RECURSO, **writes)


class DesmarcarSerializer(QuerySerializer):
    marcadores = serializers.CharField(max_length=4000)

    def validate_marcadores(self, text: str) -> list[str]:
        reader = MarcarSerializer(data={"marcadores": text.split(",")})
        if not reader.is_valid():
            raise serializers.ValidationError(reader.errors["marcadores"])
        slugs: list[str] = reader.validated_data["marcadores"]
        return slugs


class ExtensibleViewSet(ExportingViewSet):
    """Of a main record: what can be done to any record, its tags, and its custom fields in expressions."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action == "list" and "visao" in request.query_params:
            saved_views.apply_view(request, self.queryset.model.RECURSO, self.principal)

    def parts_of(self, record: Any) -> list[UUID]:
        """Its notes and attachments as well, deleted ones too."""
        told = super().parts_of(record)
        for model in (Nota, Anexo):
            told += model.objects.filter(registro_id=record.pk).order_by("-id").values_list("pk", flat=True)[:MAX_TOLD]
        return told

    def custom_q_fields(self) -> Fields:
        """`@chave` of each indexed field that the caller sees: of another one an expression would tell the values."""
        model: Any = self.queryset.model
        return expressions.custom_fields(model.RECURSO, self.access)

    @extend_schema(request=MarcarSerializer)
    @action(detail=True, methods=["post"], url_path="marcadores")
    def marcar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Põe marcadores no registro, além dos que ele já tem."""
        record = self.visible_record()
        return self._tagged(tags.add_tags, record, self.validated(MarcarSerializer)["marcadores"])

    @extend_schema(parameters=[_SLUGS])
    @marcar.mapping.delete
    def desmarcar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tira marcadores do registro; os demais ficam."""
        record = self.visible_record()
        reader = DesmarcarSerializer(data=parameters_of_write(request))
        reader.is_valid(raise_exception=True)
        return self._tagged(tags.remove_tags, record, reader.validated_data["marcadores"])

    def _tagged(self, change: Any, record: Any, slugs: list[str]) -> Response:
        model: Any = self.queryset.model
        changed = change(
            ator=self.principal, model=model, update=self.services.update, pk=record.pk, slugs=slugs, versao=if_match(self.request)
        )
        return self.show(self.reload(changed))


class MarcadorViewSet(RecordViewSet):
    """Marcadores que os registros deste serviço podem levar."""

    recurso = RECURSO
    required_scopes: ClassVar[dict[str, str | None]] = definition_scopes()
    queryset = Marcador.objects.all()
    serializer_class = MarcadorSerializer
    ordering_fields = {"criado_em": "id", "nome": "nome"}
    default_ordering = "nome"
    refusals = {"create": (409, 422)}
    services = RecordServices(tags.create_tag, tags.update_tag, tags.delete_tag, tags.restore_tag)


class CampoFilter(StrictFilterSet):
    recurso = django_filters.CharFilter(field_name="recurso", label="De que registros")
    tipo = django_filters.ChoiceFilter(choices=CampoPersonalizado.Tipo.choices)


class CampoViewSet(RecordViewSet):
    """Campos personalizados dos registros deste serviço."""

    recurso = RECURSO
    required_scopes: ClassVar[dict[str, str | None]] = definition_scopes()
    queryset = CampoPersonalizado.objects.all()
    serializer_class = CampoSerializer
    filterset_class = CampoFilter
    refusals = {"create": (409, 422), "update": (409, 422), "destroy": (409,)}
    services = RecordServices(fields.create_field, fields.update_field, fields.delete_field, fields.restore_field)


class VisaoFilter(StrictFilterSet):
    recurso = django_filters.CharFilter(field_name="recurso", label="De que registros")
    tipo = django_filters.ChoiceFilter(choices=Visao.Tipo.choices)


class VisaoViewSet(RecordViewSet):
    """Visões salvas das listas deste serviço: as suas, as da sua equipe e as de todos."""

    recurso = RECURSO
    required_scopes: ClassVar[dict[str, str | None]] = dict.fromkeys(crud_scopes(RECURSO), f"{RECURSO}:ler")
    queryset = Visao.objects.all()
    serializer_class = saved_views.VisaoSerializer
    filterset_class = VisaoFilter
    ordering_fields: ClassVar[dict[str, str]] = {"criado_em": "id", "nome": "nome"}
    default_ordering = "nome"
    services = RecordServices(saved_views.create_view, saved_views.update_view, saved_views.delete_view, saved_views.restore_view)

    def visible(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return saved_views.visible_views(queryset, self.principal)
