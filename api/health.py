"""For operators: is it alive, can it serve, how does it fare."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

import msgspec
from litestar import Controller, Response, get, head
from litestar.openapi.spec import OpenAPIResponse

from api.callers import AnyRequest, Audience
from api.documentation import ApiOperation
from api.metrics import render_metrics
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app import database, ephemeral


class HealthOut(msgspec.Struct, frozen=True):
    """`degraded`: everything works, more slowly, or this server lacks a key to come. `unavailable`: nothing that needs
    the database does, or this server lacks a key that signs by now, and another is asked instead.
    """

    status: Literal["alive", "ready", "degraded", "unavailable"]
    postgresql: bool
    valkey: bool
    keys: bool
    """Whether this server's folder has every key that the trust list names."""


class LifeOut(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["alive"]


@dataclass
class ReadinessOperation(ApiOperation):
    """readiness, whose 503 is an answer and no refusal."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.answers["503"] = OpenAPIResponse(
            "PostgreSQL does not answer, or a key that signs is missing here", content=self.answers["200"].content
        )


class HealthController(Controller):
    """Health and metrics."""

    @get(
        "/health/live",
        operation_id="liveness",
        summary="Whether the process answers",
        **answers(Audience.ANYONE, tag="operation", reads_input=False),
    )
    async def liveness(self) -> Response[LifeOut]:
        return Response(LifeOut("alive"), headers=NO_STORE)

    @get(
        "/health/ready",
        operation_id="readiness",
        summary="Whether it can serve: 200 ready or degraded, 503 unavailable",
        **answers(Audience.ANYONE, tag="operation", reads_input=False, operation=ReadinessOperation),
    )
    async def readiness(self, request: AnyRequest) -> Response[HealthOut]:
        services = services_of(request)
        postgresql, valkey = await asyncio.gather(
            database.is_answering(services.pool), ephemeral.is_answering(services.valkey)
        )
        keys = services.trust.are_keys_held(now())
        status: Literal["ready", "degraded", "unavailable"] = "ready" if valkey and keys.all else "degraded"
        if not (postgresql and keys.signing):
            status = "unavailable"
        code = 503 if status == "unavailable" else 200
        return Response(HealthOut(status, postgresql, valkey, keys.all), status_code=code, headers=NO_STORE)

    @head(
        ["/health/live", "/health/ready"],
        include_in_schema=False,
        opt={"audience": Audience.ANYONE, "refusals": frozenset({"internal"})},
    )
    async def probe(self, request: AnyRequest) -> Response[None]:
        """What GET answers, without the body: some balancers ask so."""
        services = services_of(request)
        ready = request.url.path.endswith("/live") or (
            services.trust.are_keys_held(now()).signing and await database.is_answering(services.pool)
        )
        return Response(None, status_code=200 if ready else 503, headers=NO_STORE)

    @get(
        "/metrics",
        operation_id="metrics",
        summary="Prometheus metrics of all server processes",
        media_type="text/plain",
        **answers(Audience.MONITOR, tag="operation", reads_input=False),
    )
    async def metrics(self, request: AnyRequest) -> Response[bytes]:
        return Response(
            await render_metrics(services_of(request), now()),
            media_type="text/plain; version=0.0.4",  # Litestar adds the charset
            headers=NO_STORE,
        )
