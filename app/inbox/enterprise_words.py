"""What is said of companies and of delegations."""

from __future__ import annotations

from collections.abc import Mapping

from app.inbox.login_words import Words

ENTERPRISE_WORDS: Mapping[str, Words] = {
    "enterprise.claimed": Words(
        "您已成为企业的法定代表人用户",
        "You act for a company as its legal representative",
        "{time}，经登记机关核验，您可代表「{company}」出示企业码并授权他人代办。若非本人操作，请立即锁定账户。",
        "The registry confirmed at {time} that you represent {company}: you can show its code and let others act for "
        "it. If this was not you, lock your account now.",
    ),
    "enterprise.representative-ended": Words(
        "您不再代表该企业",
        "You no longer represent a company",
        "{time}，登记机关不再确认您是「{company}」的法定代表人，您的企业码已失效。您作出的授权将由新的法定代表人决定去留。",
        "As of {time} the registry does not confirm you as the legal representative of {company}: your code for it has "
        "ended. The new representative decides on what you let others do.",
    ),
    "enterprise.ended": Words(
        "企业已注销或被吊销",
        "A company has ended",
        "{time}，登记机关显示「{company}」已注销或被吊销执照，其企业码与全部授权均已失效。",
        "The registry said at {time} that {company} is deregistered, or its licence revoked: its codes and all its "
        "delegations have ended.",
    ),
    "delegation.invited": Words(
        "有企业邀请您代办",
        "A company invites you to act for it",
        "{time}，「{company}」的法定代表人邀请您代办。请在「企业」中查看并决定是否接受；不认识该企业请拒绝。",
        "The legal representative of {company} invited you at {time} to act for it. Look at it under Companies and "
        "accept or decline; decline if you do not know the company.",
    ),
    "delegation.accepted": Words(
        "代办授权已接受",
        "A delegation was accepted",
        "{time}，「{company}」的一项代办授权已被接受。",
        "A delegation of {company} was accepted at {time}.",
    ),
    "delegation.declined": Words(
        "代办邀请已被拒绝",
        "An invitation was declined",
        "{time}，「{company}」的一项代办邀请被拒绝。",
        "An invitation to act for {company} was declined at {time}.",
    ),
    "delegation.withdrawn": Words(
        "代办邀请已撤回",
        "An invitation was taken back",
        "{time}，「{company}」的一项代办邀请已撤回。",
        "An invitation to act for {company} was taken back at {time}.",
    ),
    "delegation.unanswered": Words(
        "代办邀请无人接受",
        "An invitation was not answered",
        "{time}，「{company}」的一项代办邀请逾期未被接受，已失效。",
        "An invitation to act for {company} was not answered by {time} and has ended.",
    ),
    "delegation.ended": Words(
        "代办授权已被解除",
        "A delegation was ended",
        "{time}，「{company}」的法定代表人解除了一项代办授权，已出示的企业码同时失效。",
        "The legal representative of {company} ended a delegation at {time}, and with it the codes already shown.",
    ),
    "delegation.returned": Words(
        "代办授权已交回",
        "A delegation was given back",
        "{time}，「{company}」的一项代办授权已由代办人交回，已出示的企业码同时失效。",
        "A delegation of {company} was given back at {time}, and with it ended the codes already shown.",
    ),
    "delegation.expired": Words(
        "代办授权已到期",
        "A delegation has run out",
        "{time}，「{company}」的一项代办授权已到期。",
        "A delegation of {company} had run out by {time}.",
    ),
    "delegation.under-review": Words(
        "法定代表人变更，授权待确认",
        "The legal representative changed; a delegation is to be confirmed",
        "{time}，「{company}」的法定代表人发生变更。原有代办授权暂时有效，由新的法定代表人在期限内决定去留，逾期失效。",
        "The legal representative of {company} changed at {time}. The delegation stands for now; the new "
        "representative keeps it in time, or it ends.",
    ),
    "delegation.kept": Words(
        "代办授权已由新法定代表人确认",
        "A delegation was kept",
        "{time}，「{company}」的新法定代表人确认保留一项代办授权。",
        "The new legal representative of {company} kept a delegation at {time}.",
    ),
    "delegation.lapsed": Words(
        "代办授权未获确认，已失效",
        "A delegation was not kept and has ended",
        "{time}，「{company}」的一项代办授权未在期限内获新法定代表人确认，已失效。",
        "A delegation of {company} was not kept by the new legal representative in time and ended at {time}.",
    ),
    "delegation.company-ended": Words(
        "企业已注销，授权失效",
        "A delegation ended with its company",
        "{time}，「{company}」已注销或被吊销执照，其代办授权已失效。",
        "{company} is deregistered, or its licence revoked: a delegation of it ended at {time}.",
    ),
}
