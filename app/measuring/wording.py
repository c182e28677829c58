"""What an alarm says, in both languages: what is wrong, and what comes of it."""

from __future__ import annotations

from app.measuring.alarms import Alarm

_WORDS = {
    "database-away": (
        "PostgreSQL 无响应：登录与扫码均不可用。",
        "PostgreSQL does not answer: nobody logs in and nothing is scanned.",
    ),
    "endings-unknown": (
        "本服务进程已 {seconds} 秒不知道哪些登录已结束，停止签发服务码。",
        "For {seconds} s this server has not learnt which sessions ended, and issues no codes.",
    ),
    "workers-silent": (
        "没有后台进程在运行：短信、消息与查阅日志均停止。",
        "No worker is running: texts, messages and the access log stand still.",
    ),
    "trust-list-ending": (
        "信任列表将在 {hours} 小时后失效，届时各处不再认可本省服务码。",
        "The trust list ends in {hours} h; after that nobody accepts this province's codes.",
    ),
    "status-list-ending": (
        "状态列表 {subject} 将在 {hours} 小时后失效，届时离线终端不再知道哪些纸质码与证书已作废。",
        "Status list {subject} ends in {hours} h; after that gates without a network do not know what was revoked.",
    ),
    "keys-missing": (
        "本服务器的密钥目录缺少信任列表中的密钥 {subject}：请从另一台服务器复制。",
        "This server's keys folder lacks {subject} of the trust list: copy it from another server.",
    ),
    "audit-late": (
        "查阅日志已 {minutes} 分钟没有新的签名头。",
        "The access log has had no new signed head for {minutes} min.",
    ),
    "key-ending": (
        "{subject} 密钥将在 {days} 天后失效，需要轮换。",
        "The {subject} key ends in {days} days: rotate it.",
    ),
    "outbox-late": (
        "{subject} 渠道最早的通知已延误 {minutes} 分钟。",
        "The oldest notice of the channel {subject} is {minutes} min late.",
    ),
    "channel-misconfigured": (
        "推送渠道 {subject} 拒绝本系统的密钥、账号或模板，已 {minutes} 分钟：修正前经此渠道的通知均不送达。",
        "{subject} has refused our key, account or template for {minutes} min: nobody is reached there until mended.",
    ),
    "channel-paused": (
        "推送渠道 {subject} 已 {minutes} 分钟无法送达：通知改走其他渠道或等待。",
        "{subject} has served nobody for {minutes} min: notices take other channels, or wait.",
    ),
    "worker-lost": (
        "后台进程 {subject} 已 {minutes} 分钟没有消息。",
        "Worker {subject} has been silent for {minutes} min.",
    ),
    "wallets-late": (
        "证照卡包更新已延误 {minutes} 分钟，证照的变更未按时显示。",
        "Wallets have been due for {minutes} min: changes of licences do not show in time.",
    ),
    "registry-unreachable": (
        "证照库 {subject} 十分钟内 {count} 次均无应答：卡包显示的是此前的内容及其时间。",
        "The registry {subject} failed {count} times within 10 min: wallets show what they have, with its age.",
    ),
    "codes-used-twice": (
        "过去一小时，离线记录中发现 {count} 次服务码重复使用。",
        "Within an hour journals brought to light {count} codes that were used twice.",
    ),
    "valkey-away": (
        "Valkey 无响应：消息稍迟，限流仅在各进程内有效。",
        "Valkey does not answer: messages come later, limits hold for each process alone.",
    ),
}


def word_alarm(alarm: Alarm, *, english: bool) -> str:
    """One sentence for an operator."""
    words = _WORDS[alarm.slug][english]
    return words.format(
        subject=alarm.subject,
        seconds=round(alarm.value),
        count=round(alarm.value),
        minutes=max(1, round(alarm.value / 60)),
        hours=f"{alarm.value:.1f}",
        days=f"{alarm.value:.1f}",
    )
