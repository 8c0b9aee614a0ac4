"""README's first session and the API guide, each command as it is written, against the running stack."""

import json
import os
import re
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
# every answer's status goes to stderr, since the pages' commands show bodies only
PRELUDE = """\
set -euo pipefail
curl() { command curl -w '%{stderr}status %{http_code}\\n' "$@"; }
"""
STATUS = re.compile(r"^status (\d+)$", re.MULTILINE)


@pytest.mark.parametrize(("page", "refused"), [("README.md", []), ("docs/api.md", ["412", "400"])])
def test_every_command_works_as_written(page: str, refused: list[str], tmp_path: Path) -> None:
    """`refused` are the errors that the page shows on purpose, in order."""
    admin = {"email": os.environ["CRM_ADMIN_EMAIL"], "senha": os.environ["CRM_ADMIN_SENHA"]}
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "admin.json").write_text(json.dumps(admin))
    text = "\n".join(BLOCK.findall((ROOT / page).read_text()))
    text = text.replace("http://127.0.0.1:3000", os.environ["CRM_URL"])
    text = text.replace("Vendas diretas", f"Vendas diretas {uuid4()}")  # a second run meets the first one's funnel
    run = subprocess.run(["bash", "-c", PRELUDE + text], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    assert [status for status in STATUS.findall(run.stderr) if not "200" <= status < "400"] == refused, run.stdout[-2000:]
