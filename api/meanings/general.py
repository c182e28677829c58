"""Of every operation."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {
    "forbidden": Meaning(
        403, "无权操作", "Forbidden", "请使用有权限的账户。", "Use a credential that this route is for."
    ),
    "not-found": Meaning(404, "未找到", "Not found", "请核对后重试。", "Check the address or the id."),
    "method-not-allowed": Meaning(
        405, "方法不允许", "Method not allowed", "请查阅接口文档。", "See the API's description at /docs."
    ),
    "invalid-request": Meaning(
        422, "请求内容有误", "The request is not valid", "请按提示修改。", "Mend what `errors` names."
    ),
    "idempotency-key-reused": Meaning(
        422,
        "幂等键已用于其他请求",
        "The idempotency key came with another request",
        "请换用新的幂等键。",
        "Use a new key.",
    ),
    "request-in-progress": Meaning(
        409, "相同请求处理中", "The same request is under way", "请稍后重试。", "Wait a moment and send it again."
    ),
    "too-many-requests": Meaning(
        429, "操作过于频繁", "Too many requests", "请稍后再试。", "Wait as long as Retry-After says."
    ),
    "unavailable": Meaning(503, "服务暂不可用", "Temporarily unavailable", "请稍后重试。", "Try again in a moment."),
    "internal": Meaning(
        500,
        "服务出错",
        "Something went wrong here",
        "请稍后重试，并提供请求编号。",
        "Try again; quote the request id if it stays.",
    ),
}
