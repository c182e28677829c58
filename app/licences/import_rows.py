"""Lines of a registry's file: read, held to the rules, and sealed for the depot, before any database is asked.

Both forms have the names of GB/T 36903, and the kind's own fields beside them: NDJSON an object of texts a line, CSV
(RFC 4180) a header and a record a line; a picture is base64.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from app.enterprises.credit_codes import read_credit_code
from app.errors import InvalidError
from app.identity.numbers import read_id_number
from app.licences.depot import Deposited, index_holder, seal_deposited
from app.licences.depot_store import DepotRows
from app.licences.keeping import name_licence
from app.licences.metadata import MetadataError, MetadataReader
from app.licences.model import HolderKind, LicenceType
from app.licences.registries import RegistryEntry
from app.licences.registry import HOLDER_CODES, LARGEST_FILE
from app.licences.told import make_told, read_moment
from app.loading.files import Refusal
from app.loading.running import Prepared
from app.sealing import DataKey, Vault
from app.secrets import read_secrets

Form: TypeAlias = Literal["csv", "ndjson"]
LONGEST_LINE = LARGEST_FILE * 2
"""With a picture in it."""

_decode = msgspec.json.Decoder(dict[str, str]).decode


class LineError(Exception):
    """A line that is none; nothing of it is repeated."""

    def __init__(self, pointer: str) -> None:
        super().__init__(pointer)
        self.pointer = pointer


class DepositLines(msgspec.Struct, frozen=True):
    """Lines that are good: what goes into the depot, and how holders are found among those who have a wallet."""

    line_nos: list[int]
    rows: DepotRows
    holders: list[list[bytes] | UUID]
    """A resident's indexes, or a company's id."""

    def __len__(self) -> int:
        return len(self.line_nos)


class _Line(NamedTuple):
    line_no: int
    holder_index: bytes
    identifier_index: bytes
    sealed: bytes
    changed_at: datetime
    holder: list[bytes] | UUID


Preparing: TypeAlias = Callable[[Sequence[tuple[int, bytes]], datetime], Prepared[DepositLines]]
"""Lines, with their numbers, made into rows and refusals."""


class RowReader:
    """Reads lines of one registry's file; `kinds` by the codes that the registry knows them by."""

    def __init__(self, vault: Vault, key: DataKey, registry: RegistryEntry, kinds: Mapping[str, LicenceType]) -> None:
        self._vault = vault
        self._key = key
        self._registry = registry
        self._readers = {code: MetadataReader(kind) for code, kind in kinds.items()}

    def prepare(
        self, lines: Sequence[tuple[int, bytes]], parse: Callable[[bytes], Mapping[str, str]], now: datetime
    ) -> Prepared[DepositLines]:
        """Of two lines about one licence the newer word counts."""
        taken: dict[tuple[bytes, bytes], _Line] = {}
        refusals: list[Refusal] = []
        for line_no, text in lines:
            try:
                line = self._read(line_no, parse(text), now)
            except LineError as error:
                refusals.append(Refusal(line_no, "invalid-request", error.pointer))
                continue
            except MetadataError as error:
                refusals.append(Refusal(line_no, error.fault.value, error.pointer))
                continue
            place = line.holder_index, line.identifier_index
            known = taken.get(place)
            if known is not None and known.changed_at > line.changed_at:
                refusals.append(refuse_older(line_no))
                continue
            if known is not None:
                refusals.append(refuse_older(known.line_no))
            taken[place] = line
        return Prepared(_to_columns([taken[place] for place in sorted(taken)]), refusals)

    def _read(self, line_no: int, named: Mapping[str, str], now: datetime) -> _Line:
        reader = self._readers.get(named.get("ZZLXDM", ""))
        if reader is None:
            raise LineError("/ZZLXDM")
        code, company_id = _read_holder(self._registry.holder, named, now)
        told = make_told(reader, self._registry.id, named, read_moment(named))
        vault = self._vault
        holder_indexes = index_holder(vault, self._registry.holder, code)
        return _Line(
            line_no,
            holder_index=vault.choose_lasting(holder_indexes),
            identifier_index=vault.lasting_index("licence", name_licence(told.source, told.content.identifier)),
            sealed=seal_deposited(self._key, Deposited(code, told)),
            changed_at=told.changed_at,
            holder=company_id or holder_indexes,
        )


def _to_columns(lines: Sequence[_Line]) -> DepositLines:
    rows = DepotRows(
        [line.holder_index for line in lines],
        [line.identifier_index for line in lines],
        [line.sealed for line in lines],
        [line.changed_at for line in lines],
    )
    return DepositLines([line.line_no for line in lines], rows, [line.holder for line in lines])


def make_preparing(
    vault: Vault, key: DataKey, registry: RegistryEntry, kinds: Mapping[str, LicenceType], header: bytes | None
) -> Preparing:
    """A function that prepares lines; of a CSV by its header, which is the first of them."""
    reader = RowReader(vault, key, registry, kinds)
    parse = parse_object if header is None else RecordParser(header)

    def prepare(lines: Sequence[tuple[int, bytes]], now: datetime) -> Prepared[DepositLines]:
        is_head = header is not None and bool(lines) and lines[0][0] == 1
        return reader.prepare(lines[1:] if is_head else lines, parse, now)

    return prepare


def begin_preparing(
    keys_folder: Path, raw_key: bytes, registry: RegistryEntry, kinds: Mapping[str, LicenceType], header: bytes | None
) -> Preparing:
    """The same in a process of its own, which reads the secrets itself."""
    return make_preparing(Vault(read_secrets(keys_folder)), DataKey(raw_key), registry, kinds, header)


def refuse_older(line_no: int) -> Refusal:
    """Something newer is known of the licence."""
    return Refusal(line_no, "older-than-known", "/BGSJ")


def _read_holder(kind: HolderKind, named: Mapping[str, str], now: datetime) -> tuple[str, UUID | None]:
    """The holder's code as it is looked for, and a company's id."""
    if named.get("CZZTDMLX") != HOLDER_CODES[kind]:
        raise LineError("/CZZTDMLX")
    code = named.get("CZZTDM", "")
    try:
        if kind is HolderKind.COMPANY:
            read = read_credit_code(code)
            return read.text, read.company_id
        return read_id_number(code, now).text, None
    except InvalidError:
        raise LineError("/CZZTDM") from None


def parse_object(text: bytes) -> Mapping[str, str]:
    """A line of NDJSON; raises LineError."""
    if len(text) > LONGEST_LINE:
        raise LineError("")
    try:
        return _decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise LineError("") from None


class RecordParser:
    """A line of CSV by its file's header; a record that goes on in the next line is refused."""

    def __init__(self, header: bytes) -> None:
        csv.field_size_limit(LONGEST_LINE)
        self.columns = _split(header.removeprefix(b"\xef\xbb\xbf"))

    def __call__(self, text: bytes) -> Mapping[str, str]:
        if len(text) > LONGEST_LINE:
            raise LineError("")
        values = _split(text)
        if len(values) != len(self.columns):
            raise LineError("")
        return dict(zip(self.columns, values, strict=True))


def _split(text: bytes) -> list[str]:
    try:
        rows = list(csv.reader([text.decode()], strict=True))
    except (csv.Error, UnicodeDecodeError):
        raise LineError("") from None
    return rows[0] if len(rows) == 1 else []
