"""Messages: what each direction does to its conversation, what is told, and what never happens twice."""

from itertools import permutations

import pytest
from django.utils import timezone

from comunicacao.models import Conversa, Mensagem
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def atual(api, conversa):
    return api().get(f"/comunicacao/{conversa['id']}").json()


def test_a_customer_s_message_starts_the_wait(api, conversa, escrever):
    primeira = escrever("entrada", "Meu pedido\nnão chegou")
    escrever("entrada", "Alô?")
    depois = atual(api, conversa)
    assert (primeira["estado"], primeira["autor_id"]) == ("recebida", None)
    assert (depois["nao_lidas"], depois["ultima_mensagem_previa"]) == (2, "Alô?")
    assert depois["aguardando_desde"][:19] == primeira["criado_em"][:19]


def test_an_answer_waits_to_be_sent_and_ends_the_wait(api, conversa, escrever, ana):
    escrever("entrada")
    resposta = escrever("saida", "Já verifico")
    depois = atual(api, conversa)
    assert (resposta["estado"], resposta["autor_id"]) == ("na_fila", str(ana.id))
    assert [passo["estado"] for passo in resposta["historico_estado"]] == ["na_fila"]
    assert (depois["nao_lidas"], depois["aguardando_desde"]) == (0, None)
    assert depois["primeira_resposta_em"][:19] == resposta["criado_em"][:19]


def test_writing_first_is_no_answer(api, conversa, escrever):
    escrever("saida")
    assert atual(api, conversa)["primeira_resposta_em"] is None


def test_a_note_changes_nothing_for_the_customer(api, conversa, escrever):
    assert escrever("interna", "Cliente difícil")["estado"] == "registrada"
    assert atual(api, conversa) == conversa


@pytest.mark.parametrize("acao", ["resolver", "adiar"])
def test_a_customer_s_message_opens_what_was_closed(api, conversa, escrever, acao):
    api().post(f"/comunicacao/{conversa['id']}/{acao}", {"ate": "2090-01-01T00:00:00Z"} if acao == "adiar" else {})
    escrever("entrada")
    depois = atual(api, conversa)
    assert (depois["estado"], depois["adiada_ate"], depois["resolvida_em"]) == ("aberta", None, None)


def test_each_tells_one_event_with_what_was_said_apart(conversa, escrever, published):
    for direcao in ("entrada", "saida", "interna"):
        escrever(direcao, "segredo do cliente")
    eventos = [evento for evento in published() if ".mensagem." in evento.tipo]
    assert [evento.tipo.split(".")[2] for evento in eventos] == ["recebida", "enfileirada", "registrada"]
    assert all(evento.pessoais["conteudo"] == "segredo do cliente" for evento in eventos)
    assert not any("segredo" in str((evento.dados, evento.mudancas)) for evento in published())


def test_attachments_are_kept_and_listed(api, conversa, escrever):
    anexo = {"nome": "nota.pdf", "tipo_conteudo": "application/pdf", "tamanho": 1234, "url": "https://arquivos.exemplo.com.br/nota.pdf"}
    mensagem = escrever("entrada", "", tipo="midia", anexos=[anexo])
    [row] = api().get(f"/comunicacao/{conversa['id']}/mensagens").json()["resultados"]
    assert mensagem["anexos"] == row["anexos"] == [anexo]
    assert atual(api, conversa)["ultima_mensagem_previa"] == "nota.pdf"


@pytest.mark.parametrize(
    ("corpo", "campo", "codigo"),
    [
        ({"direcao": "saida"}, "conteudo", "mensagem_vazia"),
        ({"direcao": "lateral", "conteudo": "x"}, "direcao", "opcao_invalida"),
        ({"conteudo": "x"}, "direcao", "obrigatorio"),
        ({"direcao": "saida", "conteudo": "x", "estado": "enviada"}, "estado", "somente_leitura"),
        ({"direcao": "saida", "conteudo": "x", "anexos": [{"nome": "a"}]}, "anexos.0.tipo_conteudo", "obrigatorio"),
        ({"direcao": "saida", "conteudo": "x", "id_externo": "wamid.1"}, "id_externo", "somente_do_provedor"),
    ],
)
def test_it_refuses(api, conversa, corpo, campo, codigo):
    problem = assert_problem(api().post(f"/comunicacao/{conversa['id']}/mensagens", corpo), 400)
    assert (campo, codigo) in {(erro["campo"], erro["codigo"]) for erro in problem["erros"]}
    assert not Mensagem.objects.exists()


def test_a_send_repeated_under_its_own_id_is_one_message(api, conversa, escrever):
    ids = {escrever("saida", "Olá", id_cliente="app-1")["id"] for _ in range(2)}
    assert len(ids) == 1
    assert Conversa.objects.get().versao == 2
    other = api().post(f"/comunicacao/{conversa['id']}/mensagens", {"direcao": "saida", "conteudo": "Tchau", "id_cliente": "app-1"})
    assert assert_problem(other, 409)["registro_id"] in ids


def test_a_provider_s_id_is_one_message_per_channel(api, nova, conversa, escrever):
    primeira = escrever("entrada", "Olá", id_externo="wamid.1")
    outra = api().post("/comunicacao", nova).json()
    again = api().post(f"/comunicacao/{outra['id']}/mensagens", {"direcao": "entrada", "conteudo": "Olá", "id_externo": "wamid.1"})
    assert assert_problem(again, 409)["registro_id"] == primeira["id"]


def test_an_inactive_channel_sends_nothing(api, canal, conversa, escrever):
    api().patch(f"/comunicacao/canais/{canal['id']}", {"ativo": False})
    response = api().post(f"/comunicacao/{conversa['id']}/mensagens", {"direcao": "saida", "conteudo": "x"})
    assert assert_problem(response, 422)["codigo"] == "canal_inativo"
    escrever("entrada")


def test_what_was_said_stays_as_it_was(api, conversa, escrever):
    mensagem = escrever("saida")
    url = f"/comunicacao/{conversa['id']}/mensagens/{mensagem['id']}"
    for response in (api().put(url, {}), api().patch(url, {"conteudo": "x"})):
        assert_problem(response, 405)
    assert assert_problem(api().delete(url), 422)["codigo"] == "mensagem_definitiva"


def test_a_note_can_be_taken_back_and_restored(api, conversa, escrever, published):
    url = f"/comunicacao/{conversa['id']}/mensagens/{escrever('interna')['id']}"
    assert api().delete(url).status_code == 204
    assert_problem(api().get(url), 404)
    assert api().post(f"{url}/restaurar").json()["versao"] == 3
    assert [evento.tipo.split(".")[2] for evento in published() if ".mensagem." in evento.tipo] == ["registrada", "excluida", "restaurada"]


def test_they_share_the_conversation_s_visibility(api, conversa, escrever, bruno, carla):
    mensagem = escrever("entrada")
    url = f"/comunicacao/{conversa['id']}/mensagens"
    assert api(como=bruno, vis="equipe").get(f"{url}/{mensagem['id']}").status_code == 200
    stranger = api(como=carla, vis="equipe")
    note = {"direcao": "interna", "conteudo": "x"}
    for response in (stranger.get(url), stranger.get(f"{url}/{mensagem['id']}"), stranger.post(url, note)):
        assert_problem(response, 404)


@pytest.mark.parametrize("avisos", list(permutations(["enviada", "entregue", "lida"])))
def test_its_state_moves_only_forward_in_whatever_order_providers_report(avisos):
    mensagem = Mensagem(estado="enviando")
    for aviso in avisos:
        mensagem.passar_a(aviso, timezone.now())
    assert mensagem.estado == "lida"


@pytest.mark.parametrize(("avisos", "final"), [(["falhou", "entregue"], "falhou"), (["entregue", "falhou"], "entregue")])
def test_a_failure_is_final_and_undoes_no_delivery(avisos, final):
    mensagem = Mensagem(estado="enviada")
    for aviso in avisos:
        mensagem.passar_a(aviso, timezone.now())
    assert mensagem.estado == final
