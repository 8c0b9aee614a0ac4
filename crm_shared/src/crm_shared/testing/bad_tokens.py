"""A corpus of tokens that every verifier must refuse: the library, the gateway, every service.

for name, make in BAD_TOKENS.items(): make(forge, forge.claims())
"""

import hmac
import time
from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256, sha384
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import Algorithm, ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.utils import base64url_decode, base64url_encode

from .forge import ES256, ISSUER, REQUIRED, TEAM, USER, Forge, as_json, seal

BadToken = Callable[[Forge, dict[str, Any]], str]


@cache
def _attacker() -> Forge:
    return Forge()


@cache
def _attacker_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _unsigned(keys: Forge, claims: dict[str, Any], alg: str) -> str:
    return seal(keys.header(alg=alg), claims, lambda _signed: b"")


def _none_with_good_signature(keys: Forge, claims: dict[str, Any]) -> str:
    return seal(keys.header(alg="none"), claims, partial(ES256.sign, key=keys.private))


def _confused_hmac(keys: Forge, claims: dict[str, Any], secret: Callable[[Forge], bytes], alg: str = "HS256") -> str:
    digest = sha384 if alg == "HS384" else sha256
    return seal(keys.header(alg=alg), claims, lambda signed: hmac.new(secret(keys), signed, digest).digest())


def _foreign(keys: Forge, claims: dict[str, Any], alg: str, algorithm: Algorithm, key: Callable[[], Any], **header: Any) -> str:
    return seal(keys.header(alg=alg, **header), claims, lambda signed: algorithm.sign(signed, key()))


def _attacker_named_in_header(keys: Forge, claims: dict[str, Any], **header: Any) -> str:
    return _attacker().sign(claims, keys.header(**header))


def _header(keys: Forge, claims: dict[str, Any], **changes: Any) -> str:
    return keys.sign(claims, keys.header(**changes))


def _with_parameter(keys: Forge, claims: dict[str, Any], name: str) -> str:
    return _header(keys, claims, **{name: "x"})


def _without_header(keys: Forge, claims: dict[str, Any], name: str) -> str:
    return keys.sign(claims, {k: v for k, v in keys.header().items() if k != name})


def _claim(keys: Forge, claims: dict[str, Any], **changes: Any) -> str:
    return keys.sign({**claims, **changes})


def _shifted(keys: Forge, claims: dict[str, Any], **seconds: int) -> str:
    now = int(time.time())
    return keys.sign({**claims, **{name: now + offset for name, offset in seconds.items()}})


def _without(keys: Forge, claims: dict[str, Any], name: str) -> str:
    return keys.sign({k: v for k, v in claims.items() if k != name})


def _raw_claim(keys: Forge, claims: dict[str, Any], name: str, text: str) -> str:
    """`name` replaced by JSON text that json.dumps would not write."""
    marked = as_json({**claims, name: "@@"}).replace(b'"@@"', text.encode())
    return keys.sign(marked)


def _repeated_claim(keys: Forge, claims: dict[str, Any], name: str) -> str:
    """Two readers may take different twins."""
    return keys.sign(as_json(claims)[:-1] + b"," + as_json({name: claims[name]})[1:])


def _repeated_header(keys: Forge, claims: dict[str, Any]) -> str:
    return keys.sign(claims, b'{"alg":"none",' + as_json(keys.header())[1:])


def _flipped(keys: Forge, claims: dict[str, Any], part: int, place: float) -> str:
    """One bit wrong, at `place` of the part's length."""
    parts = keys.sign(claims).split(".")
    content = bytearray(base64url_decode(parts[part]))
    content[int(len(content) * place)] ^= 1
    parts[part] = base64url_encode(bytes(content)).decode()
    return ".".join(parts)


def _spelled_otherwise(keys: Forge, claims: dict[str, Any]) -> str:
    """The same 64 signature bytes under another last character: its low four bits carry nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = keys.sign(claims)
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


def _nested(keys: Forge, claims: dict[str, Any]) -> str:
    return _raw_claim(keys, claims, "nome", "[" * 2500 + "]" * 2500)


def _cut(keys: Forge, claims: dict[str, Any], part: int, length: int) -> str:
    parts = keys.sign(claims).split(".")
    return ".".join([*parts[:part], parts[part][:length]])


# RFC 7515, 7516 and 7797: fields of a header that a verifier which takes them can be led astray by
PARAMETERS = (
    *("jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "cty", "crit", "zip"),
    *("enc", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c", "url"),
)
# of the IANA registry and beside it, over a signature that is a good one of ES256
ALGORITHMS = (
    *("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519"),
    *("RSA-OAEP", "dir", "A128KW", "ECDH-ES", "PBES2-HS256+A128KW", "ES256 ", " ES256", "Es256", "ES256\n", "ES256,none"),
)
WRONG: dict[str, Any] = {"null": None, "yes": True, "fraction": 1.5, "number": 7}
WRONG |= {"text": "x", "long": "9" * 1000, "list": [1], "object": {"a": 1}}
PARTS = range(3)
FINE = {  # what is of the right type there, or in the list above under another name
    "scope": ("text", "long"),
    "sid": ("text",),
    "jti": ("text",),
    "iat": ("number",),
    "nbf": ("number",),
    "exp": ("number",),
}
_PEM, _DER = serialization.Encoding.PEM, serialization.Encoding.DER

BAD_TOKENS: dict[str, BadToken] = {
    **{f"alg_{spelling or 'empty'}": partial(_unsigned, alg=spelling) for spelling in ("none", "None", "NONE", "nOnE", "")},
    "alg_none_with_good_signature": _none_with_good_signature,
    "alg_missing": partial(_without_header, name="alg"),
    "alg_lower_case": partial(_header, alg="es256"),
    "alg_list": partial(_header, alg=["ES256"]),
    "hs256_with_public_pem": partial(_confused_hmac, secret=lambda keys: keys.public_bytes(_PEM)),
    "hs256_with_public_der": partial(_confused_hmac, secret=lambda keys: keys.public_bytes(_DER)),
    "hs256_with_jwk": partial(_confused_hmac, secret=lambda keys: as_json(keys.jwk)),
    "hs256_with_empty_secret": partial(_confused_hmac, secret=lambda _keys: b""),
    "hs384_with_public_pem": partial(_confused_hmac, secret=lambda keys: keys.public_bytes(_PEM), alg="HS384"),
    "rs256_of_attacker": partial(_foreign, alg="RS256", algorithm=RSAAlgorithm(RSAAlgorithm.SHA256), key=_attacker_rsa),
    "es384_of_attacker": partial(
        _foreign,
        alg="ES384",
        algorithm=ECAlgorithm(ECAlgorithm.SHA384, ec.SECP384R1),
        key=lambda: ec.generate_private_key(ec.SECP384R1()),
    ),
    "eddsa_of_attacker": partial(_foreign, alg="EdDSA", algorithm=OKPAlgorithm(), key=ed25519.Ed25519PrivateKey.generate),
    "es256_of_attacker_under_good_kid": lambda keys, claims: _attacker().sign(claims, keys.header()),
    "es256_of_attacker_under_own_kid": lambda _keys, claims: _attacker().sign(claims),
    **{f"header_{name}_besides": partial(_with_parameter, name=name) for name in PARAMETERS},
    **{f"alg_{alg}_claimed": partial(_header, alg=alg) for alg in ALGORITHMS},
    "header_jwk": lambda keys, claims: _attacker_named_in_header(keys, claims, jwk=_attacker().jwk),
    "header_jku": partial(_attacker_named_in_header, jku="http://127.0.0.1:9/jwks.json"),
    "header_x5u": partial(_attacker_named_in_header, x5u="http://127.0.0.1:9/cert.pem"),
    "header_x5c": partial(_attacker_named_in_header, x5c=["MIIB"]),
    "header_jku_on_good_token": partial(_header, jku="http://127.0.0.1:9/jwks.json"),
    "header_crit": partial(_header, crit=["exp"]),
    "header_b64": partial(_header, b64=False, crit=["b64"]),
    "header_repeated_key": _repeated_header,
    "header_not_object": lambda keys, claims: keys.sign(claims, b'["ES256"]'),
    "header_not_utf8": lambda keys, claims: keys.sign(claims, b'{"alg":"ES256","typ":"at+jwt","kid":"\xff"}'),
    "kid_missing": partial(_without_header, name="kid"),
    "kid_empty": partial(_header, kid=""),
    "kid_unknown": partial(_header, kid="0" * 16),
    "kid_path": partial(_header, kid="../../../dev/null"),
    "kid_sql": partial(_header, kid="' OR 1=1--"),
    "kid_url": partial(_header, kid="http://127.0.0.1:9/"),
    "kid_nul": lambda keys, claims: _header(keys, claims, kid=keys.kid + "\0"),
    "kid_4_kb": partial(_header, kid="A" * 4096),
    "kid_10_kb": partial(_header, kid="A" * 10_240),
    "kid_list": lambda keys, claims: _header(keys, claims, kid=[keys.kid]),
    "kid_object": partial(_header, kid={}),
    "kid_number": partial(_header, kid=1),
    "kid_null": partial(_header, kid=None),
    "typ_missing": partial(_without_header, name="typ"),
    "typ_jwt": partial(_header, typ="JWT"),
    "typ_refresh": partial(_header, typ="refresh+jwt"),
    "typ_number": partial(_header, typ=1),
    **{f"without_{name}": partial(_without, name=name) for name in REQUIRED},
    "exp_string": lambda keys, claims: _claim(keys, claims, exp=str(claims["exp"])),
    "exp_float": lambda keys, claims: _claim(keys, claims, exp=claims["exp"] + 0.5),
    "exp_true": partial(_claim, exp=True),
    "exp_null": partial(_claim, exp=None),
    "exp_negative": partial(_claim, exp=-1),
    "exp_1e400": partial(_raw_claim, name="exp", text="1e400"),
    "exp_nan": partial(_raw_claim, name="exp", text="NaN"),
    "exp_5000_digits": partial(_raw_claim, name="exp", text="9" * 5000),
    "exp_far_beyond_reason": partial(_claim, exp=2**60),
    "iat_string": lambda keys, claims: _claim(keys, claims, iat=str(claims["iat"])),
    "nbf_list": lambda keys, claims: _claim(keys, claims, nbf=[claims["nbf"]]),
    "expired": partial(_shifted, iat=-400, nbf=-400, exp=-100),
    "expired_just_beyond_leeway": partial(_shifted, iat=-306, nbf=-306, exp=-6),
    "nbf_in_the_future": partial(_shifted, nbf=60),
    "iat_in_the_future": partial(_shifted, iat=60),
    "iss_other": partial(_claim, iss="https://evil.example"),
    "iss_list": partial(_claim, iss=[ISSUER]),
    "aud_other": partial(_claim, aud="another-product"),
    "aud_empty": partial(_claim, aud=""),
    "aud_empty_list": partial(_claim, aud=[]),
    "aud_object": partial(_claim, aud={"crm": True}),
    "aud_list_with_number": partial(_claim, aud=["crm", 1]),
    "aud_star": partial(_claim, aud="*"),
    "sub_number": partial(_claim, sub=1),
    "sub_empty": partial(_claim, sub=""),
    "sub_not_an_id": partial(_claim, sub="admin"),
    "sub_with_trailing_newline": partial(_claim, sub=USER + "\n"),
    "sid_number": partial(_claim, sid=1),
    "sid_null": partial(_claim, sid=None),
    "jti_empty": partial(_claim, jti=""),
    "scope_list": partial(_claim, scope=["clientes:ler"]),
    "scope_null": partial(_claim, scope=None),
    "vis_string": partial(_claim, vis="todos"),
    "vis_unknown_level": partial(_claim, vis={"*": "tudo"}),
    "vis_list_level": partial(_claim, vis={"*": ["todos"]}),
    "equipes_string": partial(_claim, equipes=TEAM),
    "equipes_not_uuids": partial(_claim, equipes=["1"]),
    "equipes_numbers": partial(_claim, equipes=[1]),
    "nome_object": partial(_claim, nome={}),
    "campos_list": partial(_claim, campos=["cpf"]),
    "campos_not_by_resource": partial(_claim, campos={"cpf": "o"}),
    "campos_unknown_level": partial(_claim, campos={"clientes": {"cpf": "x"}}),
    "campos_level_list": partial(_claim, campos={"clientes": {"cpf": ["o"]}}),
    "campos_null": partial(_claim, campos=None),
    "obo_in_a_persons_token": partial(_claim, obo=USER),
    "claims_repeated_key": lambda keys, claims: keys.sign(b'{"sub":"svc:auth",' + as_json(claims)[1:]),
    **{f"repeated_{name}": partial(_repeated_claim, name=name) for name in REQUIRED},
    **{
        f"{name}_is_{kind}": partial(_claim, **{name: value})
        for name in REQUIRED
        for kind, value in WRONG.items()
        if kind not in FINE.get(name, ())
    },
    "claims_list": lambda keys, claims: keys.sign([claims]),
    "claims_nested": _nested,
    "claims_empty": lambda keys, _claims: keys.sign(b""),
    **{f"bit_of_part_{part}_at_{n}_of_16": partial(_flipped, part=part, place=n / 16) for part in PARTS for n in range(16)},
    **{f"cut_to_{part}_parts_and_{n}": partial(_cut, part=part, length=n) for part in PARTS for n in (1, 2, 3, 10)},
    "truncated": lambda keys, claims: keys.sign(claims)[:-10],
    "signature_empty": lambda keys, claims: keys.sign(claims).rsplit(".", 1)[0] + ".",
    "signature_absent": lambda keys, claims: keys.sign(claims).rsplit(".", 1)[0],
    "signature_zero": lambda keys, claims: seal(keys.header(), claims, lambda _signed: bytes(64)),
    "signature_spelled_otherwise": _spelled_otherwise,
    "extra_dot": lambda keys, claims: keys.sign(claims) + ".",
    "extra_part": lambda keys, claims: keys.sign(claims) + ".AAAA",
    "padded": lambda keys, claims: keys.sign(claims) + "==",
    "two_tokens": lambda keys, claims: f"{keys.sign(claims)} {keys.sign(claims)}",
    "two_tokens_comma": lambda keys, claims: f"{keys.sign(claims)}, {keys.sign(claims)}",
    "quoted": lambda keys, claims: f'"{keys.sign(claims)}"',
    "not_a_token": lambda _keys, _claims: "chave-secreta",
    "dots_only": lambda _keys, _claims: "..",
    "empty": lambda _keys, _claims: "",
}

# These do not fit in a header field of gunicorn (8190 bytes): over HTTP the server itself refuses them with 431 or 400.
TOO_LONG_FOR_A_HEADER = frozenset({"kid_10_kb"})
# Past exp rather than wrong: the codigo is token_expirado, so that a client knows to refresh.
EXPIRED = frozenset({"expired", "expired_just_beyond_leeway"})
