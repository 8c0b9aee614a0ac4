"""What this domain refuses."""

from crm_shared.errors import Conflict, RuleRefused


class TransicaoNaoPermitida(Conflict):
    codigo = "transicao_nao_permitida"
    detail = "A conversa não pode passar a este estado."


class CanalInativo(RuleRefused):
    codigo = "canal_inativo"
    detail = "O canal está inativo."


class CanalEmUso(Conflict):
    codigo = "canal_em_uso"
    detail = "Há conversas em andamento neste canal. Resolva-as, ou deixe o canal inativo."


class CanalDefinitivo(RuleRefused):
    codigo = "canal_definitivo"
    detail = "O canal não muda depois da criação."


class MensagemDefinitiva(RuleRefused):
    codigo = "mensagem_definitiva"
    detail = "Só notas internas podem ser excluídas."
