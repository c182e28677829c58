"""Of venues, their staff and their scanners."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

_ALGORITHMS = 'algs="ES256 EdDSA"'

MEANINGS: Mapping[str, Meaning] = {
    "scanner-key-required": Meaning(
        401,
        "终端尚未登记密钥",
        "The scanner has no key yet",
        "请在启用后 24 小时内登记终端的公钥。",
        "Register the device's public key with PUT /v1/scanner/key, within 24 hours of enrolment.",
        f"DPoP {_ALGORITHMS}",
    ),
    "dpop-proof-invalid": Meaning(
        401,
        "终端签名无效",
        "The proof of possession is not valid",
        "请核对终端时间与密钥；`detail` 指出有误的部分。",
        "Mend the part of the proof that `detail` names: see RFC 9449, section 4.",
        f'DPoP error="invalid_dpop_proof", {_ALGORITHMS}',
    ),
    "scanner-key-registered": Meaning(
        409,
        "终端密钥已登记",
        "The scanner has a key already",
        "更换设备时请重新添加终端。",
        "Another device is another scanner: enrol it anew.",
    ),
    "enrolment-over": Meaning(
        409,
        "登记密钥的时限已过",
        "Too late to register a key",
        "请管理员续期或重新添加终端，并在 24 小时内登记。",
        "Ask the manager to renew the scanner, and register the key within 24 hours.",
    ),
    "shift-required": Meaning(
        403,
        "请先签到",
        "Nobody is signed in on this scanner",
        "请用工号和 PIN 签到后再扫码。",
        "Sign in with your number and PIN: POST /v1/scanner/shifts.",
    ),
    "pin-wrong": Meaning(
        403,
        "工号或 PIN 不正确",
        "The number or the PIN is wrong",
        "请核对后重试；连续五次错误将锁定 15 分钟。",
        "Check both; after five wrong guesses the number is locked here for 15 minutes.",
    ),
    "staff-number-taken": Meaning(
        409, "工号已被使用", "The number is taken", "请换一个工号。", "Choose another number."
    ),
}
