"""The options of `./crm chaos`, read without any of the libraries that a run needs."""

import argparse

from .plan import CRASHES, DECKS, SABOTAGES

PARTS = (CRASHES, *DECKS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, metavar="N", help="de onde tudo é sorteado (padrão: um número novo, que é mostrado)")
    parser.add_argument("--minutes", type=float, default=10, metavar="M", help="por quanto tempo há falhas (padrão: 10)")
    parser.add_argument("--so", action="append", choices=PARTS, metavar="PARTE", help=f"só estas falhas: {', '.join(PARTS)}; pode repetir")
    parser.add_argument("--quedas", type=int, default=50, metavar="N", help="quantas vezes morrer em cada ponto com nome (padrão: 50)")
    parser.add_argument("--pausa", type=float, default=30, metavar="S", help="segundos que uma loja fica fora (padrão: 30)")
    parser.add_argument("--escritores", type=int, default=4, metavar="N", help="clientes que escrevem ao mesmo tempo (padrão: 4)")
    parser.add_argument("--ritmo", type=float, default=0.1, metavar="S", help="segundos entre duas escritas de cada um (padrão: 0,1)")
    parser.add_argument("--curto", action="store_true", help="cada falha uma vez e pausas de 3 s, como em ./crm test")
    parser.add_argument("--sabotar", choices=SABOTAGES, default="", help="estraga a proteção de propósito: o resultado tem de ser vermelho")
