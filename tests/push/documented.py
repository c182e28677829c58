"""Every status, reason and code that the four providers document, each with the outcome that it must have.

Where a provider's page and its practice differ, both are here. The addresses are of the pages that each table is from.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from push.notices import Fault, Refused, Retry, Unavailable
from push.sending import AddressDead, ConsentSpent, OtherEnvironment, SendOutcome, Unanswered

APNS_PAGES = (
    "https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns",
    "https://developer.apple.com/documentation/usernotifications/handling-error-responses-from-apns",
)
GONE_AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


class ApnsCase(NamedTuple):
    status: int
    reason: str
    outcome: SendOutcome
    timestamp: int | None = None


APNS = [
    ApnsCase(400, "BadCollapseId", Refused("BadCollapseId")),
    ApnsCase(400, "BadDeviceToken", OtherEnvironment("BadDeviceToken")),
    ApnsCase(400, "BadExpirationDate", Refused("BadExpirationDate")),
    ApnsCase(400, "BadMessageId", Refused("BadMessageId")),
    ApnsCase(400, "BadPriority", Refused("BadPriority")),
    ApnsCase(400, "BadTopic", Fault("BadTopic")),
    ApnsCase(400, "DeviceTokenNotForTopic", Fault("DeviceTokenNotForTopic")),
    ApnsCase(400, "DuplicateHeaders", Fault("DuplicateHeaders")),
    ApnsCase(400, "IdleTimeout", Unavailable("IdleTimeout")),
    ApnsCase(400, "InvalidPushType", Refused("InvalidPushType")),
    ApnsCase(400, "MissingDeviceToken", Fault("MissingDeviceToken")),
    ApnsCase(400, "MissingTopic", Fault("MissingTopic")),
    ApnsCase(400, "PayloadEmpty", Refused("PayloadEmpty")),
    ApnsCase(400, "TopicDisallowed", Fault("TopicDisallowed")),
    ApnsCase(403, "BadCertificate", Fault("BadCertificate")),
    ApnsCase(403, "BadCertificateEnvironment", Fault("BadCertificateEnvironment")),
    ApnsCase(403, "ExpiredProviderToken", Fault("ExpiredProviderToken")),
    ApnsCase(403, "Forbidden", Fault("Forbidden")),
    ApnsCase(403, "InvalidProviderToken", Fault("InvalidProviderToken")),
    ApnsCase(403, "MissingProviderToken", Fault("MissingProviderToken")),
    ApnsCase(403, "UnrelatedKeyIdInToken", Fault("UnrelatedKeyIdInToken")),
    ApnsCase(403, "BadEnvironmentKeyIdInToken", Fault("BadEnvironmentKeyIdInToken")),
    # What Apple answers instead: https://github.com/swift-server-community/APNSwift/pull/229
    ApnsCase(403, "BadEnvironmentKeyInToken", Fault("BadEnvironmentKeyInToken")),
    ApnsCase(404, "BadPath", Fault("BadPath")),
    ApnsCase(405, "MethodNotAllowed", Fault("MethodNotAllowed")),
    ApnsCase(410, "ExpiredToken", AddressDead("ExpiredToken")),
    ApnsCase(410, "Unregistered", AddressDead("Unregistered", GONE_AT), timestamp=int(GONE_AT.timestamp() * 1000)),
    ApnsCase(410, "Unregistered", AddressDead("Unregistered")),
    ApnsCase(413, "PayloadTooLarge", Refused("PayloadTooLarge")),
    # https://developer.apple.com/forums/thread/675879: the connection is unusable until enough time has passed
    ApnsCase(429, "TooManyProviderTokenUpdates", Unavailable("TooManyProviderTokenUpdates", 60.0)),
    ApnsCase(429, "TooManyRequests", Retry("TooManyRequests")),
    ApnsCase(500, "InternalServerError", Unavailable("InternalServerError")),
    ApnsCase(503, "ServiceUnavailable", Unavailable("ServiceUnavailable")),
    ApnsCase(503, "Shutdown", Unavailable("Shutdown")),
    # The statuses alone, as something between us and Apple may answer them: none takes an address away.
    *(ApnsCase(status, "", Fault(f"status-{status}")) for status in (301, 400, 403, 404, 405, 410, 413)),
    *(ApnsCase(status, "", Unavailable(f"status-{status}")) for status in (429, 503)),
    *(ApnsCase(status, "", Unanswered(f"status-{status}")) for status in (500, 502, 504)),
    # A reason of the future.
    ApnsCase(400, "Surprise", Fault("status-400")),
    ApnsCase(410, "Surprise", Fault("status-410")),
    ApnsCase(503, "Surprise", Unavailable("status-503")),
    # A reason that does not go with its status is not believed where it would take an address away.
    ApnsCase(400, "Unregistered", Fault("status-400")),
]

FCM_PAGES = (
    "https://firebase.google.com/docs/cloud-messaging/error-codes",
    "https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode",
    "https://firebase.google.com/docs/cloud-messaging/scale-fcm",
)
_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_QUOTA = "type.googleapis.com/google.rpc.QuotaFailure"


def fcm_error(code: str) -> dict[str, Any]:
    return {"@type": _FCM_ERROR, "errorCode": code}


def bad_field(field: str) -> dict[str, Any]:
    return {"@type": _BAD_REQUEST, "fieldViolations": [{"field": field, "description": "Invalid value"}]}


def quota(subject: str, description: str = "") -> dict[str, Any]:
    return {"@type": _QUOTA, "violations": [{"subject": subject, "description": description}]}


class FcmCase(NamedTuple):
    status: int
    word: str
    details: list[dict[str, Any]]
    outcome: SendOutcome
    retry_after: float | None = None


FCM = [
    FcmCase(400, "UNSPECIFIED_ERROR", [fcm_error("UNSPECIFIED_ERROR")], Fault("status-400")),
    # The first example of the page: a value of the message.
    FcmCase(400, "INVALID_ARGUMENT", [bad_field("message.data[0].value")], Refused("INVALID_ARGUMENT")),
    # The second: a registration token that is none.
    FcmCase(400, "INVALID_ARGUMENT", [fcm_error("INVALID_ARGUMENT")], Refused("token-invalid")),
    FcmCase(
        400,
        "INVALID_ARGUMENT",
        [fcm_error("INVALID_ARGUMENT"), bad_field("message.token")],
        Refused("token-invalid"),
    ),
    FcmCase(
        400,
        "INVALID_ARGUMENT",
        [fcm_error("INVALID_ARGUMENT"), bad_field("message.android.ttl")],
        Refused("INVALID_ARGUMENT"),
    ),
    FcmCase(400, "INVALID_ARGUMENT", [], Refused("INVALID_ARGUMENT")),
    FcmCase(404, "NOT_FOUND", [fcm_error("UNREGISTERED")], AddressDead("UNREGISTERED")),
    FcmCase(404, "NOT_FOUND", [], Fault("NOT_FOUND")),
    FcmCase(404, "", [], Fault("status-404")),
    FcmCase(403, "PERMISSION_DENIED", [fcm_error("SENDER_ID_MISMATCH")], Fault("SENDER_ID_MISMATCH")),
    FcmCase(403, "PERMISSION_DENIED", [], Fault("PERMISSION_DENIED")),
    FcmCase(401, "UNAUTHENTICATED", [fcm_error("THIRD_PARTY_AUTH_ERROR")], Fault("THIRD_PARTY_AUTH_ERROR")),
    FcmCase(401, "UNAUTHENTICATED", [], Fault("UNAUTHENTICATED")),
    FcmCase(429, "RESOURCE_EXHAUSTED", [fcm_error("QUOTA_EXCEEDED")], Unavailable("QUOTA_EXCEEDED", 60.0)),
    FcmCase(429, "RESOURCE_EXHAUSTED", [fcm_error("QUOTA_EXCEEDED")], Unavailable("QUOTA_EXCEEDED", 90.0), 90.0),
    FcmCase(
        429,
        "RESOURCE_EXHAUSTED",
        [fcm_error("QUOTA_EXCEEDED"), quota("projects/7", "Message rate exceeded")],
        Unavailable("QUOTA_EXCEEDED", 60.0),
    ),
    FcmCase(
        429,
        "RESOURCE_EXHAUSTED",
        [fcm_error("QUOTA_EXCEEDED"), quota("device", "Device message rate exceeded")],
        Retry("device-rate", 60.0),
    ),
    FcmCase(429, "", [], Unavailable("QUOTA_EXCEEDED", 10.0), 3.0),
    FcmCase(500, "INTERNAL", [fcm_error("INTERNAL")], Unavailable("INTERNAL", 10.0)),
    FcmCase(503, "UNAVAILABLE", [fcm_error("UNAVAILABLE")], Unavailable("UNAVAILABLE", 10.0)),
    FcmCase(503, "UNAVAILABLE", [fcm_error("UNAVAILABLE")], Unavailable("UNAVAILABLE", 120.0), 120.0),
    FcmCase(500, "", [], Unanswered("status-500", 10.0)),
    FcmCase(502, "", [], Unanswered("status-502", 10.0)),
    FcmCase(503, "", [], Unavailable("status-503", 30.0), 30.0),
    FcmCase(504, "", [], Unanswered("status-504", 10.0)),
]

WECHAT_PAGES = (
    "https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html",
    "https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html",
    "https://tencentcloud.com/document/product/1219/67648",
)
WECHAT: list[tuple[int, SendOutcome]] = [
    (-1, Unavailable("busy")),
    (40001, Fault("access-token")),
    (40003, Refused("openid-invalid")),
    (40013, Fault("app-id")),
    (40014, Fault("access-token")),
    (40037, Fault("template-unknown")),
    (40038, Retry("daily-cap", 3600.0)),
    (40125, Fault("app-secret")),
    (40164, Fault("address-not-listed")),
    (40243, Fault("app-secret-frozen")),
    (41001, Fault("access-token-missing")),
    (41030, Refused("page-unknown")),
    (42001, Fault("access-token")),
    (43101, ConsentSpent("not-subscribed")),
    (43104, Fault("app-not-permitted")),
    (43107, Fault("messages-banned")),
    (43108, Retry("concurrent", 1.0)),
    (43116, Fault("template-restricted")),
    (45009, Unavailable("daily-quota", 3600.0)),
    (45011, Unavailable("minute-limit", 60.0)),
    (45168, Refused("words-refused")),
    (47001, Refused("data-malformed")),
    (47003, Refused("argument-invalid")),
    (48001, Fault("call-not-permitted")),
    (50001, Fault("call-not-permitted")),
    (50002, Fault("app-restricted")),
    (61024, Fault("access-token-of-a-component")),
    (99999, Fault("errcode-99999")),
]

ALIPAY_PAGES = (
    "https://opendocs.alipay.com/open/common/105806",
    "https://opendocs.alipay.com/mini/02cth2",
    "https://github.com/AlipayDocs/open-docs/tree/main/support",
)
_GATEWAY_FAULTS = {
    "20001": (
        "aop.invalid-auth-token",
        "aop.auth-token-time-out",
        "aop.invalid-app-auth-token",
        "aop.invalid-app-auth-token-no-api",
        "aop.app-auth-token-time-out",
        "aop.no-product-reg-by-partner",
    ),
    "40001": (
        "isv.missing-method",
        "isv.missing-signature",
        "isv.missing-signature-type",
        "isv.missing-signature-key",
        "isv.missing-app-id",
        "isv.missing-timestamp",
        "isv.missing-version",
        "isv.decryption-error-missing-encrypt-type",
    ),
    "40002": (
        "isv.invalid-parameter",
        "isv.upload-fail",
        "isv.invalid-file-extension",
        "isv.invalid-file-size",
        "isv.invalid-method",
        "isv.invalid-format",
        "isv.invalid-signature-type",
        "isv.invalid-signature",
        "isv.invalid-encrypt-type",
        "isv.invalid-encrypt",
        "isv.invalid-app-id",
        "isv.invalid-timestamp",
        "isv.invalid-charset",
        "isv.invalid-digest",
        "isv.decryption-error-not-valid-encrypt-type",
        "isv.decryption-error-not-valid-encrypt-key",
        "isv.decryption-error-unknown",
        "isv.missing-signature-config",
        "isv.not-support-app-auth",
        "isv.invalid-auth-relations",
        "isv.suspected-attack",
    ),
    "40006": ("isv.insufficient-isv-permissions", "isv.insufficient-user-permissions"),
}
ALIPAY: list[tuple[str, str, SendOutcome]] = [
    ("20000", "isp.unknow-error", Unavailable("isp.unknow-error")),
    ("20000", "aop.unknow-error", Unavailable("aop.unknow-error")),
    ("20000", "", Unavailable("code-20000")),
    *((code, sub_code, Fault(sub_code)) for code, sub_codes in _GATEWAY_FAULTS.items() for sub_code in sub_codes),
    ("40003", "", Fault("code-40003")),
    ("40004", "SYSTEM_ERROR", Unavailable("SYSTEM_ERROR")),
    ("40004", "FORM_ID_OVER_TIME", ConsentSpent("FORM_ID_OVER_TIME")),
    ("40004", "FORM_ID_NOT_MATCH_APPID", Refused("FORM_ID_NOT_MATCH_APPID")),
    ("40004", "TRADE_NO_NOT_MATCH_USERID", Refused("TRADE_NO_NOT_MATCH_USERID")),
    ("40004", "USER_KEYWORD_LENGTH_ERROR", Refused("USER_KEYWORD_LENGTH_ERROR")),
    ("40004", "USER_TEMPLATE_LACK_KEYWORD", Refused("USER_TEMPLATE_LACK_KEYWORD")),
    ("40004", "USER_TEMPLATE_ILLEGAL", Fault("USER_TEMPLATE_ILLEGAL")),
    ("40004", "SOMETHING_NEW", Fault("SOMETHING_NEW")),
    ("40004", "", Fault("code-40004")),
    ("40005", "isv.app-call-limited", Unavailable("isv.app-call-limited", 60.0)),
    ("40005", "isv.method-call-limited", Unavailable("isv.method-call-limited", 60.0)),
    ("40005", "", Unavailable("code-40005", 60.0)),
    # Words that are no code are no reason: a sentence, a number, somebody's id.
    ("40004", "用户 2088102122458832 未订阅", Fault("code-40004")),
    ("40004", "U_2088102122458832", Fault("code-40004")),
    ("2088102122458832", "", Fault("no-code")),
]
