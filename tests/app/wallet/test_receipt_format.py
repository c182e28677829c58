"""A receipt is good as its province signed it, by a federation key that is not withdrawn, and in no other way."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from app.audit import Head, Proof
from app.audit.encoding import encode_leaf
from app.audit.heads import sign_head
from app.audit.merkle import find_path, find_root
from app.audit.signing import RingSigner
from app.cli import main
from app.wallet.errors import ReceiptInvalidError
from app.wallet.receipt_format import TYPE, Receipt, ReceiptVenue, keys_of_list, read_receipt, sign_receipt
from app.wallet.receipt_proofs import check_proof, write_proof
from app.wallet.receipts import check_receipt
from codes import KeyRing, KeyUse, TrustList, base64url, create_key_ring, read_trust_list, sign_trust_list

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
_COMMITMENT = bytes(range(32))


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return create_key_ring(tmp_path_factory.mktemp("keys"), "31", NOW - HOUR, development=True)


@pytest.fixture(scope="module")
def listed(ring: KeyRing) -> str:
    return sign_trust_list(ring, sequence=1, now=NOW, lifetime=timedelta(days=1))


@pytest.fixture(scope="module")
def trust(listed: str) -> TrustList:
    return read_trust_list(listed, now=NOW)


def make(**changes: Any) -> Receipt:
    """A receipt of a licence that a hotel was told of."""
    receipt = Receipt(
        iss="31",
        iat=int(NOW.timestamp()),
        access_id=UUID(int=1),
        recorded_at=NOW,
        venue=ReceiptVenue(UUID(int=2), "随行酒店", "31"),
        purpose="hotel-check-in",
        form="consent",
        licence_type="resident-identity-card",
        fields=["name", "id_number"],
        kept_until=NOW + timedelta(days=30),
        commitment=base64url.encode(_COMMITMENT),
        presentation=None,
    )
    return msgspec.structs.replace(receipt, **changes)


def sign_by(ring: KeyRing, use: KeyUse, claims: object, **header: Any) -> str:
    """Signed by whatever key, under whatever header."""
    epoch = ring.current(use, NOW)
    head = {"alg": "ES256", "kid": epoch.kid.hex(), "typ": TYPE} | header
    signed = ".".join(base64url.encode(msgspec.json.encode(part)) for part in (head, claims))
    return f"{signed}.{base64url.encode(epoch.sign(signed.encode()))}"


def why_refused(text: str, trust: TrustList, now: datetime = NOW) -> str:
    with pytest.raises(ReceiptInvalidError) as refused:
        read_receipt(text, keys_of_list(trust), now)
    return refused.value.detail


texts = st.text(max_size=30)
receipts = st.builds(
    make,
    access_id=st.uuids(),
    recorded_at=st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  bounds have none
    venue=st.builds(ReceiptVenue, st.uuids(), texts, st.sampled_from(["31", "32"])),
    purpose=texts,
    form=texts,
    licence_type=st.none() | texts,
    fields=st.lists(texts, max_size=5),
    kept_until=st.none() | st.just(NOW),
    presentation=st.none() | st.binary(min_size=32, max_size=32).map(base64url.encode),
)


@given(receipts)
def test_whatever_is_signed_is_read_as_it_was(ring: KeyRing, trust: TrustList, receipt: Receipt) -> None:
    assert read_receipt(sign_receipt(ring, receipt, NOW), keys_of_list(trust), NOW) == receipt


@given(st.data())
def test_no_character_can_be_another(ring: KeyRing, trust: TrustList, data: st.DataObject) -> None:
    text = sign_receipt(ring, make(), NOW)
    position = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[position]))
    changed = text[:position] + other + text[position + 1 :]
    try:
        assert read_receipt(changed, keys_of_list(trust), NOW) == make(), "only what is not signed may differ"
        assert changed.rpartition(".")[0] == text.rpartition(".")[0]
    except ReceiptInvalidError:
        pass


def test_a_library_of_others_reads_it(ring: KeyRing) -> None:
    text = sign_receipt(ring, make(), NOW)
    key: Any = ring.current(KeyUse.FEDERATION, NOW).public_key
    assert jwt.get_unverified_header(text)["typ"] == TYPE
    assert jwt.decode(text, key, algorithms=["ES256"], options={"verify_iat": False})["purpose"] == "hotel-check-in"


@pytest.mark.parametrize("use", [use for use in KeyUse if use is not KeyUse.FEDERATION])
def test_a_key_of_another_use_signs_none(ring: KeyRing, trust: TrustList, use: KeyUse) -> None:
    assert "No federation key" in why_refused(sign_by(ring, use, make()), trust)


def test_another_provinces_key_signs_none_in_this_ones_name(tmp_path: Path, trust: TrustList) -> None:
    other = create_key_ring(tmp_path, "32", NOW - HOUR, development=True)
    assert "No federation key" in why_refused(sign_receipt(other, make(), NOW), trust)
    theirs = read_trust_list(sign_trust_list(other, sequence=1, now=NOW, lifetime=HOUR), now=NOW)
    assert "No federation key" in why_refused(sign_receipt(other, make(), NOW), theirs)
    assert read_receipt(sign_receipt(other, make(iss="32"), NOW), keys_of_list(theirs), NOW).iss == "32"


@pytest.mark.parametrize(
    "header", [{"alg": "none"}, {"typ": "suixing-trust-list+jwt"}, {"crit": ["b64"]}, {"jwk": {}}, {"kid": "zz"}]
)
def test_no_other_header_will_do(ring: KeyRing, trust: TrustList, header: dict[str, Any]) -> None:
    assert why_refused(sign_by(ring, KeyUse.FEDERATION, make(), **header), trust) == "This is not a receipt."


@pytest.mark.parametrize(
    ("claims", "detail"),
    [
        (msgspec.to_builtins(make()) | {"version": 2, "iss": {}}, "later version"),
        (msgspec.to_builtins(make()) | {"version": "1"}, "not a receipt"),
        (msgspec.to_builtins(make()) | {"recorded_at": "2026-07-01T08:00:00"}, "not a receipt"),
        (msgspec.to_builtins(make()) | {"commitment": "short"}, "not a receipt"),
        (["version", 1], "not a receipt"),
        (msgspec.to_builtins(make(iat=int((NOW + HOUR).timestamp()))), "a time to come"),
        (msgspec.to_builtins(make(iat=int((NOW - 2 * HOUR).timestamp()))), "No federation key"),
        (msgspec.to_builtins(make(iat=253_402_300_799)), "No federation key"),
    ],
)
def test_claims_that_are_none_of_a_receipts(ring: KeyRing, trust: TrustList, claims: object, detail: str) -> None:
    assert detail in why_refused(sign_by(ring, KeyUse.FEDERATION, claims), trust)


def test_a_withdrawn_key_vouches_for_nothing(tmp_path: Path) -> None:
    ring = create_key_ring(tmp_path, "31", NOW - HOUR, development=True)
    before = read_trust_list(sign_trust_list(ring, sequence=1, now=NOW, lifetime=HOUR), now=NOW)
    text = sign_receipt(ring, make(), NOW)
    assert check_receipt(text, ring, before, NOW) == make()
    ring = ring.withdraw(ring.current(KeyUse.FEDERATION, NOW).kid, NOW)
    after = read_trust_list(sign_trust_list(ring, sequence=2, now=NOW, lifetime=HOUR), now=NOW)
    assert "No federation key" in why_refused(text, after)
    with pytest.raises(ReceiptInvalidError):
        check_receipt(text, ring, before, NOW)


def test_a_key_that_ended_vouches_for_its_time_where_its_province_is_asked(ring: KeyRing) -> None:
    text, later = sign_receipt(ring, make(), NOW), NOW + timedelta(days=4000)
    nothing = TrustList("31", 1, NOW, NOW, "", {use: {} for use in KeyUse})
    assert check_receipt(text, ring, nothing, later) == make()


def test_no_message_of_the_log_is_a_receipt_nor_the_other_way(ring: KeyRing) -> None:
    """Both are signed by one key: what is signed of a head begins with a byte that no receipt begins with."""
    text = sign_receipt(ring, make(), NOW)
    signer = RingSigner(ring, NOW)
    head = _prove(signer)[1].head
    signed, _, signature = text.rpartition(".")
    assert signer.verify(signer.kid, signed.encode(), base64url.decode(signature))
    assert signed.startswith("eyJ")
    from app.audit.heads import encode  # noqa: PLC0415

    assert 0x80 <= encode(head)[0] <= 0x9F


def _prove(signer: RingSigner, commitment: bytes = _COMMITMENT) -> tuple[list[bytes], Proof]:
    leaves = [
        encode_leaf("access", number, UUID(int=number), commitment if number == 1 else bytes(32)) for number in range(5)
    ]
    head: Head = sign_head(
        signer, batch_no=1, until_at=NOW, leaf_count=5, root=find_root(leaves), previous_head=bytes(32), now=NOW
    )
    return leaves, Proof(1, UUID(int=1), None, commitment, 1, find_path(leaves, 1), head)


_SPOILT: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("another look", lambda proof: proof.update(access_id=str(UUID(int=3)))),
    ("another look", lambda proof: proof.update(commitment="A" * 43)),
    ("does not lead", lambda proof: proof.update(subject_no="2")),
    ("does not lead", lambda proof: proof["path"].pop()),
    ("does not lead", lambda proof: proof["head"].update(batch_no=2)),
    ("signed the head", lambda proof: proof["head"].update(signature="A" * 86)),
    ("not the proof", lambda proof: proof["head"].update(root="=")),
    ("not the proof", dict.clear),
]


@pytest.mark.parametrize(("detail", "spoil"), _SPOILT)
def test_a_proof_is_of_this_look_in_this_log(
    ring: KeyRing, trust: TrustList, detail: str, spoil: Callable[[dict[str, Any]], object]
) -> None:
    _, proof = _prove(RingSigner(ring, NOW))
    written = msgspec.to_builtins(write_proof(proof))
    assert check_proof(make(), json.dumps(written), trust) == proof
    spoil(written)
    with pytest.raises(ReceiptInvalidError) as refused:
        check_proof(make(), json.dumps(written), trust)
    assert detail in refused.value.detail


def test_a_command_checks_one_by_files_alone(ring: KeyRing, listed: str, tmp_path: Path) -> None:
    trusted, proven = tmp_path / "trust.jws", tmp_path / "proof.json"
    trusted.write_text(listed)
    _, proof = _prove(RingSigner(ring, NOW))
    proven.write_bytes(msgspec.json.encode({"receipt": "", "proof": write_proof(proof)}))
    text, at = sign_receipt(ring, make(), NOW), ("--at", NOW.isoformat())
    run = CliRunner().invoke
    common = ("receipt", "verify", text, "--trust", str(trusted), *at)
    good = run(main, [*common, "--proof", str(proven), "--root", ring.root_fingerprint])
    assert good.exit_code == 0, good.output
    assert json.loads(good.output)["log"] == {"batch_no": 1, "head": proof.head.head.hex()}
    assert json.loads(good.output)["venue"]["name"] == "随行酒店"
    # As it was downloaded, with or without the place in the log.
    proven.write_text(json.dumps({"receipt": text, "claims": {}}), "utf-8")
    downloaded = run(main, ["receipt", "verify", str(proven), "--trust", str(trusted), *at])
    assert json.loads(downloaded.output)["venue"]["name"] == "随行酒店"
    # As a venue or a window saved it: a receipt for each look.
    proven.write_text(json.dumps({"items": [{"receipt": text}, {"receipt": text}]}), "utf-8")
    saved = run(main, ["receipt", "verify", str(proven), "--trust", str(trusted), *at])
    assert [one["venue"]["name"] for one in json.loads(saved.output)] == ["随行酒店", "随行酒店"]
    proven.write_text("{}", "utf-8")
    assert "holds no receipt" in run(main, ["receipt", "verify", str(proven), "--trust", str(trusted), *at]).output
    bad = run(main, ["receipt", "verify", text[:-9], "--trust", str(trusted), *at])
    assert (bad.exit_code, bad.output.partition(":")[0]) == (1, "receipt-invalid")
    other = run(main, [*common, "--root", "00"])
    assert (other.exit_code, other.output.partition("\n")[0]) == (1, "trust-list-root-unknown")
