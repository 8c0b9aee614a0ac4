"""Who holds a port, and where a free block of ports is."""

import random
import socket

import psutil

from stack.config import MONITOR_OFFSET, PORT_OFFSETS, Settings
from stack.errors import StackError

# Below the range from which the kernel takes the ports of outgoing connections.
FREE_BLOCKS = range(20_000, 32_000, 20)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def check_free(settings: Settings, names: list[str]) -> None:
    """Refuses to start beside a stranger: says which port is taken, and by whom if the system tells."""
    wanted = [settings.port(name) for name in names] + ([settings.monitor_port] if "gateway" in names else [])
    busy = [port for port in wanted if not is_free(port)]
    if busy:
        what = ", ".join(f"{port}{_holder(port)}" for port in busy)
        noun = "A porta está ocupada" if len(busy) == 1 else "Há portas ocupadas"
        raise StackError(f"{noun}: {what}. Encerre o processo ou escolha outras com CRM_PORT_BASE, por exemplo CRM_PORT_BASE=4000.")


def free_base() -> int:
    """A base where every port of a stack is free now."""
    for base in random.sample(FREE_BLOCKS, 50):
        if all(is_free(base + offset) for offset in (*PORT_OFFSETS.values(), MONITOR_OFFSET)):
            return base
    raise StackError("Não há 13 portas livres seguidas entre 20000 e 32000: encerre o que as ocupa.")


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port and connection.pid:
                process = psutil.Process(connection.pid)
                return f" (processo {connection.pid}, {process.name()})"
    except psutil.Error:
        pass  # not ours to see
    return ""
