"""Local copies of what a list shows of other services' records, kept fresh by events.

A record of ours cites another service's by id through this table: a name changes in one row, however many cite it,
and a write never waits for another service. An id that no event has told of yet is `pendente`.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import models

from ..db import insert_unless_there
from ..identity.search import search_text
from ..observability.context import current
from .models import PK_COLUMN
from .together import batch

USUARIO, EQUIPE = "auth.usuario", "auth.equipe"
CLIENTE, EMPRESA, OPORTUNIDADE = "clientes.cliente", "empresas.empresa", "vendas.oportunidade"
RECURSOS = (USUARIO, EQUIPE, CLIENTE, EMPRESA, OPORTUNIDADE)  # what is cited across services


class Referencia(models.Model):
    """`recurso` is `<servico>.<entidade>`; `dados` what reports group by (a team's region, a user's team)."""

    class Estado(models.TextChoices):
        OK = "ok", "ok"
        PENDENTE = "pendente", "ainda não confirmada"
        FUNDIDA = "fundida", "fundida em outra"
        EXCLUIDA = "excluida", "excluída"
        ANONIMIZADA = "anonimizada", "anonimizada"

    id = models.UUIDField(primary_key=True, db_column=PK_COLUMN)
    recurso = models.CharField(max_length=40)
    nome = models.CharField(max_length=300, default="")
    dados = models.JSONField(default=dict)
    estado = models.CharField(max_length=12, choices=Estado.choices, default=Estado.PENDENTE)
    versao = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "referência"
        verbose_name_plural = "referências"
        indexes = [models.Index(fields=["recurso", "nome"], name="referencia_por_nome")]

    def __str__(self) -> str:
        return self.nome or str(self.id)


def cite(recurso: str, *ids: UUID | None) -> None:
    """Make sure that a row stands for each id before a record of ours points at it."""
    together = batch()
    for identifier in filter(None, ids):
        if together and identifier in together.citable:
            continue
        if not Referencia.objects.filter(pk=identifier).exists():
            insert_unless_there(Referencia(id=identifier, recurso=recurso))
        if together:
            together.citable.add(identifier)


def learn(recurso: str, identifier: UUID | str, *, versao: int, nome: str, estado: str = "ok", dados: dict[str, Any] | None = None) -> bool:
    """Take over what an event tells of another service's record; False when a newer version is known already."""
    pk = UUID(str(identifier))
    values = {"recurso": recurso, "versao": versao, "nome": nome[:300], "estado": estado, "dados": dados or {}}
    cite(recurso, pk)
    return bool(Referencia.objects.filter(pk=pk, versao__lt=versao).update(**values))


def team_of(usuario_id: UUID | None) -> UUID | None:
    """The team of a user, as the last event about the user said."""
    row = Referencia.objects.filter(pk=usuario_id, recurso=USUARIO).only("dados").first() if usuario_id else None
    equipe = row.dados.get("equipe_id") if row else None
    return UUID(equipe) if equipe else None


def names(ids: Iterable[UUID]) -> dict[UUID, str]:
    return dict(Referencia.objects.filter(pk__in=set(ids)).values_list("pk", "nome"))


def gone(person: UUID) -> bool:
    """Whether somebody was deactivated or deleted, as auth's events told; not so whom nobody told of."""
    known = Referencia.objects.filter(pk=person, recurso=USUARIO).first()
    return known is not None and (known.estado == Referencia.Estado.EXCLUIDA or known.dados.get("ativo") is False)


def ids_called(recurso: str, wanted: list[str]) -> list[str]:
    """The ids of the records of one kind, of which there are few, whose name has the words of any of `wanted`; an id means itself.

    Among users `eu` is whoever asks.
    """
    found = [text for text in wanted if _is_id(text)]
    if recurso == USUARIO and "eu" in wanted and (me := current().ator) and _is_id(me):
        found.append(me)
    texts = [search_text(text) for text in wanted if text != "eu" and not _is_id(text)]
    if texts:
        known = Referencia.objects.filter(recurso=recurso).values_list("pk", "nome")
        found += [str(pk) for pk, nome in known if any(text in search_text(nome) for text in texts)]
    return found


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
