"""Reads that need more than their own table."""

from datetime import timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject, Now
from django.utils import timezone

from crm_shared.auth.principal import Principal

from .calendario import hoje, inicio_do_dia
from .models import ABERTAS, Tarefa, TarefaVinculo

_ABERTA = Q(estado__in=ABERTAS)
DIAS_DA_SEMANA = 7


def tarefas_completas() -> QuerySet[Tarefa]:
    """Tasks with the names that they cite, their links and whether they are late: one statement for any number."""
    vinculo = JSONObject(recurso="referencia__recurso", id="referencia_id", nome="referencia__nome", estado="referencia__estado")
    vinculos = TarefaVinculo.objects.filter(tarefa=OuterRef("pk")).order_by("referencia_id").values(json=vinculo)
    atrasada = _ABERTA & Q(vence_em__isnull=False, vence_em__lt=Now())
    tarefas: QuerySet[Tarefa] = Tarefa.objects.select_related("responsavel", "equipe", "criador")
    return tarefas.annotate(  # type: ignore[no-redef]  # with names too, in place of what services.py loads
        vinculos=ArraySubquery(vinculos), atrasada=ExpressionWrapper(atrasada, output_field=BooleanField())
    )


def de_quem(principal: Principal, entre: QuerySet[Tarefa]) -> QuerySet[Tarefa]:
    return entre.filter(responsavel_id=principal.usuario_id) if principal.usuario_id else entre.none()


def vinculadas_a(registro_id: str, entre: QuerySet[Tarefa]) -> QuerySet[Tarefa]:
    return entre.filter(pk__in=TarefaVinculo.objects.filter(referencia_id=registro_id).values("tarefa_id"))


def quando(periodo: str, entre: QuerySet[Tarefa]) -> QuerySet[Tarefa]:
    """Open tasks: `atrasadas`, due `hoje`, or within the `semana`, the seven days that begin today."""
    inicio = inicio_do_dia(hoje())
    dias = DIAS_DA_SEMANA if periodo == "semana" else 1
    if periodo == "atrasadas":
        return entre.filter(_ABERTA, vence_em__lt=timezone.now())
    return entre.filter(_ABERTA, vence_em__gte=inicio, vence_em__lt=inicio + timedelta(days=dias))
