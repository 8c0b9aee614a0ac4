"""Shapes of people, their parts and leads."""

from typing import Any, ClassVar

from rest_framework import serializers

from crm_shared.api.serializers import OWNER_FIELDS, RECORD_FIELDS, OwnedRecordSerializer, RecordSerializer, StrictSerializer
from crm_shared.extensions.serializers import EXTENSION_FIELDS, ExtensibleSerializer
from crm_shared.identity.documents import mask_cpf
from crm_shared.identity.emails import mask_email
from crm_shared.identity.fields import CleanEmailField, CPFField, PhoneField
from crm_shared.identity.phones import mask_phone

from .models import Cliente, ContatoMeio, Lead, VinculoEmpresa


class MeioSerializer(RecordSerializer):
    masks: ClassVar[dict[str, Any]] = {"valor": lambda valor: mask_email(valor) if "@" in valor else mask_phone(valor)}

    class Meta:
        model = ContatoMeio
        fields = (*RECORD_FIELDS, "tipo", "valor", "ramal", "rotulo", "principal", "invalido", "opt_out")
        read_only_fields = (*RECORD_FIELDS, "ramal")


class VinculoSerializer(RecordSerializer):
    empresa_id = serializers.UUIDField()
    empresa_nome = serializers.CharField(source="empresa.nome", read_only=True, allow_null=True)
    empresa_estado = serializers.CharField(source="empresa.estado", read_only=True, allow_null=True)

    class Meta:
        model = VinculoEmpresa
        fields = (*RECORD_FIELDS, "empresa_id", "empresa_nome", "empresa_estado", "papel", "cargo", "principal", "inicio", "fim")
        read_only_fields = RECORD_FIELDS

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        inicio = attrs.get("inicio", getattr(self.instance, "inicio", None))
        fim = attrs.get("fim", getattr(self.instance, "fim", None))
        if inicio and fim and fim < inicio:
            raise serializers.ValidationError({"fim": serializers.ErrorDetail("O fim vem antes do início.", code="periodo_invalido")})
        return attrs


class ClienteSerializer(OwnedRecordSerializer, ExtensibleSerializer):
    cpf = CPFField(required=False, allow_blank=True)
    email = CleanEmailField(required=False, allow_blank=True)
    telefone = PhoneField(required=False, allow_blank=True)
    meios = MeioSerializer(many=True, read_only=True)
    empresas = VinculoSerializer(source="vinculos", many=True, read_only=True)

    masks: ClassVar[dict[str, Any]] = {"cpf": mask_cpf, "email": mask_email, "telefone": mask_phone}
    detail_only = frozenset({"meios", "empresas", "observacoes"})

    class Meta:
        model = Cliente
        fields = (
            *RECORD_FIELDS,
            "nome",
            "nome_social",
            "cpf",
            "data_nascimento",
            "email",
            "telefone",
            "ciclo_vida",
            "origem",
            "campanha",
            "nao_contatar",
            "observacoes",
            *OWNER_FIELDS,
            *EXTENSION_FIELDS,
            "meios",
            "empresas",
        )
        read_only_fields = RECORD_FIELDS


class ClienteLinhaSerializer(ClienteSerializer):
    """A row of a spreadsheet: with what belongs to the person's contacts."""

    email_opt_out = serializers.BooleanField(required=False, write_only=True, label="não quer receber e-mail")

    class Meta(ClienteSerializer.Meta):
        fields: Any = (*ClienteSerializer.Meta.fields, "email_opt_out")


class LeadSerializer(OwnedRecordSerializer, ExtensibleSerializer):
    cliente_id = serializers.UUIDField()
    cliente_nome = serializers.CharField(source="cliente.nome", read_only=True)

    class Meta:
        model = Lead
        fields = (
            *RECORD_FIELDS,
            "cliente_id",
            "cliente_nome",
            "empresa_nome",
            "fonte",
            "status",
            "temperatura",
            "interesse",
            "valor_estimado",
            "motivo_desqualificacao",
            "prazo_primeira_resposta",
            "respondido_em",
            "oportunidade_id",
            "convertido_em",
            *OWNER_FIELDS,
            *EXTENSION_FIELDS,
        )
        read_only_fields = (*RECORD_FIELDS, "status", "motivo_desqualificacao", "respondido_em", "oportunidade_id", "convertido_em")
        extra_kwargs: ClassVar[dict[str, Any]] = {"valor_estimado": {"min_value": 0}}


class ConverterSerializer(StrictSerializer):
    oportunidade_id = serializers.UUIDField(help_text="A oportunidade em que o lead se tornou.")


class DesqualificarSerializer(StrictSerializer):
    motivo = serializers.CharField(max_length=300, help_text="Por que o lead não segue adiante.")
