"""Asks a process of this host for its health, where an orchestrator runs a command instead of asking itself.

`python -m crm_shared.probe http://127.0.0.1:3002/saude/pronto` ends with 0 when the answer is 200. Without an address it
asks /saude/vivo at the port of MONITOR_BIND. Loads neither Django nor anything else: it runs every few seconds.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

TIMEOUT = 3.0  # seconds


def probe(url: str) -> str | None:
    """None when the process is well, else what is wrong."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=TIMEOUT)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        body = answer.read(500).decode(errors="replace")
    except (OSError, HTTPException) as error:
        return f"{url}: {type(error).__name__}: {error}"
    finally:
        connection.close()
    return None if answer.status == 200 else f"{url}: {answer.status} {body}"


def main(arguments: list[str]) -> int:
    url = arguments[0] if arguments else f"http://127.0.0.1:{os.environ.get('MONITOR_BIND', '').rpartition(':')[2]}/saude/vivo"
    trouble = probe(url)
    if trouble:
        sys.stderr.write(f"{trouble}\n")
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
