"""Fields by which people call things instead of citing ids: `responsavel:eu`, `equipe:sul`, `etapa:proposta`."""

from collections.abc import Callable
from functools import partial

from django.db import models

from ..identity.search import search_text
from ..records.references import EQUIPE, USUARIO, ids_called
from .fields import named

OWNER_Q_FIELDS = {
    "responsavel": named("responsavel_id", partial(ids_called, USUARIO)),
    "equipe": named("equipe_id", partial(ids_called, EQUIPE)),
}


def called(model: type[models.Model]) -> Callable[[list[str]], list[str]]:
    """From names to the ids of the rows of `model`, of which there are few, that have the words of any of them."""

    def resolve(wanted: list[str]) -> list[str]:
        texts = [search_text(text) for text in wanted]
        known = model._default_manager.filter(excluido_em__isnull=True).values_list("pk", "nome")
        return [str(pk) for pk, nome in known if str(pk) in wanted or any(text in search_text(nome) for text in texts)]

    return resolve
