"""`marcar` and `desmarcar` for many records."""

from typing import Any, ClassVar

from ...extensions.serializers import MarcarSerializer
from ...extensions.tags import with_tags, without_tags
from ...records.models import Record
from .writes import Done, Item, Write

_TAGS = MarcarSerializer()


class Marcar(Write):
    action, inverse, values = "marcar", "marcar", True
    tags: ClassVar[Any] = staticmethod(with_tags)

    def do(self, item: Item) -> Done:
        record, versao = self.named(item)
        slugs = _TAGS.run_validation(item)["marcadores"]
        dados = {"marcadores": self.tags(record, slugs)}
        return Done(200, self.call(self.desk.services.update, pk=record.pk, dados=dados, versao=versao), {})

    def back(self, record: Record, antes: dict[str, Any], versao: int) -> None:
        self.desk.services.update(ator=self.desk.ator, pk=record.pk, dados={"marcadores": antes["marcadores"]}, versao=versao)


class Desmarcar(Marcar):
    action, inverse = "desmarcar", "desmarcar"
    tags: ClassVar[Any] = staticmethod(without_tags)
