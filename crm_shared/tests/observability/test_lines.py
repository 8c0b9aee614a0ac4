"""One JSON object per line, whatever is written, and with the context of the work that wrote it."""

import io
import json
import logging
import sys

import pytest

from crm_shared.observability.context import working_as
from crm_shared.observability.logs import json_formatter

RASTRO = "ab" * 16


@pytest.fixture
def write():
    """`write(message, **extra)` gives the parsed lines that one call to the logger left behind."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_formatter("exemplo"))
    logger = logging.getLogger("exemplo.linhas")
    logger.addHandler(handler)
    logger.propagate = False

    def write(message, *arguments, exc_info=None, **extra):
        stream.seek(0)
        stream.truncate()
        with working_as(rastro=RASTRO, causa="evento-1"):
            logger.error(message, *arguments, exc_info=exc_info, extra=extra)
        return [json.loads(line) for line in stream.getvalue().split("\n")[:-1]]

    yield write
    logger.removeHandler(handler)


def test_a_line_says_who_when_and_under_which_trace(write):
    [line] = write("algo", quantos=3)
    assert (line["servico"], line["level"], line["mensagem"], line["quantos"]) == ("exemplo", "error", "algo", 3)
    assert (line["rastro"], line["causa"]) == (RASTRO, "evento-1")
    assert line["hora"].endswith("Z")


@pytest.mark.parametrize(
    "text",
    [
        'a\r\nb\n{"level":"info","mensagem":"forjada"}',
        "\x1b[31mvermelho\x1b[0m\x07",
        '","level":"debug","x":"',
        "\u2028\u2029\x85\x00\x0b",
        "\ud800 meio par",
        "/" + "a" * 1_000_000,
        "%s %d %(x)s {} {0}",
    ],
)
def test_what_a_client_sends_breaks_no_line(write, text):
    for line in write("pedido %s", text) + write("pedido", caminho=text, agente=[text]):
        assert (line["level"], line["servico"]) == ("error", "exemplo")
        assert len(json.dumps(line)) < 60_000
    assert len(write("pedido", caminho=text)) == 1
    assert "\x1b" not in json.dumps(write("pedido", caminho=text)[0])


def test_an_exception_is_one_line_without_what_it_carried(write):
    try:
        raise ValueError("o CPF 529.982.247-25 de joao@exemplo.com\nnão serve")
    except ValueError:
        [line] = write("falhou", exc_info=sys.exc_info())
    assert "ValueError" in line["exception"]
    assert "529.982" not in line["exception"]
    assert "joao@" not in line["exception"]


def test_a_number_too_large_for_json_is_still_a_line(write):
    assert write("conta", valor=2**80)[0]["valor"] == 2**80
