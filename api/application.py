"""The application of one server process: every controller, one guard, one place for refusals."""

from __future__ import annotations

import os
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.types import ASGIApp

from api.callbacks import CallbackController
from api.callers import require_audience
from api.certificates import CertificateController
from api.check_ins import CheckInController, VenueStreamController
from api.codes import CodeController
from api.desk import DeskController
from api.desk_residents import DeskResidentController
from api.destinations import DestinationController, ServiceController
from api.devices import DeviceController
from api.documentation import description_route
from api.enterprises import DelegationController, EnterpriseController
from api.guardians import GuardianController
from api.health import HealthController
from api.identity import IdentityController
from api.journals import JournalController
from api.lean import LeanRequest
from api.licence_copies import LicenceCopyController, WalletCopyController
from api.licence_notices import LicenceNoticeController
from api.licence_types import LicenceTypeController, PurposeLicenceController
from api.locations import LocationController
from api.logins import LoginController
from api.matters import MatterController, WindowLicenceController
from api.me import MeController
from api.observing import Observer
from api.openid4vp import OpenidController, jwt_vc_issuer
from api.page_files import page_routes
from api.papers import DeskPaperController, OwnPaperController, PaperController, WindowPaperController
from api.places import PlaceController
from api.posters import PosterController, place
from api.preferences import PreferenceController
from api.presentation_requests import LicenceCredentialController, PresentationRequestController
from api.presentations import AskableController, PresentationController
from api.problem_pages import problem_type
from api.problems import EXCEPTION_HANDLERS
from api.receipts import ReceiptController
from api.relatives import CareInvitationController, RelativeController
from api.rights import RightsController
from api.scanners import OwnScannerController, ScannerController
from api.scans import ScanController
from api.services import serving
from api.sessions import SessionController
from api.shifts import ShiftController, VenueStaffController
from api.staff_acts import StaffActController
from api.staff_campaigns import CampaignController
from api.staff_disputes import DisputeController
from api.staff_factors import StaffFactorController
from api.staff_proposals import StaffProposalController
from api.staff_roles import StaffRoleController
from api.staff_sessions import StaffSessionController
from api.staff_venues import VenueJudgementController
from api.status_lists import StatusListController
from api.tracing import RequestTracer
from api.trust import TrustController
from api.venue_scans import VenueScanController
from api.venues import VenueController
from api.verifiers import VerifierController
from api.wallet import WalletController
from api.windows import PresenceController, WindowCareController
from app.logs import configure_logs
from app.settings import Settings, read_settings
from app.tracing import configure_tracing

_LONGEST_BODY = 2 * 2**20


_OF_RESIDENTS = (
    SessionController,
    MeController,
    LoginController,
    DeviceController,
    PreferenceController,
    IdentityController,
    GuardianController,
    RelativeController,
    CareInvitationController,
    EnterpriseController,
    DelegationController,
    RightsController,
    CodeController,
    CertificateController,
    PaperController,
    OwnPaperController,
    CheckInController,
    ReceiptController,
    WalletController,
    PresentationRequestController,
    LicenceCredentialController,
    WalletCopyController,
    LocationController,
)
_OF_VENUES = (
    ScanController,
    JournalController,
    VenueStreamController,
    VenueController,
    ScannerController,
    OwnScannerController,
    VenueStaffController,
    ShiftController,
    VenueScanController,
    PosterController,
    PresentationController,
    AskableController,
)
_OF_ANYBODY = (
    PlaceController,
    place,
    TrustController,
    StatusListController,
    OpenidController,
    jwt_vc_issuer,
    LicenceTypeController,
    PurposeLicenceController,
    CallbackController,
    LicenceNoticeController,
    HealthController,
    LicenceCopyController,
    MatterController,
    DestinationController,
    ServiceController,
)
_OF_STAFF = (
    StaffSessionController,
    StaffFactorController,
    StaffRoleController,
    StaffProposalController,
    StaffActController,
    DeskController,
    DeskResidentController,
    DeskPaperController,
    DisputeController,
    VenueJudgementController,
    VerifierController,
    CampaignController,
    PresenceController,
    WindowCareController,
    WindowPaperController,
    WindowLicenceController,
)


def list_handlers(settings: Settings) -> list[Any]:
    """Every controller and page of a server with these settings."""
    handlers = [*_OF_RESIDENTS, *_OF_VENUES, *_OF_ANYBODY, *_OF_STAFF, problem_type, *page_routes()]
    return handlers if settings.is_production else [*handlers, *_list_stand_ins()]


def _list_stand_ins() -> list[Any]:
    from api.development import DevelopmentController  # noqa: PLC0415  production never loads a stand-in
    from api.development_enterprises import DevelopmentEnterpriseController  # noqa: PLC0415  likewise
    from api.development_identity import DevelopmentIdentityController  # noqa: PLC0415  likewise
    from api.development_licences import DevelopmentLicenceController  # noqa: PLC0415  likewise
    from api.development_platforms import DevelopmentPlatformController  # noqa: PLC0415  likewise
    from api.development_pushes import DevelopmentPushController  # noqa: PLC0415  likewise

    return [
        DevelopmentController,
        DevelopmentEnterpriseController,
        DevelopmentIdentityController,
        DevelopmentLicenceController,
        DevelopmentPlatformController,
        DevelopmentPushController,
    ]


def create_litestar(settings: Settings) -> Litestar:
    """The application without its observer."""
    handlers = list_handlers(settings)
    return Litestar(
        route_handlers=[*handlers, description_route(handlers)],
        before_request=require_audience,
        request_class=LeanRequest,
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[serving],
        openapi_config=None,
        state=State({"settings": settings}),
        request_max_body_size=_LONGEST_BODY,
        logging_config=None,
        debug=False,
    )


def create_app() -> ASGIApp:
    """What granian serves."""
    settings = read_settings(os.environ)
    configure_logs(settings.log_level)
    application: ASGIApp = Observer(
        create_litestar(settings), log_requests=settings.log_requests, is_production=settings.is_production
    )
    if settings.otlp_endpoint is None:
        return application
    configure_tracing(
        settings.otlp_endpoint, province=settings.province, process="server", percent=settings.trace_percent
    )
    return RequestTracer(application)
