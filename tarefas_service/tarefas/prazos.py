"""When a task is due: what the client may say, and the one instant that follows from it."""

from datetime import date, datetime
from typing import Any

from crm_shared.errors import Invalid

from .calendario import feriados_entre, fim_do_dia, hoje, somar_dias_uteis
from .models import Tarefa


def com_prazo(dados: dict[str, Any]) -> dict[str, Any]:
    """`dados` of a new task with `prazo_dias_uteis` (working days from today, holidays of `uf`) turned into a due date."""
    dados = dict(dados)
    dias, uf = dados.pop("prazo_dias_uteis", None), dados.pop("uf", "")
    if dias is None:
        if uf:
            raise Invalid("A UF só tem sentido com prazo_dias_uteis.", codigo="sem_prazo", campo="uf")
        return dados
    if dados.get("vencimento_data") or dados.get("vencimento_em"):
        raise Invalid("Informe o prazo ou o vencimento, não os dois.", codigo="vencimento_duplo", campo="prazo_dias_uteis")
    return {**dados, "vencimento_data": somar_dias_uteis(hoje(), dias, uf)}


def com_vencimento(dados: dict[str, Any], tarefa: Tarefa) -> dict[str, Any]:
    """`dados` with at most one due date, the one that they name in place of the other, and `vence_em` as follows from it."""
    data, instante = dados.get("vencimento_data"), dados.get("vencimento_em")
    if data and instante:
        raise Invalid("Informe um dia ou um instante de vencimento, não os dois.", codigo="vencimento_duplo", campo="vencimento_em")
    if data:
        dados = {**dados, "vencimento_em": None}
    elif instante:
        dados = {**dados, "vencimento_data": None}
    return com_vence_em(dados, tarefa)


def com_vence_em(dados: dict[str, Any], tarefa: Tarefa) -> dict[str, Any]:
    """A postponed task is late after the day that it was postponed to, whatever was promised before."""

    def valor(campo: str) -> Any:
        return dados.get(campo, getattr(tarefa, campo))

    dia: date | None = valor("adiada_ate") or valor("vencimento_data")
    instante: datetime | None = fim_do_dia(dia) if dia else valor("vencimento_em")
    return {**dados, "vence_em": instante}


def calcular(*, dias_uteis: int, inicio: date | None = None, uf: str = "") -> dict[str, Any]:
    """The due date, `dias_uteis` working days after `inicio` (today when left out), and the holidays on the way."""
    inicio = inicio or hoje()
    fim = somar_dias_uteis(inicio, dias_uteis, uf)
    feriados = [{"dia": dia, "nome": nome} for dia, nome in feriados_entre(inicio, fim, uf)]
    return {"inicio": inicio, "dias_uteis": dias_uteis, "uf": uf, "vencimento_data": fim, "feriados": feriados}
