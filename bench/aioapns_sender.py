"""aioapns sends to the stand-in, in an environment of oracles, and prints its microseconds of CPU a notification."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import sys
import time
from collections.abc import Iterator
from typing import Any

import uvloop
from aioapns import APNs, NotificationRequest, PushType  # type: ignore[import-not-found]  # an oracle's
from aioapns.connection import APNsProductionClientProtocol  # type: ignore[import-not-found]  # likewise


async def send_all(client: Any, requests: Iterator[Any]) -> None:
    for request in requests:
        assert (await client.send_notification(request)).is_successful


async def measure(told: dict[str, Any]) -> float:
    APNsProductionClientProtocol.APNS_SERVER = "127.0.0.1"
    APNsProductionClientProtocol.APNS_PORT = told["port"]
    context = ssl.create_default_context(cadata=told["authority"])
    context.set_alpn_protocols(["h2"])
    client = APNs(
        key=told["key"],
        key_id=told["key_id"],
        team_id=told["team_id"],
        topic=told["topic"],
        ssl_context=context,
        max_connections=1,
    )
    requests = iter(
        [
            NotificationRequest(
                device_token=f"{number:064x}",
                message=told["payload"],
                time_to_live=3600,
                priority=10,
                push_type=PushType.ALERT,
            )
            for number in range(told["notifications"])
        ]
    )
    await send_all(client, iter([next(requests)]))
    begun = time.process_time()
    await asyncio.gather(*(send_all(client, requests) for _ in range(told["in_flight"])))
    return (time.process_time() - begun) / (int(told["notifications"]) - 1) * 1e6


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    print(uvloop.run(measure(json.load(sys.stdin))))
