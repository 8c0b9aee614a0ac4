"""The message of an invitation."""

from uuid import UUID

from django.core.mail import EmailMessage
from django.utils import timezone

from crm_shared.db import atomic
from crm_shared.records import changes

from .. import segredos
from ..correio import links
from .models import Convite


@atomic
def carta(pk: str) -> EmailMessage | None:
    """With a fresh token in place of any earlier one; None where the invitation was cancelled or ran out meanwhile."""
    convite = changes.lock(Convite, UUID(pk))
    if not convite.vale:
        return None
    token = segredos.novo()
    Convite.objects.filter(pk=convite.pk).update(hash=segredos.hash_de(token))  # not a change that anybody reads
    quem = convite.convidado_por.nome if convite.convidado_por else "A administração"
    prazo = timezone.localtime(convite.expira_em).strftime("%d/%m/%Y")
    corpo = f"{quem} convidou você a usar o CRM.\n\nCódigo do convite, válido até {prazo} e para uma vez só:\n\n{token}\n"
    endereco = links.endereco("convite", token)
    return EmailMessage("Convite para o CRM", corpo + (f"\nOu abra {endereco}\n" if endereco else ""), to=[convite.email])
