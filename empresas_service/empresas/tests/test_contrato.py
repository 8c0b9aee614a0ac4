from crm_shared.testing.contract import ContractSuite


class TestContrato(ContractSuite):
    def answers_any(self, path: str) -> bool:
        return path.startswith("/empresas/validar-cnpj/")
