"""What this domain refuses."""

from crm_shared.errors import Conflict, Forbidden, NotAuthenticated, RuleRefused


class CredenciaisInvalidas(NotAuthenticated):
    """One answer for a wrong password, an unknown address and a person who may not sign in any more."""

    codigo = "credenciais_invalidas"
    detail = "E-mail ou senha incorretos."


class CodigoInvalido(NotAuthenticated):
    codigo = "codigo_incorreto"
    detail = "O código não confere."


class RefreshInvalido(NotAuthenticated):
    codigo = "refresh_invalido"
    detail = "A sessão terminou. Entre de novo."


class SessaoEncerrada(NotAuthenticated):
    codigo = "sessao_encerrada"
    detail = "A sessão deste token terminou. Entre de novo."


class AssercaoInvalida(NotAuthenticated):
    codigo = "assercao_invalida"
    detail = "A asserção do serviço não foi aceita."


class AlcanceExcedido(Forbidden):
    codigo = "alcance_excedido"
    detail = "Você não pode conceder nem alterar permissões maiores que as suas."


class UltimoAdministrador(RuleRefused):
    codigo = "ultimo_administrador"
    detail = "É preciso que reste ao menos um administrador ativo."


class PapelDeSistema(RuleRefused):
    codigo = "papel_de_sistema"
    detail = "Este papel faz parte do sistema."


class PapelEmUso(RuleRefused):
    codigo = "papel_em_uso"
    detail = "Há usuários com este papel."


class EquipeEmUso(RuleRefused):
    codigo = "equipe_em_uso"
    detail = "Há usuários ou equipes nesta equipe."


class EquipeEmCiclo(RuleRefused):
    codigo = "equipe_em_ciclo"
    detail = "Uma equipe não pode ficar abaixo de si mesma."


class TransicaoNaoPermitida(Conflict):
    codigo = "transicao_nao_permitida"
    detail = "O usuário já está neste estado."


class OboInativo(RuleRefused):
    codigo = "obo_inativo"
    detail = "O usuário em nome de quem o serviço agiria não existe ou está inativo."
