"""An import of people, from the stored file to the last row: rows per second, memory, and that nothing is missing. See README.md.

Starts a PostgreSQL of its own; the work itself runs in a process of the clientes service, as its events process would do it.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from bench import people, report
from bench.processes import cpu_seconds, end_on_sigterm, own_children
from stack.config import ROOT
from stack.environment import service_environment
from stack.scratch import scratch_stores

WORKER = Path(__file__).with_name("tables_worker.py")


def main() -> None:
    options = _options()
    run("importar", options.rows, people_first=options.there, formato="csv")


def run(what: str, rows: int, *, people_first: int, formato: str) -> None:
    end_on_sigterm()
    with scratch_stores() as (settings, secrets):
        report.say(f"filling {people_first} people")
        environment = service_environment(settings, secrets, "clientes")
        environment |= {
            "CLIENTES_DATABASE_URL": people.database(settings, secrets, people_first),
            "FILES_DIR": str(settings.var / "arquivos"),
        }
        environment |= {"DJANGO_SETTINGS_MODULE": "clientes_service.settings", "LOG_LEVEL": "WARNING"}
        environment |= {"PYTHONPATH": os.pathsep.join([str(ROOT / "crm_shared" / "src"), str(ROOT / "clientes_service")])}
        command = [sys.executable, str(WORKER), what, str(rows), formato]
        report.say(f"{what}: {rows} rows")
        postgres = own_children("postgres")
        before = cpu_seconds(postgres)
        subprocess.run(command, cwd=ROOT / "clientes_service", env=environment, check=True)
        print(f"\nPostgreSQL: {(cpu_seconds(postgres) - before) / rows * 1e6:.0f} us of CPU for each row of {rows}.")
    print(f"\n{report.machine()}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="of the file")
    parser.add_argument("--there", type=int, default=100_000, help="people who are there already")
    return parser.parse_args()


if __name__ == "__main__":
    main()
