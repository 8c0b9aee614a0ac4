"""Signing keys, good tokens and a corpus of bad ones, for the tests of every verifier: library, services, gateway, e2e.

forge = Forge()
TokenVerifier(KeySet.of(forge.jwks), "crm-auth", ["crm"]).verify(forge.token(scope="clientes:ler"))
for name, make in BAD_TOKENS.items(): make(forge, forge.claims())
"""

import hmac
import json
import time
import uuid
from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256, sha384
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import Algorithm, ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.utils import base64url_decode, base64url_encode

ISSUER = "crm-auth"
LIFETIME = 300  # seconds
USER = "018f0000-0000-7000-8000-000000000001"
TEAM = "018f0000-0000-7000-8000-0000000000e1"
REQUIRED = ("iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "scope", "vis", "equipes")

_ES256 = ECAlgorithm(ECAlgorithm.SHA256, ec.SECP256R1)


class Forge:
    """An ES256 key pair under its kid, as auth holds it: the first 16 hex digits of sha256 of the public key's DER."""

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None) -> None:
        self.private = private or ec.generate_private_key(ec.SECP256R1())
        self.kid = sha256(self.public_bytes(serialization.Encoding.DER)).hexdigest()[:16]

    def public_bytes(self, encoding: serialization.Encoding) -> bytes:
        return self.private.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def private_pem(self) -> bytes:
        """For AUTH_SIGNING_KEY_FILE."""
        return self.private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    @property
    def jwk(self) -> dict[str, str]:
        public: dict[str, str] = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"kty": "EC", "crv": "P-256", "x": public["x"], "y": public["y"], "kid": self.kid, "use": "sig", "alg": "ES256"}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.jwk]}

    def header(self, **changes: Any) -> dict[str, Any]:
        return {"alg": "ES256", "typ": "at+jwt", "kid": self.kid, **changes}

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Good claims of a person who may see everything and do nothing; `scope="clientes:ler clientes:criar"` and so on."""
        now = int(time.time())
        return {
            "iss": ISSUER,
            "aud": "crm",
            "sub": USER,
            "sid": str(uuid.uuid4()),
            "jti": str(uuid.uuid4()),
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
            "scope": "",
            "vis": {"*": "todos"},
            "equipes": [TEAM],
            **changes,
        }

    def service_claims(self, service: str, audience: str, **changes: Any) -> dict[str, Any]:
        return self.claims(sub=f"svc:{service}", aud=audience, equipes=[], **changes)

    def sign(self, claims: Any, header: Any = None) -> str:
        """A token of any claims under any header, signed with the good key."""
        return seal(self.header() if header is None else header, claims, partial(_ES256.sign, key=self.private))

    def token(self, **changes: Any) -> str:
        return self.sign(self.claims(**changes))


def seal(header: Any, claims: Any, sign: Callable[[bytes], bytes]) -> str:
    """Compact JWS; `header` and `claims` may be bytes that no JSON writer would produce."""
    signed = b".".join(base64url_encode(_json(part)) for part in (header, claims))
    return b".".join((signed, base64url_encode(sign(signed)))).decode()


def _json(part: Any) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()


# -- the corpus: every entry takes the good keys and good claims and makes a token that each verifier must refuse --

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
    return seal(keys.header(alg="none"), claims, partial(_ES256.sign, key=keys.private))


def _confused_hmac(keys: Forge, claims: dict[str, Any], secret: Callable[[Forge], bytes], alg: str = "HS256") -> str:
    digest = sha384 if alg == "HS384" else sha256
    return seal(keys.header(alg=alg), claims, lambda signed: hmac.new(secret(keys), signed, digest).digest())


def _foreign(keys: Forge, claims: dict[str, Any], alg: str, algorithm: Algorithm, key: Callable[[], Any], **header: Any) -> str:
    return seal(keys.header(alg=alg, **header), claims, lambda signed: algorithm.sign(signed, key()))


def _attacker_named_in_header(keys: Forge, claims: dict[str, Any], **header: Any) -> str:
    return _attacker().sign(claims, keys.header(**header))


def _header(keys: Forge, claims: dict[str, Any], **changes: Any) -> str:
    return keys.sign(claims, keys.header(**changes))


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
    marked = _json({**claims, name: "@@"}).replace(b'"@@"', text.encode())
    return keys.sign(marked)


def _repeated_claim(keys: Forge, claims: dict[str, Any]) -> str:
    return keys.sign(b'{"sub":"svc:auth",' + _json(claims)[1:])


def _repeated_header(keys: Forge, claims: dict[str, Any]) -> str:
    return keys.sign(claims, b'{"alg":"none",' + _json(keys.header())[1:])


def _flipped(keys: Forge, claims: dict[str, Any], part: int) -> str:
    parts = keys.sign(claims).split(".")
    content = bytearray(base64url_decode(parts[part]))
    content[len(content) // 2] ^= 1
    parts[part] = base64url_encode(bytes(content)).decode()
    return ".".join(parts)


def _spelled_otherwise(keys: Forge, claims: dict[str, Any]) -> str:
    """The same 64 signature bytes under another last character: its low four bits carry nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = keys.sign(claims)
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


def _nested(keys: Forge, claims: dict[str, Any]) -> str:
    return _raw_claim(keys, claims, "nome", "[" * 2500 + "]" * 2500)


_PEM, _DER = serialization.Encoding.PEM, serialization.Encoding.DER

BAD_TOKENS: dict[str, BadToken] = {
    **{f"alg_{spelling or 'empty'}": partial(_unsigned, alg=spelling) for spelling in ("none", "None", "NONE", "nOnE", "")},
    "alg_none_with_good_signature": _none_with_good_signature,
    "alg_missing": partial(_without_header, name="alg"),
    "alg_lower_case": partial(_header, alg="es256"),
    "alg_list": partial(_header, alg=["ES256"]),
    "hs256_with_public_pem": partial(_confused_hmac, secret=lambda keys: keys.public_bytes(_PEM)),
    "hs256_with_public_der": partial(_confused_hmac, secret=lambda keys: keys.public_bytes(_DER)),
    "hs256_with_jwk": partial(_confused_hmac, secret=lambda keys: _json(keys.jwk)),
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
    "obo_in_a_persons_token": partial(_claim, obo=USER),
    "claims_repeated_key": _repeated_claim,
    "claims_list": lambda keys, claims: keys.sign([claims]),
    "claims_nested": _nested,
    "claims_empty": lambda keys, _claims: keys.sign(b""),
    "truncated": lambda keys, claims: keys.sign(claims)[:-10],
    "signature_empty": lambda keys, claims: keys.sign(claims).rsplit(".", 1)[0] + ".",
    "signature_absent": lambda keys, claims: keys.sign(claims).rsplit(".", 1)[0],
    "signature_zero": lambda keys, claims: seal(keys.header(), claims, lambda _signed: bytes(64)),
    "signature_flipped": partial(_flipped, part=2),
    "signature_spelled_otherwise": _spelled_otherwise,
    "payload_flipped": partial(_flipped, part=1),
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
