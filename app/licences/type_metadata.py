"""A kind of licence told to verifiers of elsewhere: type metadata of SD-JWT VC (draft-ietf-oauth-sd-jwt-vc)."""

from __future__ import annotations

from typing import Any

from app.licences.model import Bilingual, LicenceType

_WHITE = "#ffffff"
_LOCALES = ("zh-CN", "en")


def describe_type(kind: LicenceType, vct: str) -> dict[str, Any]:
    """What a credential of this kind may say, and how it is called and shown, in both languages.

    No claim is mandatory: each is disclosed by itself, and a credential made for one request has what was asked alone.
    """
    simple = {"background_color": kind.look.colour, "text_color": _WHITE}
    return {
        "vct": vct,
        "name": kind.name.en,
        "display": [
            {"locale": locale, "name": name, "rendering": {"simple": simple}} for locale, name in _speak(kind.name)
        ],
        "claims": [
            {
                "path": [field.id],
                "display": [{"locale": locale, "label": label} for locale, label in _speak(field.label)],
                "sd": "always",
            }
            for field in kind.fields
        ],
    }


def _speak(words: Bilingual) -> list[tuple[str, str]]:
    return list(zip(_LOCALES, (words.zh, words.en), strict=True))
