import pytest

from crm_shared.testing.contract import ContractSuite


class TestContrato(ContractSuite):
    public = frozenset(
        {
            "/auth/login",
            "/auth/login/codigo",
            "/auth/refresh",
            "/auth/logout",
            "/auth/passe",
            "/auth/senha/esqueci",
            "/auth/senha/redefinir",
            "/auth/convites/aceitar",
            "/auth/chaves-api/trocar",
            "/auth/interno/token",
            "/auth/.well-known/jwks.json",
        }
    )

    @pytest.fixture(autouse=True)
    def _ana_exists(self, usuario_de, ana):
        usuario_de(ana)

    @pytest.fixture
    def references(self, papeis, nova_equipe):
        membro = {"papel_id": str(papeis["vendedor"].pk), "equipe_id": str(nova_equipe("Sul").pk)}
        return {"/auth/usuarios": membro, "/auth/convites": membro}

    def open_to_all(self, path: str) -> bool:
        return path.startswith(("/auth/eu", "/auth/senha", "/auth/autorizar", "/auth/sessoes", "/auth/acessos", "/auth/chaves-api"))
