"""`POST /<recurso>/agregar`: counts and sums of the records that an expression means, by group and over time.

Only rows that the caller sees are counted. The names are those of `q=`: what can be asked for can be grouped by.
"""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Avg, Count, DateField, Max, Min, QuerySet, Sum
from django.db.models.functions import Trunc
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from ..events.values import plain
from ..q import Field, Fields
from ..q.parser import MAX_LENGTH
from .serializers import StrictSerializer

MAX_ROWS = 1000
MAX_GROUPS, MAX_METRICS = 3, 5
_FUNCTIONS: dict[str, Any] = {"soma": Sum, "media": Avg, "minimo": Min, "maximo": Max}
_STEPS = {"dia": "day", "semana": "week", "mes": "month", "trimestre": "quarter", "ano": "year"}


class MetricaSerializer(StrictSerializer):
    funcao = serializers.ChoiceField(choices=[*_FUNCTIONS], help_text="A contagem vem sempre.")
    campo = serializers.CharField(max_length=40, help_text="Um campo numérico da linguagem `q`.")


class SerieSerializer(StrictSerializer):
    campo = serializers.CharField(max_length=40, help_text="Um campo de data ou instante da linguagem `q`.")
    por = serializers.ChoiceField(choices=[*_STEPS])


class AgregarSerializer(StrictSerializer):
    q = serializers.CharField(required=False, max_length=MAX_LENGTH, help_text="Quais registros; sem ela, todos os que você vê.")
    agrupar_por = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=MAX_GROUPS, help_text="Campos da linguagem `q`."
    )
    metricas = serializers.ListField(child=MetricaSerializer(), required=False, max_length=MAX_METRICS)
    serie = SerieSerializer(required=False)


class LinhaAgregadaSerializer(serializers.Serializer[Any]):
    grupo = serializers.DictField(child=serializers.JSONField(allow_null=True), help_text="Valor de cada campo de `agrupar_por`.")
    periodo = serializers.DateField(allow_null=True, help_text="Primeiro dia do período da `serie`, no fuso da empresa.")
    contagem = serializers.IntegerField()
    metricas = serializers.DictField(child=serializers.CharField(allow_null=True), help_text="Por exemplo `soma_valor`.")


class AgregadoSerializer(serializers.Serializer[Any]):
    linhas = LinhaAgregadaSerializer(many=True)
    completo = serializers.BooleanField(help_text=f"Falso quando há mais de {MAX_ROWS} linhas.")


def aggregate(queryset: QuerySet[Any], fields: Fields, wanted: dict[str, Any]) -> dict[str, Any]:
    """The lines, by period and then the largest first. Raises ValidationError for a field that is not of the right kind."""
    groups = {name: _field(fields, name, "agrupar_por").path for name in wanted.get("agrupar_por", [])}
    metrics = {f"{item['funcao']}_{item['campo']}": _metric(fields, item) for item in wanted.get("metricas", [])}
    serie = {"periodo": _period(fields, wanted["serie"])} if "serie" in wanted else {}
    lines = [_line(row, groups, metrics) for row in _rows(queryset.order_by(), [*groups.values()], serie, metrics)]
    return {"linhas": lines[:MAX_ROWS], "completo": len(lines) <= MAX_ROWS}


def _rows(queryset: QuerySet[Any], groups: list[str], serie: dict[str, Any], metrics: dict[str, Any]) -> Any:
    if not groups and not serie:
        return [queryset.aggregate(contagem=Count("pk"), **metrics)]
    rows = queryset.annotate(**serie).values(*groups, *serie).annotate(contagem=Count("pk"), **metrics)
    return rows.order_by(*serie, "-contagem", *groups)[: MAX_ROWS + 1]


def _line(row: dict[str, Any], groups: dict[str, str], metrics: dict[str, Any]) -> dict[str, Any]:
    return {
        "grupo": {name: plain(row[path]) for name, path in groups.items()},
        "periodo": row.get("periodo"),
        "contagem": row["contagem"],
        "metricas": {name: None if row[name] is None else str(row[name]) for name in metrics},
    }


def _field(fields: Fields, name: str, where: str, *kinds: str) -> Field:
    field = fields.get(name)
    if field is None or field.many or field.elsewhere or (kinds and field.kind not in kinds):
        known = sorted(name for name, item in fields.items() if not (item.many or item.elsewhere) and (not kinds or item.kind in kinds))
        raise ValidationError({where: [ErrorDetail(f"Use um destes: {', '.join(known) or 'nenhum'}.", code="opcao_invalida")]})
    return field


def _metric(fields: Fields, item: dict[str, str]) -> Any:
    return _FUNCTIONS[item["funcao"]](_field(fields, item["campo"], "metricas", "numero").path)


def _period(fields: Fields, serie: dict[str, str]) -> Trunc:
    field = _field(fields, serie["campo"], "serie", "data", "instante")
    zone = {"tzinfo": ZoneInfo(settings.REPORT_TIME_ZONE)} if field.kind == "instante" else {}
    return Trunc(field.path, _STEPS[serie["por"]], output_field=DateField(), **zone)
