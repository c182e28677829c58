"""What verifiers of presented credentials refuse, and by which name: RFC 9901 section 7, SD-JWT VC section 3.4."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from tests.vectors.crafting import ISSUED, turn_over
from tests.vectors.credentials import (
    DECOY,
    DISCLOSURES,
    FIELDS,
    ISSUER,
    bind,
    digest,
    disclose,
    make_jwt,
    sign_jws,
    write_json,
)
from tests.vectors.keys import COMING, HOME, LICENCE, PEER_LICENCE, PHONE, STRANGER, base64url

Refused = tuple[str, str, str]
"""A name, a text, and the slug that is due."""
_DEEP = 17


Accepted = tuple[str, str, dict[str, Any]]
"""A name, a text, and the fields that are due."""
ISSUERS = {ISSUER: "31", "https://32.example": "32"}
MAX_AGE = 60


def list_accepted() -> list[Accepted]:
    name, number = ({key: FIELDS[key]} for key in ("name", "id_number"))
    own = disclose("emergency", {"_sd": [digest(disclose("phone", "110"))], "kind": "police"})
    nested = bind(make_jwt({"_sd": [digest(own)]}), [own, disclose("phone", "110")])
    peer = make_jwt({"iss": "https://32.example"}, header={"kid": PEER_LICENCE.kid.hex()}, key=PEER_LICENCE)
    head, body, signature = make_jwt().split(".")
    turned = base64url(turn_over(base64.urlsafe_b64decode(signature + "==")))
    return [
        ("good: two fields", bind(make_jwt()), {**name, **number}),
        ("good: all fields", bind(make_jwt(), DISCLOSURES), FIELDS),
        ("good: no field", bind(make_jwt(), []), {}),
        ("good: in another order", bind(make_jwt(), DISCLOSURES[1::-1]), {**name, **number}),
        ("good: another province's", bind(peer, DISCLOSURES[:1]), name),
        ("good: no hash is named", bind(make_jwt({"_sd_alg": None}), DISCLOSURES[:1]), name),
        ("good: no status", bind(make_jwt({"status": None}), DISCLOSURES[:1]), name),
        ("good: no end", bind(make_jwt({"exp": None}), DISCLOSURES[:1]), name),
        ("good: a header that nobody needs", bind(make_jwt(header={"x-more": 1}), DISCLOSURES[:1]), name),
        ("good: signed 60 s ago", bind(make_jwt(), DISCLOSURES[:1], {"iat": ISSUED - 60}), name),
        ("good: signed 30 s ahead", bind(make_jwt(), DISCLOSURES[:1], {"iat": ISSUED + 30}), name),
        ("good: s replaced by n - s", bind(f"{head}.{body}.{turned}", DISCLOSURES[:1]), name),
        ("good: a disclosure within another", nested, {"emergency": {"kind": "police", "phone": "110"}}),
    ]


def list_refused() -> list[Refused]:
    return [
        *_of("presentation-malformed", _malformed()),
        *_of("presentation-issuer-unknown", _of_unknown_issuers()),
        *_of("presentation-signature-invalid", _forged()),
        *_of("presentation-altered", _altered()),
        *_of("presentation-not-yet-valid", _early()),
        *_of("presentation-expired", _late()),
        *_of("holder-binding-missing", _unbound()),
        *_of("holder-binding-invalid", _misbound()),
        *_of("nonce-wrong", _other_nonces()),
        *_of("audience-wrong", _other_audiences()),
    ]


def _of(slug: str, texts: dict[str, str]) -> Iterator[Refused]:
    for name, text in texts.items():
        yield name, text, slug


def _malformed() -> dict[str, str]:
    good = bind(make_jwt())
    jwt, rest = good.split("~", 1)
    return {
        "nothing": "",
        "a JWT alone": jwt,
        "cut before its last tilde": good.rpartition("~")[0],
        "a space in it": good.replace("~", "~ ", 1),
        "a line end after it": good + "\n",
        "padded Base64": good.replace(".", "=.", 1),
        "an empty disclosure": good.replace("~", "~~", 1),
        "two key bindings": f"{good}~{good.rpartition('~')[2]}",
        "two issuers' parts": f"{jwt}~{good}",
        "a header that is no JSON": f"{base64url(b'{')}.{good.split('.', 1)[1]}",
        "a header that is a list": f"{write_json([])}.{jwt.split('.', 1)[1]}~{rest}",
        "claims that are a list": sign_jws(LICENCE, {"alg": "ES256", "typ": "dc+sd-jwt"}, []) + "~" + rest,
        "claims that are no UTF-8": f"{jwt.split('.')[0]}.{base64url(bytes([0xFF]))}.AA~{rest}",
        "JSON nested without end": f"{jwt.split('.')[0]}.{base64url(b'[' * 20_000)}.AA~{rest}",
        "another type": bind(make_jwt(header={"typ": "JWT"})),
        "the type of drafts before": bind(make_jwt(header={"typ": "vc+sd-jwt"})),
        "no type": bind(make_jwt(header={"typ": None})),
        "no algorithm": bind(make_jwt(header={"alg": None})),
        "an algorithm that is a number": bind(make_jwt(header={"alg": 7})),
        "a kid that is a number": bind(make_jwt(header={"kid": 7})),
        "an extension that must be understood": bind(make_jwt(header={"crit": ["exp"], "exp": 1})),
        "a payload that is not encoded": bind(make_jwt(header={"crit": ["b64"], "b64": False})),
        "no issuer": bind(make_jwt({"iss": None})),
        "an issuer that is a list": bind(make_jwt({"iss": [ISSUER]})),
        "an issuer without end": bind(make_jwt({"iss": "https://" + "a" * 2048})),
        "no type of credential": bind(make_jwt({"vct": None})),
        "another hash": bind(make_jwt({"_sd_alg": "md5"})),
        "a hash that is a number": bind(make_jwt({"_sd_alg": 256})),
        "an end in words": bind(make_jwt({"exp": "2026-07-15"})),
        "an end before all time": bind(make_jwt({"exp": -1})),
        "an end after all time": bind(make_jwt({"exp": 1e18})),
        "an end that is true": bind(make_jwt({"exp": True})),
        "a status in another form": bind(make_jwt({"status": {"revocation_url": "https://x"}})),
        "a place in a status list that is none": bind(make_jwt({"status": {"status_list": {"idx": -1, "uri": "x"}}})),
        "a key that is words": bind(make_jwt({"cnf": {"jwk": "x"}})),
    }


def _of_unknown_issuers() -> dict[str, str]:
    return {
        "an issuer that nobody knows": bind(make_jwt({"iss": "https://suixing.example.org"})),
        "its address with a slash more": bind(make_jwt({"iss": ISSUER + "/"})),
        "no kid": bind(make_jwt(header={"kid": None})),
        "a kid that no list names": bind(make_jwt(key=STRANGER, header={"kid": STRANGER.kid.hex()})),
        "a kid that is no number": bind(make_jwt(header={"kid": "../../keys"})),
        "a key for codes": bind(make_jwt(key=HOME, header={"kid": HOME.kid.hex()})),
        "a key that is yet to come": bind(make_jwt(key=COMING, header={"kid": COMING.kid.hex()})),
        "another province's key": bind(make_jwt(key=PEER_LICENCE, header={"kid": PEER_LICENCE.kid.hex()})),
        "another province's name": bind(make_jwt({"iss": "https://32.example"})),
        "no time of issue": bind(make_jwt({"iat": None})),
        "issued before its key was": bind(make_jwt({"iat": ISSUED - 40 * 86400})),
    }


def _forged() -> dict[str, str]:
    jwt = make_jwt()
    head, body, signature = jwt.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    more = json.loads(base64.urlsafe_b64decode(body + "==")) | {"exp": ISSUED + 99 * 86400}
    return {
        "by another key under a trusted kid": bind(make_jwt(key=STRANGER)),
        "by the holder": bind(make_jwt(key=PHONE)),
        "with its key in the header": bind(make_jwt(key=STRANGER, header={"jwk": STRANGER.jwk})),
        "no algorithm at all": bind(make_jwt(header={"alg": "none"})),
        "no algorithm and no signature": bind(
            f"{write_json({'alg': 'none', 'typ': 'dc+sd-jwt', 'kid': LICENCE.kid.hex()})}.{body}.AA"
        ),
        "an HMAC with what is public": bind(make_jwt(header={"alg": "HS256"})),
        "another curve": bind(make_jwt(header={"alg": "ES384"})),
        "EdDSA": bind(make_jwt(header={"alg": "EdDSA"})),
        "a later end": bind(f"{head}.{write_json(more)}.{signature}"),
        "the signature in DER": bind(
            f"{head}.{body}.{base64url(bytes([0x30, 0x44, 2, 32]) + raw[:32] + bytes([2, 32]) + raw[32:])}"
        ),
        "half a signature": bind(f"{head}.{body}.{base64url(raw[:32])}"),
        "r = s = 0": bind(f"{head}.{body}.{base64url(bytes(64))}"),
        "r and s exchanged": bind(f"{head}.{body}.{base64url(raw[32:] + raw[:32])}"),
    }


def _altered() -> dict[str, str]:
    name = DISCLOSURES[0]
    nested: Any = "end"
    for _ in range(_DEEP):
        nested = {"in": nested}
    return {
        "another value": bind(make_jwt(), [disclose("name", "别人")]),
        "another salt": bind(make_jwt(), [write_json(["AAAAAAAAAAAAAAAAAAAAAA", "name", "陈新"])]),
        "another way to write it": bind(
            make_jwt(), [base64url(json.dumps(json.loads(base64.urlsafe_b64decode(name + "==")), indent=1).encode())]
        ),
        "one that nobody signed": bind(make_jwt(), [*DISCLOSURES, disclose("vip", "yes")]),
        "of another credential": bind(make_jwt({"_sd": [DECOY]})),
        "shown twice": bind(make_jwt(), [name, name]),
        "its digest stands twice": bind(make_jwt({"_sd": [digest(name), digest(name)]}), [name]),
        "a decoy stands twice": bind(make_jwt({"_sd": [DECOY, DECOY]}), []),
        "its digest stands elsewhere too": bind(
            make_jwt({"_sd": [digest(name)], "other": {"_sd": [digest(name)]}}), [name]
        ),
        "digests that are no list": bind(make_jwt({"_sd": digest(name)}), [name]),
        "a digest that is a number": bind(make_jwt({"_sd": [7]}), []),
        **{f"signed, but {why}": _show_alone(text) for why, text in _MISMADE.items()},
        "signed, of a claim that is there": bind(make_jwt({"name": "陈新", "_sd": [digest(name)]}), [name]),
        "signed, of a name that is there by another": _show_alone(disclose("name", "甲"), disclose("name", "乙")),
        "an array's element for a field": bind(make_jwt({"list": [{"...": digest(name)}], "_sd": None}), [name]),
        "a field for an array's element": _show_alone(disclose("甲")),
        "the name of elements at the top": bind(make_jwt({"...": digest(name)}), [name]),
        "nested too deep": bind(make_jwt({"nested": nested}), []),
        "disclosed too deep": _show_alone(disclose("nested", nested)),
        "disclosures within disclosures too deep": _show_chain(),
    }


_MISMADE = {
    "no JSON": base64url(b"["),
    "no array": write_json({"name": "陈新"}),
    "two parts": write_json(["salt", "name"]),
    "four parts": write_json(["salt", "name", "陈新", "more"]),
    "a name that is a number": write_json(["salt", 7, "陈新"]),
    "the name of digests": write_json(["salt", "_sd", [DECOY]]),
    "the name of elements": write_json(["salt", "...", DECOY]),
    "a name that is a list": write_json(["salt", ["name"], "陈新"]),
    "JSON without end": base64url(b"[" * 3000),
    **{
        f"a hidden {name}": write_json(["salt", name, 1])
        for name in ("iss", "nbf", "exp", "vct", "cnf", "status", "vct#integrity")
    },
}


def _show_alone(*disclosures: str) -> str:
    """Disclosures that the issuer did sign, of claims that the credential has not else."""
    gone = {"nbf": None, "exp": None, "cnf": {"jwk": PHONE.jwk}, "status": None}
    return bind(make_jwt({**gone, "_sd": sorted(map(digest, disclosures))}), disclosures)


def _show_chain() -> str:
    """Each within the one before."""
    chain = [disclose("in", "end")]
    while len(chain) < _DEEP:
        chain.append(disclose("in", {"_sd": [digest(chain[-1])]}))
    return bind(make_jwt({"_sd": [digest(chain[-1])]}), chain)


def _early() -> dict[str, str]:
    return {
        "not before a time ahead": bind(make_jwt({"nbf": ISSUED + 31})),
        "issued ahead of now": bind(make_jwt({"iat": ISSUED + 31, "nbf": None})),
    }


def _late() -> dict[str, str]:
    return {
        "of the second in which it ends": bind(make_jwt({"exp": ISSUED})),
        "long expired": bind(make_jwt({"exp": 0})),
    }


def _unbound() -> dict[str, str]:
    return {
        "no key binding": bind(make_jwt()).rpartition("~")[0] + "~",
        "no key to be bound by": bind(make_jwt({"cnf": None})),
        "a key that is named, not given": bind(make_jwt({"cnf": {"kid": "phone"}})),
    }


def _misbound() -> dict[str, str]:
    jwt, good = make_jwt(), bind(make_jwt())
    head, body, signature = good.rpartition("~")[2].split(".")
    turned = base64url(turn_over(base64.urlsafe_b64decode(signature + "=="))[::-1])
    return {
        "by another key": bind(jwt, key=STRANGER),
        "by the issuer": bind(jwt, key=LICENCE),
        "another type": bind(jwt, header={"typ": "JWT"}),
        "no type": bind(jwt, header={"typ": None}),
        "no algorithm at all": bind(jwt, header={"alg": "none"}),
        "an HMAC": bind(jwt, header={"alg": "HS256"}),
        "an extension that must be understood": bind(jwt, header={"crit": ["x"], "x": 1}),
        "no time": bind(jwt, changes={"iat": None}),
        "no nonce": bind(jwt, changes={"nonce": None}),
        "no audience": bind(jwt, changes={"aud": None}),
        "a list of audiences": bind(jwt, changes={"aud": ["https://hotel.example"]}),
        "no hash": bind(jwt, changes={"sd_hash": None}),
        "of other disclosures": bind(jwt, DISCLOSURES[:1]).rpartition("~")[0] + "~" + bind(jwt).rpartition("~")[2],
        "with a disclosure left out": good.replace(f"~{DISCLOSURES[1]}~", "~"),
        "with a disclosure added": good.replace(f"{DISCLOSURES[1]}~", f"{DISCLOSURES[1]}~{DISCLOSURES[2]}~"),
        "in another order": good.replace("~".join(DISCLOSURES[:2]), "~".join(reversed(DISCLOSURES[:2]))),
        "of another credential of the same key": make_jwt({"exp": ISSUED + 9}) + "~" + good.split("~", 1)[1],
        "made 61 s ago": bind(jwt, changes={"iat": ISSUED - 61}),
        "made 31 s ahead": bind(jwt, changes={"iat": ISSUED + 31}),
        "a signature turned about": f"{good.rpartition('~')[0]}~{head}.{body}.{turned}",
        "a key on no curve": bind(make_jwt({"cnf": {"jwk": {**PHONE.jwk, "y": PHONE.jwk["x"]}}})),
        "a key of another curve": bind(make_jwt({"cnf": {"jwk": {**PHONE.jwk, "crv": "P-384"}}})),
        "half a key": bind(make_jwt({"cnf": {"jwk": {"kty": "EC", "crv": "P-256", "x": PHONE.jwk["x"]}}})),
        "a key of numbers": bind(make_jwt({"cnf": {"jwk": {"kty": "EC", "crv": "P-256", "x": 1, "y": 2}}})),
        "a symmetric key": bind(make_jwt({"cnf": {"jwk": {"kty": "oct", "k": "AA"}}})),
    }


def _other_nonces() -> dict[str, str]:
    return {name: bind(make_jwt(), changes={"nonce": nonce}) for name, nonce in {"another": "n-1", "empty": ""}.items()}


def _other_audiences() -> dict[str, str]:
    others = {"another": "https://hotel.example.org", "with a slash": "https://hotel.example/", "empty": ""}
    return {name: bind(make_jwt(), changes={"aud": audience}) for name, audience in others.items()}
