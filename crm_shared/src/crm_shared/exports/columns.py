"""The columns of an export: the list's own, and one for each custom field where a list has one for all of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError

from ..api.rows import row_names
from ..auth.fields import FieldAccess
from ..extensions.kinds import of_plain
from ..extensions.models import CampoPersonalizado
from ..extensions.values import PREFIX, Fields, live_fields
from ..imports.values import folded

EXTRAS = "extras"


def custom_columns(serializer_class: Any) -> dict[str, CampoPersonalizado]:
    """By `extras.<chave>` what lists show: the sensitive ones they do not."""
    if EXTRAS not in row_names(serializer_class):
        return {}
    fields: Fields = live_fields(serializer_class.Meta.model.RECURSO)
    return {f"{PREFIX}{chave}": campo for chave, campo in fields.items() if not campo.sensivel}


def chosen(serializer_class: Any, asked: Sequence[str], access: FieldAccess) -> list[str]:
    """All columns unless some are `asked` for, custom fields as `extras.<chave>` or `@chave`. Raises ValidationError for unknown ones.

    What `access` hides is no column.
    """
    own = [name for name in row_names(serializer_class) if not access.hides(name)]
    custom = {name: campo for name, campo in custom_columns(serializer_class).items() if not access.hides(name)}
    wanted = [f"{PREFIX}{name[1:]}" if name.startswith("@") else name for name in asked] or own
    unknown = [name for name in wanted if name not in own and name not in custom]
    if unknown:
        raise ValidationError({"campos": [ErrorDetail(f"Campos desconhecidos: {', '.join(unknown)}.", code="campo_desconhecido")]})
    return list(dict.fromkeys(column for name in wanted for column in (custom if name == EXTRAS else [name])))


def titles(serializer_class: Any, columns: Iterable[str]) -> list[str]:
    """Custom fields go by their labels, as an import finds them again; by name where another column could be meant as well."""
    fields, custom = serializer_class().fields, custom_columns(serializer_class)
    taken = Counter(text for name, item in fields.items() for text in {folded(name), folded(str(item.label or name))})
    taken.update(folded(campo.rotulo) for campo in custom.values())
    return [custom[name].rotulo if name in custom and taken[folded(custom[name].rotulo)] == 1 else name for name in columns]


def reader(serializer: Any, columns: Iterable[str]) -> Callable[[dict[str, Any]], list[Any]]:
    """From a row as the list shows it to its cells: numbers and dates of custom fields as such, masked values as they are."""
    custom = custom_columns(type(serializer))
    access = serializer.access
    typed = {name: campo for name, campo in custom.items() if (access.personal or not campo.pessoal) and not access.closes(name)}
    names = list(columns)

    def cell(row: dict[str, Any], name: str) -> Any:
        if not name.startswith(PREFIX):
            return row[name]
        value = row[EXTRAS].get(name.removeprefix(PREFIX))
        return of_plain(typed[name], value) if value is not None and name in typed else value

    return lambda row: [cell(row, name) for name in names]
