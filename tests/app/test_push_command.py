"""`suixing push check`: each provider is asked before the workers find out."""

from __future__ import annotations

from pathlib import Path

from tests.harness.commanding import Suixing


async def test_what_is_not_reached_is_said_and_the_command_fails(
    suixing: Suixing, tmp_path: Path, unused_tcp_port: int
) -> None:
    settings = {"SUIXING_DATA": str(tmp_path), "SUIXING_PORT": str(unused_tcp_port)}
    code, said, _ = await suixing("push", "check", **settings)
    lines = said.splitlines()
    assert (code, len(lines)) == (1, 6)
    assert lines[0] == "apns cn.example.suixing production: does not take us (unreachable)"
    assert all("does not take us" in line for line in lines)


async def test_where_nothing_is_set_up_nothing_is_asked(suixing: Suixing, tmp_path: Path) -> None:
    (tmp_path / "push.json").write_text("{}")
    code, said, complaint = await suixing(
        "push", "check", SUIXING_DATA=str(tmp_path), SUIXING_PUSH=str(tmp_path / "push.json")
    )
    assert (code, said) == (1, "")
    assert "nothing is set up" in complaint
