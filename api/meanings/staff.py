"""Of those who run it."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

_ANOTHER = ("请由另一位有权限的工作人员处理。", "Let another operator decide.")

MEANINGS: Mapping[str, Meaning] = {
    "second-factor-required": Meaning(
        403,
        "需要二次验证",
        "A second factor is required",
        "请先完成二次验证；若尚未登记，请先登记。",
        "Open a staff session with your second factor; enrol one first if you have none.",
    ),
    "second-factor-wrong": Meaning(
        401, "二次验证未通过", "The second factor is not right", "请核对后重试。", "Check it and try again."
    ),
    "second-factor-locked": Meaning(
        429,
        "二次验证已暂时锁定",
        "The second factor is locked for a while",
        "请在提示的时间后重试，或请两位同事重置。",
        "Wait as long as Retry-After says, or have it reset by two colleagues.",
    ),
    "last-factor": Meaning(
        409,
        "不能移除唯一的验证方式",
        "The last factor cannot be removed",
        "请先登记另一种验证方式。",
        "Enrol another factor first.",
    ),
    "two-persons-required": Meaning(
        409,
        "此操作须由两人完成",
        "This takes two persons",
        "请提交申请，由另一位工作人员批准。",
        "Propose it, and let another person approve.",
    ),
    "own-proposal": Meaning(
        403, "不能批准与自己有关的申请", "One cannot decide on what one proposed or gains by", *_ANOTHER
    ),
    "own-role": Meaning(403, "不能给自己授权", "Nobody grants a role to themself", *_ANOTHER),
    "proposal-decided": Meaning(
        409, "申请已处理或已过期", "The proposal is decided or over", "请刷新列表。", "Look at the list again."
    ),
    "look-expired": Meaning(
        409, "查询已过期", "The look at this resident is over", "请重新查询并说明理由。", "Search again, with a reason."
    ),
    "venue-judged": Meaning(
        409, "场所状态已变更", "The venue's state has changed", "请刷新列表。", "Look at the list again."
    ),
    "campaign-state": Meaning(
        409,
        "群发任务的状态不允许此操作",
        "This cannot be done to the campaign as it stands",
        "请刷新列表；内容需要修改时，请另写一份。",
        "Look at the list again; to change what it says, write another.",
    ),
    "dispute-answered": Meaning(
        409, "异议已答复", "The dispute was answered already", "请刷新列表。", "Look at the list again."
    ),
}
