from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sealing import DataKey, UnsealingError, Vault, number_of_master
from app.secrets import Secret, Secrets
from tests.harness.clock import Clock

_OLD, _NEW = Secret(1, bytes(range(32))), Secret(2, bytes(range(32, 64)))
_OTHER = Secret(1, bytes(32))


def make_vault(*secrets: Secret) -> Vault:
    """A vault whose master and index keys are these, newest first."""
    return Vault(Secrets(development=True, master=secrets, index=secrets, token=secrets))


@given(st.text(), st.text(max_size=20))
def test_what_is_sealed_opens_again(plain: str, field: str) -> None:
    key = DataKey(bytes(range(32)))
    sealed = key.seal(plain, field)
    assert key.open(sealed, field) == plain
    if len(plain.encode()) > 3:
        assert plain.encode() not in sealed


def test_the_same_is_never_sealed_the_same() -> None:
    key = DataKey(bytes(32))
    assert len({key.seal("张三", "name") for _ in range(1000)}) == 1000


@given(st.data())
def test_any_altered_bit_is_seen(data: st.DataObject) -> None:
    key = DataKey(bytes(32))
    sealed = bytearray(key.seal("13800000000", "phone"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(UnsealingError):
        key.open(bytes(sealed), "phone")


@given(st.binary(max_size=40))
def test_no_bytes_break_it(sealed: bytes) -> None:
    with pytest.raises(UnsealingError):
        DataKey(bytes(32)).open(sealed, "phone")


def test_a_field_is_not_another() -> None:
    key = DataKey(bytes(32))
    with pytest.raises(UnsealingError, match="a sealed phone does not open"):
        key.open(key.seal("张三", "name"), "phone")


def test_a_residents_key_opens_for_that_resident_alone() -> None:
    vault, owner = make_vault(_OLD), uuid4()
    key, wrapped = vault.create_data_key(owner)
    assert vault.open_data_key(wrapped, owner).raw == key.raw
    with pytest.raises(UnsealingError):
        vault.open_data_key(wrapped, uuid4())


def test_residents_have_keys_of_their_own() -> None:
    vault, owner = make_vault(_OLD), uuid4()
    assert vault.create_data_key(owner)[0].raw != vault.create_data_key(owner)[0].raw


def test_another_deployments_master_opens_nothing() -> None:
    owner = uuid4()
    _, wrapped = make_vault(_OLD).create_data_key(owner)
    with pytest.raises(UnsealingError, match="does not open under its master key"):
        make_vault(_OTHER).open_data_key(wrapped, owner)


def test_master_keys_rotate() -> None:
    owner = uuid4()
    before, rotating, after = make_vault(_OLD), make_vault(_NEW, _OLD), make_vault(_NEW)
    key, wrapped = before.create_data_key(owner)
    assert rotating.open_data_key(wrapped, owner).raw == key.raw
    rewrapped = rotating.rewrap(wrapped, owner)
    assert after.open_data_key(rewrapped, owner).raw == key.raw
    with pytest.raises(UnsealingError, match="master key 1 is not in the keys folder"):
        after.open_data_key(wrapped, owner)


@given(st.binary(max_size=80))
def test_no_bytes_break_a_vault(wrapped: bytes) -> None:
    with pytest.raises(UnsealingError):
        make_vault(_OLD).open_data_key(wrapped, UUID(int=1))


def test_what_belongs_to_no_resident_is_bound_to_its_place() -> None:
    vault = make_vault(_OLD)
    sealed = vault.seal(b"123456", "otp:1")
    assert vault.open(sealed, "otp:1") == b"123456"
    with pytest.raises(UnsealingError):
        vault.open(sealed, "otp:2")


def test_an_index_finds_again_and_tells_nothing() -> None:
    vault = make_vault(_OLD)
    assert vault.index("phone", "+8613800000000") == make_vault(_OLD).index("phone", "+8613800000000")
    others = [
        vault.index("phone", "+8613800000001"),
        vault.index("id_number", "+8613800000000"),
        make_vault(_OTHER).index("phone", "+8613800000000"),
    ]
    assert vault.index("phone", "+8613800000000") not in others
    assert len(vault.index("phone", "")) == 32


@given(st.text(), st.text())
def test_field_and_value_cannot_be_shifted(field: str, value: str) -> None:
    """The same letters divided elsewhere are another index; fields are the program's own and hold no NUL."""
    vault = make_vault(_OLD)
    assert vault.index("phone", f"{field}{value}") != vault.index(f"phone{field}", value) or not field


def test_index_keys_rotate() -> None:
    before, rotating = make_vault(_OLD), make_vault(_NEW, _OLD)
    retired = make_vault(_NEW, msgspec.structs.replace(_OLD, retired=True))
    newer, older = rotating.indexes("phone", "+8613800000000")
    assert older == before.index("phone", "+8613800000000")
    assert rotating.index("phone", "+8613800000000") == older, "a server that does not know the newer key finds it"
    assert before.follow_index(older) is None
    assert rotating.follow_index(older) == newer, "without knowing the phone"
    assert rotating.follow_index(newer) is None
    assert retired.indexes("phone", "+8613800000000") == [newer]
    assert retired.every_index("phone", "+8613800000000") == [newer, older]
    assert (retired.is_retired(older), retired.is_retired(newer)) == (True, False)


def test_a_key_to_come_only_reads(clock: Clock) -> None:
    owner = uuid4()
    coming = msgspec.structs.replace(_NEW, makes_from=clock.now + timedelta(hours=1))
    secrets = Secrets(development=True, master=(coming, _OLD), index=(_OLD,), token=(_OLD,))
    vault = Vault(secrets, lambda: clock.now)
    _, wrapped = vault.create_data_key(owner)
    assert number_of_master(wrapped) == 1
    clock.turn(3600)
    assert number_of_master(vault.rewrap(wrapped, owner)) == 2
