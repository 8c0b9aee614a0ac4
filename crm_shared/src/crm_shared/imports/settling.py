"""What becomes of the rows of one portion: each is matched, judged and written, with as many statements for 500 as for one."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError

from ..api.problems import field_errors
from ..auth.visibility import visiveis
from ..bulk_insert import insert_all, unsaved
from ..errors import DomainError, Invalid
from ..identity.errors import IdentityError
from ..operations.each import Each, Failure
from ..operations.models import Operacao
from ..records.bulk import differences
from ..records.models import OwnedRecord, Record
from ..records.together import together
from .custom import TAGS, with_tags
from .models import ChaveVista, Importacao
from .plan import Line, Plan


class Settling:
    """`writes`: carry it out, or only find out. After `settle` every line has its status."""

    def __init__(self, operacao: Operacao, importacao: Importacao, plan: Plan, each: Each, *, writes: bool) -> None:
        self.operacao, self.importacao, self.plan, self.each, self.writes = operacao, importacao, plan, each, writes
        self.ator, self.importable = operacao.ator, plan.importable
        names = [importacao.chave, *self.importable.unique]
        self.keys = {name: self.importable.keys[name] for name in dict.fromkeys(filter(None, names))} | plan.unique
        self.records: dict[UUID, Record] = {}

    def settle(self, lines: Sequence[Line]) -> None:
        with together():
            self._settle(lines)

    def _settle(self, lines: Sequence[Line]) -> None:
        good = self._resolved([line for line in lines if not line.errors])
        keys = {line.number: {name: key.of(line.dados) for name, key in self.keys.items()} for line in good}
        good, digests = self._refuse_repeated(good, keys)
        good = self._match(good, keys)
        good = self._prepared(good)
        new = [line for line in good if line.target is None]
        changed = [line for line in good if line.before]
        for line in good:
            line.status = 201 if line.target is None else 200
        if self.importable.bulk is None:
            for line in [*new, *changed]:
                self._write_one(line)
            self.each.take_back()
        elif self.writes:
            self._write(new, self._create)
            self._write(changed, self._update)
        self._remember([line for line in good if line.status < 400], digests)

    # --- what cells name

    def _resolved(self, lines: list[Line]) -> list[Line]:
        for name, resolve in self.importable.references.items():
            asking = [line for line in lines if name in line.named]
            found = resolve(self.ator, [(line.named[name], line.dados) for line in asking]) if asking else ()
            for line, ids in zip(asking, found, strict=True):
                if len(ids) == 1:
                    line.dados[name] = ids[0]
                else:
                    text = line.named[name][:60]
                    if ids:
                        line.refuse(400, "ambiguo", f"Mais de um registro se chama {text!r}.", name)
                    else:
                        line.refuse(400, "inexistente", f"Nenhum registro se chama {text!r}.", name)
        return [line for line in lines if not line.errors]

    # --- rows that repeat a key of the file

    def _refuse_repeated(self, lines: list[Line], keys: dict[int, dict[str, str]]) -> tuple[list[Line], dict[int, list[str]]]:
        digests = {line.number: [_digest(name, value) for name, value in keys[line.number].items() if value] for line in lines}
        wanted = {digest for found in digests.values() for digest in found}
        seen = dict(ChaveVista.objects.filter(operacao_id=self.operacao.pk, chave__in=list(wanted)).values_list("chave", "linha"))
        kept = []
        for line in lines:
            first = next((seen[digest] for digest in digests[line.number] if digest in seen), None)
            if first is not None:
                line.refuse(409, "repetida_no_arquivo", f"Repete a linha {first}.")
                continue
            seen |= dict.fromkeys(digests[line.number], line.number)
            kept.append(line)
        return kept, digests

    def _remember(self, lines: Sequence[Line], digests: dict[int, list[str]]) -> None:
        found = [
            unsaved(ChaveVista, operacao_id=self.operacao.pk, chave=digest, linha=line.number)
            for line in lines
            for digest in dict.fromkeys(digests[line.number])
        ]
        insert_all(found)

    # --- records that are there already

    def _match(self, lines: list[Line], keys: dict[int, dict[str, str]]) -> list[Line]:
        alive: QuerySet[Any] = self.importable.model.objects.filter(excluido_em__isnull=True)
        holders: dict[str, Any] = {}
        for name, key in self.keys.items():
            values = {keys[line.number][name] for line in lines} - {""}
            holders[name] = key.find(alive, values) if values else {}
        for line in lines:
            self._choose(line, {name: list(holders[name].get(value, ())) for name, value in keys[line.number].items()})
        return [line for line in lines if not line.errors]

    def _choose(self, line: Line, holders: dict[str, list[UUID]]) -> None:
        """Create or update, as the mode allows; what another record holds of a unique key is refused."""
        chave, modo = self.importacao.chave, self.importacao.modo
        found = holders.get(chave, [])
        if len(found) > 1:
            line.refuse(409, "chave_ambigua", f"{len(found)} registros têm este valor.", chave)
        elif found and modo == Importacao.Modo.CRIAR:
            line.target = found[0]
            line.refuse(409, "duplicado", "Já existe um registro com este valor.", chave)
        elif not found and modo == Importacao.Modo.ATUALIZAR:
            line.refuse(404, "nao_encontrado", "Nenhum registro tem este valor, ou a célula está vazia.", chave)
        else:
            line.target = found[0] if found else None
            self._refuse_held(line, holders)

    def _refuse_held(self, line: Line, holders: dict[str, list[UUID]]) -> None:
        for name, found in holders.items():
            other = next((pk for pk in found if pk != line.target), None)
            if other is not None:
                line.target = other
                line.refuse(409, "duplicado", "Outro registro já tem este valor.", name)
                return

    # --- what the domain has to say

    def _prepared(self, lines: list[Line]) -> list[Line]:
        self.records = self._locked([line.target for line in lines if line.target])
        for line in lines:
            record = self.records.get(line.target) if line.target else None
            if line.target and record is None:
                line.refuse(409, "duplicado", "O registro que tem este valor está fora do seu alcance.", self.importacao.chave)
                continue
            if record is None:
                self.plan.refuse_incomplete(line)
            if not line.errors:
                self._prepare(line, record)
        return [line for line in lines if not line.errors]

    def _prepare(self, line: Line, record: Record | None) -> None:
        if record is not None:
            line.dados = {name: value for name, value in line.dados.items() if name not in self.importable.only_new}
        try:
            if record is not None and TAGS in line.dados:
                line.dados[TAGS] = with_tags(record.marcadores or [], line.dados[TAGS])  # type: ignore[attr-defined]
            line.dados = self.importable.prepare(self.ator, line.dados, record)
        except (DomainError, IdentityError) as error:
            _refused(line, error)
            return
        except ValidationError as error:
            for item in field_errors({TAGS: error.detail}):
                line.refuse(400, item["codigo"], item["mensagem"], item["campo"])
            return
        if record is not None:
            line.before = {item.campo: [item.de, item.para] for item in differences(record, line.dados)} or None
            line.versao = record.versao

    def _locked(self, pks: Sequence[UUID]) -> dict[UUID, Record]:
        if not pks:
            return {}
        rows: QuerySet[Any] = self.importable.model.objects.filter(excluido_em__isnull=True)
        if issubclass(self.importable.model, OwnedRecord):
            rows = visiveis(rows, self.ator, "editar", self.importable.recurso)
        rows = rows.filter(pk__in=list(pks)).order_by("pk")
        return {row.pk: row for row in (rows.select_for_update() if self.writes else rows)}

    # --- the writes

    def _write(self, lines: Sequence[Line], work: Callable[[Sequence[Line]], None]) -> None:
        """All at once; where the store or a rule refuses one, by halves, until that one stands alone."""
        if not lines:
            return
        done = self.each.run((work.__name__, lines[0].number, lines[-1].number, len(lines)), lambda: work(lines))
        if not isinstance(done, Failure):
            return
        if len(lines) > 1:
            middle = len(lines) // 2
            self._write(lines[:middle], work)
            self._write(lines[middle:], work)
            return
        _failed(lines[0], done)

    def _write_one(self, line: Line) -> None:
        """By the single service function; a simulation takes back what it did, and so knows what the rules say."""
        if self.writes:
            done = self.each.run(("one", line.number), lambda: self._by_service(line))
        else:
            done = self.each.rehearse(("one", line.number), lambda: self._by_service(line))
        if isinstance(done, Failure):
            _failed(line, done)

    def _by_service(self, line: Line) -> None:
        single, dados = self.importable.single, dict(line.dados)
        if line.target is None:
            record = single.create(ator=self.ator, dados=dados)
        else:
            record = single.update(ator=self.ator, pk=line.target, dados=dados)
        if self.writes:
            line.target, line.versao, line.before = record.pk, record.versao, line.before or {}

    def _create(self, lines: Sequence[Line]) -> None:
        assert self.importable.bulk
        made = self.importable.bulk.create(ator=self.ator, linhas=[line.dados for line in lines])
        for line, record in zip(lines, made, strict=True):
            line.target, line.versao, line.before = record.pk, record.versao, {}

    def _update(self, lines: Sequence[Line]) -> None:
        """From the records as they were read: a first try that was undone has left its values on the instances."""
        fresh = self._locked([line.target for line in lines if line.target])
        pairs = [(fresh[line.target], line.dados) for line in lines if line.target]
        assert self.importable.bulk
        self.importable.bulk.update(ator=self.ator, pares=pairs)
        for line in lines:
            assert line.target
            line.versao = fresh[line.target].versao


def _failed(line: Line, why: Failure) -> None:
    line.status, line.before, line.errors = why.status, None, why.erros
    line.target = UUID(why.registro_id) if why.registro_id else None


def _refused(line: Line, error: DomainError | IdentityError) -> None:
    if isinstance(error, IdentityError):
        line.refuse(400, error.code, error.message)
        return
    line.refuse(400 if isinstance(error, Invalid) else 422, error.codigo, error.detail, error.campo or "")


def _digest(name: str, value: str) -> str:
    return blake2b(f"{name}\0{value}".encode(), digest_size=8).hexdigest()


def forget_keys(operacao_id: UUID) -> None:
    ChaveVista.objects.filter(operacao_id=operacao_id).delete()
