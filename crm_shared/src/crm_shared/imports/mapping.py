"""Which column is which field, by the names that people give columns, in Portuguese and English."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rest_framework import serializers

from ..api.serializers import ShownColumn
from .custom import custom_columns
from .declared import Importable
from .values import folded

# of fields that several resources have; a resource's own come from its declaration and its labels
COMMON: dict[str, tuple[str, ...]] = {
    "nome": ("nome completo", "name", "full name", "contato", "nome do contato", "contact", "contact name", "cliente", "customer"),
    "cpf": ("documento", "cpf do cliente", "tax id"),
    "cnpj": ("cnpj da empresa", "documento", "tax id", "cnpj cpf"),
    "email": ("e mail", "email principal", "e mail address", "email address", "correio eletronico", "mail"),
    "telefone": ("fone", "celular", "tel", "whatsapp", "telefone celular", "phone", "phone number", "mobile", "mobile phone", "telephone"),
    "data_nascimento": ("nascimento", "aniversario", "dt nascimento", "data de nasc", "birthday", "birth date", "date of birth"),
    "origem": ("fonte", "canal", "source", "lead source", "canal de origem"),
    "observacoes": ("obs", "observacao", "notas", "comentarios", "notes", "comments", "description", "descricao"),
    "campanha": ("campaign",),
    "ciclo_vida": ("ciclo", "lifecycle stage", "life cycle"),
    "segmento": ("setor", "ramo", "ramo de atividade", "industry", "sector", "segment"),
    "site": ("website", "pagina", "url", "web site", "homepage"),
    "razao_social": ("razao", "nome empresarial", "legal name", "company legal name"),
    "nome_fantasia": (
        "fantasia",
        "empresa",
        "nome da empresa",
        "company",
        "company name",
        "organization",
        "organizacao",
        "trade name",
        "conta",
    ),
    "empresa_nome": ("empresa", "nome da empresa", "company", "company name", "organization", "organizacao"),
    "numero_funcionarios": ("funcionarios", "qtd funcionarios", "employees", "number of employees"),
    "receita_anual": ("receita", "faturamento", "faturamento anual", "revenue", "annual revenue"),
    "valor": ("valor r", "valor total", "amount", "value", "deal value", "valor do negocio"),
    "valor_estimado": ("valor", "valor r", "amount", "value", "estimated value"),
    "titulo": ("title", "assunto", "subject", "negocio", "oportunidade", "deal", "deal name", "deal title", "nome do negocio"),
    "descricao": ("description", "detalhes", "details"),
    "codigo": ("code", "sku", "cod"),
    "preco": ("preco unitario", "valor", "price", "unit price"),
    "cep": ("codigo postal", "zip", "zip code", "postal code"),
    "uf": ("estado", "state", "province"),
    "municipio": ("cidade", "city", "town"),
    "bairro": ("district", "neighborhood"),
    "logradouro": ("endereco", "rua", "address", "street", "street address"),
    "numero": ("number", "n"),
    "complemento": ("address 2", "complement"),
    "pais": ("country",),
    "prioridade": ("priority",),
    "vencimento_data": ("vencimento", "prazo", "data de vencimento", "due", "due date"),
    "nao_contatar": ("do not contact", "nao perturbe"),
    "responsavel_id": ("id do responsavel", "responsavel", "vendedor", "dono", "owner id", "owner", "assigned to", "sales rep"),
    "equipe_id": ("id da equipe", "equipe", "team id", "team"),
    "cliente_id": ("id do cliente", "cliente", "contato", "pessoa", "client", "customer", "contact", "person"),
    "empresa_id": ("id da empresa", "empresa", "nome da empresa", "conta", "company", "company name", "account", "organization"),
    "funil_id": ("id do funil", "funil", "pipeline", "pipeline id"),
    "etapa_id": ("id da etapa", "etapa", "fase", "estagio", "stage", "deal stage"),
    "motivo_perda_id": ("motivo da perda", "motivo de perda", "lost reason", "loss reason"),
    "fechamento_previsto": ("previsao", "previsao de fechamento", "data prevista", "expected close date", "close date"),
    "aberta_em": ("data de abertura", "abertura", "opened"),
    "fechada_em": ("data de fechamento", "fechamento", "closed", "won date", "lost date"),
    "criado_em": ("data de criacao", "criado", "created", "created at", "create date"),
    "marcadores": ("tags", "etiquetas", "labels", "tag", "marcador"),
}


def writable(importable: Importable) -> dict[str, Any]:
    """The fields that a column may fill: one cell each, not read-only; tags and custom fields are asked of the store."""
    fields = importable.serializer().fields
    own = {name: item for name, item in fields.items() if not item.read_only and not isinstance(item, _MANY)}
    return own | custom_columns(importable.model)


_MANY = (serializers.BaseSerializer, serializers.ListField, serializers.DictField, serializers.JSONField, ShownColumn)


def suggest(header: Sequence[str], importable: Importable) -> dict[str, str]:
    """Column -> field. The exact names go first, so that `E-mail` wins over `Correio`; a field takes one column."""
    fields = writable(importable)
    wanted = {name: [folded(text) for text in names(name, item, importable.headers)] for name, item in fields.items()}
    found: dict[str, str] = {}
    for rank in range(max((len(texts) for texts in wanted.values()), default=0)):
        for column in header:
            if column in found:
                continue
            match = next((name for name, texts in wanted.items() if texts[rank : rank + 1] == [folded(column)]), None)
            if match is not None and match not in found.values():
                found[column] = match
    return {column: found[column] for column in header if column in found}


def names(name: str, item: Any, declared: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """From the surest to the least: the field's own name, its label, what the resource declares, what is common."""
    yield name
    yield str(item.label or name)
    yield from declared.get(name, ())
    yield from COMMON.get(name, ())
