"""The brake on guessing. It slows an account and a network down, and locks nobody out of a network where he signed in before."""

from dataclasses import dataclass
from typing import Any

from django.utils.crypto import salted_hmac

from crm_shared import bus
from crm_shared.errors import TooMany

LIVRES = 10  # failures that cost nothing but themselves
JANELA = 15 * 60  # seconds without a try after which all is forgotten
ESPERA_MAX = 5 * 60
CONHECIDA = 90 * 24 * 3600  # seconds for which a network is remembered where the right password was given
CODIGO = "codigo"  # in place of a network, for the second factor: only who knows the password gets to guess there

# One step for all brakes, counted before the password is looked at: attempts in parallel cannot slip past. KEYS: `vezes` and
# `espera` of each; ARGV: the window, then the free tries and the longest wait of each. Answers the milliseconds to wait.
_TENTAR = """
local espera = 0
for i = 1, #KEYS, 2 do espera = math.max(espera, redis.call('PTTL', KEYS[i + 1])) end
if espera > 0 then return espera end
for i = 1, #KEYS, 2 do
  local vezes, livres, maxima = redis.call('INCR', KEYS[i]), tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  redis.call('EXPIRE', KEYS[i], ARGV[1])
  if vezes >= livres then
    local segundos = math.min(2 ^ math.min(vezes - livres + 1, 20), maxima)
    redis.call('SET', KEYS[i + 1], '1', 'EX', string.format('%d', segundos))
  end
end
return 0
"""
# What was counted was no failure: without its key there is nothing to take back, and no key without an end comes of it.
_DEVOLVER = "for i = 1, #KEYS do if redis.call('EXISTS', KEYS[i]) == 1 then redis.call('DECR', KEYS[i]) end end"


@dataclass(frozen=True)
class Freio:
    """Failures of whatever `nome` stands for: `livres` in a window, then waits that double up to `maxima` seconds."""

    nome: str
    livres: int = LIVRES
    maxima: int = ESPERA_MAX

    @property
    def keys(self) -> list[str]:
        return [f"auth:freio:{self.nome}:{parte}" for parte in ("vezes", "espera")]


class MuitasTentativas(TooMany):
    codigo = "muitas_tentativas"
    detail = "Muitas tentativas sem sucesso. Aguarde antes de tentar de novo."


def conta_de(email: str) -> str:
    """A name for the account that tells nobody the address; also of text that is no address."""
    return salted_hmac("contas.conta", email, algorithm="sha256").hexdigest()[:32]


def tentar(conta: str, rede: str) -> None:
    """Count one attempt; MuitasTentativas while the pair has to wait."""
    _tentar(_do_par(conta, rede))


def tentar_entrar(conta: str, rede: str) -> None:
    """`tentar`, and where the pair never succeeded, also against many accounts from one network and one account from many."""
    conhecida = bus.connection().exists(_conhecida(conta, rede))
    _tentar(_do_par(conta, rede), *([] if conhecida else _dos_estranhos(conta, rede)))


def tentar_pedido(conta: str, rede: str) -> None:
    """For requests that bring mail: of one account and, late, of many from one network, behind which other people's mail would wait."""
    _tentar(_do_par(conta, f"pedido:{rede}"), Freio(f"rede:pedido:{rede}", livres=100, maxima=30))


def esquecer(conta: str, rede: str) -> None:
    """The right password, or code, was given."""
    bus.connection().delete(*_do_par(conta, rede).keys)


def reconhecer(conta: str, rede: str) -> None:
    """`esquecer` after a sign-in: whoever guesses this account elsewhere does not slow this network any more."""
    esquecer(conta, rede)
    bus.connection().set(_conhecida(conta, rede), 1, ex=CONHECIDA)
    devolver: Any = bus.connection().register_script(_DEVOLVER)
    devolver(keys=[freio.keys[0] for freio in _dos_estranhos(conta, rede)])


def _tentar(*freios: Freio) -> None:
    script: Any = bus.connection().register_script(_TENTAR)
    limites = [limite for freio in freios for limite in (freio.livres, freio.maxima)]
    espera = int(script(keys=[key for freio in freios for key in freio.keys], args=[JANELA, *limites]))
    if espera:
        raise MuitasTentativas(retry_after=-(-espera // 1000))


def _do_par(conta: str, rede: str) -> Freio:
    return Freio(f"{conta}:{rede}")


def _dos_estranhos(conta: str, rede: str) -> list[Freio]:
    """An office behind one address has many people who mistype: its brake begins late and never makes anybody wait long."""
    return [Freio(f"conta:{conta}", livres=50), Freio(f"rede:{rede}", livres=100, maxima=30)]


def _conhecida(conta: str, rede: str) -> str:
    return f"auth:freio:{conta}:{rede}:conhecida"
