"""Invented names, companies and places; every document has right check digits and belongs to nobody that we know."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

PRENOMES = (
    "Adriana Alice Amanda André Antônio Beatriz Bruno Camila Carlos Cecília Daniel Débora Eduardo Elisa Fábio Fernanda Flávia Gabriel "
    "Gustavo Heitor Helena Henrique Igor Isabela João José Juliana Júlia Larissa Leonardo Letícia Lucas Luísa Marcelo Márcia Marcos Maria "
    "Mateus Natália Otávio Patrícia Paulo Pedro Rafael Renata Ricardo Rodrigo Sabrina Sérgio Sofia Tatiana Thiago Vanessa Vinícius Vitória"
).split()
SOBRENOMES = (
    "Almeida Alves Andrade Araújo Barbosa Barros Batista Borges Cardoso Carvalho Castro Cavalcanti Costa Cunha Dias Duarte Farias "
    "Fernandes Ferreira Freitas Gomes Gonçalves Lima Lopes Machado Martins Melo Mendes Miranda Monteiro Moraes Moreira Nascimento Nogueira "
    "Nunes Oliveira Pereira Pinto Ramos Ribeiro Rocha Rodrigues Santana Santos Silva Soares Souza Teixeira Vieira"
).split()
# city, state, area code, first digits of its postal codes
CIDADES = (
    ("São Paulo", "SP", 11, "01310"),
    ("Campinas", "SP", 19, "13010"),
    ("Rio de Janeiro", "RJ", 21, "20040"),
    ("Belo Horizonte", "MG", 31, "30130"),
    ("Curitiba", "PR", 41, "80020"),
    ("Porto Alegre", "RS", 51, "90010"),
    ("Salvador", "BA", 71, "40020"),
    ("Recife", "PE", 81, "50030"),
    ("Fortaleza", "CE", 85, "60025"),
    ("Manaus", "AM", 92, "69005"),
    ("Goiânia", "GO", 62, "74003"),
    ("Florianópolis", "SC", 48, "88010"),
)
RAMOS = {
    "padaria": ("Padaria", "Panificadora"),
    "logistica": ("Transportes", "Logística"),
    "saude": ("Clínica", "Laboratório"),
    "educacao": ("Colégio", "Escola"),
    "tecnologia": ("Sistemas", "Tecnologia"),
    "construcao": ("Construtora", "Engenharia"),
    "varejo": ("Comercial", "Distribuidora"),
    "agro": ("Agropecuária", "Cooperativa"),
}
LUGARES = (
    "Aurora,Boa Vista,Cruzeiro,Esperança,Horizonte,Ipê,Jatobá,Mantiqueira,Nova Era,Paineiras,Primavera,Santa Clara,São Jorge,Serra Azul"
).split(",")
RUAS = ("Rua das Flores", "Avenida Brasil", "Rua Sete de Setembro", "Avenida Paulista", "Rua XV de Novembro", "Travessa do Comércio")


@dataclass(frozen=True)
class Pessoa:
    nome: str
    cpf: str
    email: str
    telefone: str


def nome(sorte: Random) -> str:
    return f"{sorte.choice(PRENOMES)} {sorte.choice(SOBRENOMES)} {sorte.choice(SOBRENOMES)}"


def pessoas(sorte: Random, quantas: int) -> Iterator[Pessoa]:
    for numero in range(quantas):
        inteiro = nome(sorte)
        _cidade, _uf, ddd, _cep = sorte.choice(CIDADES)
        celular = f"({ddd}) 9{sorte.randint(6000, 9999)}-{sorte.randint(0, 9999):04d}"
        yield Pessoa(inteiro, cpf(sorte), f"{usuario(inteiro)}.{numero}@exemplo.com.br", celular)


def usuario(nome_inteiro: str) -> str:
    """`João Silva Souza` -> `joao.souza`"""
    from crm_shared.identity.search import search_text

    primeiro, *_, ultimo = search_text(nome_inteiro).split()
    return f"{primeiro}.{ultimo}"


def cpf(sorte: Random) -> str:
    digitos = [sorte.randint(0, 9) for _ in range(9)]
    for tamanho in (9, 10):
        resto = sum(digito * peso for digito, peso in zip(digitos, range(tamanho + 1, 1, -1), strict=True)) % 11
        digitos.append(0 if resto < 2 else 11 - resto)
    return "".join(map(str, digitos))


def cnpj(sorte: Random, *, alfanumerico: bool) -> str:
    """A head office; new registrations may hold letters since July 2026 (IN RFB 2.229/2024)."""
    alfabeto = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ" if alfanumerico else "0123456789"
    base = "".join(sorte.choice(alfabeto) for _ in range(8)) + "0001"
    for pesos in ([5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]):
        resto = sum((ord(letra) - 48) * peso for letra, peso in zip(base, pesos, strict=True)) % 11
        base += str(0 if resto < 2 else 11 - resto)
    return base
