"""Of companies, and of acting for them."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {
    "enterprise-unknown": Meaning(
        404,
        "登记机关查无此企业",
        "The registry knows no such company",
        "请核对统一社会信用代码。",
        "Check the unified social credit code.",
    ),
    "enterprise-not-active": Meaning(
        409,
        "企业已注销或被吊销执照",
        "The company is deregistered, or its licence revoked",
        "请向登记机关查询企业状态。",
        "Ask the registry how the company stands.",
    ),
    "representative-not-confirmed": Meaning(
        403,
        "登记机关未确认您是法定代表人",
        "The registry does not confirm that you are the legal representative",
        "刚完成变更登记的，请待登记机关更新后重试；其他人员请由法定代表人授权。",
        "After a change, try again once the registry has it; otherwise ask the representative for a delegation.",
    ),
    "registry-not-offered": Meaning(
        422,
        "本地未接入企业登记核验",
        "No enterprise registry is connected here",
        "请到窗口办理。",
        "Go to a service window.",
    ),
    "delegation-closed": Meaning(
        409,
        "邀请或授权已结束",
        "The invitation or delegation is closed",
        "请法定代表人重新授权。",
        "Ask the representative for another one.",
    ),
}
