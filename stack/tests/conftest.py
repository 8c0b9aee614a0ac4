from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import ports
from stack.accounts import remove_place
from stack.config import Settings
from stack.supervision import Supervisor

MANAGE = """\
import pathlib, sys, time
if sys.argv[1] == "migrate":
    print("migrating", file=open("migrated", "a"))
elif sys.argv[1] == "eventos":
    if pathlib.Path("quebrado").exists():
        raise RuntimeError("a fila sumiu")
    while True:
        time.sleep(1)
else:
    sys.exit(7)
"""
WSGI = """\
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b"{}"]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A stack of its own, whose repository holds one tiny service; whatever it started is ended."""
    root = tmp_path / "repo"
    package = root / "clientes_service" / "clientes_service"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "wsgi.py").write_text(WSGI)
    (package.parent / "manage.py").write_text(MANAGE)
    (root / "requirements").mkdir()
    (root / "requirements" / "stack.txt").write_text("django==5.2\n")
    stack = Settings(root=root, var=tmp_path / "var", port_base=ports.free_base())
    yield stack
    if stack.run.exists():
        Supervisor(stack).stop()
    remove_place(stack)
