"""Of phones and mini-programs to which messages are pushed."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {
    "channel-not-offered": Meaning(
        409,
        "本服务未开通该推送渠道",
        "Messages are not pushed on this channel here",
        "站内消息照常；请换用其他渠道。",
        "The inbox has every message; use another channel.",
    ),
    "messages-consent-required": Meaning(
        403,
        "您尚未同意将消息提醒发送到该平台",
        "You have not agreed to notices of messages going to this platform",
        "请先同意“微信消息提醒”（messages-wechat）或“支付宝消息提醒”（messages-alipay）。",
        "Agree to `messages-wechat` or `messages-alipay` first; nothing goes there without it.",
    ),
    "platform-login-required": Meaning(
        409,
        "您尚未以该小程序的账号登录",
        "You have no login at this mini-program",
        "请先在该小程序内登录，或在登录方式中关联该账号。",
        "Log in in that mini-program, or link its account to your logins; then answer again.",
    ),
}
