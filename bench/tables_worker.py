"""What imports.py and exports.py measure, in a process of the clientes service: `tables_worker.py importar|exportar ROWS FORMAT`."""

import io
import resource
import sys
import threading
import time
from uuid import uuid4

import django

django.setup()

from crm_shared.auth.principal import Principal  # noqa: E402  settings first
from crm_shared.auth.scopes import ACOES, RECURSOS  # noqa: E402
from crm_shared.events.models import Evento  # noqa: E402
from crm_shared.exports import services as exports  # noqa: E402
from crm_shared.exports.columns import chosen  # noqa: E402
from crm_shared.exports.selection import path_of  # noqa: E402
from crm_shared.imports import services as imports  # noqa: E402
from crm_shared.imports.uploads import receive  # noqa: E402
from crm_shared.operations.models import Operacao  # noqa: E402
from crm_shared.operations.runner import Runner  # noqa: E402

WHO = Principal(str(uuid4()), frozenset(f"{recurso}:{acao}" for recurso in RECURSOS for acao in ACOES), {"*": "todos"}, (uuid4(),), "Bench")


def main() -> None:
    what, rows, formato = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    importing = what == "importar"
    operacao = importacao(rows) if importing else exportacao(formato)
    before, events = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, Evento.objects.count()
    started, cpu = time.monotonic(), time.process_time()
    work_off(operacao)
    seconds, busy = time.monotonic() - started, time.process_time() - cpu
    operacao.refresh_from_db()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"| {what} {formato} | rows | rows/s | rows per CPU second of the process | most memory | more than before |")
    print("|---|---|---|---|---|---|")
    done = operacao.feitos
    print(
        f"| {operacao.estado} | {done} | {done / seconds:.0f} | {done / busy:.0f} | {after // 1024} MiB | {(after - before) // 1024} MiB |"
    )
    print(f"\n{operacao.resultado}")
    if importing:
        assert Evento.objects.count() - events == operacao.resultado["criadas"], "an event for each person"
    print(f"\nGoal: {'2,000' if importing else '10,000'} rows/s.")
    sys.exit(operacao.estado != "concluida")


def work_off(operacao: Operacao) -> None:
    stop = threading.Event()
    while Operacao.objects.filter(pk=operacao.pk, estado__in=Operacao.WAITING).exists():
        Runner().turn(stop)


def importacao(rows: int) -> Operacao:
    """People with name, CPF, e-mail, phone, birthday and source; one in a hundred repeats an earlier one."""
    row = imports.criar_importacao(ator=WHO, dados={"recurso": "clientes", "nome": "bench.csv", "chave": "cpf"})
    recebido = receive(io.BytesIO(sheet(rows)))
    imports.guardar_arquivo(ator=WHO, pk=row.pk, recebido=recebido)
    return imports.executar_importacao(ator=WHO, pk=row.pk)


def sheet(rows: int) -> bytes:
    lines = ["Nome;CPF;E-mail;Celular;Nascimento;Origem"]
    for number in range(rows):
        person = number - 50 if number % 100 == 99 else number
        cpf = with_digits(f"{900_000_000 - person:09}")
        born = f"{person % 28 + 1:02}/05/19{person % 60 + 30}"
        lines.append(f"Pessoa {person} da Silva;{cpf};novo{person}@exemplo.com.br;(21) 9{person % 10**8:08};{born};site")
    return "\r\n".join(lines).encode("cp1252")


def with_digits(base: str) -> str:
    """A CPF by its rule: two check digits modulo 11."""
    for weight in (10, 11):
        rest = sum(int(digit) * (weight - at) for at, digit in enumerate(base)) * 10 % 11
        base += str(rest % 10)
    return base


def exportacao(formato: str) -> Operacao:
    from clientes.serializers import ClienteSerializer
    from clientes.views import ClienteViewSet

    campos = chosen(ClienteSerializer, [])
    wanted = {"view": path_of(ClienteViewSet), "params": {}, "campos": campos, "formato": formato, "brasileiro": False}
    return exports.exportar(ator=WHO, colecao="clientes", parametros=wanted)


if __name__ == "__main__":
    main()
