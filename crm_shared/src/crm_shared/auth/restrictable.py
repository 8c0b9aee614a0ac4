"""Which fields a role's rules may hide, mask or fix: the one list, which auth checks names against and every service shows by.

What names a record (`nome`, `titulo`, `codigo`) and what places it (owner, stage, state) is not hidden: other services keep copies
of the one, and the other is told by where a record is found.
"""

from collections.abc import Mapping
from dataclasses import dataclass

OCULTO, MASCARADO, LEITURA = NIVEIS_DE_CAMPO = ("oculto", "mascarado", "leitura")
SHORT = {"o": OCULTO, "m": MASCARADO, "l": LEITURA}  # as a token says it
_CUSTOM = "@"  # before the key of a custom field


@dataclass(frozen=True)
class Restrictable:
    """`also`: other names of the resource (columns, parts, filters) that tell the value too, and go with it.

    `busca`: "texto" where searching finds it by any word, "digitos" where only digits do.
    """

    levels: tuple[str, ...] = (OCULTO, LEITURA)
    also: tuple[str, ...] = ()
    busca: str = ""


_FIXED = Restrictable((LEITURA,))
_VALUE = Restrictable()
_TEXT = Restrictable((OCULTO, MASCARADO, LEITURA))
_SEEN_ONLY = Restrictable((OCULTO,))  # no request writes it
_CONTACT = ("meios", "valor", "ramal", "valor_original", "chave_equivalencia")  # every address and number of a person
_PRICE = ("total_itens", "origem_valor", "itens", "quantidade", "preco", "desconto", "desconto_tipo", "total")

RESTRICTABLE: Mapping[str, Mapping[str, Restrictable]] = {
    "clientes": {
        "cpf": Restrictable(_TEXT.levels, busca="digitos"),
        "email": Restrictable(_TEXT.levels, _CONTACT, "texto"),
        "telefone": Restrictable(_TEXT.levels, _CONTACT, "digitos"),
        "data_nascimento": _VALUE,
        "origem": _VALUE,
        "campanha": _TEXT,
        "observacoes": _TEXT,
        "nao_contatar": _VALUE,
        **dict.fromkeys(("nome", "nome_social", "ciclo_vida"), _FIXED),
    },
    "leads": {
        "valor_estimado": _VALUE,
        "interesse": Restrictable(_TEXT.levels, busca="texto"),
        "temperatura": _VALUE,
        "fonte": _VALUE,
        "motivo_desqualificacao": _SEEN_ONLY,
        "empresa_nome": _FIXED,
    },
    "empresas": {
        "receita_anual": _VALUE,
        "capital_social": _VALUE,
        "numero_funcionarios": Restrictable(also=("faixa_funcionarios",)),
        "telefone": _TEXT,
        "email": _TEXT,
        "segmento": _TEXT,
        "porte": _VALUE,
        **dict.fromkeys(("razao_social", "nome_fantasia", "situacao_cadastral", "ciclo_vida"), _FIXED),
    },
    "vendas": {
        "valor": Restrictable(also=_PRICE),
        "fechamento_previsto": _VALUE,
        "origem": _VALUE,
        "nota_perda": Restrictable((OCULTO,), ("nota",)),
        **dict.fromkeys(("titulo", "empresa_id", "cliente_id"), _FIXED),
    },
    "produtos": dict.fromkeys(("codigo", "nome", "preco", "moeda", "unidade", "ativo"), _FIXED),
    "comunicacao": {
        "assunto": Restrictable(_TEXT.levels, busca="texto"),
        "telefone": Restrictable(_TEXT.levels, ("id_externo", "telefone_equivalencia"), "texto"),
        "conteudo": Restrictable((OCULTO,), ("anexos", "ultima_mensagem_previa")),
        "prioridade": _VALUE,
    },
    "tarefas": {
        "notas": Restrictable(_TEXT.levels, busca="texto"),
        "motivo_cancelamento": _SEEN_ONLY,
        "prioridade": _VALUE,
        "duracao_min": _VALUE,
        "vencimento_data": Restrictable((LEITURA,), ("vencimento_em", "prazo_dias_uteis")),
        **dict.fromkeys(("titulo", "tipo"), _FIXED),
    },
}
RESOURCES = (*RESTRICTABLE,)
_OF_ENTITY = {"clientes.lead": "leads", "vendas.produto": "produtos"}


def resource_of(tipo: str) -> str:
    """The resource whose rules hold for what an event of this type, or of this `<servico>.<entidade>`, tells."""
    entity = ".".join(tipo.split(".")[:2])
    return _OF_ENTITY.get(entity, entity.split(".")[0])


def is_custom(campo: str) -> bool:
    return campo.startswith(_CUSTOM)


def named(campo: str) -> str:
    """As rules call it what events and exports call `extras.<chave>`."""
    return f"{_CUSTOM}{campo.removeprefix('extras.')}" if campo.startswith("extras.") else campo


def optional_names() -> frozenset[str]:
    """All that rules may take out of an answer."""
    own = {name for fields in RESTRICTABLE.values() for name, item in fields.items() if OCULTO in item.levels}
    return frozenset(own | {name for fields in RESTRICTABLE.values() for item in fields.values() for name in item.also})
