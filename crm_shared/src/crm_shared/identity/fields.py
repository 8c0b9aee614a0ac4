"""Serializer fields that store the clean form and answer with the stable error code.

They take text only: a document or CEP sent as a JSON number has already lost its leading zeros.
"""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm_shared.identity.addresses import clean_cep
from crm_shared.identity.documents import clean_cnpj, clean_cpf
from crm_shared.identity.emails import clean_email
from crm_shared.identity.errors import IdentityError
from crm_shared.identity.phones import clean_phone


def _phone_without_extension(text: str) -> str:
    phone = clean_phone(text)
    if phone.extension:
        raise IdentityError("ramal_nao_aceito", "Informe o telefone sem o ramal.")
    return phone.e164


class _CleanField(serializers.CharField):
    clean: Callable[[str], str]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return self.clean(data)
        except IdentityError as refusal:
            raise serializers.ValidationError(refusal.message, code=refusal.code) from refusal


@extend_schema_field({"type": "string", "example": "12.ABC.345/01DE-35", "description": "CNPJ, com ou sem máscara; pode ter letras."})
class CNPJField(_CleanField):
    clean = staticmethod(clean_cnpj)


@extend_schema_field({"type": "string", "example": "529.982.247-25", "description": "CPF, com ou sem máscara."})
class CPFField(_CleanField):
    clean = staticmethod(clean_cpf)


@extend_schema_field({"type": "string", "example": "01001-000", "description": "CEP, com ou sem hífen."})
class CEPField(_CleanField):
    clean = staticmethod(clean_cep)


@extend_schema_field({"type": "string", "format": "email", "example": "ana@example.com"})
class CleanEmailField(_CleanField):
    clean = staticmethod(clean_email)


@extend_schema_field({"type": "string", "example": "(11) 98765-4321", "description": "Telefone com DDD, ou com + e o código do país."})
class PhoneField(_CleanField):
    """Gives the E.164 text. One column cannot hold a ramal, so it is refused here: use `clean_phone` where there is a place for it."""

    clean = staticmethod(_phone_without_extension)
