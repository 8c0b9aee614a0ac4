"""Saved views: kept with what the list itself would refuse already refused, and applied to a list by their id."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from ..api.filters import expression_fields
from ..api.rows import row_names
from ..api.serializers import RECORD_FIELDS, RecordSerializer
from ..auth.principal import Principal
from ..db import atomic
from ..errors import Forbidden, Invalid
from ..events.log import Change
from ..observability.masking import masked_expression, masked_filters
from ..q import QError, parse
from ..records import changes
from .log import tell
from .models import Visao

MAINS: dict[str, Any] = {}  # RECURSO -> viewset, filled by register_main
ADMINISTRAR = f"{settings.OPERATIONS_RESOURCE or settings.SERVICE}:administrar"


def visible_views(rows: QuerySet[Visao], ator: Principal) -> QuerySet[Visao]:
    """One's own, those that one's team shares, those of all."""
    mine = Q(dono_id=ator.usuario_id) if ator.usuario_id else Q(pk__in=[])
    shared = Q(compartilhamento=Visao.Compartilhamento.TODOS)
    if ator.equipes:
        shared |= Q(compartilhamento=Visao.Compartilhamento.EQUIPE, equipe_id__in=ator.equipes)
    return rows.filter(mine | shared)


@atomic
def create_view(*, ator: Principal, dados: dict[str, Any]) -> Visao:
    visao = changes.save_new(Visao(**dados, dono_id=ator.usuario_id, equipe_id=ator.equipe_id))
    _refuse_sharing(visao, ator)
    _tell("visao.criada", visao)
    _only_default(visao)
    return visao


@atomic
def update_view(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Visao:
    visao = _mine(ator, pk)
    if dados.get("recurso", visao.recurso) != visao.recurso:
        raise Invalid("O recurso não muda.", codigo="definitivo", campo="recurso")
    if mudancas := changes.change(visao, dados, versao=versao):
        _refuse_sharing(visao, ator)
        _tell("visao.atualizada", visao, mudancas)
        _only_default(visao)
    return visao


@atomic
def delete_view(*, ator: Principal, pk: UUID, versao: int | None = None) -> Visao:
    visao = _mine(ator, pk)
    _tell("visao.excluida", visao, changes.soft_delete(visao, versao=versao))
    return visao


@atomic
def restore_view(*, ator: Principal, pk: UUID) -> Visao:
    visao = _mine(ator, pk, deleted=True)
    _tell("visao.restaurada", visao, changes.restore(visao))
    _only_default(visao)
    return visao


def _tell(what: str, visao: Visao, mudancas: Sequence[Change] = ()) -> None:
    typed = {"q_pessoal": visao.q, "filtros_pessoais": visao.filtros}
    tell(what, visao, mudancas, q=masked_expression(visao.q), filtros=masked_filters(visao.filtros), **typed)


def _mine(ator: Principal, pk: UUID, *, deleted: bool = False) -> Visao:
    visao = changes.lock(Visao, pk, deleted=deleted)
    if visao.dono_id != ator.usuario_id and not ator.has(ADMINISTRAR):
        raise Forbidden("Só o dono da visão, ou um administrador, pode alterá-la.", codigo="visao_alheia")
    return visao


def _refuse_sharing(visao: Visao, ator: Principal) -> None:
    if visao.compartilhamento == Visao.Compartilhamento.TODOS and not ator.has(ADMINISTRAR):
        raise Forbidden("Só um administrador compartilha uma visão com todos.", codigo="escopo_ausente", campo="compartilhamento")


def _only_default(visao: Visao) -> None:
    if visao.padrao:
        others = Visao.objects.vivos().filter(dono_id=visao.dono_id, recurso=visao.recurso, padrao=True).exclude(pk=visao.pk)
        for other in others.select_for_update():
            _tell("visao.atualizada", other, changes.change(other, {"padrao": False}))


class VisaoSerializer(RecordSerializer):
    masks: ClassVar[dict[str, Callable[[Any], Any]]] = {"q": masked_expression, "filtros": masked_filters}

    filtros = serializers.DictField(
        child=serializers.CharField(max_length=300), required=False, help_text="Filtros da lista e seus valores, como na URL."
    )
    colunas = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=60, help_text="Campos da lista, na ordem em que aparecem."
    )
    dono_id = serializers.UUIDField(read_only=True, allow_null=True)

    class Meta:
        model = Visao
        fields = (
            *RECORD_FIELDS,
            "recurso",
            "nome",
            "q",
            "filtros",
            "colunas",
            "ordenar",
            "agrupar_por",
            "tipo",
            "compartilhamento",
            "padrao",
            "dono_id",
        )
        read_only_fields = RECORD_FIELDS

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What the list would refuse is refused now."""
        recurso = attrs.get("recurso") or self.instance.recurso  # type: ignore[union-attr]  # there is one where it may be left out
        if recurso not in MAINS:
            raise _refused("recurso", f"Use um destes: {', '.join(sorted(MAINS))}.", "opcao_invalida")
        view = MAINS[recurso]()
        view.request = self.context["request"]
        for name, check in _CHECKS.items():
            if attrs.get(name):
                check(view, attrs[name])
        return attrs


def _check_q(view: Any, q: str) -> None:
    try:
        parse(q, expression_fields(q, view), searchable=bool(view.search_paths))
    except QError as error:
        raise _refused("q", str(error), error.codigo) from None


def _check_filters(view: Any, filtros: dict[str, str]) -> None:
    known = {} if view.filterset_class is None else view.filterset_class.base_filters
    if unknown := [name for name in filtros if name not in known]:
        raise _refused("filtros", f"Não há filtro {unknown[0][:40]!r} aqui.", "parametro_desconhecido")
    form = view.filterset_class(filtros, queryset=view.queryset.none()).form if filtros else None
    if form is not None and not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        raise _refused("filtros", f"{name}: {errors[0]}", "invalido")


def _check_columns(view: Any, colunas: list[str]) -> None:
    known = row_names(view.serializer_class)
    if unknown := [name for name in colunas if name not in known]:
        raise _refused("colunas", f"Não há {unknown[0][:40]!r} nesta lista.", "opcao_invalida")


def _check_order(view: Any, ordenar: str) -> None:
    if ordenar.removeprefix("-") not in view.ordering_fields:
        raise _refused("ordenar", f"Ordene por um destes: {', '.join(view.ordering_fields)}.", "opcao_invalida")


def _check_group(view: Any, agrupar_por: str) -> None:
    if agrupar_por not in view.q_fields:
        raise _refused("agrupar_por", f"Use um destes: {', '.join(sorted(view.q_fields))}.", "opcao_invalida")


_CHECKS: dict[str, Any] = {
    "q": _check_q,
    "filtros": _check_filters,
    "colunas": _check_columns,
    "ordenar": _check_order,
    "agrupar_por": _check_group,
}


def _refused(campo: str, message: str, code: str) -> ValidationError:
    return ValidationError({campo: [ErrorDetail(message, code=code)]})


def apply_view(request: Request, recurso: str, ator: Principal) -> None:
    """Turn `visao=<id>` into the parameters that it stands for; those of the request come first, expressions must both hold."""
    params: QueryDict = request.query_params.copy()
    values: list[Any] = params.pop("visao")
    visao = _asked(values[0], recurso, ator) if len(values) == 1 else None
    if visao is None:
        raise _refused("visao", "Não há esta visão aqui, ou você não pode vê-la.", "inexistente")
    for name, value in {**visao.filtros, "ordenar": visao.ordenar}.items():
        if value and name not in params:
            params[name] = value
    if visao.q:
        params["q"] = f"({visao.q}) ({params['q']})" if params.get("q") else visao.q
    request._request.GET = params  # type: ignore[assignment]  # DRF reads its parameters from there


def _asked(text: str, recurso: str, ator: Principal) -> Visao | None:
    try:
        pk = UUID(text)
    except ValueError:
        return None
    return visible_views(Visao.objects.vivos(), ator).filter(pk=pk, recurso=recurso).first()
