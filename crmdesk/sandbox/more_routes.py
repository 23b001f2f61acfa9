"""The routes of what is not contacts, accounts, deals or records of custom modules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox.account import Account
from crmdesk.sandbox.activities_api import ActivitiesApi
from crmdesk.sandbox.cpq_api import CpqApi
from crmdesk.sandbox.files_api import FilesApi
from crmdesk.sandbox.lists_api import ListsApi
from crmdesk.sandbox.parts_api import PARTS_OF, PartsApi
from crmdesk.sandbox.settings_api import SettingsApi

Handler = Callable[[Request], Awaitable[Response]]
Routes = list[tuple[str, str, Handler]]


def more_routes(account: Account) -> Routes:
    """(methods, path, handler); to be asked before the routes of records, whose paths are wider."""
    return [
        *_lists(ListsApi(account)),
        *_activities(ActivitiesApi(account)),
        *_cpq(CpqApi(account)),
        *_of_records(PartsApi(account), FilesApi(account)),
        *_settings(SettingsApi(account)),
    ]


def _settings(settings: SettingsApi) -> Routes:
    at = "settings/module_customizations"
    return [
        ("POST", at, settings.create_module),
        ("PUT", f"{at}/{{id}}", settings.update_module),
        ("DELETE", f"{at}/{{id}}", settings.delete_module),
        ("POST", "settings/{entity}/forms/{form}/fields", settings.create_field),
    ]


def _lists(lists: ListsApi) -> Routes:
    return [
        ("POST", "lists", lists.create),
        ("GET", "lists", lists.lists),
        ("PUT", "lists/{id:int}", lists.update),
        ("GET", "contacts/lists/{id:int}", lists.contacts),
        ("PUT", "lists/{id:int}/add_contacts", lists.add),
        ("PUT", "lists/{id:int}/remove_contacts", lists.remove),
        ("PUT", "lists/{id:int}/move_contacts", lists.move),
    ]


def _activities(activities: ActivitiesApi) -> Routes:
    found: Routes = [
        ("GET", "appointments", activities.appointments),
        ("GET", "appointments/{id:int}", _with(activities.view_appointment, module="appointments")),
        ("PUT", "appointments/{id:int}", _with(activities.update_appointment, module="appointments")),
    ]
    for module in ("tasks", "appointments", "sales_activities"):
        found += [
            ("POST", module, _with(activities.create, module=module)),
            ("DELETE", f"{module}/{{id:int}}", _with(activities.delete, module=module)),
        ]
    return found


def _cpq(cpq: CpqApi) -> Routes:
    found: Routes = []
    for module in ("products", "cpq_documents"):
        at, one = f"cpq/{module}", f"cpq/{module}/{{id:int}}"
        found += [
            ("POST", at, _with(cpq.create, module=module)),
            ("DELETE", one, _with(cpq.delete, module=module)),
            ("PUT", f"{one}/restore", _with(cpq.restore, module=module)),
            ("PUT", f"{at}/{module}_bulk_update", _with(cpq.bulk_update, module=module)),
            ("POST", f"{at}/{module}_bulk_delete", _with(cpq.bulk_delete, module=module)),
            ("PUT POST", f"{at}/{module}_bulk_restore", _with(cpq.bulk_restore, module=module)),
        ]
    # Forgetting is documented for documents alone.
    return [*found, ("DELETE", "cpq/cpq_documents/{id:int}/forget", _with(cpq.forget, module="cpq_documents"))]


def _of_records(parts: PartsApi, files: FilesApi) -> Routes:
    found: Routes = [
        ("POST", "notes", parts.create_note),
        ("PUT", "notes/{id:int}", parts.update_note),
        ("DELETE", "notes/{id:int}", parts.delete_note),
        ("POST", "phone_calls", parts.create_call),
        ("POST", "documents", files.upload),
    ]
    for module in ("contacts", "sales_accounts", "deals"):
        at = f"{module}/{{id:int}}"
        found += [("GET", f"{at}/{part}", _with(parts.parts, module=module, part=part)) for part in PARTS_OF]
        found += [
            ("GET", f"{at}/conversations", _with(parts.conversations, module=module)),
            ("GET", f"{at}/conversations/all", _with(parts.conversations, module=module)),
            ("GET", f"{at}/document_associations", _with(files.associations, module=module)),
        ]
    custom = "custom_module/{module}/{id:int}"
    return [
        *found,
        ("GET", "cpq/products/{id:int}/document_associations", _with(files.associations, module="products")),
        ("GET", f"{custom}/notes", _with(parts.parts, part="notes")),
        ("GET", f"{custom}/document_associations", files.associations),
    ]


def _with(handler: Handler, **named: str) -> Handler:
    """A handler with path parameters that the path doesn't hold."""

    async def wrapped(request: Request) -> Response:
        request.path_params.update(named)
        return await handler(request)

    return wrapped
