"""The base of every record's viewset: a declaration of queryset, serializer, filters, scopes and service functions."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from ..auth.fields import FieldAccess, field_access
from ..auth.principal import Principal
from ..auth.visibility import visiveis
from ..q import Fields
from ..records.models import OwnedRecord, Record
from ..simulation import simulate
from . import history, reading
from .aggregate import AgregadoSerializer, AgregarSerializer, aggregate
from .concurrency import etag, if_match
from .expansion import Expansions
from .filters import ListFilterBackend, expression_condition
from .idempotency import run_once
from .pagination import KeysetPagination
from .restricting import open_fields, refuse_writing
from .serializers import EmptySerializer
from .simulating import SIMULATED, WRITES, asks_to_simulate

MAX_PARTS = 500  # of each kind, the newest, in the history of what they belong to
UUID_REGEX = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


@dataclass(frozen=True)
class RecordServices:
    """The domain's functions behind the standard actions.

    create(ator, dados); update(ator, pk, dados, versao); delete(ator, pk, versao); restore(ator, pk): keyword-only,
    each one transaction that ends with its event, each returns the record.
    """

    create: Callable[..., Record]
    update: Callable[..., Record]
    delete: Callable[..., Record]
    restore: Callable[..., Record]
    assign: Callable[..., Record] | None = None  # (ator, pk, versao, responsavel_id, equipe_id), where it is more than an update


class ScopedViewSet(GenericViewSet[Any]):
    """Any viewset of ours: a scope per action, checked at start, and Idempotency-Key on POST and PATCH."""

    required_scopes: ClassVar[dict[str, str | None]]
    refusals: ClassVar[dict[str, tuple[int, ...]]] = {}  # action -> statuses of its own rules, for OpenAPI (api/schema/answers.py)
    unversioned: ClassVar[frozenset[str]] = frozenset()  # actions that take no If-Match: they change nothing that others may have changed
    filterset_class: Any = None
    search_paths: ClassVar[tuple[str, ...]] = ()
    q_fields: ClassVar[Fields] = {}  # what an expression in `q=` may name
    lookup_value_regex = UUID_REGEX
    simulated = False  # whether the present request is to be taken back (crm_shared.simulation)

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        missing = set((actions or {}).values()) - set(getattr(cls, "required_scopes", {}))
        if missing:
            raise ImproperlyConfigured(f"{cls.__name__} declares no scope for: {', '.join(sorted(missing))}.")
        return super().as_view(actions, **initkwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = (request.method or "").lower()
        if method in ("post", "patch") and "Idempotency-Key" in request.headers and self.action:
            handler = getattr(self, method)
            setattr(self, method, partial(_run_idempotent, handler))
        self.simulated = method in WRITES and bool(self.action) and asks_to_simulate(request)
        if self.simulated:
            setattr(self, method, partial(_run_simulated, getattr(self, method)))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if self.simulated:
            response[SIMULATED] = "true"
        return super().finalize_response(request, response, *args, **kwargs)

    @property
    def principal(self) -> Principal:
        user: Principal = self.request.user  # type: ignore[assignment]  # the stubs know only Django's users
        return user

    @property
    def access(self) -> FieldAccess:
        """What the fields of this resource are to the caller."""
        return field_access(self.principal, getattr(self, "recurso", ""))

    @property
    def acao(self) -> str:
        """The verb of the scope that the present action asks for: what visibility is looked up by."""
        scope = self.required_scopes.get(self.action or "") or ":ler"
        return scope.split(":")[1]

    def validated(self, serializer_class: Any, **options: Any) -> dict[str, Any]:
        """The body of the present request, read by `serializer_class`."""
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context(), **options)
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        return data


def _run_idempotent(handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
    return run_once(request, handler, *args, **kwargs)


def _run_simulated(handler: Callable[..., Response], *args: Any, **kwargs: Any) -> Response:
    return simulate(lambda: handler(*args, **kwargs))


class ReadOnlyViewSet(ScopedViewSet):
    """List and detail of one kind of record, and transitions where a subclass declares them."""

    recurso: ClassVar[str]
    queryset: Any
    paginator: KeysetPagination
    serializer_class: Any
    ordering_fields: ClassVar[dict[str, str]] = {"criado_em": "id"}  # ids are time-ordered, so creation needs no index of its own
    default_ordering: ClassVar[str] = "-criado_em"
    expansions: ClassVar[Expansions] = {}  # what `expandir=` may name
    filter_backends = [ListFilterBackend]
    pagination_class = KeysetPagination

    def base_queryset(self) -> QuerySet[Any]:
        """Every row that the URL can mean, before visibility; deleted ones only where they can be restored or explained."""
        queryset: QuerySet[Any] = self.queryset.all()
        return queryset if self.action in ("restaurar", "historico") else queryset.filter(excluido_em__isnull=True)

    def get_queryset(self) -> QuerySet[Any]:
        return self.visible(self.base_queryset())

    def visible(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that the caller may see; what belongs to nobody is seen by all who hold the scope."""
        if issubclass(queryset.model, OwnedRecord):
            return visiveis(queryset, self.principal, self.acao, self.recurso)
        return queryset

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.page(self.get_queryset())

    def page(self, queryset: QuerySet[Any]) -> Response:
        """One page of `queryset`, filtered and ordered as the request says, in the list's shape."""
        return reading.page(self, queryset)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return reading.record(self)

    def visible_record(self) -> Any:
        record = self.get_queryset().filter(pk=UUID(self.kwargs["pk"])).first()
        if record is None:
            raise Http404
        return record

    def transition(self, service: Callable[..., Record], body: Any = EmptySerializer) -> Response:
        """Run a state-changing service function on the record of the URL with the body's fields as its arguments."""
        record = self.visible_record()
        sent: Any = self.request.data
        refuse_writing(self.access, sent if isinstance(sent, dict) else ())
        changed = service(ator=self.principal, pk=record.pk, versao=if_match(self.request), **self.validated(body))
        return self.show(self.reload(changed))

    def reload(self, record: Record) -> Any:
        """The record as the answer shows it, also where the caller has just given it out of sight."""
        return self.queryset.all().get(pk=record.pk)

    def show(self, record: Any, code: int = 200, **headers: str) -> Response:
        data = type(self).serializer_class(record, context=self.get_serializer_context()).data
        return Response(data, status=code, headers={"ETag": etag(record.versao), **headers})


class RecordViewSet(ReadOnlyViewSet):
    """List, detail, create, PUT, PATCH, soft delete and restore of one kind of record."""

    services: ClassVar[RecordServices]
    parts: ClassVar[tuple[str, ...]] = ()  # what belongs to a record and is told in its history, by related name
    new_serializer_class: Any = None  # the body of a creation, where it is not the record's own

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        record = self.services.create(ator=self.principal, dados=self.new_data())
        location = f"{request.path.rstrip('/')}/{record.pk}"
        return self.show(self.reload(record), status.HTTP_201_CREATED, Location=location)

    def new_data(self) -> dict[str, Any]:
        """The fields of a new record."""
        return self.validated(self.new_serializer_class or self.serializer_class)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        record = self.visible_record()
        serializer: Any = self.get_serializer(record, data=request.data)
        serializer.is_valid(raise_exception=True)
        defaults = {name: value for name, value in serializer.defaults().items() if name not in self.access.unwritable}
        return self._updated(record, defaults | serializer.validated_data)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        record = self.visible_record()
        return self._updated(record, self.validated(self.serializer_class, instance=record, partial=True))

    def _updated(self, record: Record, dados: dict[str, Any]) -> Response:
        changed = self.services.update(ator=self.principal, pk=record.pk, dados=dados, versao=if_match(self.request))
        return self.show(self.reload(changed))

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        record = self.visible_record()
        self.services.delete(ator=self.principal, pk=record.pk, versao=if_match(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def restaurar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        record = self.visible_record()
        self.validated(EmptySerializer)
        return self.show(self.reload(self.services.restore(ator=self.principal, pk=record.pk)))

    @extend_schema(request=AgregarSerializer, responses=AgregadoSerializer)
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def agregar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Conta e soma os registros, por grupo e por período."""
        wanted = self.validated(AgregarSerializer)
        queryset = self.get_queryset()
        if "q" in wanted:
            queryset = queryset.filter(expression_condition(wanted["q"], self))
        fields = open_fields(self.access, self.q_fields)
        return Response(aggregate(queryset.select_related(None).prefetch_related(None), fields, wanted))

    @extend_schema(responses=history.HistoricoSerializer, parameters=KeysetPagination().documented(history.Order))
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def historico(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lê quem mudou o quê neste registro, e quando, do mais recente ao mais antigo."""
        record = self.visible_record()
        return Response(history.page(request, record.pk, access=self.access, parts=self.parts_of(record)))

    def parts_of(self, record: Any) -> list[UUID]:
        """The ids of what belongs to the record and is told in its history."""
        return [pk for name in self.parts for pk in getattr(record, name).order_by("-pk").values_list("pk", flat=True)[:MAX_PARTS]]


class UnderParent(ReadOnlyViewSet):
    """Records that live under another's URL and share its visibility: `/<servico>/{pai_pk}/<recurso>`."""

    parent_queryset: ClassVar[QuerySet[Any]]
    parent_field: ClassVar[str]  # the model field that holds the parent's id, e.g. "cliente_id"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        parents = self.parent_queryset.filter(excluido_em__isnull=True)
        if not self.visible(parents).filter(pk=self.parent_id).exists():
            raise Http404

    @property
    def parent_id(self) -> UUID:
        return UUID(self.kwargs["pai_pk"])

    def get_queryset(self) -> QuerySet[Any]:
        return self.base_queryset().filter(**{self.parent_field: self.parent_id})


class ChildViewSet(UnderParent, RecordViewSet):
    """`UnderParent`, with everything that can be done to a record."""

    def new_data(self) -> dict[str, Any]:
        return {**super().new_data(), self.parent_field: self.parent_id}
