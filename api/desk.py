"""How the deployment fares, for the desk: everything at a glance, and what the plots are drawn of."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec
from litestar import Controller, Response, get
from litestar.params import QueryParameter

from api.callers import AnyRequest, Audience
from api.desk_wire import (
    AlarmOut,
    AuditOut,
    ChannelOut,
    DatabaseOut,
    DeliveryCountOut,
    DeliveryCountsOut,
    KeyAgeOut,
    LineOut,
    OverviewOut,
    PlotsOut,
    TrustOut,
    ValkeyOut,
    WorkerOut,
)
from api.metrics import read_services
from api.problems import prefers_english
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.campaigns.reading import TOPIC as CAMPAIGN
from app.campaigns.rules import say_count
from app.inbox.wording import name_topic
from app.measuring.alarms import find_alarms
from app.measuring.model import KeyStanding, Records, Standing
from app.measuring.plotting import Window, read_plots
from app.measuring.pushes import MOST_DAYS, DayCount, list_day_counts
from app.measuring.wording import word_alarm


class DeskController(Controller):
    """The desk's own view of the deployment."""

    path = "/v1/desk"

    @get(
        "/overview",
        operation_id="getOverview",
        summary="How everything stands, the alarms first; also while PostgreSQL is away",
        **answers(Audience.OVERSIGHT, tag="desk", reads_input=False),
    )
    async def get_overview(self, request: AnyRequest) -> Response[OverviewOut]:
        standing = await read_services(services_of(request), now())
        english = prefers_english(request.headers.get("accept-language", ""))
        return Response(_overview(standing, english=english), headers={**NO_STORE, "Vary": "Accept-Language"})

    @get(
        "/measurements",
        operation_id="listMeasurements",
        summary="The lines of the desk's plots; null where nothing was measured",
        **answers(Audience.OVERSIGHT, tag="desk"),
    )
    async def list_measurements(
        self,
        request: AnyRequest,
        window: Annotated[Window, QueryParameter(description="how far back")] = "hour",
    ) -> Response[PlotsOut]:
        services = services_of(request)
        token_life = timedelta(seconds=services.settings.access_token_lifetime)
        plots = await read_plots(services.pool, window, token_life=token_life, now=now())
        lines = [
            LineOut(line.name, line.unit, plots.starts_at, plots.step_seconds, line.values) for line in plots.lines
        ]
        return Response(PlotsOut(lines), headers=NO_STORE)

    @get(
        "/deliveries",
        operation_id="listDeliveries",
        summary="What became of pushes by day, topic, channel and end, and how many messages were opened",
        **answers(Audience.OVERSIGHT, tag="desk"),
    )
    async def list_deliveries(
        self,
        request: AnyRequest,
        days: Annotated[int, QueryParameter(ge=1, le=MOST_DAYS, description="how far back")] = MOST_DAYS,
    ) -> Response[DeliveryCountsOut]:
        counts = await list_day_counts(services_of(request).pool, days, now())
        english = prefers_english(request.headers.get("accept-language", ""))
        told = [_count(one, english=english) for one in counts if say_count(one.total)]
        return Response(DeliveryCountsOut(told), headers={**NO_STORE, "Vary": "Accept-Language"})


def _count(one: DayCount, *, english: bool) -> DeliveryCountOut:
    """In tens, and of a handful nothing, as of campaigns: what lies between two looks is what one person did."""
    said = {"total": say_count(one.total), "topic_title": _name_topic(one.topic, english=english)}
    return msgspec.convert(msgspec.structs.asdict(one) | said, DeliveryCountOut)


def _name_topic(topic: str, *, english: bool) -> str:
    """Campaigns each have words of their own; a topic of an earlier version has its slug alone."""
    if topic == CAMPAIGN:
        return "Campaigns" if english else "群发消息"
    return name_topic(topic, english=english) or topic


def _overview(standing: Standing, *, english: bool) -> OverviewOut:
    records = standing.records
    alarms = [
        AlarmOut(alarm.slug, alarm.severity, word_alarm(alarm, english=english), alarm.subject or None)
        for alarm in find_alarms(standing)
    ]
    left = (standing.trust_expires_at - standing.at).total_seconds()
    return OverviewOut(
        at=standing.at,
        alarms=alarms,
        database=DatabaseOut(records is not None, records.schema_version if records else None),
        valkey=ValkeyOut(standing.valkey),
        workers=_workers(standing, records) if records else [],
        outbox=[ChannelOut(one.channel, one.waiting, one.oldest_seconds, one.lost_today) for one in records.channels]
        if records
        else [],
        keys=[_key(key, standing) for key in standing.keys],
        trust_list=TrustOut(standing.trust_sequence, standing.trust_expires_at, max(0.0, left)),
        audit=_audit(standing, records) if records else None,
        venues_waiting=records.venues_waiting if records else None,
        disputes_open=records.disputes_open if records else None,
        proposals_waiting=records.proposals_waiting if records else None,
    )


def _workers(standing: Standing, records: Records) -> list[WorkerOut]:
    return [
        WorkerOut(
            id=one.worker_id,
            started_at=one.started_at,
            seen_at=one.seen_at,
            seen_seconds=max(0.0, (standing.at - one.seen_at).total_seconds()),
            stopped_at=one.stopped_at,
            version=one.version,
        )
        for one in records.workers
    ]


def _audit(standing: Standing, records: Records) -> AuditOut:
    newest = records.audit.newest_at
    age = None if newest is None else max(0.0, (standing.at - newest).total_seconds())
    return AuditOut(records.audit.batch_no, newest, age, records.audit.waiting)


def _key(key: KeyStanding, standing: Standing) -> KeyAgeOut:
    return KeyAgeOut(
        kid=key.kid,
        use=key.use,
        state=key.state,
        created_at=key.created_at,
        signs_from=key.signs_from,
        signs_until=key.signs_until,
        ends_at=key.ends_at,
        age_days=max(0.0, (standing.at - key.created_at) / timedelta(days=1)),
        days_left=max(0.0, (key.ends_at - standing.at) / timedelta(days=1)),
    )
