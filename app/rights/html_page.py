"""An export as a page that a person reads: one file, in both languages, without scripts or anything from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape

from app.rights.sections import SECTIONS, Row, Section, say

_STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,"PingFang SC","Microsoft YaHei",sans-serif}
body{max-width:72rem;margin:0 auto;padding:1.5rem}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.5rem}
h1 small,h2 small,th small{font-weight:400;opacity:.7}nav a{margin-right:1rem}
.wide{overflow-x:auto}table{border-collapse:collapse;min-width:100%;font-size:.875rem}
th,td{border-bottom:1px solid #8886;padding:.35rem .75rem .35rem 0;text-align:left;vertical-align:top}
td{overflow-wrap:anywhere;min-width:4rem}.none{opacity:.7}
"""
_COLUMNS: Mapping[str, str] = {
    "open_ids": "小程序账号", "union_id": "平台统一编号", "platform": "平台",
    "resident_id": "账户编号", "name": "姓名", "masked_name": "显示姓名", "id_number": "证件号码", "phone": "手机号",
    "registered_at": "注册时间", "verified_at": "实名时间", "verified_by": "实名方式", "locked_at": "锁定时间",
    "kind": "类型", "app_id": "小程序", "account": "账号", "linked_at": "绑定时间", "last_used_at": "最近使用",
    "title_zh": "标题（中文）", "title_en": "标题（英文）", "body_zh": "正文（中文）", "body_en": "正文（英文）",
    "version": "版本", "granted_at": "同意时间", "withdrawn_at": "撤回时间", "access_id": "编号", "at": "时间",
    "venue": "场所", "address": "地址", "adcode": "区划代码", "purpose": "用途", "purpose_zh": "用途（中文）",
    "purpose_en": "用途（英文）", "answered": "所答内容", "kept_until": "对方可留存至",
    "code_issued_at": "码的签发时间", "scanner_id": "终端", "staff_id": "场所工作人员代号",
    "annulled_at": "撤销时间", "annulled_because": "撤销原因",
    "disputed_at": "异议时间", "disputed_because": "异议理由", "dispute_answered_at": "答复时间",
    "dispute_outcome": "处理结果", "dispute_answer": "答复", "message_id": "编号", "topic": "主题",
    "read_at": "阅读时间", "data": "数据", "session_id": "登录编号", "device": "设备", "opened_at": "开始时间",
    "expires_at": "到期时间", "ended_at": "结束时间", "ended_for": "结束原因", "second_factor_at": "第二因素时间",
    "first_seen_at": "首次使用", "last_seen_at": "最近使用", "trusted_at": "信任时间", "approved_by": "批准它的设备",
    "created_at": "创建时间", "used_at": "使用时间", "claim_id": "编号", "evidence": "凭据", "due_at": "期满时间",
    "state": "状态", "decided_at": "决定时间", "merged_at": "并入时间", "relation": "关系", "child": "未成年人",
    "given_at": "同意时间", "case": "工单", "act": "操作", "role": "角色", "reason": "理由",
    "confirmed_at": "确认时间", "venue_id": "编号", "approved_at": "批准时间", "closed_at": "关闭时间",
    "requester": "用证单位", "printed_at": "下载时间", "checks": "核验次数", "checked_at": "最近核验",
    "object_id": "对象", "happened_at": "时间", "requested_at": "申请时间",
}  # fmt: skip


def begin(at: datetime) -> str:
    """The head of the page, and where its parts are."""
    links = " ".join(f'<a href="#{one.name}">{one.title_zh} {one.title_en}</a>' for one in SECTIONS)
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>我的数据 My data</title>'
        f"<style>{_STYLE}</style></head><body>"
        "<h1>随行所存的我的全部数据 <small>All that Suixing holds of me</small></h1>"
        f"<p>导出于 {say(at)}（UTC）。请妥善保管：内含未打码的姓名、证件号码和手机号。"
        f'<br><span lang="en">Exported at {say(at)} (UTC). Keep it safe: name, ID number and phone are not masked. '
        f"data.json beside this page is the same for machines.</span></p><nav>{links}</nav>"
    )


def begin_section(section: Section) -> str:
    """A heading; the table comes with the first row."""
    return (
        f'<h2 id="{section.name}">{escape(section.title_zh)} <small lang="en">{escape(section.title_en)}</small></h2>'
    )


def begin_table(first: Row) -> str:
    """The table's head, from the columns of its first row."""
    heads = "".join(f'<th>{_COLUMNS.get(name, name)}<br><small lang="en">{name}</small></th>' for name in first)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{heads}</tr></thead><tbody>'


def write_rows(rows: Iterable[Row]) -> str:
    """Rows of the table."""
    return "".join(f"<tr>{''.join(f'<td>{escape(say(value))}</td>' for value in row.values())}</tr>\n" for row in rows)


def end_section(*, has_rows: bool) -> str:
    """The end of a table, or that there is none."""
    return "</tbody></table></div>" if has_rows else '<p class="none">无 <span lang="en">None</span></p>'


def end() -> str:
    """The end of the page."""
    return "</body></html>\n"
