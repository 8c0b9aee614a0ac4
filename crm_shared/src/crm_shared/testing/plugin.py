"""pytest plugin of every service: the cast, signed-in clients, delivered events, the published log.

Loaded before Django's settings (pytest11), so anything of Django is imported inside the fixtures.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from .forge import Forge

_NAMESPACE = UUID("018f0000-0000-7000-8000-00000000cafe")


@dataclass(frozen=True)
class Pessoa:
    """One of the cast; ana and bruno share the team `norte`, carla is in `sul`."""

    nome: str
    id: UUID
    equipe: UUID


def _pessoa(nome: str, equipe: str) -> Pessoa:
    return Pessoa(nome, uuid5(_NAMESPACE, nome), uuid5(_NAMESPACE, equipe))


@pytest.fixture(scope="session")
def ana() -> Pessoa:
    return _pessoa("Ana", "norte")


@pytest.fixture(scope="session")
def bruno() -> Pessoa:
    return _pessoa("Bruno", "norte")


@pytest.fixture(scope="session")
def carla() -> Pessoa:
    return _pessoa("Carla", "sul")


@pytest.fixture(scope="session")
def forge() -> Forge:
    return Forge()


@pytest.fixture(autouse=True, scope="session")
def static_files_found_once() -> Iterator[None]:
    """Each client of a test has middleware of its own, and WhiteNoise's would look through all static files for each."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    find: Any = WhiteNoiseMiddleware.add_files_from_finders  # untyped
    found: dict[str, Any] = {}

    def add_files(middleware: Any) -> None:
        if not found:
            find(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_files)
        yield


@pytest.fixture(autouse=True)
def definitions_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test defined is not shown in the next, whose database has other tags and fields."""
    from crm_shared.extensions import definitions

    monkeypatch.setattr(definitions, "SECONDS", 0.0)


@pytest.fixture(scope="session")
def files_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("arquivos")


@pytest.fixture(autouse=True)
def own_files(request: pytest.FixtureRequest, files_of_tests: Path) -> None:
    """Uploads and exports of a test lie in its own folder: `tmp_path` if it asks for that, else one that is made with the first file."""
    from pytest_django.lazy_django import django_settings_is_configured

    if not django_settings_is_configured():
        return
    settings: Any = request.getfixturevalue("settings")
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else files_of_tests / uuid4().hex
    own = {
        name: {**files, "OPTIONS": {**files.get("OPTIONS", {}), "location": str(folder)}}
        for name, files in settings.STORAGES.items()
        if "FileSystemStorage" in files["BACKEND"]
    }
    settings.STORAGES = {**settings.STORAGES, **own}


@pytest.fixture(autouse=True)
def revocations(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What auth has revoked, as the service under test knows it: nothing until the test says `revocations.learn([...])`."""
    from pytest_django.lazy_django import django_settings_is_configured

    if not django_settings_is_configured():
        return None
    from crm_shared.auth import authentication
    from crm_shared.auth.revocation import Revocations

    known = Revocations.none()
    monkeypatch.setattr(authentication, "revocations", lambda: known)
    return known


@pytest.fixture
def trusted_keys(forge: Forge, revocations: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service under test accepts tokens that `forge` signs, through its real verifier."""
    from django.conf import settings

    from crm_shared.auth import authentication
    from crm_shared.auth.keys import KeySet
    from crm_shared.auth.tokens import TokenVerifier

    verifier = TokenVerifier(KeySet.of(forge.jwks), settings.AUTH_ISSUER, ("crm", settings.SERVICE), revocations=revocations)
    monkeypatch.setattr(authentication, "verifier", lambda: verifier)


Api = Callable[..., Any]


@pytest.fixture
def api(forge: Forge, ana: Pessoa, trusted_keys: None) -> Api:
    """`api("clientes:ler", como=bruno, vis="equipe")` is a client signed in as that person; ana with every scope by default."""
    from rest_framework.test import APIClient

    from crm_shared.auth.scopes import ACOES, RECURSOS

    from .conformance import of_this_service

    class Client(APIClient):
        """Holds every answer to the service's OpenAPI."""

        def request(self, **kwargs: Any) -> Any:
            response = super().request(**kwargs)
            of_this_service().check(kwargs["REQUEST_METHOD"], kwargs["PATH_INFO"], response, str(kwargs.get("QUERY_STRING", "")))
            return response

    def client(*scopes: str, como: Pessoa = ana, vis: str | dict[str, str] = "todos", **claims: Any) -> APIClient:
        wanted = scopes or tuple(f"{recurso}:{acao}" for recurso in RECURSOS for acao in ACOES)
        levels = {"*": vis} if isinstance(vis, str) else vis
        token = forge.token(sub=str(como.id), equipes=[str(como.equipe)], nome=como.nome, vis=levels, scope=" ".join(wanted), **claims)
        signed_in = Client()
        signed_in.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return signed_in

    return client


@pytest.fixture
def ator(ana: Pessoa) -> Any:
    """ana as service functions get her: every scope, sees everything."""
    from crm_shared.auth.principal import Principal
    from crm_shared.auth.scopes import ACOES, RECURSOS

    scopes = frozenset(f"{recurso}:{acao}" for recurso in RECURSOS for acao in ACOES)
    return Principal(str(ana.id), scopes, {"*": "todos"}, (ana.equipe,), ana.nome)


@pytest.fixture
def published(db: None) -> Callable[..., list[Any]]:
    """The events recorded so far, oldest first, of one type if given."""
    from crm_shared.events.models import Evento

    def events(tipo: str | None = None) -> list[Any]:
        rows = Evento.objects.order_by("id")
        return list(rows.filter(tipo=tipo) if tipo else rows)

    return events


@pytest.fixture
def deliver(db: None) -> Callable[..., None]:
    """Hand an event to this service's consumer as the bus would: `deliver(EmpresaCriada(...), subject, versao=2)`."""
    import orjson
    from django.conf import settings
    from django.utils.module_loading import import_string

    from crm_shared.events.consume import Consumer

    def send(contract: Any, subject: UUID, *, versao: int = 1, id: UUID | None = None, **members: Any) -> dict[str, Any]:
        envelope = make_envelope(contract, subject, versao=versao, id=id, **members)
        Consumer(import_string(settings.EVENT_HANDLERS)).process(orjson.dumps(envelope))
        return envelope

    return send  # type: ignore[return-value]


def make_envelope(contract: Any, subject: UUID, *, versao: int = 1, id: UUID | None = None, **members: Any) -> dict[str, Any]:
    """A CloudEvent as another service's relay would publish it."""
    from crm_shared.records.models import uuid7

    dados, pessoais = contract.split()
    return {
        "specversion": "1.0",
        "id": str(id or uuid7()),
        "source": "/" + contract.TIPO.split(".")[0],
        "type": contract.TIPO,
        "subject": str(subject),
        "time": "2026-11-22T12:00:00Z",
        "versao": versao,
        "rastro": "0" * 31 + "1",
        "causa": "",
        "ator": "sistema",
        "data": {"dados": dados, "mudancas": [], "pessoais": pessoais},
        **members,
    }


@pytest.fixture
def queries(django_assert_max_num_queries: Any) -> Any:
    """`with queries(3): ...` fails when more SQL statements run: the guard against N+1."""
    return django_assert_max_num_queries
