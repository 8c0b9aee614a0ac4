"""What this domain refuses."""

from crm_shared.errors import RuleRefused


class ControleCircular(RuleRefused):
    codigo = "controle_circular"
    detail = "Uma empresa não pode ser controlada por si mesma nem por quem ela controla."
