from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest

from app.errors import SettingsError
from app.secrets import Secret, Secrets, create_secrets, read_secrets

_CREATE = """
import sys
from pathlib import Path
from app.secrets import create_secrets
print(create_secrets(Path(sys.argv[1]), development=True).token[0].key.hex())
"""


def test_what_is_made_is_read_again(tmp_path: Path) -> None:
    made = create_secrets(tmp_path / "keys", development=True)
    assert read_secrets(tmp_path / "keys") == made
    assert made.development
    keys = [secret.key for kind in (made.master, made.index, made.token) for secret in kind]
    assert {len(key) for key in keys} == {32}
    assert len(set(keys)) == 3


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    create_secrets(tmp_path / "keys", development=True)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["secrets.json"]
    assert (tmp_path / "keys" / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    first = create_secrets(tmp_path, development=False)
    assert create_secrets(tmp_path, development=True) == first


async def test_servers_that_start_together_share_one_file(tmp_path: Path) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _CREATE, tmp_path, cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]
    answers = {out for out, _ in await asyncio.gather(*(process.communicate() for process in processes))}
    assert answers == {read_secrets(tmp_path).token[0].key.hex().encode() + b"\n"}


def test_a_missing_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="suixing keys create"):
        read_secrets(tmp_path)


def test_a_file_open_to_others_is_refused(tmp_path: Path) -> None:
    create_secrets(tmp_path, development=True)
    (tmp_path / "secrets.json").chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_secrets(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"development": true, "master": [], "index": [], "token": []}',
        b'{"development": true, "master": [{"number": 1, "key": "c2hvcnQ="}], "index": [], "token": []}',
    ],
)
def test_a_damaged_file_is_said_plainly(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secrets.json").touch(mode=0o600)
    (tmp_path / "secrets.json").write_bytes(content)
    with pytest.raises(SettingsError, match="damaged"):
        read_secrets(tmp_path)


def test_a_word_that_is_not_known_is_refused(tmp_path: Path) -> None:
    """A misspelt kind of key must not be passed over."""
    create_secrets(tmp_path, development=True)
    path = tmp_path / "secrets.json"
    path.write_bytes(path.read_bytes().replace(b'"development"', b'"developement"'))
    with pytest.raises(SettingsError, match="damaged"):
        read_secrets(tmp_path)


def test_keys_are_as_long_as_aes_256_needs() -> None:
    good = (Secret(1, bytes(32)),)
    with pytest.raises(ValueError, match="32 bytes"):
        Secrets(development=True, master=(Secret(1, bytes(16)),), index=good, token=good)
    with pytest.raises(ValueError, match="at least one key"):
        Secrets(development=True, master=good, index=(), token=good)


def test_the_file_is_json_that_a_person_can_read(tmp_path: Path) -> None:
    create_secrets(tmp_path, development=True)
    content = (tmp_path / "secrets.json").read_bytes()
    assert msgspec.json.decode(content).keys() == {"development", "master", "index", "token"}
    assert content.count(b"\n") > 5
