"""Expressions about events: which names there are, of which kind, and what they answer."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from crm_shared.events.contracts import CONTRACTS, automacao, clientes, tarefas, vendas
from crm_shared.q import QError
from crm_shared.q.events import event_fields, event_row, first_unmet, meets, names_in, parse_for_events, personal_fields

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GANHA, TAREFA, CLIENTE, LEAD = (
    contract.TIPO for contract in (vendas.OportunidadeGanha, tarefas.TarefaCriada, clientes.ClienteCriado, clientes.LeadCriado)
)


def test_every_event_has_its_fields():
    for tipo in CONTRACTS:
        assert {"ator", "registro_id"} <= event_fields(tipo).keys()


@pytest.mark.parametrize(
    ("tipo", "campo", "kind"),
    [
        (GANHA, "valor", "numero"),
        (GANHA, "probabilidade", "numero"),
        (GANHA, "fechada_em", "instante"),
        (GANHA, "fechamento_previsto", "data"),
        (GANHA, "empresa_id", "uuid"),
        (GANHA, "status", "texto"),
        (vendas.FunilCriado.TIPO, "ativo", "booleano"),
        (TAREFA, "vencimento_data", "data"),
    ],
)
def test_kinds(tipo, campo, kind):
    assert event_fields(tipo)[campo].kind == kind


def test_lists_and_objects_have_no_name():
    assert "vinculos" not in event_fields(TAREFA)
    assert "tipos" not in event_fields(automacao.WebhookCriado.TIPO)


def test_personal_fields_are_known_as_such():
    assert personal_fields(CLIENTE) == {"nome", "cpf", "email", "telefone", "extras_pessoais"}


ROW = {
    "valor": "1500.00",
    "probabilidade": 40,
    "status": "ganha",
    "fechada_em": "2026-11-22T03:30:00Z",
    "fechamento_previsto": "2026-11-30",
    "empresa_id": None,
    "responsavel_id": str(uuid4()),
}


@pytest.mark.parametrize(
    ("q", "holds"),
    [
        ("valor:>1000", True),
        ("valor:1500", True),
        ("valor:>=1500.01", False),
        ("probabilidade:30..40", True),
        ("status:ganha,perdida", True),
        ("-status:ganha", False),
        ("fechada_em:hoje", True),  # 0.30 h of that day in São Paulo
        ("fechada_em:2026-11-21", False),
        ("fechamento_previsto:<hoje+10d", True),
        ("empresa_id:vazio", True),
        ("-empresa_id:vazio", False),
        (f"responsavel_id:{ROW['responsavel_id'].upper()}", True),
        ('ator:"svc:automacao"', True),
        ("registro_id:018f0000-0000-7000-8000-000000000001", True),
        ("titulo:vazio", True),
        ("(valor:>9999 or probabilidade:>30) status:ganha", True),
    ],
)
def test_it_is_asked_of_the_events_own_values(q, holds):
    row = event_row(dados=ROW, pessoais={}, ator="svc:automacao", registro_id="018f0000-0000-7000-8000-000000000001")
    assert meets(q, GANHA, row, NOW) is holds


@pytest.mark.parametrize(
    ("q", "holds"), [("marcador:vip", True), ("marcador:vip,novo", True), ("-marcador:frio", True), ("marcador:vazio", False)]
)
def test_a_tag_is_one_of_the_records(q, holds):
    row = event_row(dados={"marcadores": ["vip", "sul"]}, pessoais={}, ator="", registro_id=uuid4())
    assert meets(q, CLIENTE, row, NOW) is holds


def test_the_first_part_that_fails_is_told():
    assert first_unmet("status:ganha valor:<10", GANHA, ROW, NOW) == {"campo": "valor", "op": "menor", "valor": "10"}


def test_a_value_of_another_kind_meets_nothing_and_breaks_nothing():
    for wrong in ("muito", [], {}, True):
        assert not meets("valor:>0", GANHA, {"valor": wrong}, NOW) or wrong is True
        assert not meets("fechada_em:hoje", GANHA, {"fechada_em": wrong}, NOW)


@pytest.mark.parametrize(
    ("q", "tipos", "codigo", "at"),
    [
        ("signo:touro", [GANHA], "q_campo", 0),
        ("valor:1 signo:touro", [GANHA], "q_campo", 8),
        ("valor:muito", [GANHA], "q_valor", 6),
        ("status:>1", [GANHA], "q_operador", 0),
        ("padaria", [GANHA], "q_sem_busca", 0),
        ("status:ganha", [GANHA, CLIENTE], "q_campo", 0),
        ("valor:1", [GANHA, LEAD], "q_campo", 0),
    ],
)
def test_errors_say_where_and_of_which_event(q, tipos, codigo, at):
    with pytest.raises(QError) as refused:
        parse_for_events(q, tipos)
    assert (refused.value.codigo, refused.value.posicao) == (codigo, at)


def test_names_in_an_expression():
    assert names_in(parse_for_events("-(nome:a or cpf:vazio) origem:site", [CLIENTE])) == {"nome", "cpf", "origem"}
