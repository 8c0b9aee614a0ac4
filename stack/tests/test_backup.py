"""A backup is of one moment, whole or not there; a restore believes no damaged one and takes nothing away."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import bson
import pytest

from stack import ports, up
from stack.accounts import postgres_place, remove_place
from stack.backup import cut, manifest, mongo, save
from stack.backup.restore import check, load_files, restore
from stack.backup.swap import refuse_half_swapped, staging_folder, swap
from stack.config import Settings
from stack.credentials import Credentials
from stack.errors import StackError
from stack.postgres import connect_as_superuser
from stack.scratch import running_stores

SERVICES = ("clientes", "vendas", "comunicacao")
TABLES = """
CREATE TABLE crm_shared_evento (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE django_migrations (app text, name text);
INSERT INTO django_migrations VALUES ('contenttypes', '0001_initial'), ('clientes', '0001_initial');
CREATE TABLE dado (n int);
CREATE TABLE eco (n int);
"""
INSERT = "WITH evento AS (INSERT INTO crm_shared_evento DEFAULT VALUES) INSERT INTO {} VALUES ({})"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Credentials]]:
    """Stores as `up` has them, and three services with hardly any tables."""
    folder = tmp_path_factory.mktemp("backup")
    for service in SERVICES:
        (folder / "repo" / f"{service}_service" / service / "migrations").mkdir(parents=True)
        (folder / "repo" / f"{service}_service" / "manage.py").touch()
        (folder / "repo" / f"{service}_service" / service / "migrations" / "0001_initial.py").touch()
    (folder / "repo" / "crm_shared" / "src").mkdir(parents=True)
    (folder / "repo" / "requirements").mkdir()
    (folder / "repo" / "requirements" / "stack.txt").touch()
    settings = Settings(root=folder / "repo", var=folder / "var", port_base=ports.free_base(), scratch=True)
    try:
        with running_stores(settings) as credentials:
            for service in SERVICES[:2]:
                with connect_as_superuser(settings, credentials, service) as database:
                    database.execute(TABLES)
            with mongo.connected(settings, credentials) as database:
                database["dado"].create_index([("n", 1)], unique=True, name="um_de_cada")
                database["dado"].insert_one({"n": -1})
                database["crm_shared_evento"].insert_one({"_id": "x"})
            yield settings, credentials
    finally:
        remove_place(settings)


@contextmanager
def writing(settings: Settings, credentials: Credentials, first: int) -> Iterator[list[int]]:
    """Chains of changes, each caused by the one before: clientes, vendas, comunicacao, and clientes again. Lists the finished."""
    stop, done = threading.Event(), []

    def write(numbers: Iterator[int]) -> None:
        with (
            connect_as_superuser(settings, credentials, "clientes") as clientes,
            connect_as_superuser(settings, credentials, "vendas") as vendas,
            mongo.connected(settings, credentials) as comunicacao,
        ):
            for n in numbers:
                clientes.execute(INSERT.format("dado", n))
                vendas.execute(INSERT.format("dado", n))
                comunicacao["dado"].insert_one({"n": n})
                clientes.execute(INSERT.format("eco", n))
                done.append(n)
                if stop.is_set():
                    return

    threads = [threading.Thread(target=write, args=(iter(range(first + i, 10**9, 3)),)) for i in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def saved_rows(settings: Settings, folder: Path, service: str, table: str) -> set[int]:
    if service == "comunicacao":
        with (folder / service / f"{table}.bson").open("rb") as file:
            return {document["n"] for document in bson.decode_file_iter(file)} - {-1}
    command = [postgres_place(settings).binaries / "pg_restore", "--data-only", f"--table={table}", "--file=-", folder / f"{service}.dump"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {int(line) for line in text.splitlines() if line.isdigit()}


def test_no_effect_is_saved_without_its_cause(stack, tmp_path, monkeypatch):
    """However long it takes to open the snapshots one after another."""
    settings, credentials = stack
    export = cut._export
    monkeypatch.setattr(cut, "_export", lambda reader: (export(reader), time.sleep(0.03))[0])
    with writing(settings, credentials, 0) as done:
        while len(done) < 6:
            time.sleep(0.05)
        acknowledged = set(done)
        folder = save.backup(settings, tmp_path, with_secrets=True)
    first, second, third, last = (
        saved_rows(settings, folder, *where)
        for where in (("clientes", "dado"), ("vendas", "dado"), ("comunicacao", "dado"), ("clientes", "eco"))
    )
    assert first >= second >= third >= last >= acknowledged
    counts = json.loads((folder / "manifesto.json").read_text())["servicos"]
    assert counts["clientes"]["linhas"]["eco"] == len(last)
    assert counts["comunicacao"]["linhas"]["dado"] == len(third) + 1


def test_a_transaction_in_the_way_is_waited_for_and_writers_get_their_turn(stack, monkeypatch):
    settings, credentials = stack
    monkeypatch.setattr(cut, "LOCKED_WITHIN", 0.1)
    monkeypatch.setattr(cut, "PAUSE", 0.05)
    with connect_as_superuser(settings, credentials, "vendas", autocommit=False) as busy:
        busy.execute(INSERT.format("dado", -1))
        with connect_as_superuser(settings, credentials, "clientes") as other:
            threading.Timer(0.5, busy.commit).start()
            with cut.one_moment(settings, credentials) as moment:
                other.execute("SET lock_timeout = '1s'")
                other.execute(INSERT.format("dado", -2))  # the snapshots are open and nobody waits any more
                rows = moment.postgres["vendas"].connection.execute("SELECT count(*) FROM dado WHERE n = -1").fetchone()
    assert rows == (1,)


def test_long_transactions_all_the_time_end_the_backup_and_not_the_writers(stack, tmp_path, monkeypatch):
    settings, credentials = stack
    monkeypatch.setattr(cut, "LOCKED_WITHIN", 0.05)
    monkeypatch.setattr(cut, "PAUSE", 0.01)
    monkeypatch.setattr(cut, "ATTEMPTS", 3)
    with connect_as_superuser(settings, credentials, "vendas", autocommit=False) as busy:
        busy.execute(INSERT.format("dado", -3))
        with pytest.raises(StackError, match="transações longas"):
            save.backup(settings, tmp_path, with_secrets=False)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def copy(stack, tmp_path_factory):
    return save.backup(stack[0], tmp_path_factory.mktemp("copies"), with_secrets=True)


def test_only_its_owner_reads_it(copy):
    assert {path.stat().st_mode & 0o77 for path in [copy, *copy.rglob("*")]} == {0}
    assert (copy / "segredos" / "senhas.json").exists()


def test_without_secrets_there_are_none(stack, tmp_path):
    folder = save.backup(stack[0], tmp_path, with_secrets=False)
    assert sorted(path.name for path in folder.iterdir()) == ["clientes.dump", "comunicacao", "manifesto.json", "vendas.dump"]


def test_what_people_uploaded_comes_with_the_rows(stack, tmp_path, monkeypatch):
    """But what expires while it is copied."""
    settings = replace(stack[0], var=tmp_path / "var")
    for name in ("clientes/anexos/a", "clientes/exportacoes/velha", "vendas/anexos/b"):
        (settings.files / name).parent.mkdir(parents=True, exist_ok=True)
        (settings.files / name).write_text(name)
    copied = save.shutil.copyfile

    def copy(path, target, **options):
        (settings.files / "clientes/exportacoes/velha").unlink(missing_ok=True)
        copied(path, target, **options)

    monkeypatch.setattr(save.shutil, "copyfile", copy)
    save.save_files(settings, tmp_path / "copy")
    staging = replace(settings, var=staging_folder(settings))
    load_files(tmp_path / "copy", staging)
    swap(settings, staging)
    assert sorted(str(path.relative_to(settings.files)) for path in settings.files.rglob("*") if path.is_file()) == [
        "clientes/anexos/a",
        "vendas/anexos/b",
    ]


def test_the_files_of_later_rows_do_not_stay(tmp_path):
    settings = Settings(root=tmp_path, var=tmp_path / "var", port_base=4000)
    (settings.files / "clientes").mkdir(parents=True)
    staging = replace(settings, var=staging_folder(settings))
    staging.var.mkdir()
    (tmp_path / "copy").mkdir()
    load_files(tmp_path / "copy", staging)
    kept = swap(settings, staging)
    assert (kept / "arquivos" / "clientes").is_dir()
    assert not settings.files.exists()


def test_an_interrupted_backup_is_none_and_leaves_at_most_what_the_next_removes(stack, tmp_path, monkeypatch):
    settings, _ = stack
    left = tmp_path / f".incompleta-{settings.identity}-1"
    left.mkdir()
    monkeypatch.setattr(manifest, "write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        save.backup(settings, tmp_path, with_secrets=False)
    assert list(tmp_path.iterdir()) == []


def test_its_collections_come_back_with_their_indexes(stack, copy):
    settings, credentials = stack
    with mongo.connected(settings, credentials) as database:
        before = {name: database[name].index_information() for name in database.list_collection_names()}
        saved = json.loads((copy / "manifesto.json").read_text())["servicos"]["comunicacao"]["linhas"]
        for name in before:
            database[name].drop()
        assert mongo.load(database, copy / "comunicacao") == saved
        assert {name: database[name].index_information() for name in database.list_collection_names()} == before


# --- what is no good ---------------------------------------------------------------------------------------------------


def truncated(folder):
    file = folder / "vendas.dump"
    file.write_bytes(file.read_bytes()[:-10])


def altered(folder):
    file = folder / "comunicacao" / "dado.bson"
    content = bytearray(file.read_bytes())
    content[20] ^= 1
    file.write_bytes(content)


def changed(**values):
    def change(folder):
        content = json.loads((folder / "manifesto.json").read_text())
        (folder / "manifesto.json").write_text(json.dumps(content | values))

    return change


def newer_migration(folder):
    content = json.loads((folder / "manifesto.json").read_text())
    content["servicos"]["clientes"]["migracoes"].append("clientes.0099_do_futuro")
    (folder / "manifesto.json").write_text(json.dumps(content))


BAD = {
    "vendas.dump não é o arquivo": truncated,
    "dado.bson não é o arquivo": altered,
    "falta clientes.dump": lambda folder: (folder / "clientes.dump").unlink(),
    "não é uma cópia completa": lambda folder: (folder / "manifesto.json").unlink(),
    "ilegível": lambda folder: (folder / "manifesto.json").write_text("{"),
    "tem o formato 2": changed(formato=2),
    "PostgreSQL 99": changed(postgres=99),
    "falta ../x": changed(arquivos={"../x": "0"}),
    "clientes.0099_do_futuro": newer_migration,
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_one_is_refused_before_anything_is_touched(stack, copy, tmp_path, reason):
    bad = tmp_path / "crm-x"
    shutil.copytree(copy, bad)
    BAD[reason](bad)
    empty = replace(stack[0], var=tmp_path / "var")
    with pytest.raises(StackError, match=reason):
        restore(empty, bad, replace=True)
    assert not empty.var.exists()


def test_a_good_one_is_not(stack, copy):
    assert check(stack[0], copy).segredos


def test_data_that_are_there_stay_unless_told_otherwise(stack, copy):
    with pytest.raises(StackError, match="--sim"):
        restore(stack[0], copy, replace=False)


def test_a_restore_that_fails_leaves_all_as_it_was(stack, copy, tmp_path):
    """manage.py is empty here: it ends well and does nothing, but in vendas."""
    settings, credentials = stack
    (settings.folder("vendas") / "manage.py").write_text("raise SystemExit('sem chance')")
    before = (settings.secrets / "senhas.json").read_text()
    try:
        with pytest.raises(StackError, match="sem chance"):
            restore(settings, copy, replace=True)
    finally:
        (settings.folder("vendas") / "manage.py").write_text("")
    assert (settings.secrets / "senhas.json").read_text() == before
    assert not staging_folder(settings).exists()
    with connect_as_superuser(settings, credentials, "vendas") as database:
        assert database.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)


# --- the swap ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def swapped(tmp_path):
    settings = Settings(root=tmp_path, var=tmp_path / "var", port_base=4000)
    staging = replace(settings, var=staging_folder(settings))
    for one, content in ((settings, "old"), (staging, "new")):
        (one.var / "mongo").mkdir(parents=True)
        (one.var / "mongo" / "dados").write_text(content)
        (one.var / "log").mkdir()
    (settings.var / "segredos").mkdir()
    (staging.var / "admin.json").write_text("{}")
    return settings, staging


def test_the_former_data_are_kept_beside(swapped):
    settings, staging = swapped
    kept = swap(settings, staging)
    assert ((kept / "mongo" / "dados").read_text(), (settings.var / "mongo" / "dados").read_text()) == ("old", "new")
    assert sorted(path.name for path in kept.iterdir()) == ["mongo"]
    assert (settings.var / "admin.json").exists()
    refuse_half_swapped(settings)


def test_a_swap_that_was_killed_is_not_taken_for_an_empty_stack(swapped, monkeypatch):
    settings, staging = swapped
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        swap(settings, staging)
    monkeypatch.undo()
    with pytest.raises(StackError, match="interrompida"):
        up.up(settings, detach=True)


def test_nothing_is_copied_where_there_is_nothing(tmp_path):
    settings = Settings(root=tmp_path, var=tmp_path / "var", port_base=ports.free_base())
    with pytest.raises(StackError, match="Não há um CRM"):
        save.backup(settings, None, with_secrets=True)
    assert not settings.var.exists()
