"""Definitions of custom fields: what may be defined, and what of it may change."""

from copy import copy
from typing import Any
from uuid import UUID

from rest_framework.exceptions import ValidationError

from ..auth.principal import Principal
from ..db import atomic
from ..errors import Conflict, Invalid, RuleRefused
from ..records import changes
from ..records.references import RECURSOS
from .columns import extensible_models
from .kinds import KINDS, LOSSLESS, Tipo, read_value
from .log import tell
from .models import CampoPersonalizado
from .patterns import PatternRefused, compiled
from .preparing import prepare

MAX_FIELDS = 200  # of one kind of record
MAX_OPTIONS = 200
_FOR_EVER = {"recurso": "O recurso não muda.", "chave": "A chave não muda: registros e expressões a citam."}


@atomic
def create_field(*, ator: Principal, dados: dict[str, Any]) -> CampoPersonalizado:
    campo = CampoPersonalizado(**_with_index(dados))
    _check(campo)
    holder = CampoPersonalizado.objects.filter(recurso=campo.recurso, chave=campo.chave).first()
    if holder is not None:
        detail = "Já existe um campo com esta chave." if holder.excluido_em is None else "Este campo foi excluído: restaure-o."
        raise Conflict(detail, codigo="duplicado", campo="chave", registro_id=str(holder.pk))
    if CampoPersonalizado.objects.vivos().filter(recurso=campo.recurso).count() >= MAX_FIELDS:
        raise RuleRefused(f"Há {MAX_FIELDS} campos; exclua os que não usa.", codigo="campos_demais")
    changes.save_new(campo)
    tell("campo_personalizado.criado", campo)
    return campo


@atomic
def update_field(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> CampoPersonalizado:
    """Only what leaves the values of records as they are may change. Where there are records, what they need for `indexado` and
    `unico` is prepared in the background, and the definition says so until it holds.
    """
    campo = _at_rest(pk)
    dados = _with_index({"unico": campo.unico, **dados})
    for name, detail in _FOR_EVER.items():
        if dados.get(name, getattr(campo, name)) != getattr(campo, name):
            raise Invalid(detail, codigo="definitivo", campo=name)
    _refuse_lossy(campo, dados)
    wanted = copy(campo)
    for name, value in dados.items():
        setattr(wanted, name, value)
    _check(wanted)
    if KINDS[campo.tipo].column != KINDS[wanted.tipo].column and campo.indexado:
        raise Invalid("Um campo indexado não pode passar a este tipo.", codigo="tipo_incompativel", campo="tipo")
    if mudancas := changes.change(campo, {**dados, **_prepared(campo, wanted, ator)}, versao=versao):
        tell("campo_personalizado.atualizado", campo, mudancas)
    return campo


def _at_rest(pk: UUID) -> CampoPersonalizado:
    """The definition, locked. Raises Conflict while it is being prepared."""
    campo = changes.lock(CampoPersonalizado, pk)
    if campo.preparo:
        raise Conflict("O campo está em preparo: espere a operação terminar, ou a cancele.", codigo="em_preparo")
    return campo


def _prepared(campo: CampoPersonalizado, wanted: CampoPersonalizado, ator: Principal) -> dict[str, Any]:
    """What the definition says of what is turned on, where records may hold values already."""
    model: Any = extensible_models()[campo.recurso]
    turned_on = [name for name in ("unico", "indexado") if getattr(wanted, name) and not getattr(campo, name)]
    if not turned_on or not model._base_manager.exists():
        return {}
    return {"indexado": campo.indexado, "unico": campo.unico, "preparo": turned_on[0], "operacao_id": prepare(campo, ator)}


def _refuse_lossy(campo: CampoPersonalizado, dados: dict[str, Any]) -> None:
    tipo = dados.get("tipo", campo.tipo)
    if tipo != campo.tipo and tipo not in LOSSLESS.get(campo.tipo, ()):
        raise Invalid("Os valores guardados não cabem neste tipo.", codigo="tipo_incompativel", campo="tipo")
    if dados.get("alvo", campo.alvo) != campo.alvo:
        raise Invalid("O alvo de uma referência não muda.", codigo="definitivo", campo="alvo")
    if campo.indexado and not dados.get("indexado", True):
        raise RuleRefused("Um campo indexado continua indexado.", codigo="campo_em_uso", campo="indexado")


@atomic
def delete_field(*, ator: Principal, pk: UUID, versao: int | None = None) -> CampoPersonalizado:
    """Records keep the values out of sight, and unique ones claimed, so that a restored field is as it was."""
    campo = _at_rest(pk)
    tell("campo_personalizado.excluido", campo, changes.soft_delete(campo, versao=versao))
    return campo


@atomic
def restore_field(*, ator: Principal, pk: UUID) -> CampoPersonalizado:
    campo = changes.lock(CampoPersonalizado, pk, deleted=True)
    tell("campo_personalizado.restaurado", campo, changes.restore(campo))
    return campo


def _with_index(dados: dict[str, Any]) -> dict[str, Any]:
    return {**dados, "indexado": True} if dados.get("unico") else dados


def _check(campo: CampoPersonalizado) -> None:
    """What a definition says must fit together. Raises Invalid."""
    _check_resource(campo)
    _check_options(campo)
    kind = KINDS[campo.tipo]
    if campo.indexado and (not kind.column or campo.sensivel):
        raise Invalid("Um campo sensível ou de texto longo não pode ser indexado.", codigo="sem_indice", campo="indexado")
    if campo.unico and not kind.unique:
        raise Invalid("Um campo deste tipo não pode ser único.", codigo="sem_unicidade", campo="unico")
    if campo.unico and campo.padrao is not None:
        raise Invalid("Um campo único não tem valor padrão.", codigo="sem_padrao", campo="padrao")
    if campo.regex and campo.tipo != Tipo.TEXTO:
        raise Invalid("Só um campo de texto tem expressão regular.", codigo="sem_regex", campo="regex")
    try:
        compiled(campo.regex)
    except PatternRefused as error:
        raise Invalid(str(error), codigo="regex_invalida", campo="regex") from None
    if campo.padrao is not None:
        _check_default(campo)


def _check_resource(campo: CampoPersonalizado) -> None:
    if campo.recurso not in extensible_models():
        raise Invalid(f"Use um destes: {', '.join(sorted(extensible_models()))}.", codigo="opcao_invalida", campo="recurso")
    if (campo.tipo == Tipo.REFERENCIA) != bool(campo.alvo) or campo.alvo not in ("", *RECURSOS):
        raise Invalid(f"Para referências, e só para elas, um destes: {', '.join(RECURSOS)}.", codigo="opcao_invalida", campo="alvo")


def _check_options(campo: CampoPersonalizado) -> None:
    has, needs = bool(campo.opcoes), campo.tipo in (Tipo.LISTA, Tipo.MULTILISTA)
    if has != needs and campo._state.adding:
        raise Invalid("Listas, e só elas, têm opções.", codigo="opcoes_invalidas", campo="opcoes")
    if needs and not has:
        raise Invalid("Uma lista tem opções.", codigo="opcoes_invalidas", campo="opcoes")
    values = [option["valor"] for option in campo.opcoes]
    if len(values) != len(set(values)):
        raise Invalid("Há opções repetidas.", codigo="opcoes_invalidas", campo="opcoes")


def _check_default(campo: CampoPersonalizado) -> None:
    try:
        campo.padrao = read_value(campo, campo.padrao)
    except ValidationError as error:
        detail: Any = error.detail
        raise Invalid(str(detail[0] if isinstance(detail, list) else detail), codigo="padrao_invalido", campo="padrao") from None
