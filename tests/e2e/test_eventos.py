"""What one service tells, others know within seconds."""

from uuid import uuid4

import pytest


@pytest.fixture
def empresa(admin):
    return admin.create("/gateway/empresas", {"razao_social": "Padaria Sol Ltda", "segmento": f"segmento {uuid4()}"})


def test_a_renamed_company_is_renamed_on_deals_and_people(admin, eventually, empresa, funil):
    oportunidade = admin.create("/gateway/vendas", {"titulo": "x", "funil_id": funil["id"], "empresa_id": empresa["id"]})
    cliente = admin.create("/gateway/clientes", {"nome": "João"})
    admin.create(f"/gateway/clientes/{cliente['id']}/empresas", {"empresa_id": empresa["id"]})

    def nomes():
        linha = next(row for row in admin.rows("/gateway/vendas", empresa_id=empresa["id"]))
        vinculo = admin.read(f"/gateway/clientes/{cliente['id']}")["empresas"][0]
        return {linha["empresa_nome"], admin.read(f"/gateway/vendas/{oportunidade['id']}")["empresa_nome"], vinculo["empresa_nome"]}

    eventually(nomes, lambda vistos: vistos == {"Padaria Sol Ltda"})
    admin.request("PATCH", f"/gateway/empresas/{empresa['id']}", json={"nome_fantasia": "Padaria Lua"}).raise_for_status()
    eventually(nomes, lambda vistos: vistos == {"Padaria Lua"})


def test_its_segment_is_known_to_the_report(admin, eventually, empresa, funil):
    admin.create("/gateway/vendas", {"titulo": "x", "funil_id": funil["id"], "empresa_id": empresa["id"]})

    def segmentos():
        relatorio = admin.read("/gateway/vendas/relatorios/funil", funil_id=funil["id"], agrupar="segmento")
        return {linha["chave"] for linha in relatorio["linhas"]}

    eventually(segmentos, lambda vistos: empresa["segmento"] in vistos)


def test_a_renamed_user_is_renamed_everywhere(admin, eventually, elenco, nova_pessoa, funil):
    nova = nova_pessoa("Dora", "vendedor", elenco.ana.equipe_id)
    oportunidade = nova.crm.create("/gateway/vendas", {"titulo": "x", "funil_id": funil["id"]})
    tarefa = nova.crm.create("/gateway/tarefas", {"titulo": "x"})
    admin.request("PATCH", f"/auth/usuarios/{nova.id}", json={"nome": "Dora Lima"}).raise_for_status()
    for path in (f"/gateway/vendas/{oportunidade['id']}", f"/gateway/tarefas/{tarefa['id']}"):
        eventually(lambda path=path: nova.crm.read(path)["responsavel_nome"], lambda nome: nome == "Dora Lima")


def test_a_deal_s_path_is_kept(admin, funil):
    motivo = admin.create("/gateway/vendas/motivos-perda", {"nome": f"Preço {uuid4()}"})
    oportunidade = admin.create("/gateway/vendas", {"titulo": "x", "funil_id": funil["id"], "valor": "10.00"})
    path = f"/gateway/vendas/{oportunidade['id']}"
    abertas = [etapa for etapa in funil["etapas"] if etapa["tipo"] == "aberta"]
    admin.create(f"{path}/mover", {"etapa_id": abertas[1]["id"]})
    admin.create(f"{path}/perder", {"motivo_perda_id": motivo["id"]})
    assert admin.request("POST", f"{path}/ganhar", json={}).status_code == 409
    admin.create(f"{path}/reabrir", {"motivo": "Voltou"})
    admin.create(f"{path}/ganhar", {"valor": "9.00"})
    passos = [(passo["para_nome"], passo["valor"]) for passo in admin.rows(f"{path}/historico-etapas")]
    de, para = abertas[0]["nome"], abertas[1]["nome"]
    assert passos == [(de, "10.00"), (para, "10.00"), ("Perdida", "10.00"), (para, "10.00"), ("Ganha", "9.00")]


def test_a_flow_answers_a_new_person_with_one_task(admin, eventually, elenco, mark):
    """automacao hears of the person, and creates through its queue the task that the flow asks for."""
    campanha = f"campanha {mark}"
    condicoes = [{"campo": "campanha", "operador": "igual", "valor": campanha}]
    catalogo = str(admin.read("/gateway/automacao/catalogo"))
    if "campanha" not in catalogo:
        condicoes = [{"campo": "origem", "operador": "igual", "valor": "evento"}]
    fluxo = admin.create(
        "/gateway/automacao",
        {
            "nome": f"Boas-vindas {mark}",
            "gatilho": {"evento": "clientes.cliente.criado.v1", "condicoes": condicoes},
            "passos": [{"tipo": "criar_tarefa", "parametros": {"titulo": f"Ligar {mark}", "prazo_dias_uteis": 2}}],
        },
    )
    admin.create(f"/gateway/automacao/{fluxo['id']}/publicar", {})
    elenco.ana.crm.create("/gateway/clientes", {"nome": "Novo", "campanha": campanha, "origem": "evento"})

    def tarefas():
        return [tarefa for tarefa in elenco.ana.crm.rows("/gateway/tarefas") if tarefa["titulo"] == f"Ligar {mark}"]

    (tarefa,) = eventually(tarefas)
    assert tarefa["responsavel_id"] == elenco.ana.id
    execucoes = list(admin.rows("/gateway/automacao/execucoes", fluxo_id=fluxo["id"]))
    eventually(lambda: admin.read(f"/gateway/automacao/execucoes/{execucoes[0]['id']}")["estado"], lambda estado: estado == "concluida")
    assert (len(execucoes), len(tarefas())) == (1, 1)
    admin.create(f"/gateway/automacao/{fluxo['id']}/pausar", {})
