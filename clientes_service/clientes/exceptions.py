"""What this domain refuses."""

from crm_shared.errors import Conflict, RuleRefused


class TransicaoNaoPermitida(Conflict):
    codigo = "transicao_nao_permitida"
    detail = "O lead não pode passar a este estado."


class UltimoMeioPrincipal(RuleRefused):
    codigo = "meio_principal"
    detail = "Torne outro meio principal antes de retirar este."
