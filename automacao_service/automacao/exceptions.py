"""What this domain refuses."""

from crm_shared.errors import Conflict, Forbidden, Invalid, RuleRefused


class DefinicaoInvalida(Invalid):
    """`campo` is the path inside the body, such as gatilho.condicoes.0.campo."""

    codigo = "definicao_invalida"


class TransicaoNaoPermitida(Conflict):
    codigo = "transicao_nao_permitida"
    detail = "O registro não pode passar a este estado."


class FluxoSemPassos(RuleRefused):
    codigo = "fluxo_sem_passos"
    detail = "Acrescente ao menos um passo antes de publicar."


class SomenteODono(Forbidden):
    """A flow acts with its owner's rights, so nobody else may set it going."""

    codigo = "somente_o_dono"
    detail = "O fluxo age com as permissões do responsável: só ele pode publicar ou retomar. Torne-se o responsável antes."


class SagaEmAndamento(Conflict):
    """`registro_id` names it."""

    codigo = "saga_em_andamento"
    detail = "Já há uma operação em andamento sobre este registro."


class SagaJaConcluida(Conflict):
    """`registro_id` names it."""

    codigo = "saga_ja_concluida"
    detail = "Esta operação já foi concluída sobre este registro."


class SomenteQuemIniciou(Forbidden):
    codigo = "somente_quem_iniciou"
    detail = "A saga age com as permissões de quem a iniciou: só essa pessoa pode recomeçá-la. Inicie outra."


class PassouDoPivo(RuleRefused):
    codigo = "passou_do_pivo"
    detail = "A saga passou do ponto a partir do qual só segue adiante."
