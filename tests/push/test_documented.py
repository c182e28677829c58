"""A table of each provider's documented answers: what each means for the message, its address and our configuration."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from push import alipay_answers, apns_answers, fcm_answers, wechat_answers
from push.notices import Fault, Refused, Retry, Unavailable
from push.sending import AddressDead, SendOutcome
from tests.push.documented import ALIPAY, APNS, FCM, WECHAT, ApnsCase, FcmCase

_RUNBOOK = Path(__file__).parents[2] / "docs" / "push.md"
_STATIC = re.compile(r"[A-Za-z]+(?:[._-][A-Za-z]+)*(?:-\d{1,6})?")


@pytest.mark.parametrize("case", APNS, ids=[f"{case.status}-{case.reason or 'alone'}" for case in APNS])
def test_apple(case: ApnsCase) -> None:
    told: dict[str, Any] = {"reason": case.reason} if case.reason else {}
    if case.timestamp is not None:
        told["timestamp"] = case.timestamp
    assert apns_answers.judge(case.status, msgspec.json.encode(told) if told else b"") == case.outcome


@pytest.mark.parametrize("case", FCM, ids=[f"{case.status}-{case.word}-{len(case.details)}" for case in FCM])
def test_firebase(case: FcmCase) -> None:
    error = {"code": case.status, "message": "…", "status": case.word, "details": case.details}
    body = msgspec.json.encode({"error": error}) if case.word else b"<html>"
    assert fcm_answers.judge(case.status, body, case.retry_after) == case.outcome


@pytest.mark.parametrize(("errcode", "outcome"), WECHAT)
def test_wechat(errcode: int, outcome: SendOutcome) -> None:
    assert wechat_answers.judge(errcode) == outcome


@pytest.mark.parametrize(("code", "sub_code", "outcome"), ALIPAY)
def test_alipay(code: str, sub_code: str, outcome: SendOutcome) -> None:
    assert alipay_answers.judge(code, sub_code) == outcome


def test_the_tables_say_all_that_the_clients_know() -> None:
    apns = {case.reason for case in APNS}
    known = apns_answers.MESSAGE | apns_answers.CONFIGURATION | apns_answers.BUSY | apns_answers.DEAD
    assert known <= apns
    wechat = {errcode for errcode, _ in WECHAT}
    assert wechat_answers.MESSAGE.keys() | wechat_answers.CONFIGURATION.keys() <= wechat
    assert wechat_answers.LIMITED.keys() | wechat_answers.HELD_BACK.keys() <= wechat
    alipay = {sub_code for _, sub_code, _ in ALIPAY}
    assert alipay >= alipay_answers.CONSENT | alipay_answers.MISMATCHED | alipay_answers.MESSAGE


def test_the_runbook_says_what_to_do_about_each_fault_of_ours() -> None:
    page = _RUNBOOK.read_text("utf-8").split("### At night")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ")]
    named = {word for row in rows for word in re.findall("`([^`]+)`", row)}
    families = (*(word.removesuffix("…") for word in named if word.endswith("…")), "status-")
    outcomes: list[SendOutcome] = [case.outcome for case in APNS] + [case.outcome for case in FCM]
    outcomes += [outcome for _, outcome in WECHAT] + [outcome for _, _, outcome in ALIPAY]
    faults = {outcome.reason for outcome in outcomes if isinstance(outcome, Fault)} - {"SOMETHING_NEW"}
    assert sorted(reason for reason in faults - named if not reason.startswith(families)) == []


_words = st.text(max_size=40)
_member = st.tuples(
    st.sampled_from(["@type", "errorCode", "violations", "fieldViolations"]), st.one_of(_words, st.none())
)
_details = st.lists(st.lists(_member, max_size=3).map(dict), max_size=3)


def _write_reason(reason: str) -> bytes:
    try:
        return msgspec.json.encode({"reason": reason})
    except UnicodeEncodeError:  # a lone surrogate, which no UTF-8 has
        return b""


@given(status=st.integers(201, 599), body=st.one_of(st.binary(), _words.map(_write_reason)))
def test_whatever_apple_may_answer_takes_no_address_away(status: int, body: bytes) -> None:
    outcome = apns_answers.judge(status, body)
    assert not isinstance(outcome, AddressDead) or status == 410
    _assert_static(outcome)


@settings(max_examples=50)
@given(status=st.integers(201, 599), word=st.text(st.characters(codec="utf-8")), details=_details)
def test_whatever_google_may_answer_takes_no_address_away(
    status: int, word: str, details: list[dict[str, Any]]
) -> None:
    try:
        body = msgspec.json.encode({"error": {"status": word, "details": details}})
    except UnicodeEncodeError:
        body = b"{}"
    outcome = fcm_answers.judge(status, body)
    assert not isinstance(outcome, AddressDead) or "UNREGISTERED" in repr(details)
    _assert_static(outcome)


@given(errcode=st.integers(-(10**9), 10**9))
def test_whatever_wechat_may_answer_has_a_static_reason(errcode: int) -> None:
    _assert_static(wechat_answers.judge(errcode))


@given(code=_words, sub_code=_words)
def test_whatever_alipay_may_answer_has_a_static_reason(code: str, sub_code: str) -> None:
    _assert_static(alipay_answers.judge(code, sub_code))


def _assert_static(outcome: SendOutcome) -> None:
    assert isinstance(outcome, Refused | Retry | Unavailable | Fault) or hasattr(outcome, "reason")
    assert _STATIC.fullmatch(getattr(outcome, "reason", ""))
