"""A service in a process of its own that can be killed, behind a door that counts who comes while it is dead."""

import asyncio
import socket
import subprocess
import sys
import threading
import time

SERVE = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


class MortalService:
    """`in_vain`: when somebody came and nobody was there, by time.monotonic()."""

    def __init__(self) -> None:
        self.in_vain: list[float] = []
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._behind = free.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        door = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._enter, "127.0.0.1", 0), self._loop).result(5)
        self.url = f"http://127.0.0.1:{door.sockets[0].getsockname()[1]}"

    def live(self) -> None:
        """Until it answers."""
        self._process = subprocess.Popen([sys.executable, "-S", "-c", SERVE, str(self._behind)])
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._behind)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.01)

    def die(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        self.die()
        asyncio.run_coroutine_threadsafe(_end_all(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, requests = await asyncio.open_connection("127.0.0.1", self._behind)
        except ConnectionRefusedError:
            self.in_vain.append(time.monotonic())
            writer.transport.abort()
            return
        there, back = asyncio.create_task(_pass_on(reader, requests)), asyncio.create_task(_pass_on(answers, writer))
        await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
        for task in (there, back):
            task.cancel()
        for end in (writer, requests):
            end.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
    except ConnectionError:
        pass


async def _end_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
