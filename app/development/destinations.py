"""Offers that a development server makes up for provinces, and marks as made up."""

from __future__ import annotations

from functools import cache

from app.licences.model import Bilingual
from app.licences.types import read_shipped
from app.provinces import PROVINCES
from app.roaming.destinations import Offer, OfferedService, RecognisedLicence, Source

_DELTA = frozenset({"31", "32", "33", "34"})
_BEYOND = frozenset({"71", "81", "82"})
"""Other jurisdictions: what they would recognise is not for a demo to guess."""


def _service(name: str, zh: str, en: str, about_zh: str, about_en: str) -> OfferedService:
    return OfferedService(name, Bilingual(zh, en), Bilingual(about_zh, about_en))


_EVERYWHERE = (
    _service("transit", "乘车码", "Transit code", "刷码乘坐地铁、公交和轮渡", "Metro, buses and ferries by a code"),
    _service(
        "care-away",
        "异地就医",
        "Medical care away from home",
        "备案、定点医院与直接结算查询",
        "Filing, hospitals, bills settled at once",
    ),
    _service("sights", "景区与场馆预约", "Sights and museums", "预约名额与优待购票", "Places and reduced tickets"),
    _service("driving", "交通违法与停车", "Driving and parking", "查询处理违法、缴纳停车费", "Fines and parking fees"),
)
_IN_DELTA = (
    _service(
        "housing-fund",
        "公积金异地办理",
        "Housing fund",
        "异地购房提取与贷款证明",
        "Drawing on it for a home elsewhere",
    ),
    _service(
        "residence",
        "居住登记",
        "Residence",
        "登记住址、申领居住证",
        "Registering an address, a residence permit",
    ),
)
_LICENCES = (
    "resident-identity-card",
    "driving-licence",
    "vehicle-licence",
    "social-security-card",
    "medical-insurance-voucher",
)
_LICENCES_IN_DELTA = ("residence-permit", "marriage-certificate", "senior-card", "business-licence")


@cache
def _invent_offer(province: str) -> Offer | None:
    if province not in PROVINCES or province in _BEYOND:
        return None
    is_near = province in _DELTA
    kinds = read_shipped()
    licences = _LICENCES + (_LICENCES_IN_DELTA if is_near else ())
    return Offer(
        Source.DEMO,
        _EVERYWHERE + (_IN_DELTA if is_near else ()),
        tuple(RecognisedLicence(kind, kinds[kind].name) for kind in licences),
    )


class DemoDestinations:
    """Stands in for peers until provinces are joined."""

    async def get_offer(self, province: str, /) -> Offer | None:
        return _invent_offer(province)
