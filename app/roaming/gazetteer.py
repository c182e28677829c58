"""Public facts of each province: what its super-app is called, and which numbers help there.

A name is here where a public source vouches for it, and is missing where none did: no name is better than a wrong one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from app.licences.model import Bilingual
from app.provinces import PROVINCES


class SuperApp(msgspec.Struct, frozen=True):
    """The one app by which a province's public services are reached."""

    name: Bilingual
    source: str
    """Who says so in public."""


class NumberKind(StrEnum):
    """Whether somebody is in danger, or has a question."""

    EMERGENCY = "emergency"
    HOTLINE = "hotline"


class PhoneNumber(msgspec.Struct, frozen=True):
    """A number as it is dialled by a phone that is there."""

    number: str
    kind: NumberKind
    name: Bilingual


def _app(zh: str, en: str, source: str) -> SuperApp:
    return SuperApp(Bilingual(zh, en), source)


SUPER_APPS: Mapping[str, SuperApp] = {
    "13": _app("冀时办", "Jishiban", "河北日报 2023-11-17, http://e-gov.org.cn/article-187037.html"),
    "15": _app("蒙速办", "Mengsuban", "内蒙古自治区政务服务局, http://www.northnews.cn/p/2199244.html"),
    "21": _app("辽事通", "Liaoshitong", "辽新疫防指办明电〔2020〕29号"),
    "22": _app("吉事办", "Jishiban", "http://dajilin.com/home/content/2023-08/09/content_832006.html"),
    "31": _app("随申办", "Suishenban", "https://zwdt.sh.gov.cn"),
    "32": _app("苏服办", "Sufuban", "江苏省数据局等《关于进一步提升政务服务管理质效的若干措施》(2025)"),
    "33": _app("浙里办", "Zheliban", "http://news.66wz.com/system/2020/02/16/105235675.shtml"),
    "34": _app("皖事通", "Wanshitong", "安徽省政府办公厅《关于推深做实7×24小时不打烊“随时办”服务的实施意见》(2020)"),
    "36": _app("赣服通", "Ganfutong", "《江西省“赣服通”移动政务服务平台运行管理暂行办法》(2025)"),
    "42": _app("鄂汇办", "Ehuiban", "湖北日报 2022-03-22, http://cqtresearch.com/news/jujiao/2022/0322/112365.html"),
    "44": _app("粤省事", "Yueshengshi", "广东省政务服务数据管理局 2021-02-04"),
    "50": _app("渝快办", "Yukuaiban", "重庆市政府办公厅, http://cnies.com/zhcs1.php?id=6898"),
    "51": _app("天府通办", "Tianfu Tongban", "乐山日报 2021-01-21"),
    "53": _app("办事通", "Banshitong", "《云南省政务服务平台移动端建设工作方案》(2022)"),
    "61": _app("秦务员", "Qinwuyuan", "陕政办发〔2023〕1号"),
    "81": _app("智方便", "iAM Smart", "https://www.iamsmart.gov.hk"),
    "82": _app("一户通", "Macao One Account", "https://www.gov.mo/zh-hans/services/ps-1047/"),
}


def _urgent(number: str, zh: str, en: str) -> PhoneNumber:
    return PhoneNumber(number, NumberKind.EMERGENCY, Bilingual(zh, en))


def _hotline(number: str, zh: str, en: str) -> PhoneNumber:
    return PhoneNumber(number, NumberKind.HOTLINE, Bilingual(zh, en))


# 国办发〔2020〕53号 names the emergency numbers, which stay, and the hotline that took the place of all others;
# https://www.12306.cn names its own.
_MAINLAND = (
    _urgent("110", "报警", "Police"),
    _urgent("119", "火警", "Fire"),
    _urgent("120", "急救", "Ambulance"),
    _urgent("122", "交通事故", "Road accidents"),
    _hotline("12345", "政务热线", "Government services"),
    _hotline("12306", "铁路客服", "Railways"),
)
_ELSEWHERE: Mapping[str, tuple[PhoneNumber, ...]] = {
    # The Ministry of the Interior there; 1999 is answered by the city or county that one is in.
    "71": (
        _urgent("110", "报警", "Police"),
        _urgent("119", "火警与急救", "Fire and ambulance"),
        _hotline("1999", "县市民众服务", "City and county services"),
    ),
    # https://www.police.gov.hk and https://www.1823.gov.hk
    "81": (
        _urgent("999", "报警、火警与急救", "Police, fire and ambulance"),
        _hotline("1823", "政府热线", "Government hotline"),
    ),
    # https://www.fsm.gov.mo/psp and https://www.gov.mo
    "82": (
        _urgent("999", "报警、火警与急救", "Police, fire and ambulance"),
        _hotline("+853 8866 8866", "政府资讯中心", "Government information"),
    ),
}

NUMBERS: Mapping[str, tuple[PhoneNumber, ...]] = {code: _ELSEWHERE.get(code, _MAINLAND) for code in PROVINCES}
"""Of each province, those for emergencies first."""
