"""What is to be had in a province: for whoever comes there, or thinks of it."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from litestar import Controller, Response, get
from litestar.params import PathParameter, QueryParameter

from api.callers import AnyRequest, Audience
from api.destination_wire import DestinationOut, ServicesOut
from api.etags import HeldTag, KeptOperation, answer_unless_held
from api.routes import answers
from api.services import services_of
from app.roaming.destinations import describe_destination

_FRESH_SECONDS = 300
_CODE = r"^[1-9][0-9]$"

ProvinceCode: TypeAlias = Annotated[str, PathParameter(description="two digits of GB/T 2260", pattern=_CODE)]
WantedProvince: TypeAlias = Annotated[
    str | None, QueryParameter(description="two digits of GB/T 2260; without it this server's own", pattern=_CODE)
]


class DestinationController(Controller):
    """Provinces as destinations."""

    path = "/v1/destinations"

    @get(
        "/{province:str}",
        operation_id="getDestination",
        summary="A province for whoever arrives: its app, services, the licences recognised there, numbers to call",
        **answers(Audience.ANYONE, "not-found", tag="roaming", operation=KeptOperation),
    )
    async def get_destination(
        self, request: AnyRequest, province: ProvinceCode, if_none_match: HeldTag = ""
    ) -> Response[DestinationOut]:
        found = await describe_destination(services_of(request).destinations, province)
        headers = {"Cache-Control": f"public, max-age={_FRESH_SECONDS}"}
        return answer_unless_held(DestinationOut.of(found), if_none_match, headers)


class ServiceController(Controller):
    """Services of a province, as it publishes them."""

    path = "/v1/services"

    @get(
        operation_id="listServices",
        summary="The services of a province, its own app's or one's own",
        **answers(Audience.ANYONE, "not-found", tag="roaming", operation=KeptOperation),
    )
    async def list_services(
        self, request: AnyRequest, province: WantedProvince = None, if_none_match: HeldTag = ""
    ) -> Response[ServicesOut]:
        """From the same source as getDestination.

        There is no catalogue in this server yet: nothing is published into it, and all residents see the same. What
        differs by resident comes with it, so that an answer to a caller with a credential is theirs alone already.
        """
        services = services_of(request)
        found = await describe_destination(services.destinations, province or services.settings.province)
        whose = "private" if "authorization" in request.headers else "public"
        headers = {"Cache-Control": f"{whose}, max-age={_FRESH_SECONDS}", "Vary": "Authorization"}
        return answer_unless_held(ServicesOut.of(found.offer), if_none_match, headers)
