"""Lines of a registry's file: read, held to the rules, and sealed for the depot, before any database is asked.

Both forms have the names of GB/T 36903, and the kind's own fields beside them: NDJSON an object of texts a line, CSV
(RFC 4180) a header and a record a line; a picture is base64.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from app.enterprises.credit_codes import read_credit_code
from app.errors import InvalidError
from app.identity.numbers import read_id_number
from app.licences.depot import Deposited, index_holder, index_holder_lastingly, seal_deposited
from app.licences.depot_store import DepotRow
from app.licences.keeping import name_licence
from app.licences.model import FieldKind, HolderKind, LicenceType
from app.licences.registries import RegistryEntry
from app.licences.registry import HOLDER_CODES, LARGEST_FILE
from app.licences.told import UnfitError, make_told, read_pasted_picture
from app.loading.files import Refusal
from app.loading.running import Prepared
from app.sealing import DataKey, Vault

Form: TypeAlias = Literal["csv", "ndjson"]
LONGEST_LINE = LARGEST_FILE * 2
"""With a picture in it."""

_decode = msgspec.json.Decoder(dict[str, str]).decode


class DepositLine(NamedTuple):
    """A line that is good: what goes into the depot, and how its holder is found among those who have a wallet."""

    line_no: int
    row: DepotRow
    holder_indexes: list[bytes]
    company_id: UUID | None


class RowReader:
    """Reads lines of one registry's file; `kinds` by the codes that the registry knows them by."""

    def __init__(self, vault: Vault, key: DataKey, registry: RegistryEntry, kinds: Mapping[str, LicenceType]) -> None:
        self._vault = vault
        self._key = key
        self._registry = registry
        self._kinds = kinds

    def prepare(
        self, lines: Sequence[tuple[int, bytes]], parse: Callable[[bytes], Mapping[str, str]], now: datetime
    ) -> Prepared[DepositLine]:
        """Of two lines about one licence the newer word counts."""
        taken: dict[tuple[bytes, bytes], DepositLine] = {}
        refusals: list[Refusal] = []
        for line_no, text in lines:
            try:
                line = self._read(line_no, parse(text), now)
            except UnfitError as error:
                refusals.append(Refusal(line_no, "invalid-request", f"/{error.field}" if error.field else ""))
                continue
            place = line.row.holder_index, line.row.identifier_index
            known = taken.get(place)
            if known is not None and known.row.changed_at > line.row.changed_at:
                refusals.append(refuse_older(line_no))
                continue
            if known is not None:
                refusals.append(refuse_older(known.line_no))
            taken[place] = line
        return Prepared([taken[place] for place in sorted(taken)], refusals)

    def _read(self, line_no: int, named: Mapping[str, str], now: datetime) -> DepositLine:
        kind = self._kinds.get(named.get("ZZLXDM", ""))
        if kind is None:
            raise UnfitError("ZZLXDM")
        code, company_id = _read_holder(self._registry.holder, named, now)
        for field in kind.fields:
            if field.kind is FieldKind.IMAGE and named.get(field.source):
                read_pasted_picture(named[field.source], field.source)
        told = make_told(kind, self._registry.id, named)
        vault, holder = self._vault, self._registry.holder
        row = DepotRow(
            holder_index=index_holder_lastingly(vault, holder, code),
            identifier_index=vault.lasting_index("licence", name_licence(told.source, told.content.identifier)),
            sealed_licence=seal_deposited(self._key, Deposited(code, told)),
            changed_at=told.changed_at,
        )
        return DepositLine(line_no, row, index_holder(vault, holder, code), company_id)


def refuse_older(line_no: int) -> Refusal:
    """Something newer is known of the licence."""
    return Refusal(line_no, "older-than-known", "/BGSJ")


def _read_holder(kind: HolderKind, named: Mapping[str, str], now: datetime) -> tuple[str, UUID | None]:
    """The holder's code as it is looked for, and a company's id."""
    if named.get("CZZTDMLX") != HOLDER_CODES[kind]:
        raise UnfitError("CZZTDMLX")
    code = named.get("CZZTDM", "")
    try:
        if kind is HolderKind.COMPANY:
            read = read_credit_code(code)
            return read.text, read.company_id
        return read_id_number(code, now).text, None
    except InvalidError:
        raise UnfitError("CZZTDM") from None


def parse_object(text: bytes) -> Mapping[str, str]:
    """A line of NDJSON; raises UnfitError."""
    if len(text) > LONGEST_LINE:
        raise UnfitError("")
    try:
        return _decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise UnfitError("") from None


class RecordParser:
    """A line of CSV by its file's header; a record that goes on in the next line is refused."""

    def __init__(self, header: bytes) -> None:
        csv.field_size_limit(LONGEST_LINE)
        self.columns = _split(header.removeprefix(b"\xef\xbb\xbf"))

    def __call__(self, text: bytes) -> Mapping[str, str]:
        if len(text) > LONGEST_LINE:
            raise UnfitError("")
        values = _split(text)
        if len(values) != len(self.columns):
            raise UnfitError("")
        return dict(zip(self.columns, values, strict=True))


def _split(text: bytes) -> list[str]:
    try:
        rows = list(csv.reader([text.decode()], strict=True))
    except (csv.Error, UnicodeDecodeError):
        raise UnfitError("") from None
    return rows[0] if len(rows) == 1 else []
