"""Shapes of a `lote` and of its answer."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from ...q.parser import MAX_LENGTH
from ..serializers import ProblemFieldSerializer, StrictSerializer
from . import AT_MOST
from .offered import WRITES


@extend_schema_field({"type": "object", "additionalProperties": True})
class ItemField(serializers.Field[Any, Any, Any, Any]):
    """Anything: what is wrong with an item is the item's own error, not the request's."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class ObjectField(ItemField):
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValidationError("Envie um objeto.", code="not_a_dict")
        return data


class FiltrosField(ObjectField):
    def to_internal_value(self, data: Any) -> Any:
        found = super().to_internal_value(data)
        if wrong := [name for name, value in found.items() if not isinstance(value, str | int | float)]:
            raise ValidationError({name: [ErrorDetail("Envie um texto, um número ou true e false.", code="invalid")] for name in wrong})
        return found


class SelecaoSerializer(StrictSerializer):
    q = serializers.CharField(required=False, max_length=MAX_LENGTH, help_text="Expressão, como em `q=` da lista.")
    busca = serializers.CharField(required=False, max_length=200, help_text="Como em `busca=` da lista.")
    filtros = FiltrosField(required=False, help_text="Os filtros da lista, como `ciclo_vida` e `criado_em__gte`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not any(attrs.values()):
            raise ValidationError("Diga quais registros: uma seleção vazia seria todos.", code="vazio")
        return attrs


class LoteSerializer(StrictSerializer):
    operacao = serializers.ChoiceField(choices=list(WRITES))
    chave = serializers.CharField(required=False, max_length=60, help_text="Em `upsert`: o campo que diz qual é o registro.")
    itens = serializers.ListField(
        child=ItemField(),
        required=False,
        min_length=1,
        max_length=AT_MOST,
        help_text="Cada um como o corpo da requisição avulsa, com `id` e, se quiser, `versao` do registro a mudar.",
    )
    selecao = SelecaoSerializer(required=False, help_text="Em vez de `itens`: todos os registros que a lista mostraria.")
    valores = ObjectField(required=False, help_text="Em `atualizar` e `atribuir`: o que todos recebem; um item pode dizer outra coisa.")
    atomico = serializers.BooleanField(required=False, default=False, help_text="Tudo ou nada; só até 500 itens.")


class ResultadoSerializer(serializers.Serializer[Any]):
    indice = serializers.IntegerField(help_text="Posição do item no pedido, a partir de 0.")
    status = serializers.IntegerField(help_text="O que HTTP teria respondido ao item sozinho.")
    id = serializers.UUIDField(allow_null=True)
    versao = serializers.IntegerField(allow_null=True)
    erros = ProblemFieldSerializer(many=True)
    registro_id = serializers.UUIDField(required=False, help_text="Em `duplicado`: o registro que já tem o valor.")


class LoteFeitoSerializer(serializers.Serializer[Any]):
    feitos = serializers.IntegerField()
    erros = serializers.IntegerField(help_text="Quantos dos itens não deram certo.")
    resultados = ResultadoSerializer(many=True)
    operacao = serializers.UUIDField(help_text="A operação que guarda este lote e o desfaz.")
    desfazer_ate = serializers.DateTimeField(allow_null=True, help_text="Até quando pode ser desfeito; nulo se nada mudou.")
