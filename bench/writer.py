"""Writes people at an even pace by the service's own function; one line of JSON for each: its id and when its commit was done.

Started by events.py in the environment of the clientes service.
"""

import json
import sys
import time
from uuid import UUID

import django


def main(count: int, rate: float) -> None:
    django.setup()
    from clientes.services import criar_cliente
    from crm_shared.auth.principal import Principal

    person = "018f0000-0000-7000-8000-000000000001"
    ator = Principal(person, frozenset({"clientes:criar"}), {"*": "todos"}, (UUID(person[:-1] + "2"),))
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number / rate - time.monotonic()))
        cliente = criar_cliente(ator=ator, dados={"nome": f"Pessoa {number}", "email": f"pessoa{number}@exemplo.com.br"})
        print(json.dumps({"id": str(cliente.pk), "at": time.time()}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
