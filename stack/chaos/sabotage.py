"""Faults on purpose in the code under test, to see the verdict turn red: a zero is believed only after that.

They reach this run's own database and processes only; nothing of them is in the code of the services.
"""

import sys
from dataclasses import replace
from pathlib import Path

from stack.config import POSTGRES_SERVICES
from stack.programs import Program

from . import plan
from .readings import INBOX, Readings

EARLY = Path(__file__).with_name("early_acknowledgement.py")
# without its unique index, and with rows that no later look finds: as two deliveries at once would meet it
FORGETFUL = f"""
ALTER TABLE {INBOX} DROP CONSTRAINT {INBOX}_pkey;
CREATE OR REPLACE FUNCTION caos_esquecer() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.evento_id := gen_random_uuid(); RETURN NEW; END $$;
CREATE TRIGGER caos_20_esquecer BEFORE INSERT ON {INBOX} FOR EACH ROW EXECUTE FUNCTION caos_esquecer();
"""


def spoil_stores(kind: str, readings: Readings) -> None:
    if kind == plan.INBOX:
        for service in POSTGRES_SERVICES:
            readings.execute(service, FORGETFUL)


def spoil_program(kind: str, program: Program) -> Program:
    if kind == plan.ACKNOWLEDGEMENT and program.name.endswith("-eventos"):
        return replace(program, command=[sys.executable, str(EARLY), f"{program.group}_service.settings"])
    return program
