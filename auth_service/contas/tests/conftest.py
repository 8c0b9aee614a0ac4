import pytest

from crm_shared.testing.forge import Forge

SENHA = "jacare-amarelo-27"


@pytest.fixture(scope="session")
def chave() -> Forge:
    """auth's own signing key in these tests."""
    return Forge()


@pytest.fixture(autouse=True)
def _chaves(chave, settings, tmp_path, monkeypatch):
    from crm_shared.auth import authentication

    path = tmp_path / "assinatura.pem"
    path.write_bytes(chave.private_pem)
    settings.AUTH_SIGNING_KEY_FILE = str(path)
    settings.AUTH_PUBLISHED_KEYS_DIR = ""
    settings.MAIL_ENABLED = True  # pytest-django keeps the messages
    settings.AUTH_SERVICE_KEYS_DIR = str(tmp_path)
    settings.AUTH_SIGNING_KEYS_DIR = ""
    authentication.verifier.cache_clear()


@pytest.fixture(autouse=True)
def _barramento_limpo():
    """The brakes of one test must not slow the next."""
    from crm_shared import bus

    keys = bus.connection().keys("auth:*")
    if keys:
        bus.connection().delete(*keys)


@pytest.fixture
def papeis(request, db):
    """The default roles by name; a transactional test empties the tables, so they may have to be made again."""
    from contas.models import Papel, Permissao
    from contas.papeis_padrao import garantir

    garantir(Papel, Permissao)
    return {papel.nome: papel for papel in Papel.objects.vivos()}


@pytest.fixture(scope="session")
def senha_codificada() -> str:
    from contas import senhas

    return senhas.codificar(SENHA)


@pytest.fixture
def novo_usuario(papeis, senha_codificada):
    """`novo_usuario("ana", "vendedor", equipe=...)` is in the database and can sign in with SENHA."""
    from contas.models import Usuario

    def criar(nome: str, papel: str = "vendedor", **campos):
        usuario = Usuario(nome=nome.title(), email=f"{nome}@example.com", papel=papeis[papel], password=senha_codificada, **campos)
        usuario.refresh_search_text()
        usuario.save()
        return usuario

    return criar


@pytest.fixture
def usuario_de(novo_usuario):
    """The user behind one of the cast."""

    def criar(pessoa, papel: str = "administrador"):
        return novo_usuario(pessoa.nome.lower(), papel, id=pessoa.id)

    return criar


@pytest.fixture
def nova_equipe(db):
    from contas.models import Equipe

    def criar(nome: str, pai=None, **campos):
        regiao = campos.get("regiao") or (pai.regiao_efetiva if pai else "")
        return Equipe.objects.create(nome=nome, pai=pai, regiao_efetiva=regiao, **campos)

    return criar


@pytest.fixture
def entrar(client):
    """Sign in over HTTP; answers the response."""

    def login(email: str, senha: str = SENHA, **extra):
        return client.post("/auth/login", {"email": email, "senha": senha}, content_type="application/json", **extra)

    return login


@pytest.fixture
def sessao(entrar):
    """A client signed in by a real token: `sessao(usuario)`, with `.par` the answer of the login."""
    from rest_framework.test import APIClient

    def abrir(usuario):
        answer = entrar(usuario.email)
        assert answer.status_code == 200, answer.content
        signed_in = APIClient(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
        signed_in.par = answer.json()
        return signed_in

    return abrir
