"""What flows, versions and runs look like in OpenAPI's examples (crm_shared.api.schema.examples)."""

_EVENTO = "clientes.lead.criado.v1"
_GATILHO = {"tipo": "evento", "evento": _EVENTO, "condicoes": [{"campo": "fonte", "operador": "igual", "valor": "site"}]}
_TAREFA = {"titulo": "Ligar para o novo lead", "tipo": "ligacao", "prazo_dias_uteis": 1, "para": "responsavel", "prioridade": "alta"}
_PASSOS = [
    {"id": "esperar", "tipo": "aguardar", "parametros": {"horas": 2}},
    {"id": "ligar", "tipo": "criar_tarefa", "parametros": _TAREFA},
]

EXEMPLOS: dict[str, object] = {
    "alvo_recurso": "clientes.lead",
    "arrendada_ate": None,
    "causa": "",
    "chave_idempotencia": "execucao:018f0000-0000-7000-8000-000000000011:ligar",
    "contexto": {"fonte": "site", "pessoais": ["nome"]},
    "descricao": "Todo lead do site recebe uma ligação no dia útil seguinte.",
    "entrada": _TAREFA,
    "erro": "",
    "erro_codigo": "",
    "erro_detalhe": "",
    "Evento.campos": [{"nome": "fonte", "tipo": "texto", "opcional": False, "pessoal": False, "operadores": ["igual", "diferente", "em"]}],
    "evento_tipo": _EVENTO,
    "fluxo_nome": "Ligar para leads do site",
    "fluxo_versao": 1,
    "gatilho": _GATILHO,
    "FluxoRequest": {"nome": "Ligar para leads do site", "gatilho": _GATILHO, "passos": _PASSOS},
    "PatchedFluxoRequest": {"nome": "Ligar logo para leads do site"},
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "motivo": "",
    "Fluxo.nome": "Ligar para leads do site",
    "FluxoLinha.nome": "Ligar para leads do site",
    "passo": "ligar",
    "passo_atual": "ligar",
    "Fluxo.passos": _PASSOS,
    "VersaoFluxo.passos": _PASSOS,
    "PassoExecucao.tipo": "criar_tarefa",
    "saida": {"tarefa_id": "018f0000-0000-7000-8000-000000000012"},
    "terminada_em": None,
}
