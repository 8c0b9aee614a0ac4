"""Signing keys: rotated without a restart and without a wrong 401, withdrawn at once when somebody else has them."""

import json
import threading

import pytest
from django.core.management import CommandError, call_command

from contas import chaveiro, keys, tokens
from contas.direitos import Direitos
from crm_shared.auth.keys import KeySet, LocalKeys
from crm_shared.auth.tokens import InvalidToken, TokenVerifier


@pytest.fixture
def pasta(settings, tmp_path):
    folder = tmp_path / "chaves"
    folder.mkdir()
    settings.AUTH_SIGNING_KEYS_DIR = str(folder)
    return folder


@pytest.fixture
def girar(pasta, settings, tmp_path):
    return lambda **options: chaveiro.girar(pasta, tmp_path / "assinatura.pem", **{"espera": 0, **options})


def emitir():
    return tokens.emitir_de_pessoa(sub="018f0000-0000-7000-8000-000000000001", sid="s", nome="", direitos=Direitos({}))


def kids():
    return [jwk["kid"] for jwk in keys.jwks()["keys"]]


@pytest.fixture
def verifier():
    """As auth's own, which reads at the source; here at every look."""
    found = LocalKeys(keys.jwks)
    found._LOOK_AGAIN = 0
    return TokenVerifier(found, "crm-auth", ["crm"])


def test_before_the_first_rotation_the_one_key_signs(pasta, chave, verifier):
    assert (keys.signing_key().kid, kids()) == (chave.kid, [chave.kid])
    assert verifier.verify(emitir())


def test_five_rotations_and_every_token_stays_good(girar, chave, verifier):
    out = [emitir()]
    for _ in range(5):
        ativa, proxima, aposentada, *_ = girar()
        assert keys.signing_key().kid == ativa.kid == kids()[0]
        assert "PRIVATE" not in aposentada.pem
        assert proxima.kid in kids(), "published before it signs"
        out.append(emitir())
        assert all(verifier.verify(token) for token in out)
    assert chave.kid in kids()


def test_a_key_signs_only_after_it_was_published_for_a_while(girar, pasta):
    waited = []

    def dormir(seconds):
        estados = {item.estado: item.kid for item in chaveiro.ler(pasta)}
        assert estados["proxima"] in kids()
        assert keys.signing_key().kid == estados["ativa"]
        waited.append(round(seconds))

    girar(espera=45, dormir=dormir)
    girar(espera=45, dormir=dormir)
    assert waited == [45, 45]


def test_a_retired_key_goes_when_no_token_of_it_can_be_out(girar, pasta, chave, verifier):
    girar()
    antigo = chave.token()
    assert verifier.verify(antigo)
    conteudo = json.loads((pasta / chaveiro.ARQUIVO).read_text())
    for item in conteudo:
        item["desde"] -= chaveiro.APOSENTADA + 1
    (pasta / chaveiro.ARQUIVO).write_text(json.dumps(conteudo))
    assert chave.kid not in kids()
    with pytest.raises(InvalidToken):
        verifier.verify(antigo)
    assert chave.kid not in {item.kid for item in girar()}


def test_withdrawn_keys_are_refused_at_once_remembered_tokens_too(girar, pasta, tmp_path, chave, verifier):
    girar()
    tokens_fora = [chave.token(), emitir()]
    assert all(verifier.verify(token) for token in tokens_fora)
    call_command("chaves", "trocar-todas")
    assert len(kids()) == 2
    for token in tokens_fora:
        with pytest.raises(InvalidToken):
            verifier.verify(token)
    assert verifier.verify(emitir())


def test_a_verifier_elsewhere_drops_them_when_it_reads_the_keys_again(girar, chave):
    """It does so every 20 s by itself."""
    distante = KeySet("http://auth", fetch=lambda _url: keys.jwks(), background=False, demand_every=0)
    verifier, token = TokenVerifier(distante, "crm-auth", ["crm"]), chave.token()
    assert verifier.verify(token)
    call_command("chaves", "trocar-todas")
    distante.refresh()
    with pytest.raises(InvalidToken):
        verifier.verify(token)


def test_signing_goes_on_while_keys_turn(girar, verifier):
    """Four signers and verifiers, twenty rotations: no token is refused, no key is missing."""
    stop, wrong = threading.Event(), []

    def work():
        while not stop.is_set():
            try:
                verifier.verify(emitir())
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        girar()
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_ring_is_read_by_whom_the_first_key_is_read_by(girar, pasta, tmp_path):
    (tmp_path / "assinatura.pem").chmod(0o640)
    girar()
    assert (pasta / chaveiro.ARQUIVO).stat().st_mode & 0o777 == 0o640


def test_the_command_tells_the_keys_and_never_their_secrets(girar, pasta, capsys):
    girar()
    call_command("chaves", "mostrar")
    said = capsys.readouterr().out
    assert all(item.kid in said for item in chaveiro.ler(pasta))
    assert "PRIVATE" not in said


def test_without_a_folder_the_command_says_what_is_missing(settings):
    settings.AUTH_SIGNING_KEYS_DIR = ""
    with pytest.raises(CommandError, match="AUTH_SIGNING_KEYS_DIR"):
        call_command("chaves", "girar")


@pytest.mark.parametrize("conteudo", ["", "{}", '[{"kid": 1}]', "[[]]"])
def test_a_broken_ring_is_told(pasta, conteudo):
    (pasta / chaveiro.ARQUIVO).write_text(conteudo)
    with pytest.raises(CommandError):
        call_command("chaves", "mostrar")
