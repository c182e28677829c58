"""What the decoder of requests (msgspec), the framework and this package itself say of what does not fit a schema."""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "The request does not fit its schema.": "请求不符合接口的格式。",
    "The body is not UTF-8.": "请求体不是 UTF-8 编码。",
    "The body cannot be read.": "无法读取请求体。",
    "not valid": "这一项的内容不符合要求。",
    "Object missing required field `{field}`": "缺少必填项 {field}。",
    "Object contains unknown field `{field}`": "没有 {field} 这一项。",
    "Invalid enum value": "不在可选的值之中。",
    "Invalid enum value {given}": "不在可选的值之中。",
    "Invalid value": "不在可选的值之中。",
    "Invalid value {given}": "不在可选的值之中。",
    "Invalid UUID": "应为 UUID。",
    "Invalid UUID bytes": "应为 UUID。",
    "Invalid RFC3339 encoded datetime": "应为 RFC 3339 的时间，如 2026-01-31T08:00:00+08:00。",
    "Invalid RFC3339 encoded date": "应为日期，如 2026-01-31。",
    "Invalid RFC3339 encoded time": "应为一天中的时刻，如 08:30:00。",
    "Invalid ISO8601 duration": "应为 ISO 8601 的时长，如 PT15M。",
    "Invalid base64 encoded string": "应为 Base64 编码。",
    "Invalid decimal string": "应为十进制数。",
    "Invalid epoch timestamp": "应为 1970 年以来的秒数。",
    "Integer value out of range": "整数超出范围。",
    "Number out of range": "数字超出范围。",
    "Duration is out of range": "时长超出范围。",
    "Timestamp is out of range": "时间超出范围。",
    "Expected `{expected}` with a timezone component": "{expected}应带时区。",
    "Expected `{expected}` with no timezone component": "{expected}不应带时区。",
    "Expected `str` matching regex": "格式不符合要求。",
    "Expected `str` matching regex {pattern}": "格式不符合要求。",
    "Expected `array` of at least length {least}, got {given}": "至少应有 {least} 项，收到 {given} 项。",
    "Expected `array` of at most length {most}, got {given}": "最多 {most} 项，收到 {given} 项。",
    "Expected `array` of at most length {most}": "最多 {most} 项。",
    "Expected `array` of length {least} to {most}, got {given}": "应有 {least} 至 {most} 项，收到 {given} 项。",
    "Expected `array` of length {least} to {most}": "应有 {least} 至 {most} 项。",
    "Expected `array` of length >= {least}": "至少应有 {least} 项。",
    "Expected `array` of length <= {most}": "最多 {most} 项。",
    "Expected `array` of length {count}, got {given}": "应有 {count} 项，收到 {given} 项。",
    "Expected `array` of length {count}": "应有 {count} 项。",
    "Expected `{expected}` of length >= {least}": "{expected}的长度至少为 {least}。",
    "Expected `{expected}` of length <= {most}": "{expected}的长度最多为 {most}。",
    "Expected `{expected}` that's a multiple of {step}": "应为 {step} 的倍数。",
    "Expected `{expected}` >= {least}": "不应小于 {least}。",
    "Expected `{expected}` <= {most}": "不应大于 {most}。",
    "Expected `{expected}` > {bound}": "应大于 {bound}。",
    "Expected `{expected}` < {bound}": "应小于 {bound}。",
    "Expected `{expected}`, got `{given}`": "应为{expected}，收到的是{given}。",
    "Expected `{expected}`": "应为{expected}。",
}
_KINDS: Mapping[str, str] = {
    "str": "文本",
    "int": "整数",
    "float": "数字",
    "decimal": "十进制数",
    "bool": "布尔值",
    "array": "数组",
    "object": "对象",
    "null": "空值",
    "bytes": "字节",
    "uuid": "UUID",
    "datetime": "时间",
    "date": "日期",
    "time": "时刻",
    "duration": "时长",
}
_OR = " | "
_OF_KINDS = {"expected", "given"}
"""The parts of the templates above that are kinds of values, where they are no numbers."""


def name_kinds(part: str, value: str) -> str:
    """A part that varies: kinds of values as people call them, anything else as it is."""
    kinds = value.split(_OR)
    if part not in _OF_KINDS or not all(kind in _KINDS for kind in kinds):
        return value
    return "或".join(_KINDS[kind] for kind in kinds)
