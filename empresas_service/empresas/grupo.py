"""Who controls whom: a forest, never a circle."""

from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.auth.visibility import visiveis
from crm_shared.errors import Invalid

from .exceptions import ControleCircular
from .models import Empresa


def exigir_controladora(ator: Principal, controladora_id: UUID | None, *, de: UUID | None = None) -> None:
    """Refuse a controller that the author cannot see (an id alone is no permission) or that `de` controls itself.

    The way up is locked row by row, so two changes that would close a circle between them cannot both pass:
    one waits for the other, or the database ends one of the two and `atomic` runs it again.
    """
    if controladora_id is None:
        return
    vivas = visiveis(Empresa.objects.vivos(), ator, "ler", "empresas")
    if not vivas.filter(pk=controladora_id).exists():
        raise Invalid("Empresa controladora não encontrada.", codigo="inexistente", campo="controladora_id")
    acima: UUID | None = controladora_id
    while de is not None and acima is not None:
        if acima == de:
            raise ControleCircular(campo="controladora_id")
        acima = Empresa.objects.select_for_update(no_key=True).filter(pk=acima).values_list("controladora_id", flat=True).first()
