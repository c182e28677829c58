"""Whoever knows a trusted installation's id can pass for it: no session learns another's."""

from __future__ import annotations

from tests.api.harness import Api, Session


async def test_a_newcomer_sees_its_own_session_alone(api: Api, resident: Session, newcomer: Session) -> None:
    listed = (await api.get("/v1/me/sessions", by=newcomer)).json()["items"]
    assert [item["current"] for item in listed] == [True]
    assert str(resident.installation_id) not in str(listed)


async def test_a_trusted_session_sees_the_others_without_their_installations(
    api: Api, resident: Session, newcomer: Session
) -> None:
    listed = (await api.get("/v1/me/sessions", by=resident)).json()["items"]
    assert {item["current"]: item["installation_id"] for item in listed} == {
        True: str(resident.installation_id),
        False: None,
    }
    assert str(newcomer.installation_id) not in str(listed)
