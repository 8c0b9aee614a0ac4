"""What this domain refuses."""

from crm_shared.errors import Conflict


class TransicaoNaoPermitida(Conflict):
    codigo = "transicao_nao_permitida"
    detail = "A tarefa não pode passar a este estado."
