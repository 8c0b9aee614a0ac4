"""`GET /gateway/rastros/{rastro}`: what one request led to in all services, drawn as a tree.

Each service tells its own steps (crm_shared.api.traces). A step hangs on the event that caused it, wherever that was.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crm_shared.auth.claims import Claims
from gateway.composite import Absent, Composite, Unavailable, given, invalid, nobody_answered, parameters
from gateway.problems import Refusal, Scope, no_route

SERVICES = ("auth", "clientes", "empresas", "vendas", "comunicacao", "tarefas", "automacao")
FORMATS = ("json", "texto")
Step = dict[str, Any]
_PATH = re.compile(rb"/gateway/rastros/([0-9a-f]{32})/?")


class Rastros(Composite):
    NAME = "rastros"

    async def answer(self, scope: Scope, claims: Claims, head: bytes) -> dict[str, Any] | str:
        rastro = _wanted(scope["raw_path"])
        formato = parameters(scope["query_string"], ("formato",)).get("formato", "json")
        if formato not in FORMATS:
            raise invalid("formato", "opcao_invalida", "Use json ou texto.")
        if "eventos:ler" not in claims.scopes:
            raise Refusal(403, "escopo_ausente", "Falta o escopo eventos:ler.")
        found = await asyncio.gather(*(self._part(servico, rastro, head) for servico in SERVICES), return_exceptions=True)
        missing: list[dict[str, str]] = []
        parts = {servico: given(servico, "rastros", part, missing) for servico, part in zip(SERVICES, found, strict=True)}
        if not any(parts.values()):
            raise nobody_answered({item["motivo"] for item in missing})
        steps = ordered(step for part in parts.values() if part for step in part["passos"])
        if not (steps or missing):
            raise Refusal(404, "nao_encontrado", "Nenhum serviço guarda algo deste rastro.")
        incomplete = [servico for servico, part in parts.items() if part and part["incompleto"]]
        answer = {"rastro": rastro, "passos": steps, "incompletos": incomplete, "indisponiveis": missing}
        return draw(answer) if formato == "texto" else answer

    async def _part(self, servico: str, rastro: str, head: bytes) -> dict[str, Any]:
        try:
            answer = await self.services.ask(servico, f"/{servico}/rastros/{rastro}", head)
            return {"passos": [{**step, "servico": servico} for step in answer["passos"]], "incompleto": bool(answer["incompleto"])}
        except (Absent, KeyError, TypeError):
            raise Unavailable("resposta_invalida") from None


def ordered(found: Iterable[Step]) -> list[Step]:
    """The steps as one reads a tree: each before those that it led to, which stand in order of time, with `nivel` and `pai`.

    `pai` is the position in the list, None for what the request did itself, or what nobody knows the cause of.
    """
    steps = sorted(found, key=lambda step: str(step["em"]))
    events = {step["id"]: step for step in steps if step["tipo"] == "evento"}
    below: dict[int, list[Step]] = defaultdict(list)
    waiting: list[tuple[Step, int | None, int]] = []
    for step in steps:
        cause = events.get(step["causa"])
        if cause is None or cause is step:
            waiting.append((step, None, 0))
        else:
            below[id(cause)].append(step)
    waiting.reverse()
    shown: list[Step] = []
    while waiting:
        step, pai, nivel = waiting.pop()
        waiting += [(child, len(shown), nivel + 1) for child in reversed(below[id(step)])]
        shown.append({**step, "pai": pai, "nivel": nivel})
    return shown


def draw(answer: dict[str, Any]) -> str:
    """One line for each step: seconds since the first, and indented what it was."""
    steps = answer["passos"]
    begun = min((_instant(step) for step in steps), default=None)
    lines = [f"rastro {answer['rastro']}" + (f", desde {begun.isoformat()}" if begun else "")]
    for step in steps:
        seconds = (_instant(step) - begun).total_seconds() if begun else 0
        what = f"{'  ' * step['nivel']}{step['servico']}  {step['tipo']}  {step['nome']}  {step['situacao']}"
        lines.append(f"{seconds:+10.3f} s  {what}" + (f"  {step['registro_id']}" if step["registro_id"] else ""))
    lines += [f"incompleto: {servico} tem mais passos" for servico in answer["incompletos"]]
    lines += [f"sem resposta: {item['servico']} ({item['motivo']})" for item in answer["indisponiveis"]]
    return "\n".join(lines) + "\n"


def _instant(step: Step) -> datetime:
    return datetime.fromisoformat(str(step["em"]))


def _wanted(raw_path: bytes) -> str:
    match = _PATH.fullmatch(raw_path)
    if match is None:
        raise no_route()
    return match[1].decode()
