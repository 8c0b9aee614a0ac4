"""`manage.py criar_administrador`: the first person, who then creates the others."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contas import alcance
from contas.models import Papel, Usuario
from contas.papeis_padrao import ADMINISTRADOR
from contas.services import criar_usuario
from crm_shared.errors import DomainError
from crm_shared.identity.emails import clean_email
from crm_shared.identity.errors import IdentityError


class Command(BaseCommand):
    help = "Cria um administrador; se ele já existe, não altera nada."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        # a file, because arguments stand in the process list for everybody to read
        parser.add_argument("--senha-de-arquivo", required=True, type=Path, help="Arquivo cuja primeira linha é a senha.")
        parser.add_argument("--nome", default="Administrador")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            email = clean_email(options["email"])
            existente = Usuario.objects.vivos().filter(email=email).select_related("papel").first()
            if existente is None:
                self._criar(email, options["nome"], options["senha_de_arquivo"])
                return
        except (DomainError, IdentityError) as error:
            raise CommandError(str(error)) from None
        if existente.papel.nome != ADMINISTRADOR or not existente.ativo:
            raise CommandError(f"Já existe um usuário com o e-mail {email}, e ele não é um administrador ativo.")
        self.stdout.write("O administrador já existe.")

    def _criar(self, email: str, nome: str, arquivo: Path) -> None:
        try:
            senha = arquivo.read_text().partition("\n")[0]
        except OSError as error:
            raise CommandError(f"{arquivo}: {error.strerror}") from None
        papel = Papel.objects.vivos().get(nome=ADMINISTRADOR)
        criar_usuario(ator=alcance.SISTEMA, dados={"nome": nome, "email": email, "papel_id": papel.pk, "senha": senha})
        self.stdout.write("Administrador criado.")
