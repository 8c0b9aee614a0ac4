"""From the options of `./crm chaos` to a run."""

import argparse
import secrets

from stack.errors import StackError

from .plan import CRASHES, DECKS
from .run import Options, run


def execute(options: argparse.Namespace) -> int:
    if options.minutes <= 0 or options.escritores < 1:
        raise StackError("Use --minutes e --escritores maiores que zero.")
    parts = tuple(part for part in DECKS if not options.so or part in options.so)
    crashes = not options.so or CRASHES in options.so
    return run(
        Options(
            seed=secrets.randbelow(10**6) if options.seed is None else options.seed,
            seconds=90.0 if options.curto else options.minutes * 60,
            parts=parts,
            quota=(1 if options.curto else options.quedas) if crashes else 0,
            pause=3.0 if options.curto else options.pausa,
            gap=(0.3, 1.5) if options.curto else (1.0, 5.0),
            writers=options.escritores,
            pace=options.ritmo,
            once=options.curto,
            sabotage=options.sabotar,
        )
    )
