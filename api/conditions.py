"""What a request says of the answer that it has, and of how it takes one."""

from __future__ import annotations


def is_held(etag: str, if_none_match: str) -> bool:
    """Whether the client has this very answer already (RFC 9110, section 13.1.2: compared weakly)."""
    held = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag.removeprefix("W/") in held or "*" in held


def takes_gzip(accepted: str) -> bool:
    """RFC 9110, section 12.5.3: named with a weight of nothing, it is refused; an asterisk is not relied upon."""
    for one in accepted.lower().split(","):
        name, _, weight = (part.strip() for part in one.partition(";"))
        if name == "gzip":
            return weight.replace(" ", "").removeprefix("q=").strip("0.") != "" or not weight
    return False
