"""The engine of imports on both stores: rows many at once, and one by one by their service functions."""

import pytest
from django.utils import timezone
from projeto.exemplo.models import Coisa

from crm_shared.events.models import Evento
from crm_shared.imports.models import ChaveVista
from crm_shared.imports.serializers import AmostraSerializer
from crm_shared.operations import runner
from crm_shared.operations.models import Operacao
from crm_shared.records.references import USUARIO, learn
from crm_shared.testing.files import importar, rodar  # noqa: F401  fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.parametrize("recurso", ["empresas", "leads"])]

PLANILHA = (
    "Nome;Prazo;Valor;Extras.Cor;Tags;Dono\n"
    "a;31/12/2030;R$ 1.234,50;azul;Feira;Bruno\n"
    "b;;1;;;\n"
    "a;;2;;;\n"
    ";;3;;;\n"
    "c;31/02/2030;x;;;\n"
    "d;;;;Nenhuma;Fulano\n"
    f"{'e' * 51};;;;;\n"
)


@pytest.fixture
def definicoes(api, bruno):
    body = {"recurso": "coisas", "chave": "cor", "rotulo": "Extras.Cor", "tipo": "texto", "unico": True}
    assert api().post("/exemplo/campos-personalizados", body).status_code == 201
    assert api().post("/exemplo/marcadores", {"nome": "Feira"}).status_code == 201
    learn(USUARIO, bruno.id, versao=1, nome="Bruno")


def codigos(feito):
    return {linha: [(erro["campo"], erro["codigo"]) for erro in item["erros"]] for linha, item in feito["itens"].items() if item["erros"]}


def nomes():
    return sorted(Coisa.objects.vivos().values_list("nome", flat=True))


def test_the_first_rows_are_shown_as_they_are_before_and_after_there_is_a_file(api, recurso):
    client = api()
    feita = client.post("/exemplo/importacoes", {"recurso": recurso, "nome": "planilha.csv"})["Location"]
    assert client.get(f"{feita}/amostra").json() == {"colunas": [], "linhas": []}
    client.generic("PUT", f"{feita}/arquivo", b"Nome;Valor\n=a;1\n b ;\n", content_type="text/csv")
    assert client.get(f"{feita}/amostra").json() == {"colunas": ["Nome", "Valor"], "linhas": [["=a", "1"], [" b ", ""]]}
    assert set(AmostraSerializer().fields) == {"colunas", "linhas"}


def test_rows_are_told_apart_and_a_simulation_says_the_same(importar, definicoes, bruno, recurso):  # noqa: F811
    tried = importar(recurso, PLANILHA, "simular")
    assert not Coisa.objects.exists()
    assert not Evento.objects.filter(tipo__contains="empresa").exists()
    done = importar(recurso, PLANILHA)
    assert codigos(tried) == codigos(done)
    assert codigos(done) == {
        4: [("", "repetida_no_arquivo")],
        5: [("nome", "obrigatorio")],
        6: [("prazo", "data_invalida"), ("valor", "valor_invalido")],
        7: [("marcadores", "inexistente")],
        8: [("nome", "muito_longo")],
    }
    a, b = Coisa.objects.order_by("nome")
    assert (str(a.valor), a.prazo.isoformat(), a.extras, a.marcadores) == ("1234.50", "2030-12-31", {"cor": "azul"}, ["feira"])
    assert (a.responsavel_id, b.responsavel_id != bruno.id) == (bruno.id, True)
    assert Evento.objects.filter(tipo="empresas.empresa.criada.v1").count() == 2
    assert not ChaveVista.objects.exists()


def test_a_row_of_both_modes_and_its_undoing(importar, rodar, definicoes, api, recurso):  # noqa: F811
    importar(recurso, "nome;valor;extras.cor\na;1;azul\nb;2;\n")
    done = importar(recurso, "nome;valor;extras.cor;tags\na;10;verde;feira\nb;2;;\nc;3;verde;\nd;4;;\n", modo="ambos")
    assert codigos(done) == {4: [("", "repetida_no_arquivo")]}
    assert {linha: item["status"] for linha, item in done["itens"].items()} == {2: 200, 3: 200, 4: 409, 5: 201}
    resultado = done["operacao"]["resultado"]
    assert [resultado[name] for name in ("criadas", "atualizadas", "iguais", "duplicadas", "invalidas")] == [1, 1, 1, 1, 0]
    a = Coisa.objects.get(nome="a")
    assert (str(a.valor), a.extras, a.marcadores) == ("10.00", {"cor": "verde"}, ["feira"])
    assert api().post(f"/exemplo/operacoes/{done['operacao']['id']}/desfazer").status_code == 200
    rodar()
    a.refresh_from_db()
    assert (str(a.valor), a.extras, a.marcadores, nomes()) == ("1.00", {"cor": "azul"}, [], ["a", "b"])


def test_what_another_record_claims_is_refused_row_by_row(importar, definicoes, recurso):  # noqa: F811
    importar(recurso, "nome;extras.cor\na;azul\n")
    done = importar(recurso, "nome;extras.cor\nb;azul\nc;verde\n", modo="criar")
    assert codigos(done) == {2: [("extras.cor", "duplicado")]}
    assert nomes() == ["a", "c"]


def test_what_only_the_store_refuses_costs_its_row(importar, recurso):  # noqa: F811
    """A deleted thing still holds its name, which no look-up of living ones sees."""
    importar(recurso, "nome\nb\n")
    Coisa.objects.update(excluido_em="2026-01-01T00:00:00Z")
    done = importar(recurso, "nome\na\nb\nc\n")
    assert [done["itens"][linha]["status"] for linha in (2, 3, 4)] == [201, 409, 201]
    assert nomes() == ["a", "c"]
    assert Evento.objects.filter(tipo="empresas.empresa.criada.v1").count() == 3


class Death(BaseException):
    """As kill -9: nothing catches it."""


def test_what_dies_before_its_commit_is_done_once_more_and_once_only(importar, rodar, monkeypatch, recurso):  # noqa: F811
    reached = []

    def point(name):
        reached.append(name)
        if reached.count("operacao.antes_do_commit") == 2:
            raise Death

    monkeypatch.setattr(runner, "point", point)
    monkeypatch.setattr("crm_shared.imports.kinds.PORTION", 2)
    with pytest.raises(Death):
        importar(recurso, "nome\na\nb\nc\na\ne\n")
    assert nomes() == ["a", "b"]
    Operacao.objects.update(arrendada_ate=timezone.now())  # as when its lease is over
    rodar()
    operacao = Operacao.objects.get()
    assert (operacao.estado, operacao.feitos, operacao.erros, nomes()) == ("concluida", 5, 1, ["a", "b", "c", "e"])
    assert Evento.objects.filter(tipo="empresas.empresa.criada.v1").count() == 4
