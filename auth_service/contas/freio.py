"""The brake on guessing one account's password from one network. It never locks the account for anybody elsewhere."""

from typing import Any

from django.utils.crypto import salted_hmac

from crm_shared import bus
from crm_shared.errors import TooMany

LIVRES = 10  # failures that cost nothing but themselves
JANELA = 15 * 60  # seconds without a try after which all is forgotten
ESPERA_MAX = 5 * 60
CODIGO = "codigo"  # in place of a network, for the second factor: only who knows the password gets to guess there

# One step, counted before the password is looked at: attempts in parallel cannot slip past. Answers the milliseconds to wait.
_TENTAR = """
local espera = redis.call('PTTL', KEYS[2])
if espera > 0 then return espera end
local vezes = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])
if vezes >= tonumber(ARGV[2]) then
  local segundos = math.min(2 ^ math.min(vezes - ARGV[2] + 1, 20), tonumber(ARGV[3]))
  redis.call('SET', KEYS[2], '1', 'EX', string.format('%d', segundos))
end
return 0
"""


class MuitasTentativas(TooMany):
    codigo = "muitas_tentativas"
    detail = "Muitas tentativas sem sucesso. Aguarde antes de tentar de novo."


def conta_de(email: str) -> str:
    """A name for the account that tells nobody the address; also of text that is no address."""
    return salted_hmac("contas.conta", email, algorithm="sha256").hexdigest()[:32]


def tentar(conta: str, rede: str) -> None:
    """Count one attempt; MuitasTentativas while the pair has to wait."""
    script: Any = bus.connection().register_script(_TENTAR)
    espera = int(script(keys=_keys(conta, rede), args=[JANELA, LIVRES, ESPERA_MAX]))
    if espera:
        raise MuitasTentativas(retry_after=-(-espera // 1000))


def esquecer(conta: str, rede: str) -> None:
    """The right password was given."""
    bus.connection().delete(*_keys(conta, rede))


def _keys(conta: str, rede: str) -> list[str]:
    return [f"auth:freio:{conta}:{rede}:{parte}" for parte in ("vezes", "espera")]
