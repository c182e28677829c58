"""Which licences the demo's people and companies have, and what stands in them: all of it is invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec


class Sample(msgspec.Struct, frozen=True):
    """One licence of a demo holder."""

    type_id: str
    issuer: str
    issued_on: date
    valid_until: date | None = None
    standing: str = "10"
    changed_on: date | None = None
    number: str = ""
    """With {serial}; empty: the holder's own code."""
    version: int = 1
    fields: Mapping[str, str] = {}


PERSON_SAMPLES: Mapping[str, str] = {
    "KZ_MZ": "汉",
    "KZ_GJ": "中国",
    "KZ_JG": "示范区",
    "KZ_CSD": "示范区",
    "KZ_HB": "家庭户",
    "KZ_YHZGX": "户主",
    "KZ_WHCD": "大学本科",
    "KZ_HJDZ": "示范县随行村1号（虚构）",
    "KZ_JZDZ": "示范区随行路1号（虚构）",
}
"""What several kinds have a place for, where nothing closer is known."""

_POLICE, _TRAFFIC_POLICE, _CIVIL = "示范区公安局", "示范市公安局交通警察支队", "示范区民政局"
_LAND, _MARKET = "示范市自然资源和规划局", "示范区市场监督管理局"


def _identity(issued: int, years: int | None = 20) -> Sample:
    until = date(issued + years, 5, 9) if years else None
    return Sample("resident-identity-card", _POLICE, date(issued, 5, 10), until)


def _household() -> Sample:
    return Sample("household-register", _POLICE, date(2015, 3, 2), number="H{serial}")


def _social(issued: int) -> Sample:
    return Sample(
        "social-security-card",
        "示范省人力资源和社会保障厅",
        date(issued, 9, 1),
        date(issued + 10, 8, 31),
        number="D{serial}7",
        fields={"KZ_FKD": "示范市", "KZ_FWYH": "示范银行"},
    )


def _medical() -> Sample:
    fields = {"KZ_CBD": "示范市", "KZ_XZLX": "职工基本医疗保险"}
    return Sample("medical-insurance-voucher", "示范省医疗保障局", date(2021, 1, 4), number="Y{serial}", fields=fields)


_DRIVING_STATES = {"10": "正常", "01": "注销", "02": "逾期未换证", "05": "吊销"}
"""What a driving licence says of itself, by how it stands."""


def _driving(
    issued: int, *, standing: str = "10", years: int = 10, version: int = 1, changed: date | None = None
) -> Sample:
    return Sample(
        "driving-licence",
        _TRAFFIC_POLICE,
        date(issued, 6, 15),
        date(issued + years, 6, 14),
        standing,
        changed,
        version=version,
        fields={
            "KZ_CCLZRQ": "2010-06-15",
            "KZ_ZJCX": "C1",
            "KZ_DABH": "310000012345",
            "KZ_LJJF": "3",
            "KZ_ZT": _DRIVING_STATES[standing],
        },
    )


def _vehicle(plate: str, *, standing: str = "10", changed: date | None = None) -> Sample:
    fields = {
        "KZ_CLLX": "小型轿车",
        "KZ_SYXZ": "非营运",
        "KZ_PPXH": "示范牌SX7000",
        "KZ_CLSBDH": "LSX00000000000001",
        "KZ_FDJHM": "SX000001",
        "KZ_ZCRQ": "2019-04-18",
        "KZ_HDZRS": "5人",
        "KZ_ZZL": "1890kg",
        "KZ_ZBZL": "1440kg",
        "KZ_WKCC": "4700×1820×1450mm",
        "KZ_JYYXQZ": "2027-04-30",
    }
    return Sample(
        "vehicle-licence",
        _TRAFFIC_POLICE,
        date(2019, 4, 18),
        None,
        standing,
        changed,
        number=plate,
        fields=fields,
    )


def _marriage(spouse: str, sex: str) -> Sample:
    fields = {"KZ_DJRQ": "2016-10-08", "KZ_POXM": spouse, "KZ_POXB": sex, "KZ_POGJ": "中国", "KZ_POCSRQ": "1989-02-03"}
    return Sample("marriage-certificate", _CIVIL, date(2016, 10, 8), number="J310101-2016-{serial}", fields=fields)


def _home(number: str, place: str, *, standing: str = "10", changed: date | None = None) -> Sample:
    fields = {
        "KZ_GYQK": "单独所有",
        "KZ_ZL": place,
        "KZ_BDCDYH": "310101001001GB00001F00010001",
        "KZ_QLLX": "国有建设用地使用权／房屋所有权",
        "KZ_QLXZ": "出让／市场化商品房",
        "KZ_YT": "住宅",
        "KZ_MJ": "89.50 平方米",
        "KZ_SYQX": "2008年起70年",
    }
    return Sample(
        "real-estate-certificate", _LAND, date(2018, 12, 20), None, standing, changed, number=number, fields=fields
    )


def _permit(*, standing: str = "10", changed: date | None = None) -> Sample:
    until = date(2026, 12, 31) if standing != "10" else date(2035, 12, 31)
    return Sample("residence-permit", _POLICE, date(2022, 2, 7), until, standing, changed, number="R{serial}")


def _teacher() -> Sample:
    fields = {"KZ_ZGZL": "高级中学教师资格", "KZ_RJXK": "地理"}
    return Sample("teacher-certificate", "示范市教育局", date(2013, 6, 28), number="20133100{serial}", fields=fields)


def _practitioner() -> Sample:
    fields = {"KZ_ZJCX": "C1", "KZ_CYZGLB": "巡游出租汽车驾驶员", "KZ_CCLZRQ": "2014-03-01"}
    return Sample(
        "road-transport-practitioner",
        "示范市交通运输局",
        date(2018, 3, 1),
        date(2024, 2, 29),
        "02",
        date(2024, 3, 1),
        number="C{serial}",
        fields=fields,
    )


def _birth() -> Sample:
    fields = {
        "KZ_CSSJ": "2001年09月11日08时15分",
        "KZ_CSDD": "示范市",
        "KZ_CSYZ": "39周",
        "KZ_CSTZ": "3200克",
        "KZ_CSSC": "50厘米",
        "KZ_JSJG": "示范市妇幼保健院",
        "KZ_MQXM": "林芳",
        "KZ_FQXM": "陈刚",
    }
    return Sample("birth-certificate", "示范市妇幼保健院", date(2001, 9, 14), number="B{serial}", fields=fields)


_ELDER = [
    Sample("senior-card", _CIVIL, date(2016, 4, 15), number="S{serial}"),
    Sample(
        "disability-card",
        "示范区残疾人联合会",
        date(2020, 8, 3),
        date(2030, 8, 2),
        number="{serial}44",
        fields={"KZ_CJLB": "肢体", "KZ_CJDJ": "四级"},
    ),
    Sample(
        "veteran-card",
        "示范区退役军人事务局",
        date(2022, 8, 1),
        date(2042, 7, 31),
        number="V{serial}",
        fields={"KZ_YDZLB": "退役军人", "KZ_SF": "示范省"},
    ),
]

HOLDINGS: list[list[Sample]] = [
    [
        _identity(2019), _household(), _driving(2024), _vehicle("示A·12345"), _practitioner(), _social(2020),
        _medical(), _marriage("赵晓", "女"), _home("（2018）示范不动产权第000001号", "示范区随行路10号101室（虚构）"),
        _teacher(), _permit(standing="03", changed=date(2025, 7, 1)),
    ],
    [
        _identity(2018), _household(), _driving(2020, standing="05", changed=date(2026, 3, 2)), _social(2019),
        _medical(), _marriage("钱文", "男"), _home("（2018）示范不动产权第000002号", "示范区随行路11号201室（虚构）"),
        _home("（2012）示范不动产权第000003号", "示范区随行路3号（虚构）", standing="03", changed=date(2023, 5, 6)),
        _teacher(), _permit(),
    ],
    [
        _identity(2016, None), _household(), _driving(2013, standing="02", changed=date(2023, 6, 15)),
        _vehicle("示A·54321", standing="03", changed=date(2024, 1, 9)), _social(2018), _medical(),
        _home("（2008）示范不动产权第000004号", "示范区随行路12号（虚构）"), *_ELDER,
    ],
    [
        _identity(2021, 10), _household(), _driving(2020, standing="01", years=6, changed=date(2026, 6, 15)),
        _driving(2026, version=2), _social(2021), _medical(), _permit(), _birth(),
    ],
]  # fmt: skip
"""Of the demo's residents, in their order."""

OTHERS = [_identity(2017), _social(2019), _medical()]
"""Of everybody else in the demo."""


def _company(type_id: str, issuer: str, number: str, years: int = 5, standing: str = "10", **fields: str) -> Sample:
    until = date(2025 + years, 4, 30) if years else None
    changed = date(2026, 5, 6) if standing != "10" else None
    said = {f"KZ_{name}": text for name, text in fields.items()}
    return Sample(type_id, issuer, date(2025, 5, 1), until, standing, changed, number=number, fields=said)


def _business() -> Sample:
    scope = "食品销售；餐饮服务；道路货物运输（均为虚构）"
    return _company(
        "business-licence", _MARKET, "", 0, LX="有限责任公司", JYFW=scope, ZCZB="壹佰万元整", CLRQ="2020-01-06"
    )


def _permits() -> list[Sample]:
    return [
        _company("food-business-permit", _MARKET, "JY1{serial}", ZTYT="餐饮服务经营者", JYXM="热食类食品制售"),
        _company("hygiene-permit", "示范区卫生健康委员会", "W{serial}", 4, XKXM="餐厅"),
        _company("restaurant-composite-licence", _MARKET, "Z{serial}", 0, HYLB="饭店", XKXX="食品经营；公共场所卫生"),
        _company("tobacco-retail-permit", "示范区烟草专卖局", "T{serial}", standing="04", XKFW="卷烟零售"),
        _company("convenience-store-composite-licence", _MARKET, "Z{serial}", 0, HYLB="便利店", XKXX="烟草零售"),
    ]


def _transport() -> list[Sample]:
    office = "示范市交通运输局"
    return [
        _company("road-transport-business", office, "D{serial}", 4, JYFW="道路普通货物运输"),
        _company("road-transport-vehicle", office, "C{serial}", 0, CLHP="示A·D0001", CLLX="厢式货车", DZW="2吨"),
    ]


def _premises() -> Sample:
    number, place = "（2025）示范不动产权第100001号", "示范区随行路100号（虚构）"
    said = {"GYQK": "单独所有", "ZL": place, "QLLX": "房屋所有权", "YT": "商业", "MJ": "210.00 平方米"}
    return _company("company-real-estate-certificate", _LAND, number, 0, **said)


COMPANY_SAMPLES: list[list[Sample]] = [
    [_business(), *_permits(), *_transport(), _premises()],
    [_business(), _company("food-business-permit", _MARKET, "JY1{serial}", standing="03", JYXM="预包装食品销售")],
]
"""Of the demo's companies, in their order."""
