"""Shapes of channels, identities, conversations and messages."""

import re
from typing import Any, ClassVar

from rest_framework import serializers

from crm_shared.api.fields import InstantField
from crm_shared.api.serializers import OWNER_FIELDS, RECORD_FIELDS, OwnedRecordSerializer, RecordSerializer, StrictSerializer
from crm_shared.extensions.serializers import EXTENSION_FIELDS, ExtensibleSerializer
from crm_shared.identity.emails import mask_email
from crm_shared.identity.fields import PhoneField
from crm_shared.identity.phones import mask_phone

from .models import Anexo, Canal, Conversa, Identidade, Mensagem, MudancaEstado

_CHAVE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SEGREDO = re.compile(r"senha|segredo|secret|token|password|credencial|chave")


class ConfiguracaoField(serializers.DictField):
    """Plain settings of a channel. Credentials have no place here: what is written here can be read back by a request."""

    child = serializers.CharField(max_length=500, allow_blank=True)
    default_error_messages = {
        "chave_invalida": "Use nomes com letras minúsculas, números e _, até 40 caracteres.",
        "segredo": "Credenciais não podem ser guardadas aqui.",
        "muitas_chaves": "Use até 50 nomes.",
    }

    def to_internal_value(self, data: Any) -> Any:
        valores = super().to_internal_value(data)
        if len(valores) > 50:
            self.fail("muitas_chaves")
        for chave in valores:
            if not _CHAVE.fullmatch(chave):
                self.fail("chave_invalida")
            if _SEGREDO.search(chave):
                self.fail("segredo")
        return valores


class CanalSerializer(RecordSerializer):
    configuracao = ConfiguracaoField(required=False, help_text="Opções do canal; credenciais não são aceitas.")

    class Meta:
        model = Canal
        fields = (*RECORD_FIELDS, "tipo", "nome", "ativo", "configuracao")
        read_only_fields = RECORD_FIELDS


def mask_address(value: str) -> str:
    return mask_email(value) if "@" in value else mask_phone(value)


class IdentidadeSerializer(OwnedRecordSerializer):
    canal_id = serializers.UUIDField()
    canal_nome = serializers.CharField(source="canal.nome", read_only=True)
    telefone = PhoneField(required=False, allow_blank=True)
    cliente_id = serializers.UUIDField(required=False, allow_null=True)
    cliente_nome = serializers.CharField(source="cliente.nome", read_only=True, allow_null=True)
    cliente_estado = serializers.CharField(source="cliente.estado", read_only=True, allow_null=True)

    masks: ClassVar[dict[str, Any]] = {"id_externo": mask_address, "telefone": mask_phone}

    class Meta:
        model = Identidade
        fields = (
            *RECORD_FIELDS,
            "canal_id",
            "canal_nome",
            "tipo",
            "id_externo",
            "username",
            "nome",
            "telefone",
            "cliente_id",
            "cliente_nome",
            "cliente_estado",
            *OWNER_FIELDS,
        )
        read_only_fields = RECORD_FIELDS


class ConversaSerializer(OwnedRecordSerializer, ExtensibleSerializer):
    canal_id = serializers.UUIDField()
    canal_nome = serializers.CharField(source="canal.nome", read_only=True)
    canal_tipo = serializers.ChoiceField(source="canal.tipo", choices=Canal.Tipo.choices, read_only=True)
    identidade_id = serializers.UUIDField(required=False, allow_null=True)
    identidade_nome = serializers.CharField(source="identidade.nome", read_only=True, allow_null=True)
    cliente_id = serializers.UUIDField(required=False, allow_null=True, help_text="Sem ele, o da identidade.")
    cliente_nome = serializers.CharField(source="cliente.nome", read_only=True, allow_null=True)
    cliente_estado = serializers.CharField(source="cliente.estado", read_only=True, allow_null=True)
    empresa_id = serializers.UUIDField(required=False, allow_null=True)
    empresa_nome = serializers.CharField(source="empresa.nome", read_only=True, allow_null=True)
    empresa_estado = serializers.CharField(source="empresa.estado", read_only=True, allow_null=True)

    class Meta:
        model = Conversa
        fields = (
            *RECORD_FIELDS,
            "numero",
            "canal_id",
            "canal_nome",
            "canal_tipo",
            "identidade_id",
            "identidade_nome",
            "cliente_id",
            "cliente_nome",
            "cliente_estado",
            "empresa_id",
            "empresa_nome",
            "empresa_estado",
            "assunto",
            "estado",
            "prioridade",
            "adiada_ate",
            "resolvida_em",
            "aguardando_desde",
            "primeira_resposta_em",
            "ultima_mensagem_em",
            "ultima_mensagem_previa",
            "nao_lidas",
            *OWNER_FIELDS,
            *EXTENSION_FIELDS,
        )
        read_only_fields = (
            *RECORD_FIELDS,
            "numero",
            "estado",
            "adiada_ate",
            "resolvida_em",
            "aguardando_desde",
            "primeira_resposta_em",
            "ultima_mensagem_em",
            "ultima_mensagem_previa",
            "nao_lidas",
        )


class AtribuirSerializer(StrictSerializer):
    responsavel_id = serializers.UUIDField(required=False, allow_null=True, help_text="Vazio devolve a conversa à equipe.")
    equipe_id = serializers.UUIDField(required=False, allow_null=True, help_text="Sem ela, a equipe do responsável.")


class AdiarSerializer(StrictSerializer):
    ate = InstantField(help_text="Quando a conversa volta a abrir.")


class AnexoMensagemSerializer(StrictSerializer, serializers.ModelSerializer[Anexo]):
    class Meta:
        model = Anexo
        fields = ("nome", "tipo_conteudo", "tamanho", "url")


class MudancaEstadoSerializer(serializers.ModelSerializer[MudancaEstado]):
    class Meta:
        model = MudancaEstado
        fields = ("estado", "em")


class MensagemSerializer(RecordSerializer):
    anexos: "serializers.ListSerializer[Any]" = serializers.ListSerializer(child=AnexoMensagemSerializer(), required=False, max_length=20)
    autor_id = serializers.UUIDField(read_only=True, allow_null=True)
    autor_nome = serializers.CharField(source="autor.nome", read_only=True, allow_null=True)
    historico_estado = MudancaEstadoSerializer(many=True, read_only=True)

    detail_only = frozenset({"historico_estado"})

    class Meta:
        model = Mensagem
        fields = (
            *RECORD_FIELDS,
            "direcao",
            "tipo",
            "conteudo",
            "anexos",
            "id_externo",
            "id_cliente",
            "autor_id",
            "autor_nome",
            "estado",
            "historico_estado",
        )
        read_only_fields = (*RECORD_FIELDS, "estado")
        validators: ClassVar[list[Any]] = []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("conteudo") and not attrs.get("anexos"):
            erro = serializers.ErrorDetail("Escreva um texto ou junte um anexo.", code="mensagem_vazia")
            raise serializers.ValidationError({"conteudo": erro})
        if attrs.get("id_externo") and attrs["direcao"] != Mensagem.Direcao.ENTRADA:
            erro = serializers.ErrorDetail("Só mensagens recebidas têm identificador do provedor.", code="somente_do_provedor")
            raise serializers.ValidationError({"id_externo": erro})
        return attrs
