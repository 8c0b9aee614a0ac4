"""From a qualified lead to a deal: the company if it is new, the deal, the follow-up task, and the lead marked converted.

The records fall to the lead's owner where the starter may assign, else to the starter. The company is the one named by
id, the one with that CNPJ, or the only one of that name that the starter can see; else a new one.
"""

from typing import Any

from crm_shared.client import Refused
from crm_shared.identity.errors import IdentityError
from crm_shared.identity.search import search_terms, search_text

from .definicao import Definicao, Passo, Pedido, Saida, Situacao
from .tarefa import criar_tarefa

TITULO_MAX = 200


def ver_lead(situacao: Situacao) -> Pedido:
    return Pedido("clientes", "GET", f"/clientes/leads/{situacao.alvo_id}")


def ler_lead(situacao: Situacao, lead: Any) -> Saida:
    if lead["status"] != "qualificado":
        raise Refused("O lead não está qualificado.", status=409, codigo="lead_nao_qualificado")
    empresa = situacao.entrada.get("empresa_nome") or lead["empresa_nome"]
    dono = lead["responsavel_id"] if situacao.entrada["atribui"] else None
    return {
        "cliente_id": lead["cliente_id"],
        "responsavel_id": dono or str(situacao.responsavel_id),
        "empresa_nome": empresa,
        "titulo": (situacao.entrada.get("titulo") or empresa or lead.get("interesse") or "Oportunidade")[:TITULO_MAX],
        "valor": situacao.entrada.get("valor") or lead.get("valor_estimado"),  # what the owner does not see is not there
        "origem": lead.get("fonte"),
    }


def nome_procurado(situacao: Situacao) -> str:
    """In the form in which names are compared; empty for one that cannot be searched for."""
    nome = situacao.de("lead", "empresa_nome") or ""
    try:
        search_terms(nome)
    except IdentityError:
        return ""
    return search_text(nome).strip()


def procurar_empresa(situacao: Situacao) -> Pedido | None:
    if escolhida := situacao.entrada.get("empresa_id"):
        return Pedido("empresas", "GET", f"/empresas/{escolhida}")
    if cnpj := situacao.entrada.get("cnpj"):
        return Pedido("empresas", "GET", "/empresas", filtros={"cnpj": cnpj})
    if not nome_procurado(situacao):
        return None
    return Pedido("empresas", "GET", "/empresas", filtros={"busca": situacao.de("lead", "empresa_nome"), "limite": "200"})


def ler_empresa(situacao: Situacao, resposta: Any) -> Saida:
    if "resultados" not in resposta:
        return {"empresa_id": resposta["id"]}
    achadas = resposta["resultados"]
    if not situacao.entrada.get("cnpj"):
        achadas = [item for item in achadas if nome_procurado(situacao) in _nomes(item)]
    if len(achadas) > 1:
        raise Refused("Há mais de uma empresa com este nome; informe empresa_id ou cnpj.", status=422, codigo="empresa_ambigua")
    return {"empresa_id": achadas[0]["id"]} if achadas else {}


def _nomes(empresa: dict[str, Any]) -> set[str]:
    return {search_text(empresa[campo]).strip() for campo in ("razao_social", "nome_fantasia")}


def chave_da_empresa(situacao: Situacao) -> str | None:
    """Leads of one company that are converted at once share it, instead of each making its own."""
    chave = situacao.entrada.get("empresa_id") or situacao.entrada.get("cnpj") or nome_procurado(situacao)
    return f"empresa:{chave}"[:200] if chave else None


def criar_empresa(situacao: Situacao) -> Pedido | None:
    nome, cnpj = situacao.de("lead", "empresa_nome"), situacao.entrada.get("cnpj")
    if situacao.de("procurar_empresa", "empresa_id") or not nome:
        return None
    corpo = {"nome_fantasia": nome, "responsavel_id": situacao.de("lead", "responsavel_id"), **({"cnpj": cnpj} if cnpj else {})}
    return Pedido("empresas", "POST", "/empresas", corpo)


def ler_id(_situacao: Situacao, resposta: Any) -> Saida:
    return {"id": resposta["id"]}


def excluir_empresa(saida: Saida) -> Pedido:
    return Pedido("empresas", "DELETE", f"/empresas/{saida['id']}")


def empresa_de(situacao: Situacao) -> str | None:
    achada: str | None = situacao.de("procurar_empresa", "empresa_id")
    criada: str | None = situacao.de("empresa", "id")
    return achada or criada


def criar_oportunidade(situacao: Situacao) -> Pedido:
    escolhas = {campo: valor for campo in ("funil_id", "etapa_id", "fechamento_previsto") if (valor := situacao.entrada.get(campo))}
    lead = situacao.saidas["lead"]
    corpo = {
        "titulo": lead["titulo"],
        "cliente_id": lead["cliente_id"],
        "empresa_id": empresa_de(situacao),
        "lead_id": str(situacao.alvo_id),
        "responsavel_id": lead["responsavel_id"],
        **{campo: lead[campo] for campo in ("origem", "valor") if lead[campo] is not None},
        **escolhas,
    }
    return Pedido("vendas", "POST", "/vendas", corpo)


def ler_oportunidade(_situacao: Situacao, resposta: Any) -> Saida:
    return {"id": resposta["id"], "codigo": resposta["codigo"]}


def excluir_oportunidade(saida: Saida) -> Pedido:
    return Pedido("vendas", "DELETE", f"/vendas/{saida['id']}")


def dar_seguimento(situacao: Situacao) -> Pedido:
    return criar_tarefa(
        situacao,
        titulo=f"Dar seguimento: {situacao.de('lead', 'titulo')}",
        responsavel_id=situacao.de("lead", "responsavel_id"),
        cliente=situacao.de("lead", "cliente_id"),
        empresa=empresa_de(situacao),
        oportunidade=situacao.de("oportunidade", "id"),
    )


def excluir_tarefa(saida: Saida) -> Pedido:
    return Pedido("tarefas", "DELETE", f"/tarefas/{saida['id']}")


def converter(situacao: Situacao) -> Pedido:
    corpo = {"oportunidade_id": situacao.de("oportunidade", "id")}
    return Pedido("clientes", "POST", f"/clientes/leads/{situacao.alvo_id}/converter", corpo)


def vincular(situacao: Situacao) -> Pedido | None:
    """The person works there; whoever may not change the person converts the lead all the same."""
    empresa = empresa_de(situacao)
    caminho = f"/clientes/{situacao.de('lead', 'cliente_id')}/empresas"
    return Pedido("clientes", "POST", caminho, {"empresa_id": empresa}) if empresa else None


CONVERTER_LEAD = Definicao(
    nome="converter-lead",
    versao=1,
    recurso="leads",
    escopos=("leads:editar", "vendas:criar", "tarefas:criar"),
    alvo_recurso="clientes.lead",
    uma_vez=True,
    passos=(
        Passo("lead", ver_lead, ler_lead, le=True),
        Passo("procurar_empresa", procurar_empresa, ler_empresa, le=True, trava=chave_da_empresa),
        Passo("empresa", criar_empresa, ler_id, desfazer=excluir_empresa),
        Passo("oportunidade", criar_oportunidade, ler_oportunidade, desfazer=excluir_oportunidade),
        Passo("tarefa", dar_seguimento, ler_id, desfazer=excluir_tarefa),
        Passo("converter", converter, pivo=True),
        Passo("vincular", vincular, opcional=True),
    ),
)
