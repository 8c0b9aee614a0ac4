"""What this domain refuses."""

from crm_shared.errors import Conflict, RuleRefused


class TransicaoNaoPermitida(Conflict):
    codigo = "transicao_nao_permitida"
    detail = "A oportunidade não pode passar a este estado."


class OportunidadeFechada(Conflict):
    codigo = "oportunidade_fechada"
    detail = "A oportunidade está fechada; reabra-a para mudar etapa, valor ou itens."


class EmUso(Conflict):
    codigo = "em_uso"


class EtapaDeFechamento(RuleRefused):
    codigo = "etapa_de_fechamento"
    detail = "Nesta etapa só se entra por POST /vendas/{id}/ganhar ou POST /vendas/{id}/perder."


class FunilIncompleto(RuleRefused):
    codigo = "funil_incompleto"
    detail = "Todo funil tem ao menos uma etapa aberta, uma ganha e uma perdida."


class FunilPadrao(RuleRefused):
    codigo = "funil_padrao"
    detail = "Torne outro funil o padrão antes."


class NotaObrigatoria(RuleRefused):
    codigo = "nota_obrigatoria"
    detail = "Este motivo de perda exige uma nota."


class ValorPelosItens(RuleRefused):
    codigo = "valor_pelos_itens"
    detail = "O valor desta oportunidade é a soma dos itens; mude os itens ou informe origem_valor manual."


class MoedaDiferente(RuleRefused):
    codigo = "moeda_diferente"
