"""The stand-in refuses what the real gateway would, so that no mistake waits for production to be found."""

from __future__ import annotations

import multiprocessing
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.development.sms_gateway import SmsGatewayStandIn
from app.development.texts import SentText, TextFile
from push import acs3
from tests.harness.clock import Clock

RIGHT = {
    "PhoneNumbers": "13800138000",
    "SignName": "随行",
    "TemplateCode": "SMS_000000001",
    "TemplateParam": '{"code":"123456"}',
}


class Client:
    """Signs requests rightly, unless told to spoil something."""

    def __init__(self, stand_in: SmsGatewayStandIn, clock: Clock) -> None:
        self._stand_in = stand_in
        self._clock = clock
        self._nonces = iter(range(10_000))

    def send(
        self,
        parameters: dict[str, str] | None = None,
        *,
        method: str = "POST",
        body: bytes = b"",
        before: Callable[[dict[str, str]], object] = lambda _headers: None,
        after: Callable[[dict[str, str]], object] = lambda _headers: None,
        query: str | None = None,
    ) -> tuple[int, str]:
        """The status and code of the answer; `before` spoils the headers before they are signed, `after` afterwards."""
        written = acs3.write_query(RIGHT if parameters is None else parameters)
        headers = acs3.write_headers(
            action="SendSms",
            version="2017-05-25",
            host="127.0.0.1:8000",
            body=b"",
            at=self._clock.now,
            nonce=f"nonce-{next(self._nonces)}",
        )
        before(headers)
        signature = acs3.sign("POST", "/", written, headers, secret="secret")
        headers["authorization"] = acs3.authorize("key", headers, signature)
        after(headers)
        answer = self._stand_in.handle(method, "/", written if query is None else query, headers, body)
        return answer.status, msgspec.json.decode(answer.body)["Code"]


@pytest.fixture
def texts(tmp_path: Path) -> TextFile:
    return TextFile(tmp_path / "texts.jsonl")


@pytest.fixture
def client(texts: TextFile, clock: Clock) -> Client:
    stand_in = SmsGatewayStandIn(
        texts,
        access_key_id="key",
        access_key_secret="secret",
        sign_name="随行",
        template_code="SMS_000000001",
        warning_template_code="SMS_000000009",
        now=clock,
    )
    return Client(stand_in, clock)


def test_a_right_request_is_taken(client: Client, texts: TextFile, clock: Clock) -> None:
    assert client.send() == (200, "OK")
    [text] = texts.texts_to("+8613800138000")
    assert (text.otp, text.sent_at) == ("123456", clock.now)


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (lambda h: h.pop("authorization"), (400, "MissingAccessKeyId")),
        (lambda h: h.update({"authorization": "Bearer x"}), (400, "IncompleteSignature")),
        (
            lambda h: h.update({"authorization": h["authorization"].replace("key", "yek")}),
            (404, "InvalidAccessKeyId.NotFound"),
        ),
        (lambda h: h.update({"authorization": h["authorization"][:-1] + "g"}), (400, "IncompleteSignature")),
        (lambda h: h.update({"host": "elsewhere"}), (400, "SignatureDoesNotMatch")),
        (lambda h: h.update({"x-acs-date": "2026-01-01T00:00:00Z"}), (400, "SignatureDoesNotMatch")),
        (lambda h: h.update({"x-acs-extra": "unsigned"}), (400, "IncompleteSignature")),
        (lambda h: h.pop("x-acs-date"), (400, "IncompleteSignature")),
        (lambda h: h.update({"x-acs-action": "QuerySendDetails"}), (404, "InvalidAction.NotFound")),
        (lambda h: h.update({"x-acs-version": "2014-05-26"}), (400, "InvalidVersion")),
    ],
)
def test_headers_changed_after_signing(
    client: Client, texts: TextFile, spoil: Callable[[dict[str, str]], object], refusal: tuple[int, str]
) -> None:
    assert client.send(after=spoil) == refusal
    assert texts.texts_to("+8613800138000") == []


def test_headers_that_must_be_signed(client: Client) -> None:
    assert client.send(before=lambda h: h.pop("x-acs-signature-nonce")) == (400, "IncompleteSignature")
    assert client.send(before=lambda h: h.pop("host")) == (400, "IncompleteSignature")


def test_a_body_other_than_the_signed_one(client: Client) -> None:
    assert client.send(body=b"x") == (400, "SignatureDoesNotMatch")


def test_a_query_other_than_the_signed_one(client: Client) -> None:
    other = acs3.write_query(RIGHT | {"PhoneNumbers": "13800138001"})
    assert client.send(query=other) == (400, "SignatureDoesNotMatch")


def test_the_method_is_signed(client: Client) -> None:
    assert client.send(method="GET") == (405, "UnsupportedHTTPMethod")


def test_a_nonce_is_good_once_for_as_long_as_its_time_is(client: Client, clock: Clock) -> None:
    def reuse(headers: dict[str, str]) -> None:
        headers["x-acs-signature-nonce"] = "same"
        headers["x-acs-date"] = clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    assert client.send(before=reuse) == (200, "OK")
    assert client.send(before=reuse) == (400, "SignatureNonceUsed")
    clock.turn(minutes=31)
    assert client.send(before=reuse) == (200, "OK")


@pytest.mark.parametrize(
    ("minutes", "code"),
    [(-15, "OK"), (15, "OK"), (-15.1, "InvalidTimeStamp.Expired"), (15.1, "InvalidTimeStamp.Expired")],
)
def test_the_timestamp_has_a_window(client: Client, clock: Clock, minutes: float, code: str) -> None:
    date = (clock.now + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert client.send(before=lambda h: h.update({"x-acs-date": date}))[1] == code


def test_a_timestamp_of_another_form(client: Client) -> None:
    assert client.send(before=lambda h: h.update({"x-acs-date": "now"})) == (400, "InvalidTimeStamp.Format")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"PhoneNumbers": ""}, (400, "MissingPhoneNumbers")),
        ({"SignName": ""}, (400, "MissingSignName")),
        ({"TemplateCode": ""}, (400, "MissingTemplateCode")),
        ({"phoneNumbers": "13800138000"}, (400, "InvalidParameter")),
        ({"SignName": "别的"}, (200, "isv.SMS_SIGNATURE_ILLEGAL")),
        ({"TemplateCode": "SMS_1"}, (200, "isv.SMS_TEMPLATE_ILLEGAL")),
        ({"PhoneNumbers": "12800138000"}, (200, "isv.MOBILE_NUMBER_ILLEGAL")),
        ({"PhoneNumbers": "13800138000,13800138001"}, (200, "isv.MOBILE_NUMBER_ILLEGAL")),
        ({"TemplateParam": ""}, (200, "isv.INVALID_JSON_PARAM")),
        ({"TemplateParam": '{"code":123456}'}, (200, "isv.INVALID_JSON_PARAM")),
        ({"TemplateParam": "{}"}, (200, "isv.TEMPLATE_MISSING_PARAMETERS")),
        ({"TemplateParam": '{"code":"1234567"}'}, (200, "isv.PARAM_LENGTH_LIMIT")),
    ],
)
def test_parameters(client: Client, change: dict[str, str], refusal: tuple[int, str]) -> None:
    assert client.send(RIGHT | change) == refusal


@pytest.mark.parametrize("phone", ["+13800138000", "+8613800138000", "8613800138000", "008613800138000", "13800138000"])
def test_each_documented_way_to_write_a_number(client: Client, texts: TextFile, phone: str) -> None:
    assert client.send(RIGHT | {"PhoneNumbers": phone}) == (200, "OK")
    assert len(texts.texts_to("+8613800138000")) == 1


@pytest.mark.parametrize("query", ["a", "a=1&a=2", "%ff=1"])
def test_a_query_that_is_none(client: Client, query: str) -> None:
    assert client.send(query=query) == (400, "InvalidParameter")


def make_text(number: int, clock: Clock) -> SentText:
    return SentText("+8613800138000", f"text {number}", f"{number:06}", clock.now)


def test_the_file_is_the_owners_alone_and_stays_short(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "texts.jsonl"
    file = TextFile(path, kept=10)
    for number in range(95):
        file.append(make_text(number, clock))
        assert len(path.read_bytes().splitlines()) <= 20
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    newest = [text.otp for text in file.texts_to("+8613800138000")]
    assert newest[:10] == [f"{number:06}" for number in range(94, 84, -1)]
    assert file.texts_to("+8613800138001") == []


def test_a_line_cut_short_hides_no_other(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "texts.jsonl"
    file = TextFile(path)
    assert file.texts_to("+8613800138000") == []
    file.append(make_text(1, clock))
    with path.open("ab") as raw:
        raw.write(b'{"to": "+86138\n')
    file.append(make_text(2, clock))
    assert [text.otp for text in file.texts_to("+8613800138000")] == ["000002", "000001"]


def _append_many(path: Path, first: int) -> None:
    clock: Any = Clock()
    file = TextFile(path, kept=1000)
    for number in range(first, first + 200):
        file.append(make_text(number, clock))


def test_processes_share_the_file(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_append_many, args=(path, 1000 * n)) for n in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert len({text.otp for text in TextFile(path).texts_to("+8613800138000")}) == 600
