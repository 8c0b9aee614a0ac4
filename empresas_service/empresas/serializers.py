"""Shapes of companies and their addresses."""

import re
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm_shared.api.serializers import OWNER_FIELDS, RECORD_FIELDS, OwnedRecordSerializer, RecordSerializer
from crm_shared.extensions.serializers import EXTENSION_FIELDS, ExtensibleSerializer
from crm_shared.identity.addresses import UFS
from crm_shared.identity.emails import mask_email
from crm_shared.identity.fields import CEPField, CleanEmailField, CNPJField, PhoneField
from crm_shared.identity.phones import mask_phone

from .models import Empresa, EnderecoEmpresa

MAX_ENDERECOS = 20


@extend_schema_field({"type": "string", "format": "uri", "example": "https://www.exemplo.com.br"})
class SiteField(serializers.URLField):
    """People write `www.exemplo.com.br`; an address without scheme is taken for https."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str) and data.strip() and "://" not in data:
            data = f"https://{data.strip()}"
        return super().run_validation(data)


class CodigoField(serializers.CharField):
    """A code of `digitos` digits that tables print with a mask: CNAE `6204-0/00`, natureza jurídica `206-2`."""

    def __init__(self, digitos: int, **kwargs: Any) -> None:
        self.digitos = digitos
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        codigo = re.sub(r"[-./ ]", "", super().to_internal_value(data))
        if not re.fullmatch(rf"[0-9]{{{self.digitos}}}", codigo):
            raise serializers.ValidationError(f"Informe {self.digitos} dígitos.", code="codigo_invalido")
        return codigo


class EnderecoSerializer(RecordSerializer):
    cep = CEPField(required=False, allow_blank=True)
    municipio_ibge = CodigoField(7, required=False, allow_blank=True)

    class Meta:
        model = EnderecoEmpresa
        fields = (
            *RECORD_FIELDS,
            "tipo",
            "cep",
            "logradouro",
            "numero",
            "complemento",
            "bairro",
            "municipio",
            "municipio_ibge",
            "uf",
            "pais",
        )
        read_only_fields = RECORD_FIELDS


class EmpresaSerializer(OwnedRecordSerializer, ExtensibleSerializer):
    cnpj = CNPJField(required=False, allow_blank=True)
    natureza_juridica = CodigoField(4, required=False, allow_blank=True)
    cnae_principal = CodigoField(7, required=False, allow_blank=True)
    site = SiteField(required=False, allow_blank=True, max_length=254)
    telefone = PhoneField(required=False, allow_blank=True)
    email = CleanEmailField(required=False, allow_blank=True)
    moeda = serializers.RegexField(r"^[A-Z]{3}\Z", required=False, help_text="Código ISO 4217.")
    controladora_id = serializers.UUIDField(required=False, allow_null=True)
    controladora_nome = serializers.CharField(source="controladora.nome", read_only=True, allow_null=True)
    municipio = serializers.CharField(read_only=True, allow_null=True, help_text="O da sede.")
    uf = serializers.CharField(read_only=True, allow_null=True, help_text="A da sede.")
    enderecos = EnderecoSerializer(many=True, read_only=True)

    masks: ClassVar[dict[str, Any]] = {"telefone": mask_phone, "email": mask_email}
    detail_only = frozenset({"enderecos", "natureza_juridica", "capital_social", "id_fiscal_exterior"})

    class Meta:
        model = Empresa
        fields = (
            *RECORD_FIELDS,
            "nome",
            "razao_social",
            "nome_fantasia",
            "cnpj",
            "cnpj_raiz",
            "matriz",
            "situacao_cadastral",
            "natureza_juridica",
            "porte",
            "data_abertura",
            "ano_fundacao",
            "capital_social",
            "cnae_principal",
            "site",
            "dominio",
            "telefone",
            "email",
            "numero_funcionarios",
            "faixa_funcionarios",
            "receita_anual",
            "moeda",
            "segmento",
            "ciclo_vida",
            "pais",
            "estrangeira",
            "id_fiscal_exterior",
            "controladora_id",
            "controladora_nome",
            "municipio",
            "uf",
            *OWNER_FIELDS,
            *EXTENSION_FIELDS,
            "enderecos",
        )
        read_only_fields = (*RECORD_FIELDS, "nome", "cnpj_raiz", "dominio")
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "capital_social": {"min_value": 0},
            "receita_anual": {"min_value": 0},
            "ano_fundacao": {"min_value": 1000, "max_value": 2200},
            "numero_funcionarios": {"max_value": 10_000_000},
        }


class EmpresaNovaSerializer(EmpresaSerializer):
    """A creation may bring the first addresses; later each has its own URL."""

    enderecos = EnderecoSerializer(many=True, required=False, max_length=MAX_ENDERECOS)  # type: ignore[call-arg]  # an argument of the list

    def validate_enderecos(self, enderecos: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if sum(endereco.get("tipo", EnderecoEmpresa.Tipo.SEDE) == EnderecoEmpresa.Tipo.SEDE for endereco in enderecos) > 1:
            raise serializers.ValidationError("Informe uma única sede.", code="duplicado")
        return enderecos


CAMPOS_DA_SEDE = ("cep", "logradouro", "numero", "complemento", "bairro", "municipio", "uf")


class EmpresaLinhaSerializer(EmpresaSerializer):
    """A row of a spreadsheet: the head office's address stands in columns of the company's own."""

    cep = CEPField(required=False, label="CEP")
    logradouro = serializers.CharField(required=False, max_length=200)
    numero = serializers.CharField(required=False, max_length=20, label="número")
    complemento = serializers.CharField(required=False, max_length=120)
    bairro = serializers.CharField(required=False, max_length=120)
    municipio = serializers.CharField(required=False, max_length=120, label="município")
    uf = serializers.ChoiceField(required=False, choices=[*UFS.items()], label="UF")  # type: ignore[assignment]

    class Meta(EmpresaSerializer.Meta):
        fields: Any = tuple(dict.fromkeys((*EmpresaSerializer.Meta.fields, *CAMPOS_DA_SEDE)))


class ValidacaoSerializer(serializers.Serializer[Any]):
    cnpj = serializers.CharField(help_text="Sem máscara, em maiúsculas; o que foi enviado, quando inválido.")
    formatado = serializers.CharField(help_text="Com máscara; vazio quando inválido.")
    valido = serializers.BooleanField()
    raiz = serializers.CharField(help_text="Os 8 primeiros caracteres; vazio quando inválido.")
    registro_id = serializers.UUIDField(allow_null=True, help_text="A empresa com este CNPJ, se você pode vê-la.")
