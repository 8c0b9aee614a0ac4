"""`manage.py eventos` of a consumer that acknowledges before it acts: what it holds when it dies is lost.

A script of its own, started with the name of a settings module as its argument; see sabotage.py.
"""

import os
import sys
from typing import Any


def main(settings: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django

    django.setup()
    from django.core.management import call_command

    from crm_shared import bus
    from crm_shared.events.consume import Consumer

    def acknowledge_first(self: Consumer, stream: bytes | str, entries: Any, stop: Any) -> int:
        if entries:
            bus.connection().xack(stream, self.group, *[identifier for identifier, _ in entries])
        for _, entry in entries:
            if entry:
                self.process(entry.get(b"evento", b""))
        return 0

    Consumer._process_all = acknowledge_first  # type: ignore[method-assign]
    call_command("eventos", skip_checks=True)


if __name__ == "__main__":
    main(sys.argv[1])
