"""Shapes of users, teams and roles."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from crm_shared.api.serializers import RECORD_FIELDS, RecordSerializer, StrictSerializer
from crm_shared.auth.restrictable import NIVEIS_DE_CAMPO, RESOURCES
from crm_shared.auth.scopes import ACOES, RECURSOS
from crm_shared.identity.emails import mask_email
from crm_shared.identity.fields import CleanEmailField

from . import regras_de_campo
from .models import Equipe, Papel, Usuario, Visibilidade
from .regras_de_campo import MAX_REGRAS
from .senhas import MAX_LENGTH


def senha_field(help_text: str) -> serializers.CharField:
    return serializers.CharField(max_length=MAX_LENGTH, trim_whitespace=False, write_only=True, help_text=help_text)


class UsuarioSerializer(RecordSerializer):
    email = CleanEmailField()
    papel_id = serializers.UUIDField()
    papel_nome = serializers.CharField(source="papel.nome", read_only=True)
    equipe_id = serializers.UUIDField(required=False, allow_null=True)
    equipe_nome = serializers.CharField(source="equipe.nome", read_only=True, allow_null=True)

    masks: ClassVar[dict[str, Any]] = {"email": mask_email}

    class Meta:
        model = Usuario
        fields: tuple[str, ...] = (*RECORD_FIELDS, "nome", "email", "papel_id", "papel_nome", "equipe_id", "equipe_nome", "ativo")
        read_only_fields = (*RECORD_FIELDS, "ativo")


class NovoUsuarioSerializer(UsuarioSerializer):
    senha = senha_field("Ao menos 10 caracteres; nem comum, nem parecida com o nome ou o e-mail.")

    class Meta(UsuarioSerializer.Meta):
        fields = (*UsuarioSerializer.Meta.fields, "senha")


class SenhaSerializer(StrictSerializer):
    senha = senha_field("A nova senha do usuário; encerra as sessões dele.")


class DesativarSerializer(StrictSerializer):
    transferir_para = serializers.UUIDField(
        required=False, allow_null=True, help_text="Quem recebe os registros do usuário, em todos os serviços; sem ele, ficam onde estão."
    )


class EntregarCarteiraSerializer(StrictSerializer):
    transferir_para = serializers.UUIDField(help_text="Quem recebe os registros do usuário, em todos os serviços.")


class EquipeSerializer(RecordSerializer):
    pai_id = serializers.UUIDField(required=False, allow_null=True, help_text="A equipe logo acima.")
    pai_nome = serializers.CharField(source="pai.nome", read_only=True, allow_null=True)
    lider_id = serializers.UUIDField(required=False, allow_null=True)
    lider_nome = serializers.CharField(source="lider.nome", read_only=True, allow_null=True)

    class Meta:
        model = Equipe
        fields = (*RECORD_FIELDS, "nome", "pai_id", "pai_nome", "lider_id", "lider_nome", "regiao", "regiao_efetiva")
        read_only_fields = (*RECORD_FIELDS, "regiao_efetiva")


class NoEquipeSerializer(serializers.Serializer[Any]):
    """Uma equipe com as que estão abaixo dela."""

    id = serializers.UUIDField()
    nome = serializers.CharField()
    regiao = serializers.CharField(help_text="Em vigor: própria ou herdada.")
    pai_id = serializers.UUIDField(allow_null=True)
    lider_id = serializers.UUIDField(allow_null=True)
    lider_nome = serializers.CharField(allow_null=True)
    membros = serializers.IntegerField(help_text="Usuários ativos.")
    filhas = serializers.ListField(child=serializers.DictField(), help_text="Nós iguais a este.")


class PermissaoSerializer(StrictSerializer):
    recurso = serializers.ChoiceField(choices=RECURSOS)
    acao = serializers.ChoiceField(choices=ACOES)
    visibilidade = serializers.ChoiceField(choices=Visibilidade.choices)


class RegraDeCampoSerializer(StrictSerializer):
    recurso = serializers.ChoiceField(choices=RESOURCES)
    campo = serializers.RegexField(
        r"^@?[a-z][a-z0-9_]*\Z", max_length=61, help_text="Um campo do recurso, ou `@chave` de um campo personalizado."
    )
    nivel = serializers.ChoiceField(choices=NIVEIS_DE_CAMPO, help_text="`oculto`, `mascarado` ou `leitura` (vê e não altera).")


class PapelSerializer(RecordSerializer):
    permissoes = PermissaoSerializer(many=True, max_length=len(RECURSOS) * len(ACOES))  # type: ignore[call-arg]  # the list's, not the item's
    campos = RegraDeCampoSerializer(
        many=True,
        required=False,
        max_length=MAX_REGRAS,  # type: ignore[call-arg]
        help_text="O que quem tem o papel não vê, vê mascarado ou não altera.",
    )

    detail_only = frozenset({"permissoes", "campos"})

    class Meta:
        model = Papel
        fields = (*RECORD_FIELDS, "nome", "descricao", "sistema", "exige_segundo_fator", "permissoes", "campos")
        read_only_fields = (*RECORD_FIELDS, "sistema")

    def validate_permissoes(self, permissoes: list[dict[str, str]]) -> list[dict[str, str]]:
        escopos = [(item["recurso"], item["acao"]) for item in permissoes]
        if len(set(escopos)) != len(escopos):
            raise serializers.ValidationError([ErrorDetail("Cada ação de um recurso aparece uma vez só.", code="duplicado")])
        return permissoes

    def validate_campos(self, campos: list[dict[str, str]]) -> list[dict[str, str]]:
        if erros := regras_de_campo.erros(campos):
            raise serializers.ValidationError(erros)
        return regras_de_campo.em_ordem(campos)
