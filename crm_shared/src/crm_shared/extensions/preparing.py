"""The index of a custom field made, as an operation, from the values that records hold already."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from ..auth.principal import Principal
from ..bulk_insert import insert_all
from ..db import update_each
from ..errors import RuleRefused
from ..operations.kinds import Kind, Portion
from ..operations.models import ItemOperacao, Operacao
from ..operations.services import start
from ..records import changes
from .columns import ON_MONGO, extensible_models
from .kinds import typed
from .log import tell
from .models import CampoPersonalizado, ValorExtra
from .values import PREFIX, index_rows

# A write under way may have read the definition before it said `preparo`, and indexes nothing. None lasts as long as this:
# both stores end a transaction sooner (env.postgres_database, transactionLifetimeLimitSeconds).
_UNDER_WAY = timedelta(seconds=60)
_AT_ONCE = 500 if ON_MONGO else 2_000
MAX_DOUBLES = 1_000


def prepare(campo: CampoPersonalizado, ator: Principal) -> UUID:
    """Queue the preparation of what `campo` is about to say in `preparo`; the id of the operation."""
    operacao = start(
        ator=ator,
        tipo="campo_personalizado",
        recurso=f"{settings.SERVICE}/campos-personalizados",
        parametros={"campo": str(campo.pk)},
        apos=_UNDER_WAY,
    )
    return operacao.pk


class Preparar(Kind):
    """`cursor`: {fase, depois, feitos}. First what an earlier attempt left behind is taken away (`limpar`), then all records are walked
    by id (`indexar`), locked, so that each is either indexed here or by the write that changes it. Where records share a value that
    should be unique, the claims are given up again (`soltar`), and the items name the records.
    """

    def portion(self, operacao: Operacao, cursor: Any) -> Portion:
        # not locked: a write that indexes holds its record and then asks for the definition, by the foreign key
        campo = CampoPersonalizado.objects.get(pk=UUID(operacao.parametros["campo"]))
        cursor = cursor or {"fase": "limpar", "depois": None, "feitos": 0}
        return {"limpar": _clean, "indexar": _index, "soltar": _release}[cursor["fase"]](operacao, campo, cursor)

    def ended(self, operacao: Operacao) -> None:
        """However it ended, nothing is being prepared any more."""
        campo = CampoPersonalizado.objects.filter(operacao_id=operacao.pk).exclude(preparo="").first()
        if campo is not None:
            _say(campo, {"preparo": ""})


def _say(campo: CampoPersonalizado, values: dict[str, Any]) -> None:
    tell("campo_personalizado.atualizado", campo, changes.change(campo, values))


def _clean(_operacao: Operacao, campo: CampoPersonalizado, cursor: dict[str, Any]) -> Portion:
    """Rows of a field that was not indexed meanwhile are out of date; on MongoDB there are but claims, of none that is not unique."""
    old = ValorExtra.objects.filter(campo_id=campo.pk)
    pks = list(old.values_list("pk", flat=True)[:_AT_ONCE]) if ON_MONGO or not campo.indexado else []
    ValorExtra.objects.filter(pk__in=pks).delete()
    return Portion(cursor=cursor if pks else {**cursor, "fase": "indexar"})


def _index(operacao: Operacao, campo: CampoPersonalizado, cursor: dict[str, Any]) -> Portion:
    model: Any = extensible_models()[campo.recurso]
    rest = model._base_manager.filter(pk__gt=UUID(cursor["depois"])) if cursor["depois"] else model._base_manager.all()
    last = rest.order_by("pk").values_list("pk", flat=True)[_AT_ONCE - 1 : _AT_ONCE].first()
    # not by the field alone: the walk of a field that few records have would read too much at once
    stretch = rest.filter(pk__lte=last) if last else rest
    records = list(stretch.filter(**{f"extras__{campo.chave}__isnull": False}).select_for_update().order_by("pk"))
    doubles = _keep(campo, records)
    items = [_double(operacao, campo, cursor["feitos"], records, *found) for found in doubles]
    if operacao.erros + len(items) > MAX_DOUBLES:
        raise RuleRefused(f"Mais de {MAX_DOUBLES} registros repetem um valor.", codigo="repetidos_demais")
    following = {"fase": "indexar", "depois": str(last), "feitos": cursor["feitos"] + len(records)}
    done = Portion(cursor=following, feitos=len(records), erros=len(items), itens=items)
    return done if last else _finish(operacao, campo, done)


def _keep(campo: CampoPersonalizado, records: Sequence[Any]) -> list[tuple[int, UUID]]:
    """Index the locked records; answers the position of each whose value another one claims, with that one's id."""
    if ON_MONGO and records:
        for record in records:
            record.extras_indice = {**(record.extras_indice or {}), campo.chave: typed(campo, record.extras[campo.chave])}
        update_each(records, ["extras_indice"])
    if ON_MONGO and not campo.reserva:
        return []
    ValorExtra.objects.filter(campo_id=campo.pk, registro_id__in=[record.pk for record in records]).delete()
    made = [index_rows(campo, record) for record in records]
    claimed = [row.unico for rows in made for row in rows if row.unico is not None]
    holders = dict(ValorExtra.objects.filter(campo_id=campo.pk, unico__in=claimed).values_list("unico", "registro_id"))
    doubles = []
    for number, row in [(number, row) for number, rows in enumerate(made) for row in rows if row.unico is not None]:
        holder = holders.setdefault(row.unico, row.registro_id)
        if holder != row.registro_id:
            row.unico = None
            doubles.append((number, holder))
    insert_all([row for rows in made for row in rows if row.unico is not None or not ON_MONGO])
    return doubles


def _double(operacao: Operacao, campo: CampoPersonalizado, first: int, records: Sequence[Any], number: int, holder: UUID) -> ItemOperacao:
    erro = {"campo": f"{PREFIX}{campo.chave}", "codigo": "duplicado", "mensagem": f"O registro {holder} já tem este valor."}
    return ItemOperacao(operacao=operacao, indice=first + number, status=409, registro_id=records[number].pk, erros=[erro])


def _finish(operacao: Operacao, campo: CampoPersonalizado, done: Portion) -> Portion:
    """What was prepared holds from the commit on; of doubles, being unique does not."""
    unique = campo.reserva and not operacao.erros + done.erros
    resultado = {"campo": campo.chave, "indexado": True, "unico": unique}
    if campo.reserva and not unique:
        _say(campo, {"indexado": True, "preparo": ""})
        return replace(done, cursor={"fase": "soltar"}, resultado=resultado)
    _say(campo, {"indexado": True, "unico": unique, "preparo": ""})
    return replace(done, fim=True, resultado=resultado)


def _release(_operacao: Operacao, campo: CampoPersonalizado, cursor: dict[str, Any]) -> Portion:
    claimed = ValorExtra.objects.filter(campo_id=campo.pk, unico__isnull=False)
    pks = list(claimed.values_list("pk", flat=True)[:_AT_ONCE])
    ValorExtra.objects.filter(pk__in=pks).update(unico=None)
    return Portion(cursor=cursor, fim=not pks)
