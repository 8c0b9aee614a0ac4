"""Commands of `./crm`. Each imports what it needs when it runs, so that none waits for the others' libraries."""

import argparse
import errno
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from stack.errors import StackError


def main(arguments: list[str] | None = None) -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except StackError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `./crm logs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _fail(_explain(error))
    return code


def _interrupt(number: int, frame: FrameType | None) -> None:
    """SIGTERM and a closed terminal end a command as Ctrl-C does: through its `finally` blocks."""
    raise KeyboardInterrupt


def _fail(text: str) -> int:
    print(f"Erro: {text}", file=sys.stderr)
    return 1


def _explain(error: OSError) -> str:
    where = f" em {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"Disco cheio{where}: libere espaço e repita o comando."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"Sem permissão de escrita{where}: rode como o dono da pasta, ou escolha outra com CRM_VAR."
    return f"{error.strerror or error}{where}."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./crm", description="Liga, observa e testa o CRM completo nesta máquina.")
    commands = parser.add_subparsers(title="comandos", required=True, metavar="COMANDO")

    test = commands.add_parser("test", help="roda todas as provas, ou só as suítes citadas")
    test.add_argument("suites", nargs="*", metavar="SUITE", help="um serviço, crm_shared, stack, raiz, e2e ou lint")
    test.add_argument("--fast", action="store_true", help="sem mypy e sem e2e")
    test.add_argument("-k", metavar="EXPR", help="só os testes que casam com a expressão do pytest")
    test.add_argument("--url", metavar="URL", help="só o e2e, contra um CRM já no ar (CRM_ADMIN_EMAIL e CRM_ADMIN_SENHA no ambiente)")
    test.set_defaults(run=_test)

    stores = commands.add_parser("stores", help="liga só os bancos, descartáveis, e imprime o ambiente para rodar pytest à mão")
    stores.add_argument("--dir", type=Path, metavar="PASTA", help="onde guardar os dados (padrão: pasta temporária, apagada no fim)")
    stores.set_defaults(run=_stores)
    return parser


def _test(options: argparse.Namespace) -> int:
    from stack.testing import run

    return run(options.suites, fast=options.fast, expression=options.k, url=options.url)


def _stores(options: argparse.Namespace) -> int:
    from stack.scratch import export_lines, scratch_stores

    with scratch_stores(options.dir) as (settings, secrets):
        print("\n".join(export_lines(settings, secrets)), flush=True)
        print("# prontos; Ctrl-C encerra", flush=True)
        signal.pause()
    return 0
