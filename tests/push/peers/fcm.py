"""Firebase and Google's token endpoint as fcm.mjs stands in for them, and what is needed to speak with them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from push.fcm import FcmMessage, FcmSettings
from push.fcm_tokens import ServiceAccount
from tests.push.peers.certificates import Pem, server_certificate
from tests.push.peers.running import NodePeer, running

PROJECT, OTHER_PROJECT = "suixing-31", "suixing-32"
DEVICE = "fXk3:APA91b" + "x" * 120


@cache
def account_key(project: str) -> Pem:
    """An RSA key as in a service account's file; each project has its own."""
    del project
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return Pem(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    )


def make_account(url: str, project: str = PROJECT, **changes: Any) -> ServiceAccount:
    given: dict[str, Any] = {
        "project_id": project,
        "client_email": f"push@{project}.iam.gserviceaccount.com",
        "private_key": account_key(project).private,
        "private_key_id": f"kid-{project}",
        "token_uri": f"{url}/token",
    }
    return ServiceAccount(**(given | changes))


def make_settings(peer: NodePeer, *projects: str, **changes: Any) -> FcmSettings:
    given: dict[str, Any] = {
        "accounts": tuple(make_account(peer.url, project) for project in projects or (PROJECT,)),
        "url": peer.url,
        "authority": server_certificate().authority.encode(),
    }
    return FcmSettings(**(given | changes))


def make_message(**changes: Any) -> FcmMessage:
    given: dict[str, Any] = {
        "project": PROJECT,
        "token": DEVICE,
        "content": '{"notification":{"title":"欢迎来到江苏"},"data":{"crossing":"1"}}'.encode(),
        "tag": str(uuid4()),
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
    }
    return FcmMessage(**(given | changes))


@asynccontextmanager
async def running_fcm(**config: Any) -> AsyncGenerator[NodePeer]:
    """A stand-in that knows the accounts of both projects; its tokens last for `lifetime` seconds."""
    accounts = {
        project: {
            "email": f"push@{project}.iam.gserviceaccount.com",
            "kid": f"kid-{project}",
            "public_key": account_key(project).public,
        }
        for project in (PROJECT, OTHER_PROJECT)
    }
    async with running("fcm.mjs", accounts=accounts, **config) as peer:
        yield peer
