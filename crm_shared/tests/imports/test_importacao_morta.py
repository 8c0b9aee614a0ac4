"""An import killed in the middle, and its undoing: the next process goes on behind the last commit, nothing is lost, nothing doubled."""

from collections import Counter

import pytest
from projeto.exemplo.models import Coisa
from projeto.processos import ON_POSTGRESQL, ROWS_AT_ONCE, ended, killed, process  # noqa: F401  a fixture

from crm_shared.events.models import Evento
from crm_shared.imports.models import ChaveVista
from crm_shared.operations.models import Operacao

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600), ON_POSTGRESQL]

ROWS = 2 * ROWS_AT_ONCE + 15


def started(client):
    """An import of ROWS rows behind which one stands that repeats the first and one that is refused; the address of its operation."""
    made = client.post("/exemplo/importacoes", {"recurso": "empresas", "nome": "coisas.csv", "chave": "nome"})
    text = "nome;valor\n" + "".join(f"coisa {number};{number}\n" for number in range(ROWS)) + "coisa 0;7\nruim;x\n"
    assert client.generic("PUT", f"{made['Location']}/arquivo", text.encode(), content_type="text/csv").status_code == 200
    return client.post(f"{made['Location']}/executar")["Location"]


def kinds():
    return Counter(evento.tipo.split(".")[2] for evento in Evento.objects.filter(tipo__contains=".empresa."))


def test_killed_in_the_middle(api, process):  # noqa: F811
    client = api()
    where = started(client)
    killed(process(2))
    assert (Operacao.objects.get().feitos, Coisa.objects.count(), kinds()) == (ROWS_AT_ONCE, ROWS_AT_ONCE, {"criada": ROWS_AT_ONCE})
    assert ChaveVista.objects.count() == ROWS_AT_ONCE
    second = process(3)  # two portions remain, then those of undoing
    ended("concluida")
    operacao = Operacao.objects.get()
    assert (operacao.feitos, operacao.erros) == (ROWS + 2, 2)
    assert [operacao.resultado[name] for name in ("criadas", "duplicadas", "invalidas")] == [ROWS, 1, 1]
    assert sorted(Coisa.objects.values_list("nome", flat=True)) == sorted(f"coisa {number}" for number in range(ROWS))
    assert kinds() == {"criada": ROWS}
    assert list(operacao.itens.order_by("indice").values_list("indice", flat=True)) == list(range(2, ROWS + 4))
    assert not ChaveVista.objects.exists()

    client.post(f"{where}/desfazer")
    killed(second)
    process(0)
    ended("desfeita")
    assert Operacao.objects.get().desfeitos == ROWS
    assert not Coisa.objects.vivos().exists()
    assert kinds() == {"criada": ROWS, "excluida": ROWS}
