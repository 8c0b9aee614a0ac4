"""People written by one request each, and as many by `lote`. See README.md."""

import argparse
import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import orjson

from bench import people, report
from bench.processes import end_on_sigterm, running, wait_until_it_answers
from crm_shared.testing.forge import Forge
from crm_shared.testing.http_server import Reply, serving
from crm_shared.testing.revocations import telling
from stack import ports
from stack.config import Settings
from stack.credentials import Credentials
from stack.environment import inherited, valkey_url
from stack.programs import service_programs
from stack.scratch import scratch_stores

GOAL = 3
FIRST = 500_000_000  # the first nine digits of the CPF of the first person


def main() -> None:
    options = _options()
    end_on_sigterm()
    forge = Forge()
    with (
        scratch_stores() as (settings, secrets),
        serving(Reply(body=forge.jwks)) as jwks,
        telling(valkey_url(settings, secrets, 0)),
        _service(settings, secrets, jwks.url) as port,
    ):
        write = _writer(port, forge.token(scope="clientes:ler clientes:criar", vis={"*": "todos"}))
        singles, bulks, first = [], [], FIRST
        for _ in range(options.rounds):
            singles.append(options.people / _timed(_one_by_one, write, _people(first, options.people)))
            bulks.append(options.people / _timed(_together, write, _people(first + options.people, options.people)))
            first += 2 * options.people
    print(f"| people per second | best of {options.rounds} |\n|---|--:|")
    print(f"| one request each | {max(singles):.0f} |\n| `lote` | {max(bulks):.0f} |")
    print(f"\n`lote` at {max(bulks) / max(singles):.1f} times single requests; goal {GOAL}. {report.machine()}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=500, help="of each round and kind, at most 500")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


@contextmanager
def _service(settings: Settings, secrets: Credentials, jwks_url: str) -> Iterator[int]:
    place = replace(settings, port_base=ports.free_base())
    url = people.database(settings, secrets, 1000)
    program = next(item for item in service_programs(place, secrets, "clientes") if item.name == "clientes-web")
    elsewhere = {"BUS_URL": valkey_url(settings, secrets, 0), "AUTH_JWKS_URL": jwks_url, "CLIENTES_DATABASE_URL": url}
    environment = inherited() | program.environment | elsewhere
    with running(program.command, folder=program.folder, environment=environment, log=settings.logs / "clientes.log"):
        wait_until_it_answers(f"{place.url('clientes')}/saude/vivo")
        yield place.port("clientes")


Write = Callable[[str, Any, int], Any]


def _writer(port: int, token: str) -> Write:
    """`write(path, body, status)` posts over one connection; another answer raises."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def write(path: str, body: Any, status: int) -> Any:
        connection.request("POST", path, orjson.dumps(body), headers)
        answer = connection.getresponse()
        document = orjson.loads(answer.read())
        if answer.status != status:
            raise SystemExit(f"{path} answered {answer.status}: {document}")
        return document

    return write


def _people(first: int, count: int) -> list[dict[str, str]]:
    numbers = range(first, first + count)
    return [{"nome": f"Pessoa {n}", "cpf": _cpf(n), "email": f"p{n}@exemplo.com.br", "telefone": f"(11) 9{n % 10**8:08d}"} for n in numbers]


def _cpf(number: int) -> str:
    digits = [int(digit) for digit in f"{number:09d}"]
    for _ in range(2):
        weights = range(len(digits) + 1, 1, -1)
        digits.append(sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) * 10 % 11 % 10)
    return "".join(map(str, digits))


def _timed(work: Callable[[Write, list[dict[str, str]]], None], write: Write, wanted: list[dict[str, str]]) -> float:
    report.say(f"{len(wanted)} people, {work.__name__.strip('_').replace('_', ' ')}")
    start = time.monotonic()
    work(write, wanted)
    return time.monotonic() - start


def _one_by_one(write: Write, wanted: list[dict[str, str]]) -> None:
    for person in wanted:
        write("/clientes", person, 201)


def _together(write: Write, wanted: list[dict[str, str]]) -> None:
    answer = write("/clientes/lote", {"operacao": "criar", "itens": wanted}, 207)
    if answer["erros"]:
        raise SystemExit(f"{answer['erros']} were refused: {answer['resultados'][:3]}")


if __name__ == "__main__":
    main()
