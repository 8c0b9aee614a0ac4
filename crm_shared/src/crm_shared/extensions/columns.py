"""The columns of a main record: its tags and the values of its custom fields, in its own row (ADR 30)."""

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.db import models

MAX_SLUG = 60
ON_MONGO = settings.PRIMARY_KEY_COLUMN == "_id"

if TYPE_CHECKING or not ON_MONGO:  # each image has the driver of its own store alone
    from django.contrib.postgres.fields import ArrayField
else:
    from django_mongodb_backend.fields import ArrayField


class Extensible(models.Model):
    """A main record. `RECURSO` is its name in definitions and views, the same as in its URL where there is one.

    `marcadores` holds slugs, which never change, so that a list, an event and an expression need no join to tell them.
    Each model declares its index: GIN on PostgreSQL, a plain one on MongoDB.
    """

    RECURSO: ClassVar[str]

    marcadores: Any = ArrayField(models.CharField(max_length=MAX_SLUG), verbose_name="marcadores", default=list, blank=True, editable=False)

    extras = models.JSONField("campos personalizados", default=dict, blank=True, editable=False)
    if ON_MONGO:  # the indexed ones typed, for there an index reads them where they are (ADR 30)
        extras_indice = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        abstract = True

    def told(self) -> dict[str, Any]:
        """What the record's events carry of this."""
        from .values import apart

        public, personal = apart(self)
        return {"marcadores": self.marcadores or [], "extras": public, "extras_pessoais": personal}


@cache
def extensible_models() -> dict[str, type[Extensible]]:
    """The main records of this service by RECURSO."""
    return {model.RECURSO: model for model in apps.get_models() if issubclass(model, Extensible)}
