"""`marcar` and `desmarcar` for many records."""

from typing import Any, ClassVar

from ...extensions.serializers import MarcarSerializer
from ...extensions.tags import add_tags, remove_tags
from ...records.models import Record
from .writes import Done, Item, Write

_TAGS = MarcarSerializer()


class Marcar(Write):
    action, inverse, values = "marcar", "marcar", True
    service: ClassVar[Any] = staticmethod(add_tags)

    def do(self, item: Item) -> Done:
        record, versao = self.named(item)
        slugs = _TAGS.run_validation(item)["marcadores"]
        model, update = self.desk.model, self.desk.services.update
        return Done(200, self.call(self.service, model=model, update=update, pk=record.pk, slugs=slugs, versao=versao), {})

    def back(self, record: Record, antes: dict[str, Any], versao: int) -> None:
        self.desk.services.update(ator=self.desk.ator, pk=record.pk, dados={"marcadores": antes["marcadores"]}, versao=versao)


class Desmarcar(Marcar):
    action, inverse = "desmarcar", "desmarcar"
    service: ClassVar[Any] = staticmethod(remove_tags)
