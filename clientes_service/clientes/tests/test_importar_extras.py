"""Leads, and the columns that a company adds: custom fields and tags."""

import pytest

from clientes.models import Cliente, Lead
from crm_shared.extensions.models import ValorExtra

pytestmark = pytest.mark.django_db


def codigos(feito):
    return {linha: [(erro["campo"], erro["codigo"]) for erro in item["erros"]] for linha, item in feito["itens"].items() if item["erros"]}


@pytest.fixture
def campos(api):
    """One custom field of each kind that a cell is read for in its own way, and two tags."""

    def campo(chave, tipo, recurso="clientes", **mais):
        made = api().post(
            "/clientes/campos-personalizados", {"recurso": recurso, "chave": chave, "rotulo": chave.title(), "tipo": tipo, **mais}
        )
        assert made.status_code == 201, made.content

    opcoes = [{"valor": "ouro", "rotulo": "Plano Ouro"}, {"valor": "prata", "rotulo": "Prata"}]
    campo("limite", "moeda", indexado=True)
    campo("desde", "data")
    campo("plano", "lista", opcoes=opcoes)
    campo("interesses", "multilista", opcoes=opcoes)
    campo("vip", "booleano")
    campo("matricula", "texto", unico=True)
    campo("regiao", "texto", padrao="sul")
    for nome in ("Cliente Frio", "Feira"):
        assert api().post("/clientes/marcadores", {"nome": nome}).status_code == 201


CHEIA = (
    "Nome;E-mail;Limite;Desde;Plano;Interesses;VIP;Matrícula;Tags\n"
    "Ana;ana@exemplo.com.br;R$ 1.234,50;31/12/2020;plano ouro;ouro, Prata;sim;M1;Cliente frio, feira\n"
    "Bia;bia@exemplo.com.br;;;;;;M2;\n"
    "Caio;caio@exemplo.com.br;muito;31/02/2020;bronze;ouro,bronze;talvez;M3;\n"
    "Davi;davi@exemplo.com.br;;;;;;M1;\n"
    "Eva;eva@exemplo.com.br;;;;;;;Não há\n"
    f"Fabio;fabio@exemplo.com.br;;;;;;{'x' * 600};\n"
)


def test_custom_fields_and_tags_are_suggested_read_by_their_kinds_and_told(importar, campos, published, api):
    feito = importar("clientes", CHEIA, chave="email")
    assert feito["importacao"]["mapeamento"]["Limite"] == "extras.limite"
    assert (feito["importacao"]["mapeamento"]["Matrícula"], feito["importacao"]["mapeamento"]["Tags"]) == ("extras.matricula", "marcadores")
    assert codigos(feito) == {
        4: [
            ("extras.limite", "valor_invalido"),
            ("extras.desde", "data_invalida"),
            ("extras.plano", "opcao_invalida"),
            ("extras.interesses.1", "opcao_invalida"),
            ("extras.vip", "invalido"),
        ],
        5: [("", "repetida_no_arquivo")],
        6: [("marcadores", "inexistente")],
        7: [("extras.matricula", "muito_longo")],
    }
    ana, bia = Cliente.objects.order_by("nome")
    assert ana.extras == {
        "limite": "1234.50",
        "desde": "2020-12-31",
        "plano": "ouro",
        "interesses": ["ouro", "prata"],
        "vip": True,
        "matricula": "M1",
        "regiao": "sul",
    }
    assert (ana.marcadores, bia.extras) == (["cliente-frio", "feira"], {"matricula": "M2", "regiao": "sul"})
    assert ValorExtra.objects.filter(unico__in=["M1", "M2"]).count() == 2
    assert [item["id"] for item in api().get("/clientes", {"q": "@limite:>1000"}).json()["resultados"]] == [str(ana.pk)]
    criado = next(evento for evento in published() if evento.agregado_id == ana.pk)
    assert (criado.dados["marcadores"], criado.dados["extras"]["limite"]) == (["cliente-frio", "feira"], "1234.50")


def test_what_is_unique_is_another_persons_also_later(importar, campos):
    importar("clientes", "Nome;E-mail;Matrícula\nAna;ana@exemplo.com.br;M1\nBia;bia@exemplo.com.br;M2\n", chave="email")
    texto = "Nome;E-mail;Matrícula\nCaio;caio@exemplo.com.br;M1\nBia;bia@exemplo.com.br;M1\nAna;ana@exemplo.com.br;M1\n"
    feito = importar("clientes", texto, modo="ambos", chave="email")
    assert codigos(feito)[2] == codigos(feito)[3][:1] or codigos(feito)[2] == [("extras.matricula", "duplicado")]
    assert Cliente.objects.count() == 2
    assert ValorExtra.objects.filter(unico="M1").count() == 1


def test_an_update_adds_tags_changes_fields_and_is_undone(importar, campos, api, rodar):
    importar("clientes", "Nome;E-mail;Limite;Plano;Tags\nAna;ana@exemplo.com.br;10;ouro;feira\n", chave="email")
    feito = importar(
        "clientes", "E-mail;Limite;Desde;Tags\nana@exemplo.com.br;20;01/02/2003;Cliente Frio\n", modo="atualizar", chave="email"
    )
    ana = Cliente.objects.get()
    assert (ana.extras["limite"], ana.extras["desde"], ana.extras["plano"]) == ("20.00", "2003-02-01", "ouro")
    assert ana.marcadores == ["feira", "cliente-frio"]
    assert [item["id"] for item in api().get("/clientes", {"q": "@limite:20"}).json()["resultados"]] == [str(ana.pk)]
    api().post(f"/clientes/operacoes/{feito['operacao']['id']}/desfazer")
    rodar()
    ana.refresh_from_db()
    assert (ana.extras["limite"], ana.extras.get("desde"), ana.marcadores) == ("10.00", None, ["feira"])


def test_an_obligatory_custom_field_is_asked_of_new_records(importar, api):
    body = {"recurso": "leads", "chave": "segmento", "rotulo": "Segmento", "tipo": "texto", "obrigatorio": True}
    assert api().post("/clientes/campos-personalizados", body).status_code == 201
    importar("clientes", "Nome;CPF\nAna;529.982.247-25\n")
    feito = importar("leads", "CPF;Segmento\n529.982.247-25;\n529.982.247-25;varejo\n")
    assert codigos(feito) == {2: [("extras.segmento", "obrigatorio")]}
    assert Lead.objects.get().extras == {"segmento": "varejo"}


def test_leads_of_people_by_cpf_email_or_phone(importar, published):
    importar("clientes", "Nome;CPF;E-mail;Celular\nAna;529.982.247-25;ana@exemplo.com.br;(11) 98765-4321\nBia;;bia@exemplo.com.br;\n")
    texto = (
        "Cliente;Fonte;Temperatura;Valor\n52998224725;Instagram;hot;R$ 5,00\nbia@exemplo.com.br;site;;\n11 8765-4321;site;;\n"
        "ninguem@exemplo.com.br;;;\nAna;;;\n;site;;\n"
    )
    for passo in ("simular", "executar"):
        feito = importar("leads", texto, passo)
        sem_cliente = {5: "inexistente", 6: "inexistente", 7: "obrigatorio"}
        assert codigos(feito) == {linha: [("cliente_id", codigo)] for linha, codigo in sem_cliente.items()}
    assert [(lead.cliente.nome, lead.fonte, lead.temperatura) for lead in Lead.objects.order_by("id")] == [
        ("Ana", "rede_social", "quente"),
        ("Bia", "site", "morna"),
        ("Ana", "site", "morna"),
    ]
    again = importar("leads", "Cliente;Interesse\nbia@exemplo.com.br;Curso\n52998224725;X\n", modo="atualizar", chave="cliente_id")
    assert codigos(again) == {3: [("cliente_id", "chave_ambigua")]}
    assert Lead.objects.get(cliente__nome="Bia").interesse == "Curso"


def test_a_person_out_of_sight_has_no_leads_for_others(importar, api, carla):
    importar("clientes", "Nome;CPF\nAna;529.982.247-25\n")
    dela = api("clientes:importar", "leads:criar", "leads:ler", "clientes:ler", como=carla, vis="proprio")
    assert codigos(importar("leads", "cpf\n52998224725\n", por=dela)) == {2: [("cliente_id", "inexistente")]}
