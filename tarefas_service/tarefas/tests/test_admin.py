"""Tasks in the admin."""

import pytest

from crm_shared.records.references import USUARIO, learn
from crm_shared.testing.admin import AdminSuite
from tarefas import services
from tarefas.models import Tarefa

LISTA = "/admin/tarefas/tarefa/"


class TestAdmin(AdminSuite):
    @pytest.fixture
    def ligar(self, ator):
        return services.criar_tarefa(ator=ator, dados={"titulo": "Ligar para o João", "tipo": "ligacao"})

    @pytest.fixture
    def registros(self, ligar):
        return {"tarefas.Tarefa": ligar}

    @pytest.fixture
    def mais(self, ator, bruno):
        def criar():
            for numero in range(5):
                services.criar_tarefa(ator=ator, dados={"titulo": f"Tarefa {numero}", "responsavel_id": bruno.id})

        return criar

    def test_a_task_is_created_for_a_day(self, entrar):
        answer = entrar().post(f"{LISTA}add/", {"titulo": "Visitar", "tipo": "visita", "vencimento_data": "15/01/2030"})
        assert answer.status_code in (200, 302)
        if answer.status_code == 200:
            raise AssertionError(answer.context["adminform"].form.errors)
        assert str(Tarefa.objects.get().vencimento_data) == "2030-01-15"

    def test_a_task_is_done_by_its_button(self, entrar, ligar, published):
        answer = entrar().post(f"{LISTA}{ligar.pk}/acao/concluir/", {"enviar": "1", "resultado": "Falei com ele"})
        assert answer.status_code == 302, answer.context["form"].errors
        ligar.refresh_from_db()
        assert (ligar.estado, ligar.resultado) == ("concluida", "Falei com ele")
        assert published()[-1].tipo == "tarefas.tarefa.concluida.v1"

    def test_delegating_asks_for_its_own_scope(self, entrar, ligar, bruno):
        learn(USUARIO, bruno.id, versao=1, nome="Bruno")
        path = f"{LISTA}{ligar.pk}/acao/delegar/"
        dados = {"enviar": "1", "responsavel_id": str(bruno.id)}
        assert entrar("tarefas:ler", "tarefas:editar").post(path, dados).status_code == 403
        assert entrar().post(path, dados).status_code == 302
        ligar.refresh_from_db()
        assert ligar.responsavel_id == bruno.id

    def test_an_old_page_does_not_overwrite(self, entrar, ligar, ator):
        services.iniciar_tarefa(ator=ator, pk=ligar.pk)
        answer = entrar().post(f"{LISTA}{ligar.pk}/acao/cancelar/", {"enviar": "1", "versao": "1", "motivo": "x"})
        assert answer.status_code == 200
        ligar.refresh_from_db()
        assert ligar.estado == "em_andamento"
