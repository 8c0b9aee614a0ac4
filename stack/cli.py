"""Commands of `./crm`. Each imports what it needs when it runs, so that none waits for the others' libraries."""

import argparse
import errno
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from stack.config import from_environment
from stack.errors import StackError


def main(arguments: list[str] | None = None) -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
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
    """SIGTERM and a closed terminal end a command as Ctrl-C does, through its `finally` blocks; also where `&` ignores SIGINT."""
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

    up = commands.add_parser("up", help="liga tudo: lojas de dados, migrações, serviços; Ctrl-C encerra")
    up.add_argument("--detach", action="store_true", help="volta ao terminal e deixa tudo no ar")
    up.set_defaults(run=_up)
    commands.add_parser("down", help="encerra tudo e espera").set_defaults(run=_down)

    reload = commands.add_parser(
        "reload", help="troca os processos de um serviço por novos, que leem o código de agora, sem perder requisição"
    )
    reload.add_argument("servico", nargs="+")
    reload.set_defaults(run=_reload)

    status = commands.add_parser("status", help="mostra o que está no ar, o que não está e por quê")
    status.add_argument("--json", action="store_true", help="para programas")
    status.set_defaults(run=_status)

    logs = commands.add_parser("logs", help="mostra os logs de todos os processos, em ordem de tempo")
    logs.add_argument("--servico", metavar="X", help="só os deste serviço ou processo")
    logs.add_argument("--rastro", metavar="ID", help="só as linhas deste rastro (trace id)")
    logs.add_argument("--nivel", metavar="N", help="a partir deste nível: debug, info, warning, error, critical")
    logs.add_argument("-f", action="store_true", dest="follow", help="continua mostrando o que chega")
    logs.set_defaults(run=_logs)

    manage = commands.add_parser("manage", help="roda o manage.py de um serviço no ambiente dele", add_help=False)
    manage.add_argument("servico")
    manage.add_argument("command", nargs=argparse.REMAINDER)
    manage.set_defaults(run=_manage)

    commands.add_parser("demo", help="enche o CRM no ar com uma empresa de demonstração").set_defaults(run=_demo)

    backup = commands.add_parser("backup", help="copia todos os dados do CRM no ar, num só instante, para uma pasta nova")
    backup.add_argument("--destino", type=Path, metavar="PASTA", help="onde a cópia é criada (padrão: var/backups)")
    backup.add_argument("--sem-segredos", action="store_true", help="sem senhas e chaves: guarde-as de outro modo")
    backup.set_defaults(run=_backup)

    restore = commands.add_parser("restore", help="põe no lugar os dados de uma cópia; o CRM é encerrado para isso")
    restore.add_argument("copia", type=Path, metavar="PASTA", help="a cópia, como ./crm backup a mostrou")
    restore.add_argument("--sim", action="store_true", help="mesmo que haja dados; eles são guardados ao lado")
    restore.add_argument("--conferir", action="store_true", help="só lê a cópia inteira e diz se ela serve aqui")
    restore.set_defaults(run=_restore)

    test = commands.add_parser("test", help="roda todas as provas, ou só as suítes citadas")
    test.add_argument("suites", nargs="*", metavar="SUITE", help="um serviço, crm_shared, stack, raiz, e2e, fuzz, caos ou lint")
    test.add_argument("--fast", action="store_true", help="sem mypy, e2e, fuzz e caos")
    test.add_argument("-k", metavar="EXPR", help="só os testes que casam com a expressão do pytest")
    test.add_argument("--url", metavar="URL", help="só o e2e, contra um CRM já no ar (CRM_ADMIN_EMAIL e CRM_ADMIN_SENHA no ambiente)")
    test.add_argument(
        "--exemplos", type=int, metavar="N", help="fuzz: quantos exemplos por operação (padrão: 5; de 100 em diante, mais fases)"
    )
    test.add_argument("--seed", type=int, metavar="N", help="fuzz: outra semente que a de sempre; 0 sorteia")
    test.set_defaults(run=_test)

    from stack.chaos.arguments import add_arguments

    chaos = commands.add_parser("chaos", help="liga um CRM à parte, derruba-o de todo jeito enquanto escreve e confere que nada se perdeu")
    add_arguments(chaos)
    chaos.set_defaults(run=_chaos)

    stores = commands.add_parser("stores", help="liga só os bancos, descartáveis, e imprime o ambiente para rodar pytest à mão")
    stores.add_argument("--dir", type=Path, metavar="PASTA", help="onde guardar os dados (padrão: pasta temporária, apagada no fim)")
    stores.set_defaults(run=_stores)
    return parser


def _up(options: argparse.Namespace) -> int:
    from stack.up import up

    return up(from_environment(), detach=options.detach)


def _down(options: argparse.Namespace) -> int:
    from stack.up import down

    return down(from_environment())


def _reload(options: argparse.Namespace) -> int:
    from stack.reload import reload

    reload(from_environment(), options.servico)
    return 0


def _status(options: argparse.Namespace) -> int:
    from stack.status import show

    return show(from_environment(), as_json=options.json)


def _logs(options: argparse.Namespace) -> int:
    from stack.logs import show

    return show(from_environment(), service=options.servico, trace=options.rastro, level=options.nivel, follow=options.follow)


def _manage(options: argparse.Namespace) -> int:
    from stack.manage import manage

    return manage(from_environment(), options.servico, options.command)


def _demo(options: argparse.Namespace) -> int:
    from stack.credentials import administrator
    from stack.demo import run
    from stack.display import console
    from stack.status import readiness

    settings = from_environment()
    trouble = readiness(settings, "gateway")
    if trouble is not None:
        raise StackError(f"O CRM não está no ar ({trouble}): rode antes ./crm up --detach.")
    admin = administrator(settings)
    run(settings.url("gateway"), admin["email"], admin["senha"], console)
    return 0


def _backup(options: argparse.Namespace) -> int:
    from stack.backup.save import backup

    backup(from_environment(), options.destino, with_secrets=not options.sem_segredos)
    return 0


def _restore(options: argparse.Namespace) -> int:
    from stack.backup.restore import check, restore

    if options.conferir:
        found = check(from_environment(), options.copia)
        print(f"A cópia de {found.feito_em} está inteira e serve a este CRM.")
    else:
        restore(from_environment(), options.copia, replace=options.sim)
    return 0


def _test(options: argparse.Namespace) -> int:
    from stack.testing import run

    for name, value in (("CRM_FUZZ_EXEMPLOS", options.exemplos), ("CRM_FUZZ_SEED", options.seed)):
        if value is not None:
            os.environ[name] = str(value)
    return run(options.suites, fast=options.fast, expression=options.k, url=options.url)


def _chaos(options: argparse.Namespace) -> int:
    from stack.chaos.command import execute

    return execute(options)


def _stores(options: argparse.Namespace) -> int:
    from stack.scratch import export_lines, scratch_stores

    with scratch_stores(options.dir) as (settings, secrets):
        print("\n".join(export_lines(settings, secrets)), flush=True)
        print("# prontos; Ctrl-C encerra", flush=True)
        signal.pause()
    return 0
