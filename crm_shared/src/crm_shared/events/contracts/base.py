"""Frozen shapes of events. The producer writes them, consumers read the fields they need and ignore the rest."""

from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from typing import Annotated, Any, ClassVar, Self

from ..values import plain

# strings whose text is one of these: what conditions on events (q/events.py) compare them as
Numero = Annotated[str, "numero"]
Data = Annotated[str, "data"]
Instante = Annotated[str, "instante"]


def pessoal(default: Any = MISSING) -> Any:
    """A field that holds personal data: it travels in `pessoais`, apart from the rest."""
    metadata = {"pessoal": True}
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Base of every event. `TIPO` is `<servico>.<entidade>.<participio>.v<major>`.

    Values are JSON's own: ids, decimals ("10.00"), dates and instants are strings. A new field needs a default, so
    that events written before it can still be read; an incompatible change is a new type.
    """

    TIPO: ClassVar[str]

    @classmethod
    def of(cls, record: Any, **other: Any) -> Self:
        """The event of `record`: every field takes the attribute of its name, unless given in `other`."""
        names = _names(cls)  # type: ignore[arg-type]  # a class is hashable
        made = cls.__new__(cls)
        # every field has its value here, and a frozen class's own __init__ sets one after the other
        made.__dict__.update({name: plain(other[name] if name in other else getattr(record, name)) for name, _ in names})
        return made

    @classmethod
    def read(cls, dados: dict[str, Any], pessoais: dict[str, Any]) -> Self:
        values = {**dados, **pessoais}
        return cls(**{item.name: values[item.name] for item in fields(cls) if item.name in values})

    def split(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """(dados, pessoais)"""
        dados: dict[str, Any] = {}
        pessoais: dict[str, Any] = {}
        for name, personal in _names(type(self)):  # type: ignore[arg-type]  # as above
            (pessoais if personal else dados)[name] = getattr(self, name)
        return dados, pessoais

    @classmethod
    def agregado(cls) -> str:
        """`<servico>.<entidade>`"""
        return ".".join(cls.TIPO.split(".")[:2])


@cache
def _names(contract: type[Contract]) -> list[tuple[str, bool]]:
    """Of its fields, and whether each is personal: asked for every event, where `fields` is slow."""
    return [(item.name, is_personal(item)) for item in fields(contract)]


def is_personal(item: "Field[Any]") -> bool:
    return bool(item.metadata.get("pessoal"))
