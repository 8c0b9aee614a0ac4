import os
import socket

import pytest

from stack import ports
from stack.config import Settings
from stack.errors import StackError


def test_a_busy_port_is_named_with_its_holder(settings: Settings) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", settings.port("vendas")))
        holder.listen()
        with pytest.raises(StackError, match=rf"{settings.port('vendas')} \(processo {os.getpid()}, .*CRM_PORT_BASE"):
            ports.check_free(settings, ["auth", "vendas"])
    ports.check_free(settings, ["auth", "vendas"])


def test_a_free_base_has_every_port_free() -> None:
    base = ports.free_base()
    assert all(ports.is_free(base + offset) for offset in ports.PORT_OFFSETS.values())
