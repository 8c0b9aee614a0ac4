"""`manage.py redefinir_senha`: for an administrator who cannot sign in any more, and for whom nobody else can do it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contas import alcance
from contas.models import Usuario
from contas.services import definir_senha
from crm_shared.errors import DomainError


class Command(BaseCommand):
    help = "Dá uma senha nova a um usuário e encerra as sessões dele."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        # a file, because arguments stand in the process list for everybody to read
        parser.add_argument("--senha-de-arquivo", required=True, type=Path, help="Arquivo cuja primeira linha é a senha.")

    def handle(self, *args: Any, **options: Any) -> None:
        usuario = Usuario.objects.vivos().filter(email=options["email"].strip().lower()).first()
        if usuario is None:
            raise CommandError("Não há usuário com este e-mail.")
        try:
            senha = options["senha_de_arquivo"].read_text().partition("\n")[0]
            definir_senha(ator=alcance.SISTEMA, pk=usuario.pk, senha=senha)
        except OSError as error:
            raise CommandError(f"{options['senha_de_arquivo']}: {error.strerror}") from None
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write("Senha redefinida; as sessões dessa pessoa terminaram.")
