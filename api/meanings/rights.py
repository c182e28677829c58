"""Of a resident's rights: data, consents, leaving."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {
    "consent-not-switchable": Meaning(
        409,
        "此项授权不能直接开关",
        "This consent is given or taken back by another act",
        "实名授权通过实名核验给出；不再接受服务条款请注销账户。",
        "Prove your identity to give it; to end the terms of service, delete the account.",
    ),
    "proof-required": Meaning(
        403,
        "需要当场验证本人",
        "This takes a proof given just now",
        "请用本账户绑定的手机号或小程序重新验证后再试。",
        "Prove a login of this very account again, by its phone or mini-program, and repeat the request.",
    ),
    "role-held": Meaning(
        409,
        "您仍担任工作角色",
        "You still hold a role",
        "请先请运营方收回您的角色。",
        "Have an operator take your roles back first.",
    ),
    "venue-managed": Meaning(
        409,
        "您仍管理着场所",
        "You still manage a venue",
        "请先移交或关闭您管理的场所。",
        "Hand over or close the venues that you manage first.",
    ),
}
