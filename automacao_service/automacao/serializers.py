"""Shapes of flows, their definitions, versions and runs. What a definition means is checked in definicao.py."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from crm_shared.api.serializers import OWNER_FIELDS, RECORD_FIELDS, OwnedRecordSerializer, RecordSerializer, StrictSerializer
from crm_shared.q.parser import MAX_LENGTH

from .condicoes import OPERADORES
from .models import Execucao, Fluxo, PassoExecucao, VersaoFluxo
from .passos import TIPOS, TITULO_MAX
from .restritos import acesso_ao, contexto_visto

MAX_CONDICOES, MAX_PASSOS = 20, 50
TIPOS_TAREFA = ("tarefa", "ligacao", "reuniao", "email", "whatsapp", "visita")
PRIORIDADES = ("baixa", "normal", "alta", "urgente")


class CondicaoSerializer(StrictSerializer):
    campo = serializers.CharField(max_length=60, help_text="Campo do evento, como em /automacao/catalogo.")
    operador = serializers.ChoiceField(choices=list(OPERADORES))
    valor = serializers.JSONField(required=False, help_text="Valor a comparar; uma lista para `em`; verdadeiro ou falso para `existe`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["operador"] == "existe":
            attrs.setdefault("valor", True)
        if attrs.get("valor") is None:
            raise ValidationError({"valor": [ErrorDetail("Informe o valor a comparar.", code="required")]})
        return attrs


class GatilhoSerializer(StrictSerializer):
    tipo = serializers.ChoiceField(choices=["evento"], default="evento")
    evento = serializers.CharField(max_length=80, help_text="Tipo do evento, por exemplo clientes.cliente.criado.v1.")
    condicoes = CondicaoSerializer(
        many=True,
        required=False,
        max_length=MAX_CONDICOES,  # type: ignore[call-arg]  # the list's, which the stubs do not know
        help_text="Todas precisam ser atendidas.",
    )
    q = serializers.CharField(
        max_length=MAX_LENGTH,
        required=False,
        allow_blank=True,
        help_text='Expressão sobre os campos do evento (`valor:>1000 -ator:"svc:automacao"`), que também precisa ser atendida.',
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        sem_q = {nome: valor for nome, valor in attrs.items() if nome != "q"}
        lido = {**sem_q, "condicoes": [dict(item) for item in attrs.get("condicoes", [])]}
        return {**lido, "q": attrs["q"]} if attrs.get("q") else lido


class ParaField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if text == "responsavel":
            return text
        try:
            return str(UUID(text))
        except ValueError:
            raise ValidationError('Use "responsavel" ou o id de um usuário.', code="invalid") from None


class CriarTarefaSerializer(StrictSerializer):
    titulo = serializers.CharField(max_length=TITULO_MAX, help_text="Pode citar campos do evento: Ligar para {{nome}}.")
    tipo = serializers.ChoiceField(choices=TIPOS_TAREFA, default="tarefa")
    prazo_dias_uteis = serializers.IntegerField(min_value=0, max_value=365, help_text="Dias úteis a partir da criação da tarefa.")
    para = ParaField(default="responsavel", help_text='"responsavel" (do registro; sem um, o do fluxo) ou o id de um usuário.')
    prioridade = serializers.ChoiceField(choices=PRIORIDADES, default="normal")


class AguardarSerializer(StrictSerializer):
    dias = serializers.IntegerField(required=False, min_value=1, max_value=365)
    horas = serializers.IntegerField(required=False, min_value=1, max_value=24 * 365)
    minutos = serializers.IntegerField(required=False, min_value=1, max_value=60 * 24 * 365)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise ValidationError("Informe dias, horas ou minutos, um só deles.", code="invalid")
        return attrs


PARAMETROS: dict[str, type[StrictSerializer]] = {"criar_tarefa": CriarTarefaSerializer, "aguardar": AguardarSerializer}


@extend_schema_field(
    PolymorphicProxySerializer(component_name="ParametrosPasso", serializers=list(PARAMETROS.values()), resource_type_field_name=None)
)
class ParametrosField(serializers.DictField):
    """Read by the serializer of the step's kind, which the step knows."""


class PassoSerializer(StrictSerializer):
    id = serializers.RegexField(
        r"^[a-z0-9_-]{1,40}$", required=False, help_text="Nome do passo nesta definição; sem ele, a posição: 1, 2, 3."
    )
    tipo = serializers.ChoiceField(choices=TIPOS)
    parametros = ParametrosField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        parametros = PARAMETROS[attrs["tipo"]](data=attrs["parametros"])
        if not parametros.is_valid():
            raise ValidationError({"parametros": parametros.errors})
        return {**attrs, "parametros": dict(parametros.validated_data)}


class _InteiroField(serializers.Field[Any, Any, Any, Any]):
    """A nested value that is always whole: inside a PATCH a nested serializer would let its required members go missing."""

    serializer: ClassVar[type[StrictSerializer]]
    options: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        serializer = self.serializer(data=data, **self.options)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(GatilhoSerializer)
class GatilhoField(_InteiroField):
    serializer = GatilhoSerializer

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        return dict(super().to_internal_value(data))


@extend_schema_field(PassoSerializer(many=True))
class PassosField(_InteiroField):
    serializer = PassoSerializer
    options: ClassVar[dict[str, Any]] = {"many": True, "max_length": MAX_PASSOS}

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        passos = [{"id": str(posicao), **passo} for posicao, passo in enumerate(super().to_internal_value(data), 1)]
        vistos: set[str] = set()
        for indice, passo in enumerate(passos):
            if passo["id"] in vistos:
                repetido = {"id": [ErrorDetail("Outro passo já tem este id.", code="duplicado")]}
                raise ValidationError([*({} for _ in range(indice)), repetido])
            vistos.add(passo["id"])
        return passos


class FluxoSerializer(OwnedRecordSerializer):
    gatilho = GatilhoField(help_text="O evento que inicia o fluxo e as condições sobre os seus campos.")
    passos = PassosField(required=False, help_text="O que o fluxo faz, em ordem.")
    versao_publicada = serializers.IntegerField(source="versao_publicada.numero", read_only=True, allow_null=True)

    detail_only = frozenset({"gatilho", "passos", "descricao"})

    class Meta:
        model = Fluxo
        fields = (
            *RECORD_FIELDS,
            "nome",
            "descricao",
            "estado",
            "evento_tipo",
            "gatilho",
            "passos",
            "ultima_versao",
            "versao_publicada",
            "publicado_em",
            *OWNER_FIELDS,
        )
        read_only_fields = (*RECORD_FIELDS, "estado", "evento_tipo", "ultima_versao", "publicado_em")


class VersaoFluxoSerializer(RecordSerializer):
    gatilho = GatilhoField(read_only=True)
    passos = PassosField(read_only=True)

    class Meta:
        model = VersaoFluxo
        fields = ("id", "numero", "evento_tipo", "hash", "gatilho", "passos", "criado_em")
        read_only_fields = fields


class PassoExecucaoSerializer(serializers.ModelSerializer[PassoExecucao]):
    """A step as it went; `entrada` is what the version says, never a text with a person's name filled in."""

    class Meta:
        model = PassoExecucao
        fields = ("passo", "tipo", "estado", "tentativa", "entrada", "saida", "erro_codigo", "chave_idempotencia", "inicio", "fim")


class ContextoField(serializers.JSONField):
    """The event's values; of personal ones only the names, for who sees a flow may not see the person."""

    def to_representation(self, value: Any) -> Any:
        return {**value, **({"pessoais": sorted(value["pessoais"])} if "pessoais" in value else {})}


class ExecucaoSerializer(RecordSerializer):
    fluxo_id = serializers.UUIDField(read_only=True)
    fluxo_nome = serializers.CharField(source="fluxo.nome", read_only=True)
    fluxo_versao = serializers.IntegerField(source="versao_fluxo.numero", read_only=True)
    contexto = ContextoField(read_only=True)
    passos = PassoExecucaoSerializer(many=True, read_only=True)

    detail_only = frozenset({"contexto", "passos"})

    class Meta:
        model = Execucao
        fields = (
            *RECORD_FIELDS,
            "fluxo_id",
            "fluxo_nome",
            "fluxo_versao",
            "dono_id",
            "evento_id",
            "evento_tipo",
            "alvo_recurso",
            "alvo_id",
            "estado",
            "motivo",
            "passo_atual",
            "profundidade",
            "tentativas",
            "proxima_em",
            "arrendada_ate",
            "causa",
            "rastro",
            "erro",
            "erro_detalhe",
            "iniciada_em",
            "terminada_em",
            "contexto",
            "passos",
        )
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        data = super().to_representation(instance)
        request = self.context.get("request")
        if request is not None and data.get("contexto"):
            data["contexto"] = self.fields["contexto"].to_representation(
                contexto_visto(instance.contexto, acesso_ao(request.user, instance.evento_tipo))
            )
        return data


class CampoSerializer(serializers.Serializer[Any]):
    nome = serializers.CharField()
    tipo = serializers.CharField(help_text="texto, numero, logico, lista ou objeto.")
    opcional = serializers.BooleanField()
    pessoal = serializers.BooleanField(help_text="Dado pessoal: não aparece nas execuções.")
    operadores = serializers.ListField(child=serializers.CharField())
    q = serializers.CharField(allow_blank=True, help_text="O que `q` compara com ele (docs/q.md); vazio se `q` não o conhece.")


class EventoSerializer(serializers.Serializer[Any]):
    tipo = serializers.CharField()
    recurso = serializers.CharField()
    campos = CampoSerializer(many=True)


class ParametroSerializer(serializers.Serializer[Any]):
    nome = serializers.CharField()
    obrigatorio = serializers.BooleanField()
    descricao = serializers.CharField()
    opcoes = serializers.ListField(child=serializers.CharField())


class TipoPassoSerializer(serializers.Serializer[Any]):
    tipo = serializers.CharField()
    parametros = ParametroSerializer(many=True)


@extend_schema_serializer(many=False)
class CatalogoSerializer(serializers.Serializer[Any]):
    """O que uma definição pode usar."""

    eventos = EventoSerializer(many=True)
    passos = TipoPassoSerializer(many=True)


def passos_do_catalogo() -> list[dict[str, Any]]:
    return [{"tipo": tipo, "parametros": [_parametro(campo) for campo in shape().fields.values()]} for tipo, shape in PARAMETROS.items()]


def _parametro(campo: Any) -> dict[str, Any]:
    opcoes = [str(opcao) for opcao in getattr(campo, "choices", ())]
    return {"nome": campo.field_name, "obrigatorio": campo.required, "descricao": str(campo.help_text or ""), "opcoes": opcoes}
