import json
import stat

import pytest
from cryptography.hazmat.primitives import serialization

from stack import credentials
from stack.config import Settings
from stack.errors import StackError


def test_secrets_are_made_once(settings: Settings) -> None:
    settings.make_folders()
    first = credentials.load_or_create(settings)
    key = credentials.signing_key_file(settings).read_bytes()
    admin = credentials.administrator(settings)
    assert credentials.load_or_create(settings) == first
    assert credentials.signing_key_file(settings).read_bytes() == key
    assert credentials.administrator(settings) == admin


def test_only_the_owner_reads_them(settings: Settings) -> None:
    settings.make_folders()
    credentials.load_or_create(settings)
    credentials.administrator(settings)
    for path in [settings.admin_file, *settings.secrets.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE(settings.secrets.stat().st_mode) == 0o700


def test_a_password_that_a_newer_version_needs_is_added_beside_the_old_ones(settings: Settings) -> None:
    settings.make_folders()
    before = credentials.load_or_create(settings)
    path = settings.secrets / "senhas.json"
    path.write_text(json.dumps({name: value for name, value in before.items() if name != "valkey"}))
    after = credentials.load_or_create(settings)
    assert after["valkey"] != before["valkey"]
    assert after | {"valkey": ""} == before | {"valkey": ""}


def test_the_public_half_of_a_service_key_is_where_auth_looks(settings: Settings) -> None:
    settings.make_folders()
    credentials.load_or_create(settings)
    public = serialization.load_pem_public_key((credentials.public_keys_folder(settings) / "automacao.pub.pem").read_bytes())
    private = serialization.load_pem_private_key(credentials.service_key_file(settings, "automacao").read_bytes(), None)
    assert private.public_key() == public


def test_a_broken_file_is_named(settings: Settings) -> None:
    settings.make_folders()
    (settings.secrets / "senhas.json").write_text("{")
    with pytest.raises(StackError, match=r"senhas\.json"):
        credentials.load_or_create(settings)
