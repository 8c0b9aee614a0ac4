"""The records of other services that a task is about: cited by id, never looked up during a write."""

from typing import Any

from crm_shared.errors import Invalid
from crm_shared.records.references import CLIENTE, EMPRESA, OPORTUNIDADE, Referencia, cite

from .models import Tarefa, TarefaVinculo

RECURSOS = {CLIENTE: "cliente", EMPRESA: "empresa", OPORTUNIDADE: "oportunidade"}


def citar(vinculos: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Make each record citable; answers them once each, by id, as `Tarefa.vinculos` holds them.

    An id that events have told to be something else is refused; one not told of yet is taken at its word.
    """
    recurso_de = {item["id"]: item["recurso"] for item in vinculos}
    for identifier, recurso in recurso_de.items():
        cite(recurso, identifier)
    for referencia in Referencia.objects.filter(pk__in=recurso_de, versao__gt=0):
        if referencia.recurso != recurso_de[referencia.pk]:
            raise Invalid("Um dos vínculos é de outro tipo de registro.", codigo="recurso_divergente", campo="vinculos")
    return [{"recurso": recurso_de[identifier], "id": str(identifier)} for identifier in sorted(recurso_de)]


def carregar(tarefa: Tarefa) -> None:
    rows = TarefaVinculo.objects.filter(tarefa=tarefa).order_by("referencia_id").values_list("referencia__recurso", "referencia_id")
    tarefa.vinculos = [{"recurso": recurso, "id": str(identifier)} for recurso, identifier in rows]


def gravar(tarefa: Tarefa) -> None:
    """Make the rows say what `tarefa.vinculos` says; the task is locked or new."""
    wanted = [item["id"] for item in tarefa.vinculos]
    TarefaVinculo.objects.filter(tarefa=tarefa).exclude(referencia_id__in=wanted).delete()
    TarefaVinculo.objects.bulk_create([TarefaVinculo(tarefa=tarefa, referencia_id=pk) for pk in wanted], ignore_conflicts=True)
