"""Whom the stand-ins of the identity authorities know: the demo's people, an invented child, and anybody whose number
passes its checks.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from stdnum.iso7064 import mod_11_2

from app.demo import invent_people
from app.errors import InvalidError
from app.identity.model import AgeBand
from app.identity.names import compare_form
from app.identity.numbers import age_band_at, read_id_number, today

_CHILD = ("王小宝", 8)


class KnownPerson(msgspec.Struct, frozen=True):
    """Somebody plainly invented."""

    name: str
    phone: str
    id_number: str


class IdentityRegister:
    """A stand-in of the population register and of the carriers' lists."""

    def __init__(self, province: str, now: datetime) -> None:
        demo = [KnownPerson(one.name, one.phone, one.id_number) for one in invent_people(province)]
        self.people = [*demo, _invent_child(province, now)]
        self._by_number = {one.id_number: one for one in self.people}
        self._by_phone = {one.phone: one for one in self.people}

    def by_phone(self, phone: str) -> KnownPerson | None:
        return self._by_phone.get(phone)

    def by_number(self, id_number: str) -> KnownPerson | None:
        return self._by_number.get(id_number)

    def knows(self, name: str, id_number: str, now: datetime) -> bool:
        """Whether this number has this name; the number of nobody in particular may have any."""
        known = self._by_number.get(id_number)
        if known is not None:
            return compare_form(known.name) == compare_form(name)
        try:
            read_id_number(id_number, now)
        except InvalidError:
            return False
        return True

    def age_band(self, phone: str, now: datetime) -> AgeBand:
        """Of whoever has this phone; of nobody in particular, an adult's."""
        known = self._by_phone.get(phone)
        if known is None:
            return AgeBand.ADULT
        return age_band_at(read_id_number(known.id_number, now).birth_date, today(now))


def _invent_child(province: str, now: datetime) -> KnownPerson:
    name, age = _CHILD
    body = f"{province}0101{today(now).year - age}0101{999}"
    return KnownPerson(name, f"+86138{province}000099", body + mod_11_2.calc_check_digit(body))
