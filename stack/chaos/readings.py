"""What the stores hold, read past the services: as the superuser of PostgreSQL, and from MongoDB and Valkey directly."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pymongo

from stack.config import POSTGRES_SERVICES, Settings
from stack.credentials import Credentials
from stack.environment import mongo_url

EVENTO, INBOX, LETTER, REFERENCE = "crm_shared_evento", "crm_shared_mensagemrecebida", "crm_shared_cartamorta", "crm_shared_referencia"
OPERATION = "crm_shared_operacao"
EVERY = (*POSTGRES_SERVICES, "comunicacao")
# counts every delivery that committed, whatever becomes of the inbox row
PROBE = f"""
CREATE TABLE IF NOT EXISTS caos_efeitos (seq bigserial PRIMARY KEY, evento_id uuid NOT NULL);
CREATE OR REPLACE FUNCTION caos_anotar() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$ BEGIN INSERT INTO public.caos_efeitos (evento_id) VALUES (NEW.evento_id); RETURN NEW; END $$;
CREATE OR REPLACE TRIGGER caos_10_anotar BEFORE INSERT ON {INBOX} FOR EACH ROW EXECUTE FUNCTION caos_anotar();
"""  # noqa: S608 - our own names


@dataclass(frozen=True)
class Told:
    """One row of an event log."""

    id: str
    tipo: str
    agregado: str
    record: str
    version: int
    published: bool


@dataclass(frozen=True)
class Owned:
    owner: str
    version: int


def uid(value: Any) -> str:
    """MongoDB's backend keeps ids as 32 digits."""
    return str(UUID(str(value)))


class Readings:
    def __init__(self, settings: Settings, secrets: Credentials) -> None:
        self.settings, self.secrets = settings, secrets

    def rows(self, service: str, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
        with self._postgres(service) as connection:
            return connection.execute(statement, arguments).fetchall()

    def probe(self) -> None:
        for service in POSTGRES_SERVICES:
            with self._postgres(service) as connection:
                connection.execute(PROBE)

    def execute(self, service: str, statement: str) -> None:
        with self._postgres(service) as connection:
            connection.execute(statement)

    def events(self, service: str) -> list[Told]:
        if service == "comunicacao":
            with self._mongo() as database:
                return [
                    Told(
                        uid(row["_id"]),
                        row["tipo"],
                        row["agregado"],
                        uid(row["agregado_id"]),
                        row["versao"],
                        row.get("publicado_em") is not None,
                    )
                    for row in database[EVENTO].find()
                ]
        found = self.rows(service, f"SELECT id, tipo, agregado, agregado_id, versao, publicado_em IS NOT NULL FROM {EVENTO} ORDER BY id")  # noqa: S608
        return [Told(str(row[0]), row[1], row[2], str(row[3]), row[4], row[5]) for row in found]

    def inbox(self, service: str) -> list[str]:
        if service == "comunicacao":
            with self._mongo() as database:
                return [uid(row["_id"]) for row in database[INBOX].find({}, {"_id": 1})]
        return [str(row[0]) for row in self.rows(service, f"SELECT evento_id FROM {INBOX}")]  # noqa: S608

    def effects(self, service: str) -> list[str]:
        """Event ids in the order in which they took effect; more than once where they did so more than once."""
        if service == "comunicacao":
            with self._mongo() as database:
                return [uid(row["_id"]) for row in database[INBOX].find({}, {"_id": 1}).sort("recebido_em", 1)]
        return [str(row[0]) for row in self.rows(service, "SELECT evento_id FROM caos_efeitos ORDER BY seq")]

    def references(self, service: str) -> dict[str, tuple[str, str, int]]:
        """id -> name, state, version of the copy."""
        if service == "comunicacao":
            with self._mongo() as database:
                return {uid(row["_id"]): (row["nome"], row["estado"], row["versao"]) for row in database[REFERENCE].find()}
        found = self.rows(service, f"SELECT id, nome, estado, versao FROM {REFERENCE}")  # noqa: S608
        return {str(row[0]): (row[1], row[2], row[3]) for row in found}

    def records(self, service: str, table: str, column: str) -> dict[str, tuple[int, str, bool]]:
        """id -> version, value, deleted."""
        if service == "comunicacao":
            with self._mongo() as database:
                return {uid(r["_id"]): (r["versao"], r[column], r.get("excluido_em") is not None) for r in database[table].find()}
        found = self.rows(service, f"SELECT id, versao, {column}, excluido_em IS NOT NULL FROM {table}")  # noqa: S608
        return {str(row[0]): (row[1], row[2], row[3]) for row in found}

    def named(self, service: str, table: str, column: str, other: str, beginning: str) -> list[tuple[str, int, str]]:
        """Name, version and another value of the living records whose name begins so."""
        statement = f"SELECT {column}, versao, {other} FROM {table} WHERE excluido_em IS NULL AND {column} LIKE %s"  # noqa: S608
        return [(row[0], row[1], row[2]) for row in self.rows(service, statement, f"{beginning}%")]

    def owned(self, service: str, table: str) -> dict[str, Owned]:
        """id -> whose it is, of living records."""
        if service == "comunicacao":
            with self._mongo() as database:
                found = database[table].find({"excluido_em": None, "responsavel_id": {"$ne": None}})
                return {uid(row["_id"]): Owned(uid(row["responsavel_id"]), row["versao"]) for row in found}
        statement = f"SELECT id, responsavel_id, versao FROM {table} WHERE excluido_em IS NULL AND responsavel_id IS NOT NULL"  # noqa: S608
        return {str(row[0]): Owned(str(row[1]), row[2]) for row in self.rows(service, statement)}

    def conversions(self) -> list[tuple[str, str]]:
        """id and state."""
        found = self.rows("automacao", "SELECT id, estado FROM automacao_saga WHERE tipo <> 'entregar-carteira'")
        return [(str(pk), estado) for pk, estado in found]

    def handovers(self) -> list[tuple[str, str]]:
        """Whose records, and state."""
        found = self.rows("automacao", "SELECT alvo_id, estado FROM automacao_saga WHERE tipo = 'entregar-carteira'")
        return [(str(pk), estado) for pk, estado in found]

    def count(self, service: str, table: str, where: str = "true", document: dict[str, Any] | None = None) -> int:
        if service == "comunicacao":
            with self._mongo() as database:
                return int(database[table].count_documents(document or {}))
        return int(self.rows(service, f"SELECT count(*) FROM {table} WHERE {where}")[0][0])  # noqa: S608

    @contextmanager
    def _postgres(self, service: str) -> Iterator[psycopg.Connection]:
        with psycopg.connect(
            host="127.0.0.1",
            port=self.settings.port("postgres"),
            user="postgres",
            password=self.secrets["postgres"],
            dbname=service,
            autocommit=True,
            connect_timeout=5,
        ) as connection:
            yield connection

    @contextmanager
    def _mongo(self) -> Iterator[Any]:
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
            mongo_url(self.settings, self.secrets), serverSelectionTimeoutMS=3000, socketTimeoutMS=30_000, uuidRepresentation="standard"
        )
        with client:
            yield client["comunicacao"]
