"""The first administrator, and the housekeeping."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from contas.models import RefreshToken, RegistroAcesso, Sessao, Usuario
from contas.tasks import esquecer_antigos

pytestmark = pytest.mark.django_db


@pytest.fixture
def arquivo(tmp_path):
    path = tmp_path / "senha"
    path.write_text("jacare-amarelo-27\n")
    return str(path)


def criar(arquivo, email="Admin@CRM.example.com", **opcoes):
    call_command("criar_administrador", "--email", email, "--senha-de-arquivo", arquivo, **opcoes)


def test_the_first_administrator_is_made_once(papeis, arquivo, entrar, published, capsys):
    criar(arquivo, nome="Dona")
    criar(arquivo, nome="Outra")

    admin = Usuario.objects.get()
    assert (admin.email, admin.nome, admin.papel.nome) == ("admin@crm.example.com", "Dona", "administrador")
    assert entrar("admin@crm.example.com").status_code == 200
    assert len(published("auth.usuario.criado.v1")) == 1
    assert "já existe" in capsys.readouterr().out


def test_what_it_refuses(papeis, arquivo, tmp_path, novo_usuario):
    fraca = tmp_path / "fraca"
    fraca.write_text("12345")
    novo_usuario("bia")
    for argumentos in (
        {"arquivo": str(fraca)},
        {"arquivo": str(tmp_path / "nenhum")},
        {"arquivo": arquivo, "email": "admin"},
        {"arquivo": arquivo, "email": "bia@example.com"},
    ):
        with pytest.raises(CommandError):
            criar(**argumentos)
    assert Usuario.objects.count() == 1


def test_who_lost_the_password_gets_a_new_one_and_old_sessions_end(papeis, arquivo, tmp_path, entrar, capsys):
    criar(arquivo)
    entrar("admin@crm.example.com")
    nova = tmp_path / "nova"
    nova.write_text("montanha-verde-31\n")
    call_command("redefinir_senha", "--email", "Admin@CRM.example.com", "--senha-de-arquivo", str(nova))
    assert Sessao.objects.get().encerrada_em
    assert entrar("admin@crm.example.com", "montanha-verde-31").status_code == 200
    assert "montanha" not in capsys.readouterr().out

    nova.write_text("123\n")
    for email, caminho in (("admin@crm.example.com", nova), ("ninguem@example.com", arquivo), ("admin@crm.example.com", tmp_path)):
        with pytest.raises(CommandError):
            call_command("redefinir_senha", "--email", email, "--senha-de-arquivo", str(caminho))


def test_old_rows_are_forgotten(novo_usuario, entrar, client):
    ana = novo_usuario("ana")
    for _ in range(3):
        entrar(ana.email)
    viva, encerrada, vencida = Sessao.objects.order_by("id")
    velho = timezone.now() - timedelta(days=8)
    Sessao.objects.filter(pk=encerrada.pk).update(encerrada_em=velho, motivo="logout")
    Sessao.objects.filter(pk=vencida.pk).update(absoluta_ate=velho)
    RegistroAcesso.objects.filter(pk=RegistroAcesso.objects.first().pk).update(criado_em=timezone.now() - timedelta(days=181))

    esquecer_antigos()

    assert [token.sessao_id for token in RefreshToken.objects.all()] == [viva.pk]
    assert RegistroAcesso.objects.count() == 2
