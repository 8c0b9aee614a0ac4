import json
from pathlib import Path

import pytest

from stack import logs
from stack.config import Settings
from stack.errors import StackError
from stack.logs import Filter, LogFile


def entry(hora: str, mensagem: str, **more: str) -> str:
    return json.dumps({"hora": f"2026-11-22T10:00:{hora}Z", "level": "info", "servico": "x", "mensagem": mensagem} | more) + "\n"


@pytest.fixture
def folder(settings: Settings) -> Path:
    settings.make_folders()
    return settings.logs


def test_files_are_merged_by_time(folder: Path) -> None:
    (folder / "a.log").write_text(entry("01.5", "segunda") + entry("03", "quarta"))
    (folder / "b.log").write_text(entry("01", "primeira") + "7:M 2026-11-22T10:00:02.123+00:00 * terceira\n")
    texts = [line.text for line in logs.merged([LogFile(folder / "a.log"), LogFile(folder / "b.log")])]
    assert [next(word for word in ("primeira", "segunda", "terceira", "quarta") if word in text) for text in texts] == [
        "primeira",
        "segunda",
        "terceira",
        "quarta",
    ]


def test_a_traceback_stays_behind_the_line_it_belongs_to(folder: Path) -> None:
    (folder / "a.log").write_text(entry("01", "antes") + "Traceback\n  File x\nValueError: y\n")
    (folder / "b.log").write_text(entry("00", "zero") + entry("02", "depois"))
    texts = [line.text for line in logs.merged([LogFile(folder / "a.log"), LogFile(folder / "b.log")])]
    assert texts[2:5] == ["Traceback", "  File x", "ValueError: y"]


def test_reading_goes_on_where_it_stopped_and_waits_for_whole_lines(folder: Path) -> None:
    path = folder / "a.log"
    path.write_text(entry("01", "um") + entry("02", "dois")[:20])
    file = LogFile(path)
    assert len(file.read()) == 1
    with path.open("a") as log:
        log.write(entry("02", "dois")[20:])
    assert [line.record["mensagem"] for line in file.read() if line.record] == ["dois"]
    assert file.read() == []


def test_a_new_file_in_its_place_is_read_from_its_start(folder: Path) -> None:
    path = folder / "a.log"
    path.write_text(entry("01", "um"))
    file = LogFile(path)
    file.read()
    path.rename(folder / "a.log.1")
    path.write_text(entry("02", "dois"))
    assert [line.record["mensagem"] for line in file.read() if line.record] == ["dois"]


def test_filters_by_trace_and_level(folder: Path) -> None:
    path = folder / "a.log"
    path.write_text(entry("01", "a", rastro="abc1") + entry("02", "b", level="error", rastro="def2") + "ValueError: nu\n" + "cru\n")
    lines = LogFile(path).read()
    assert [line.text for line in lines if Filter(trace="abc").accepts(line)] == [lines[0].text]
    assert [line.text for line in lines if Filter(level="warning").accepts(line)] == [lines[1].text, "ValueError: nu"]


def test_shows_time_level_message_and_the_rest(folder: Path) -> None:
    (folder / "a.log").write_text(entry("01.250", "olá", usuario="ana"))
    shown = logs.pretty(LogFile(folder / "a.log").read()[0]).plain
    assert all(part in shown for part in ("10:00:01.250", "INFO", "olá", "usuario=ana"))


def test_an_unknown_service_or_level_is_an_error(settings: Settings, folder: Path) -> None:
    (folder / "clientes-web.log").touch()
    with pytest.raises(StackError, match="clientes"):
        logs.show(settings, service="nada", trace=None, level=None, follow=False)
    with pytest.raises(StackError, match="debug"):
        logs.show(settings, service=None, trace=None, level="alto", follow=False)
