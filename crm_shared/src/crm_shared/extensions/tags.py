"""Tags: their definitions, and giving them to records."""

from collections.abc import Callable, Collection, Iterable
from typing import Any
from uuid import UUID

from django.utils.text import slugify

from ..auth.principal import Principal
from ..db import atomic
from ..errors import Conflict, Invalid, RuleRefused
from ..identity.search import search_text
from ..records import changes
from ..records.models import Record
from ..records.together import batch
from .columns import MAX_SLUG, Extensible
from .log import tell
from .models import Marcador

MAX_TAGS = 500  # of a service
MAX_OF_RECORD = 50


@atomic
def create_tag(*, ator: Principal, dados: dict[str, Any]) -> Marcador:
    slug = dados.get("slug") or _slug_of(dados["nome"])
    if not slug:
        raise Invalid("Informe um slug: o nome não tem letras nem números.", codigo="slug_invalido", campo="slug")
    holder = Marcador.objects.filter(slug=slug).first()
    if holder is not None:
        detail = "Já existe um marcador com este slug." if holder.excluido_em is None else "Este marcador foi excluído: restaure-o."
        raise Conflict(detail, codigo="duplicado", campo="slug", registro_id=str(holder.pk))
    if Marcador.objects.vivos().count() >= MAX_TAGS:
        raise RuleRefused(f"Há {MAX_TAGS} marcadores; exclua os que não usa.", codigo="marcadores_demais")
    marcador = changes.save_new(Marcador(**{**dados, "slug": slug}))
    tell("marcador.criado", marcador)
    return marcador


def _slug_of(nome: str) -> str:
    """Underscores, which a name may become full of only when it is spelt in ASCII, are no part of a slug."""
    return slugify(slugify(nome).replace("_", "-"))[:MAX_SLUG].strip("-")


@atomic
def update_tag(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Marcador:
    marcador = changes.lock(Marcador, pk)
    if dados.get("slug") in (None, ""):  # PUT without it
        dados = {name: value for name, value in dados.items() if name != "slug"}
    if dados.get("slug", marcador.slug) != marcador.slug:
        raise Invalid("O slug não muda: registros e expressões o citam.", codigo="definitivo", campo="slug")
    if mudancas := changes.change(marcador, dados, versao=versao):
        tell("marcador.atualizado", marcador, mudancas)
    return marcador


@atomic
def delete_tag(*, ator: Principal, pk: UUID, versao: int | None = None) -> Marcador:
    """Records keep the slug out of sight, so that a restored tag is where it was."""
    marcador = changes.lock(Marcador, pk)
    tell("marcador.excluido", marcador, changes.soft_delete(marcador, versao=versao))
    return marcador


@atomic
def restore_tag(*, ator: Principal, pk: UUID) -> Marcador:
    marcador = changes.lock(Marcador, pk, deleted=True)
    tell("marcador.restaurado", marcador, changes.restore(marcador))
    return marcador


Update = Callable[..., Record]  # a domain's own update: (ator, pk, dados, versao), which records the domain's own event


@atomic
def add_tags(
    *, ator: Principal, model: type[Extensible], update: Update, pk: UUID, slugs: Iterable[str], versao: int | None = None
) -> Record:
    """Give the record `pk` the tags, keeping those that it has."""
    return update(ator=ator, pk=pk, dados={"marcadores": with_tags(_locked(model, pk), slugs)}, versao=versao)


@atomic
def remove_tags(
    *, ator: Principal, model: type[Extensible], update: Update, pk: UUID, slugs: Iterable[str], versao: int | None = None
) -> Record:
    """Take the tags from the record `pk`; one that it does not have is no error, one that does not exist is."""
    return update(ator=ator, pk=pk, dados={"marcadores": without_tags(_locked(model, pk), slugs)}, versao=versao)


def with_tags(record: Extensible, slugs: Iterable[str]) -> list[str]:
    """What the locked record has once it got the tags as well. RuleRefused for too many."""
    together = list(dict.fromkeys([*(record.marcadores or []), *_existing(slugs)]))
    if len(together) > MAX_OF_RECORD:
        raise RuleRefused(f"Um registro leva até {MAX_OF_RECORD} marcadores.", codigo="marcadores_demais", campo="marcadores")
    return together


def without_tags(record: Extensible, slugs: Iterable[str]) -> list[str]:
    unwanted = set(_existing(slugs))
    return [slug for slug in record.marcadores or [] if slug not in unwanted]


def _locked(model: Any, pk: UUID) -> Any:
    """What is added to or taken from must not change before it is written."""
    return changes.lock(model, pk)


def _existing(slugs: Iterable[str]) -> list[str]:
    """The slugs, each once; 400 for one that no live tag has."""
    asked = list(dict.fromkeys(slugs))
    known = _live(asked)
    if unknown := [slug for slug in asked if slug not in known]:
        raise Invalid(f"Não há marcador {unknown[0]!r}.", codigo="inexistente", campo="marcadores")
    return asked


def _live(asked: list[str]) -> Collection[str]:
    """Slugs of live tags, all of `asked` that there are among them; records written together ask once."""
    together = batch()
    if together is None:
        return set(Marcador.objects.vivos().filter(slug__in=asked).values_list("slug", flat=True))
    if together.tags is None:
        together.tags = frozenset(Marcador.objects.vivos().values_list("slug", flat=True))
    return together.tags


def called(wanted: list[str]) -> list[str]:
    """The slugs of the live tags that are called so, by slug or by name, for expressions and filters."""
    names = {search_text(text) for text in wanted}
    known = Marcador.objects.vivos().values_list("slug", "nome")
    return [slug for slug, nome in known if slug in wanted or search_text(nome) in names]
