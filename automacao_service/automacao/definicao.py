"""What makes a definition meaningful: its fields exist in the event, its operators fit them, its texts can be filled.

The shape (which members, which types) is the serializers' matter.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from crm_shared.events.contracts import CONTRACTS
from crm_shared.q import QError
from crm_shared.q.events import parse_for_events

from .condicoes import comparavel
from .eventos import Campo, campos_de
from .exceptions import DefinicaoInvalida
from .textos import lugares, mal_formado

_ESCALARES: dict[str, tuple[type, ...]] = {
    "texto": (str, int, float),
    "numero": (int, float),
    "logico": (bool,),
    "lista": (str, int, float),
}


def conferir(gatilho: Mapping[str, Any], passos: Sequence[Mapping[str, Any]]) -> None:
    """Raises DefinicaoInvalida naming the first place at fault."""
    if gatilho["evento"] not in CONTRACTS:
        raise DefinicaoInvalida("Este evento não existe. Veja /automacao/catalogo.", codigo="evento_desconhecido", campo="gatilho.evento")
    campos = campos_de(gatilho["evento"])
    for indice, condicao in enumerate(gatilho["condicoes"]):
        _conferir_condicao(condicao, campos, f"gatilho.condicoes.{indice}")
    if q := gatilho.get("q"):
        _conferir_filtro(q, gatilho["evento"])
    for indice, passo in enumerate(passos):
        if passo["tipo"] == "criar_tarefa":
            _conferir_tarefa(passo["parametros"], campos, f"passos.{indice}.parametros")


def _conferir_filtro(q: str, evento: str) -> None:
    try:
        parse_for_events(q, [evento])
    except QError as error:
        raise DefinicaoInvalida(str(error), codigo=error.codigo, campo="gatilho.q") from None


def _conferir_condicao(condicao: Mapping[str, Any], campos: Mapping[str, Campo], onde: str) -> None:
    campo = campos.get(condicao["campo"])
    if campo is None:
        _recusar(f"O evento não tem o campo {condicao['campo']}.", "campo_desconhecido", f"{onde}.campo")
    elif condicao["operador"] not in campo.operadores:
        _recusar(f"Com um campo do tipo {campo.tipo} use: {', '.join(campo.operadores)}.", "operador_nao_serve", f"{onde}.operador")
    elif not _valor_serve(condicao["operador"], condicao["valor"], campo):
        _recusar("O valor não serve para este campo e operador.", "valor_nao_serve", f"{onde}.valor")


def _valor_serve(operador: str, valor: Any, campo: Campo) -> bool:
    if operador == "existe":
        return isinstance(valor, bool)
    if operador in ("maior", "menor"):
        return comparavel(valor)
    if operador == "em":
        return isinstance(valor, list) and 0 < len(valor) <= 100 and all(_escalar(item, campo) for item in valor)
    return _escalar(valor, campo)


def _escalar(valor: Any, campo: Campo) -> bool:
    if isinstance(valor, bool) and campo.tipo != "logico":
        return False
    return isinstance(valor, _ESCALARES[campo.tipo]) and len(str(valor)) <= 200


def _conferir_tarefa(parametros: Mapping[str, Any], campos: Mapping[str, Campo], onde: str) -> None:
    titulo = parametros["titulo"]
    desconhecidos = [nome for nome in lugares(titulo) if nome not in campos]
    if desconhecidos:
        _recusar(f"O evento não tem o campo {desconhecidos[0]}.", "campo_desconhecido", f"{onde}.titulo")
    if mal_formado(titulo):
        _recusar("Escreva os campos do evento como {{campo}}.", "texto_mal_formado", f"{onde}.titulo")
    if parametros["para"] == "responsavel" and "responsavel_id" not in campos:
        _recusar("Os registros deste evento não têm responsável: informe um usuário.", "sem_responsavel", f"{onde}.para")


def _recusar(detail: str, codigo: str, campo: str) -> None:
    raise DefinicaoInvalida(detail, codigo=codigo, campo=campo)


def resumo(gatilho: Mapping[str, Any], passos: Sequence[Mapping[str, Any]]) -> str:
    """The same for definitions that mean the same, whatever the order of their members."""
    return hashlib.sha256(orjson.dumps([gatilho, passos], option=orjson.OPT_SORT_KEYS)).hexdigest()


def pessoais_citados(passos: Sequence[Mapping[str, Any]], evento_tipo: str) -> set[str]:
    """The personal fields without which the steps could not be carried out: no others are kept with a run."""
    citados = {nome for passo in passos for nome in lugares(passo["parametros"].get("titulo", ""))}
    return {nome for nome, campo in campos_de(evento_tipo).items() if campo.pessoal and nome in citados}
