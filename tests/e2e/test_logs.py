"""Last of all (conftest.py): what every test before made the CRM do has left nobody's data and no secret in any log."""

import json
import re

import said
import stack_logs
from crm_client import Crm
from stack_access import on_its_machine

from crm_shared.identity.documents import clean_cpf
from crm_shared.identity.errors import IdentityError

pytestmark = on_its_machine

SHAPES = {
    "token": re.compile(r"eyJ[A-Za-z0-9_-]{10,}"),
    "authorization": re.compile(r"(?i)\bbearer\s+[\w-]{12,}"),
    "e-mail": re.compile(r"[\w.+-]+(?:@|%40)[\w-]+\.[\w.-]*[A-Za-z]"),
    "CPF": re.compile(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b"),
    "telephone": re.compile(r"\+55\d{10,11}\b|\(\d{2}\)\s?9?\d{4}-?\d{4}\b"),
    "private key": re.compile(r"BEGIN [A-Z ]*PRIVATE KEY"),
    "URL with a password": re.compile(r"\w+://[^\s/:@\"]*:[^\s/@\"\[]+@"),
}
BARE_NUMBER = re.compile(r"(?<![\w.:-])\d{11}(?![\w:.-])")
# Celery says its farewell from within a signal handler, past every logger
FAREWELL = re.compile(r"(worker: (Warm|Cold|Soft) shutdown \(MainProcess\))?")
WORD = re.compile(r"[^\s\"'\\,;:(){}\[\]=<>?&/]{6,}")


def shown(process: str, text: str, at: int) -> str:
    return f"{process}: {text[max(0, at - 120) : at + 80]!r}"


def test_nothing_in_the_logs_looks_like_somebodys_data() -> None:
    found = [
        f"{what} in {shown(process, text, match.start())}"
        for process, text in stack_logs.texts().items()
        for what, shape in SHAPES.items()
        for match in shape.finditer(text)
    ]
    found += [
        f"CPF in {shown(process, text, match.start())}"
        for process, text in stack_logs.texts().items()
        for match in BARE_NUMBER.finditer(text)
        if is_cpf(match[0])
    ]
    assert found[:20] == []


def is_cpf(digits: str) -> bool:
    try:
        clean_cpf(digits)
    except IdentityError:
        return False
    return True


def test_nothing_that_the_tests_sent_or_got_in_confidence_is_in_the_logs(admin: Crm) -> None:
    assert admin.token in said.in_confidence, "nobody listened: this test found nothing to look for"
    found = []
    for process, text in stack_logs.texts().items():
        hits = said.in_confidence & set(WORD.findall(text))
        found += [shown(process, text, text.index(hit)) for hit in hits]
    assert found[:20] == []


def test_every_line_of_our_processes_is_one_json_object_with_its_service_and_trace() -> None:
    processes = {name: text for name, text in stack_logs.texts().items() if name.endswith(("-web", "-eventos", "-worker"))}
    assert processes
    odd = []
    for process, text in processes.items():
        for line in text.splitlines()[1:]:  # the oldest file that is kept may begin in the middle
            if process.endswith("-worker") and FAREWELL.fullmatch(line):
                continue
            try:
                record = json.loads(line)
                assert {"hora", "level", "servico", "rastro", "mensagem"} <= set(record)
            except (ValueError, TypeError, AssertionError):
                odd.append(f"{process}: {line[:300]}")
    assert odd[:20] == []
