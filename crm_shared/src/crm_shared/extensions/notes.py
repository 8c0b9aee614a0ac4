"""Notes on main records: written by those who may edit the record, changed by their author or an administrator."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers

from ..api.serializers import RECORD_FIELDS, RecordSerializer
from ..api.viewsets import ChildViewSet, RecordServices
from ..auth.principal import Principal
from ..auth.scopes import crud_scopes
from ..db import atomic
from ..errors import Forbidden
from ..records import changes
from ..records.references import USUARIO, cite
from .log import tell
from .models import Nota


@atomic
def create_note(*, ator: Principal, dados: dict[str, Any]) -> Nota:
    cite(USUARIO, ator.usuario_id)
    nota = changes.save_new(Nota(**dados, autor_id=ator.usuario_id))
    tell("nota.criada", nota)
    return nota


def services_for(recurso: str) -> RecordServices:
    """The functions behind the notes of records that the scopes of `recurso` guard."""

    def mine(ator: Principal, pk: UUID, *, deleted: bool = False) -> Nota:
        nota = changes.lock(Nota, pk, deleted=deleted)
        if nota.autor_id != ator.usuario_id and not ator.has(f"{recurso}:administrar"):
            raise Forbidden("Só quem escreveu a nota, ou um administrador, pode alterá-la.", codigo="nota_alheia")
        return nota

    @atomic
    def update(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Nota:
        nota = mine(ator, pk)
        if mudancas := changes.change(nota, dados, versao=versao):
            tell("nota.atualizada", nota, mudancas)
        return nota

    @atomic
    def delete(*, ator: Principal, pk: UUID, versao: int | None = None) -> Nota:
        nota = mine(ator, pk)
        tell("nota.excluida", nota, changes.soft_delete(nota, versao=versao))
        return nota

    @atomic
    def restore(*, ator: Principal, pk: UUID) -> Nota:
        nota = mine(ator, pk, deleted=True)
        tell("nota.restaurada", nota, changes.restore(nota))
        return nota

    return RecordServices(create_note, update, delete, restore)


class NotaSerializer(RecordSerializer):
    texto = serializers.CharField(max_length=10_000)
    autor_id = serializers.UUIDField(read_only=True, allow_null=True)
    autor_nome = serializers.CharField(source="autor.nome", read_only=True, allow_null=True)

    class Meta:
        model = Nota
        fields = (*RECORD_FIELDS, "texto", "fixada", "autor_id", "autor_nome")
        read_only_fields = RECORD_FIELDS


class NotaViewSet(ChildViewSet):
    """Notas de um registro."""

    queryset: QuerySet[Nota] = Nota.objects.select_related("autor")
    parent_field = "registro_id"
    serializer_class = NotaSerializer
    ordering_fields: ClassVar[dict[str, str]] = {"criado_em": "id"}
    refusals: ClassVar[dict[str, tuple[int, ...]]] = {}

    def new_data(self) -> dict[str, Any]:
        model: Any = self.parent_queryset.model
        return {**super().new_data(), "recurso": model.RECURSO}


def notes_viewset(main: Any) -> type[NotaViewSet]:
    """The notes of the records of the viewset `main`, under its scopes and its visibility."""
    recurso = main.recurso
    return type(
        f"Notas{main.__name__}",
        (NotaViewSet,),
        {
            "__doc__": NotaViewSet.__doc__,
            "recurso": recurso,
            "required_scopes": crud_scopes(recurso, create="editar", destroy="editar", restaurar="editar"),
            "parent_queryset": main.queryset.model._default_manager.all(),
            "services": services_for(recurso),
        },
    )
