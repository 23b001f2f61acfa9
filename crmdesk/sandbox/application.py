"""Which handler answers which path. The documented requests of later issues get their lines here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import Refused, answer, error_answer
from crmdesk.sandbox.control_api import ControlApi
from crmdesk.sandbox.gate import API, Gate
from crmdesk.sandbox.more_routes import more_routes
from crmdesk.sandbox.record_routes import record_routes
from crmdesk.sandbox.records_api import RecordsApi
from crmdesk.sandbox.search_api import SearchApi
from crmdesk.sandbox.settings_api import SettingsApi

Handler = Callable[[Request], Awaitable[Response]]


def _route(methods: str, path: str, handler: Handler) -> Route:
    return Route(path, handler, methods=methods.split())


def _api(account: Account) -> list[Route]:
    records, settings, search = RecordsApi(account), SettingsApi(account), SearchApi(account)
    table: list[tuple[str, str, Handler]] = [
        *more_routes(account),
        ("GET", "selector/deal_pipelines/{id}/deal_stages", settings.stages_of),
        ("GET", "selector/sales_activity_types/{id}/sales_activity_outcomes", settings.outcomes_of),
        ("GET", "selector/{name}", settings.selector),
        ("GET", "settings/module_customizations", settings.modules),
        ("GET", "settings/module_customizations/{id}", settings.one_module),
        ("GET", "settings/{entity}/fields", settings.fields),
        ("GET", "settings/{entity}/forms", settings.forms),
        ("GET", "job_statuses/{id}", records.job_status),
        ("POST", "filtered_search/{entity}", search.filtered),
        ("GET", "search", search.search),
        ("GET", "lookup", search.lookup),
        ("GET", "custom_module/{module}", records.plain_custom),
        ("GET", "custom_module/{module}/filters", records.filters),
        ("GET", "custom_module/{module}/view/{id}", records.custom_view),
        ("GET", "custom_module/{module}/{id:int}", records.get_custom),
        ("PUT", "custom_module/{module}/{id:int}", records.put_custom),
        ("GET", "cpq/{module}/{id:int}", records.get_cpq),
        ("PUT", "cpq/{module}/{id:int}", records.put_cpq),
        ("POST", "cpq/{module}/{call}", records.queued_assign),
        ("GET", "tasks", records.tasks),
        ("GET", "appointments", records.appointments),
        ("POST", "contacts/bulk_assign_owner", records.bulk_assign_owner),
        ("GET", "{module}/filters", records.filters),
        ("GET", "{module}/view/{id}", records.view),
        ("POST", "{module}/bulk_upsert", records.bulk_upsert),
        ("GET", "{module}/{id:int}", records.get),
        ("PUT", "{module}/{id:int}", records.put),
        ("GET", "{module}", records.plain_list),
        *record_routes(account, records),
    ]
    return [_route(methods, API + path, handler) for methods, path, handler in table]


def _control(account: Account) -> list[Route]:
    control = ControlApi(account)
    table: list[tuple[str, str, Handler]] = [
        ("POST", "reset", control.reset),
        ("GET", "requests", control.requests),
        ("POST", "requests/clear", control.clear),
        ("PUT", "faults", control.faults),
        ("GET", "jobs", control.jobs),
        ("GET", "records/{module}", control.all),
        ("GET", "records/{module}/{id}", control.get),
        ("PUT", "records/{module}/{id}", control.put),
        ("DELETE", "records/{module}/{id}", control.delete),
    ]
    return [_route(methods, f"/sandbox/{path}", handler) for methods, path, handler in table]


def application(account: Account) -> ASGIApp:
    """The whole server as one ASGI application."""

    async def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return error_answer(error, legacy=account.options.legacy_validation)

    async def not_found(_request: Request, error: Exception) -> Response:
        # A path that is there but not for this method is an invalid URL to the CRM, too.
        status = error.status_code if isinstance(error, HTTPException) else 500
        return error_answer(Refused(404 if status == 405 else status, "Requested resource not found"), legacy=False)

    async def broken(_request: Request, error: Exception) -> Response:
        return answer({"error_code": 500, "message": type(error).__name__}, 500)

    app = Starlette(
        routes=[*_api(account), *_control(account)],
        exception_handlers={Refused: refused, HTTPException: not_found, Exception: broken},
    )
    return Gate(app, account)
