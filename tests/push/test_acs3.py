"""The signature against the worked example that Alibaba Cloud publishes, step by step, with its method."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from push import acs3

AT = datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC)
HEADERS = {
    "host": "ecs.cn-shanghai.aliyuncs.com",
    "x-acs-action": "RunInstances",
    "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "x-acs-date": "2023-10-26T10:22:32Z",
    "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    "x-acs-version": "2014-05-26",
}
PARAMETERS = {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
AUTHORIZATION = (
    "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
    "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
    "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
)


def write_example_headers(at: datetime) -> dict[str, str]:
    return acs3.write_headers(
        action="RunInstances",
        version="2014-05-26",
        host="ecs.cn-shanghai.aliyuncs.com",
        body=b"",
        at=at,
        nonce="3156853299f313e23d1673dc12e1703d",
    )


def test_the_published_example() -> None:
    query = acs3.write_query(PARAMETERS)
    assert query == "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
    assert write_example_headers(AT) == HEADERS
    signature = acs3.sign("POST", "/", query, HEADERS, secret="YourAccessKeySecret")
    assert acs3.authorize("YourAccessKeyId", HEADERS, signature) == AUTHORIZATION


def test_a_local_time_is_signed_as_the_same_moment() -> None:
    assert write_example_headers(AT.astimezone(timezone(timedelta(hours=8)))) == HEADERS


def test_what_the_method_says_of_encoding() -> None:
    assert acs3.write_query({"k": "v=a b*c~d/e+码"}) == "k=v%3Da%20b%2Ac~d%2Fe%2B%E7%A0%81"


@given(parameters=st.dictionaries(st.text(min_size=1), st.text()))
def test_a_query_is_sorted_and_reads_back(parameters: dict[str, str]) -> None:
    parameters = {k: v for k, v in parameters.items() if (k + v).isprintable()}
    query = acs3.write_query(parameters)
    assert dict(parse_qsl(query, keep_blank_values=True)) == parameters
    assert query.isascii()
    assert [k for k, _ in parse_qsl(query, keep_blank_values=True)] == sorted(parameters)
