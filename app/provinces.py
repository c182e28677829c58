"""The names of the country's 34 divisions of province level, by the first two digits of GB/T 2260 codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class ProvinceName(NamedTuple):
    """What people call a province, without its rank."""

    zh: str
    en: str


PROVINCES: Mapping[str, ProvinceName] = {
    "11": ProvinceName("北京", "Beijing"),
    "12": ProvinceName("天津", "Tianjin"),
    "13": ProvinceName("河北", "Hebei"),
    "14": ProvinceName("山西", "Shanxi"),
    "15": ProvinceName("内蒙古", "Inner Mongolia"),
    "21": ProvinceName("辽宁", "Liaoning"),
    "22": ProvinceName("吉林", "Jilin"),
    "23": ProvinceName("黑龙江", "Heilongjiang"),
    "31": ProvinceName("上海", "Shanghai"),
    "32": ProvinceName("江苏", "Jiangsu"),
    "33": ProvinceName("浙江", "Zhejiang"),
    "34": ProvinceName("安徽", "Anhui"),
    "35": ProvinceName("福建", "Fujian"),
    "36": ProvinceName("江西", "Jiangxi"),
    "37": ProvinceName("山东", "Shandong"),
    "41": ProvinceName("河南", "Henan"),
    "42": ProvinceName("湖北", "Hubei"),
    "43": ProvinceName("湖南", "Hunan"),
    "44": ProvinceName("广东", "Guangdong"),
    "45": ProvinceName("广西", "Guangxi"),
    "46": ProvinceName("海南", "Hainan"),
    "50": ProvinceName("重庆", "Chongqing"),
    "51": ProvinceName("四川", "Sichuan"),
    "52": ProvinceName("贵州", "Guizhou"),
    "53": ProvinceName("云南", "Yunnan"),
    "54": ProvinceName("西藏", "Tibet"),
    "61": ProvinceName("陕西", "Shaanxi"),
    "62": ProvinceName("甘肃", "Gansu"),
    "63": ProvinceName("青海", "Qinghai"),
    "64": ProvinceName("宁夏", "Ningxia"),
    "65": ProvinceName("新疆", "Xinjiang"),
    "71": ProvinceName("台湾", "Taiwan"),
    "81": ProvinceName("香港", "Hong Kong"),
    "82": ProvinceName("澳门", "Macao"),
}
