"""What tasks and working-day sums look like in OpenAPI's examples (crm_shared.api.schema.examples)."""

_VINCULO = {"recurso": "clientes.cliente", "id": "018f0000-0000-7000-8000-000000000008"}

EXEMPLOS: dict[str, object] = {
    "adiada_ate": None,
    "atrasada": False,
    "AdiarRequest.ate": "2030-01-15",
    "concluida_em": None,
    "criador_nome": "Bruno Lima",
    "dia": "2026-12-25",
    "dias_uteis": 3,
    "duracao_min": 30,
    "Tarefa.estado": "pendente",
    "Feriado.nome": "Natal",
    "inicio": None,
    "Prazo.inicio": "2026-12-22",
    "Prazo.vencimento_data": "2026-12-28",
    "motivo": "O cliente já resolveu.",
    "motivo_cancelamento": "",
    "notas": "Perguntar pelo número de usuários.",
    "resultado": "",
    "ConcluirRequest.resultado": "Proposta aceita; enviar o contrato.",
    "TarefaNovaRequest": {
        "titulo": "Ligar para Ana Souza sobre a proposta",
        "tipo": "ligacao",
        "prioridade": "alta",
        "vencimento_data": "2030-01-15",
        "notas": "Perguntar pelo número de usuários.",
        "vinculos": [_VINCULO],
    },
    "TarefaRequest": {
        "titulo": "Ligar para Ana Souza sobre a proposta",
        "tipo": "ligacao",
        "prioridade": "alta",
        "vencimento_data": "2030-01-15",
        "vinculos": [_VINCULO],
    },
    "PatchedTarefaRequest": {"prioridade": "urgente", "vencimento_data": "2030-01-16"},
    "titulo": "Ligar para Ana Souza sobre a proposta",
    "vence_em": "2026-11-24T02:59:59Z",
    "vencimento_em": None,
}
