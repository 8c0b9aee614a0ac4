from crm_shared.testing.contract import ContractSuite


class TestContrato(ContractSuite):
    pass
