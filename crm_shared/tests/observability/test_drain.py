"""gunicorn under our configuration: readiness turns false first, the work in hand is finished, the end is in good order; and
several workers tell one story."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

DRAIN = 2.0  # seconds; shorter than the slow request
THREADS = 20  # of each worker
SLOW = 15  # one worker may get them all; a connection that waits for a thread of its own is reset when the drain is over


class Server:
    def __init__(self, log: Path, **environment: str) -> None:
        command = [sys.executable, "-m", "gunicorn", "pequeno:application", "-k", "gthread", "-w", "2", "--threads", str(THREADS)]
        command += ["--bind", "127.0.0.1:0", "-c", "python:crm_shared.gunicorn_hooks"]
        self.log, self.body = log, b""
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=Path(__file__).parent, env=os.environ | environment, stdout=output, stderr=output)
        self.port = self._port()

    def lines(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            self.body = answer.read()
            return answer.status
        finally:
            connection.close()

    def _port(self) -> int:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for line in self.log.read_text().splitlines():
                with suppress(ValueError, IndexError):
                    message = json.loads(line)["mensagem"]
                    if "Listening at" in message:
                        self.port = int(message.split("127.0.0.1:")[1].split(" ")[0])
                        if self.status("/saude/pronto") == 200:
                            return self.port
            time.sleep(0.05)
        pytest.fail(self.log.read_text())


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "log", DRAIN_SECONDS=str(DRAIN))
    yield server
    server.process.kill()
    server.process.wait()


def test_readiness_first_then_the_work_in_hand_then_the_end(server):
    with ThreadPoolExecutor(SLOW) as pool:
        slow = [pool.submit(server.status, "/lento") for _ in range(SLOW)]
        time.sleep(0.3)  # they are in hand
        told = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert server.status("/saude/pronto") == 503
        assert server.status("/qualquer") == 200, "until the drain is over it takes what comes"
        assert [item.result() for item in slow] == [200] * SLOW
    assert server.process.wait(10) == 0
    assert DRAIN <= time.monotonic() - told < DRAIN + 6
    with pytest.raises(ConnectionRefusedError):
        server.status("/qualquer")


def test_every_line_of_the_server_is_json(server):
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"GET /?cpf=52998224725 HTTP/9.9\x1b[31m\r\n\r\n")
        raw.recv(1000)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(10) == 0
    lines = server.lines()
    assert {line["servico"] for line in lines} == {"pequeno:application"}
    assert all(len(line["rastro"]) == 32 and line["hora"] and line["level"] for line in lines)
    assert "52998224725" not in server.log.read_text()


def test_with_several_workers_the_counts_are_of_all(tmp_path):
    """Those of workers that were there before are forgotten, those of a worker that ended are not."""
    folder = tmp_path / "contadores"
    folder.mkdir()
    (folder / "counter_1.db").write_bytes(b"left over")
    server = Server(tmp_path / "log", PROMETHEUS_MULTIPROC_DIR=str(folder))
    try:
        before = counted(server)
        for _ in range(20):
            server.status("/conta")
        assert counted(server) == before + 20
        server.process.send_signal(signal.SIGHUP)  # other workers
        time.sleep(2)
        assert counted(server) == before + 20
    finally:
        server.process.terminate()
        server.process.wait(10)


def counted(server: Server) -> int:
    assert server.status("/metrics") == 200
    [line] = [line for line in server.body.decode().splitlines() if line.startswith("crm_http_requests_total{")]
    return int(float(line.rpartition(" ")[2]))
