"""`class ClienteViewSet(InBulk)` has `POST /<recurso>/lote`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from ...db import atomic
from ...errors import RuleRefused
from ...operations.each import Each, Failure
from ...operations.models import Operacao
from ...operations.serializers import OperacaoSerializer
from ...operations.services import asked_by, keep_done, start
from ...records.models import uuid7
from ..concurrency import etag
from ..restricting import not_seen
from ..viewsets import RecordViewSet
from . import SYNCHRONOUS
from .desk import Desk
from .kind import row_of
from .offered import writes_of
from .run import Outcome, run
from .serializers import LoteFeitoSerializer, LoteSerializer
from .writes import Write


class InBulk(RecordViewSet):
    bulk_keys: ClassVar[tuple[str, ...]] = ()  # the natural keys for `upsert`: fields that are columns of the same name
    bulk_transitions: ClassVar[Mapping[str, Any]] = {}  # "desativar" and "reativar", where the resource has them
    bulk_without: ClassVar[Collection[str]] = ()  # operations that are no good here for many records

    @extend_schema(request=LoteSerializer, responses={207: LoteFeitoSerializer, 202: OperacaoSerializer})
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def lote(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Escreve muitos registros de uma vez. Até 500 itens, responde por cada um; mais, ou uma seleção, viram uma operação."""
        wanted = self.validated(LoteSerializer)
        desk = Desk(type(self), self.principal)
        write = _checked(desk, wanted)
        recurso = request.path.strip("/").removesuffix("/lote")
        if "selecao" in wanted or len(wanted["itens"]) > SYNCHRONOUS:
            return _accepted(start(ator=self.principal, tipo="lote", recurso=recurso, parametros=_parameters(wanted)))
        # lives as long as the view, and so through every run of the transaction, which may be that of the Idempotency-Key
        each: Each = self.__dict__.setdefault("_each", Each())
        return Response(_now(write, wanted, each, recurso), status=status.HTTP_207_MULTI_STATUS)


def _accepted(operacao: Operacao) -> Response:
    headers = {"Location": f"/{settings.SERVICE}/operacoes/{operacao.pk}", "ETag": etag(operacao.versao)}
    return Response(OperacaoSerializer(operacao).data, status=status.HTTP_202_ACCEPTED, headers=headers)


def _checked(desk: Desk, wanted: dict[str, Any]) -> Write:
    """The write that is asked for. ValidationError for what does not go together, Forbidden without its scopes."""
    offered = writes_of(desk.view_class)
    chosen = offered.get(wanted["operacao"])
    if chosen is None:
        raise _wrong("operacao", f"Este recurso oferece: {', '.join(offered)}.", "invalid_choice")
    for scope in chosen.scopes(desk):
        desk.require_scope(scope)
    if ("itens" in wanted) == ("selecao" in wanted):
        raise _wrong("itens", "Envie itens ou uma seleção.", "required")
    if "valores" in wanted and not chosen.values:
        raise _wrong("valores", "Esta operação não usa valores.", "campo_desconhecido")
    _check_key(desk, wanted)
    if "selecao" in wanted:
        _check_selection(desk, chosen, wanted)
    else:
        _check_items(chosen, wanted)
    return chosen(desk, wanted.get("chave", ""))


def _check_key(desk: Desk, wanted: dict[str, Any]) -> None:
    if wanted["operacao"] == "upsert":
        if wanted.get("chave") not in desk.view_class.bulk_keys:
            raise _wrong("chave", f"Use uma destas: {', '.join(desk.view_class.bulk_keys)}.", "invalid_choice")
        if desk.view("create").access.closes(wanted["chave"]):
            raise ValidationError({"chave": [not_seen()]})
    elif "chave" in wanted:
        raise _wrong("chave", "Só upsert usa chave.", "campo_desconhecido")


def _check_selection(desk: Desk, chosen: type[Write], wanted: dict[str, Any]) -> None:
    if not chosen.by_id:
        raise _wrong("selecao", "Esta operação precisa de itens.", "invalid")
    if chosen.values and not wanted.get("valores"):
        raise _wrong("valores", "Diga o que os registros recebem.", "required")
    if wanted["atomico"]:
        raise _wrong("atomico", f"Só até {SYNCHRONOUS} itens.", "invalid")
    try:
        desk.selected(chosen.action, wanted["selecao"])
    except ValidationError as error:
        raise ValidationError({"selecao": error.detail}) from None
    if {"id", "versao"} & wanted.get("valores", {}).keys():
        raise _wrong("valores", "Só um item tem id e versao.", "campo_desconhecido")


def _check_items(chosen: type[Write], wanted: dict[str, Any]) -> None:
    items = wanted["itens"]
    if wanted["atomico"] and len(items) > SYNCHRONOUS:
        raise _wrong("atomico", f"Só até {SYNCHRONOUS} itens.", "invalid")
    name = "id" if chosen.by_id else wanted.get("chave")
    seen: set[str] = set()
    for number, item in enumerate(items):
        value = item.get(name) if name and isinstance(item, dict) else None
        if isinstance(value, str) and value:
            if value.lower() in seen:
                raise _wrong(f"itens.{number}.{name}", "O mesmo registro vem duas vezes.", "repetido")
            seen.add(value.lower())
    if valores := wanted.get("valores"):
        wanted["itens"] = [{**valores, **item} if isinstance(item, dict) else item for item in items]


def _wrong(campo: str, message: str, code: str) -> ValidationError:
    return ValidationError({campo: [ErrorDetail(message, code=code)]})


def _parameters(wanted: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: wanted[name] for name in ("operacao", "itens", "selecao", "valores") if name in wanted}
    if "itens" in kept:
        kept.pop("valores", None)
    return {**kept, "chave": wanted.get("chave", ""), "ate": str(uuid7())}


@atomic
def _now(write: Write, wanted: dict[str, Any], each: Each, recurso: str) -> dict[str, Any]:
    outcomes = run(write, list(enumerate(wanted["itens"])), each)
    shown = [_shown(number, outcome) for number, outcome in outcomes]
    refused = [item for item in shown if item["status"] >= 400]
    if refused and wanted["atomico"]:
        raise RuleRefused("Nada foi gravado: há itens com erro.", codigo="lote_recusado", itens=refused)
    return {"feitos": len(shown), "erros": len(refused), "resultados": shown, **_kept(write, wanted, recurso, outcomes)}


def _kept(write: Write, wanted: dict[str, Any], recurso: str, outcomes: Sequence[tuple[int, Outcome]]) -> dict[str, Any]:
    """What undoing needs, kept as an operation that has ended; its items were in the request and are not kept again."""
    parametros = {"operacao": wanted["operacao"], "chave": wanted.get("chave", "")}
    operacao = asked_by(write.desk.ator, tipo="lote", recurso=recurso, parametros=parametros)
    keep_done(operacao, [row_of(operacao, number, outcome) for number, outcome in outcomes])
    return {"operacao": str(operacao.pk), "desfazer_ate": OperacaoSerializer(operacao).data["desfazer_ate"]}


def _shown(number: int, outcome: Outcome) -> dict[str, Any]:
    if not isinstance(outcome, Failure):
        return {"indice": number, "status": outcome.status, "id": str(outcome.record.pk), "versao": outcome.record.versao, "erros": []}
    holder = {"registro_id": outcome.registro_id} if outcome.registro_id else {}
    return {"indice": number, "status": outcome.status, "id": None, "versao": None, "erros": outcome.erros, **holder}
