"""Related records inside a record: `expandir=empresa,responsavel`. What is not declared on the view cannot be asked for.

They are read for the whole page at once: another service's from its local snapshot, never by a call; our own service's
as their list shows them, where the caller may read them.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import QuerySet
from rest_framework import serializers

from ..auth.principal import Principal
from ..auth.visibility import visiveis
from ..errors import Forbidden
from ..records.models import OwnedRecord
from ..records.references import Referencia
from .rows import RowPlan
from .serializers import RecordSerializer, row_serializer

Visible = Callable[[QuerySet[Any], Principal, str], QuerySet[Any]]


class Expansion(Protocol):
    """`path` is the column that holds the related id; expansions of one `kind` are read by one query."""

    @property
    def path(self) -> str: ...
    @property
    def kind(self) -> Hashable: ...
    @property
    def shape(self) -> type[serializers.Serializer[Any]]: ...
    def load(self, view: Any, ids: set[Any]) -> dict[Any, Any]: ...


Expansions = Mapping[str, Expansion]


class ReferenciaExpandidaSerializer(serializers.Serializer[Any]):
    """O que se sabe aqui de um registro de outro serviço."""

    id = serializers.UUIDField()
    nome = serializers.CharField(allow_blank=True)
    estado = serializers.CharField(help_text="ok, pendente (ainda não confirmada), fundida, excluida ou anonimizada.")


@dataclass(frozen=True)
class Reference:
    """Another service's record, as its events told of it."""

    path: str
    kind: Hashable = "referencia"
    shape: type[serializers.Serializer[Any]] = ReferenciaExpandidaSerializer

    def load(self, view: Any, ids: set[Any]) -> dict[Any, Any]:
        return {row["id"]: row for row in Referencia.objects.filter(pk__in=ids).values("id", "nome", "estado")} if ids else {}


@dataclass(frozen=True)
class Own:
    """A record of the same service, as a row of its list; null where the caller may not see it.

    `recurso` is what its scope and visibility go by; `visible` narrows where visibility is not by owner.
    """

    path: str
    queryset: QuerySet[Any]
    serializer: type[RecordSerializer]
    recurso: str
    visible: Visible | None = None

    @property
    def kind(self) -> Hashable:
        return self.serializer

    @property
    def shape(self) -> type[serializers.Serializer[Any]]:
        return row_serializer(self.serializer)

    def load(self, view: Any, ids: set[Any]) -> dict[Any, Any]:
        principal: Principal = view.principal
        if not principal.has(f"{self.recurso}:ler"):
            raise Forbidden(f"Seu papel não inclui {self.recurso}:ler.", codigo="escopo_ausente", campo="expandir")
        if not ids:
            return {}
        plan = RowPlan(self.serializer(context={**view.get_serializer_context(), "recurso": self.recurso}))
        rows = self._visible(principal).filter(pk__in=ids, excluido_em__isnull=True)
        return {row["id"]: plan.render(row) for row in rows.select_related(None).prefetch_related(None).values(*plan.paths("id"))}

    def _visible(self, principal: Principal) -> QuerySet[Any]:
        queryset = self.queryset.all()
        if self.visible:
            return self.visible(queryset, principal, "ler")
        return visiveis(queryset, principal, "ler", self.recurso) if issubclass(queryset.model, OwnedRecord) else queryset


def references(*names: str) -> dict[str, Expansion]:
    """Expansions of other services' records by the names of their relations."""
    return {name: Reference(f"{name}_id") for name in names}


OWNER_EXPANSIONS = references("responsavel", "equipe")
