"""The account's settings: selectors, the fields and forms of modules, and the modules themselves."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox import schema, times
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import answer, denied, includes_of, record_id, unknown
from crmdesk.sandbox.modules import BUILT_IN, Body, Module
from crmdesk.sandbox.store import Where

_LISTED = (
    "territories",
    "deal_stages",
    "currencies",
    "deal_reasons",
    "deal_types",
    "lead_sources",
    "industry_types",
    "business_types",
    "campaigns",
    "deal_payment_statuses",
    "deal_pipelines",
    "contact_statuses",
    "sales_activity_types",
    "sales_activity_outcomes",
    "sales_activity_entity_types",
    "lifecycle_stages",
    "designations",
)
_SETTINGS = ("contacts", "sales_accounts", "deals", "sales_activities")
_MODULE_BASE = 3_000_000_000


class SettingsApi:
    """The handlers."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.store = account.store

    async def selector(self, request: Request) -> Response:
        """GET selector/<name>: the key is the name, but of owners it is `users`."""
        name = request.path_params["name"]
        if name == "owners":
            return answer({"users": [_owner(user) for user in self.store.choices("users")]})
        if name == "deal_products":
            return answer({name: self._products()})
        if name not in _LISTED:
            raise unknown()
        items = self.store.choices(name)
        if name == "deal_stages":
            first = next(item["id"] for item in self.store.choices("deal_pipelines") if item["is_default"])
            items = [item for item in items if item["deal_pipeline_id"] == first]
        return answer({name: items})

    def _products(self) -> list[Body]:
        ids = self.store.ids("products", Where())
        products = self.store.many("products", ids)
        return [
            {"id": item["id"], "name": item["name"], "position": place, "partial": True}
            for place, item in enumerate(products, 1)
        ]

    async def stages_of(self, request: Request) -> Response:
        """GET selector/deal_pipelines/<id>/deal_stages."""
        wanted = record_id(request.path_params["id"])
        if self.store.choice("deal_pipelines", wanted) is None:
            raise unknown()
        stages = self.store.choices("deal_stages")
        return answer({"deal_stages": [item for item in stages if item["deal_pipeline_id"] == wanted]})

    async def outcomes_of(self, request: Request) -> Response:
        """GET selector/sales_activity_types/<id>/sales_activity_outcomes."""
        wanted = record_id(request.path_params["id"])
        if self.store.choice("sales_activity_types", wanted) is None:
            raise unknown()
        found = self.store.choices("sales_activity_outcomes")
        listed = [item for item in found if item["sales_activity_type_id"] == wanted]
        return answer({"sales_activity_outcomes": listed})

    def _for_admins(self, request: Request) -> None:
        if not request.state.user.get("_admin"):
            raise denied()

    def _entity(self, request: Request) -> Module:
        module = self.store.modules.get(request.path_params["entity"])
        if module is None:
            raise unknown()
        return module

    async def fields(self, request: Request) -> Response:
        """GET settings/<entity>/fields, flat; include=field_group adds the groups."""
        self._for_admins(request)
        module = self._entity(request)
        if module.name not in _SETTINGS:
            raise unknown()
        return answer(schema.flat_fields(self.store, module, grouped="field_group" in includes_of(request)))

    async def forms(self, request: Request) -> Response:
        """GET settings/<entity>/forms: sections with their fields."""
        self._for_admins(request)
        module = self._entity(request)
        if module.name not in schema.FIELDS:
            raise unknown()
        form_id = _MODULE_BASE + 101 + list(self.store.modules).index(module.name)
        return answer(schema.forms(self.store, module, form_id))

    async def modules(self, request: Request) -> Response:
        """GET settings/module_customizations: built-in modules and custom ones."""
        self._for_admins(request)
        return answer({"module_customizations": self._customizations()})

    async def one_module(self, request: Request) -> Response:
        """GET settings/module_customizations/<id>."""
        self._for_admins(request)
        wanted = record_id(request.path_params["id"])
        found = next((item for item in self._customizations() if item["id"] == wanted), None)
        if found is None:
            raise unknown()
        return answer({"module_customization": found})

    def _customizations(self) -> list[Body]:
        named = [("contacts", "Contact", "Contacts"), ("sales_accounts", "Account", "Accounts")]
        named += [("deals", "Deal", "Deals"), ("products", "Product", "Products")]
        built_in = [
            _customization(_MODULE_BASE + 1 + place, entity, (one, many), place + 1)
            for place, (entity, one, many) in enumerate(named)
        ]
        own = [
            _customization(_MODULE_BASE + 34 + place, entity, (one, many), 14 + place)
            for place, (entity, one, many) in enumerate(self.store.meta("modules", []))
        ]
        return built_in + own


def _owner(user: Body) -> Body:
    keys = ("id", "display_name", "email", "is_active", "work_number", "mobile_number")
    return {key: user[key] for key in keys}


def _customization(module_id: int, entity: str, names: tuple[str, str], position: int) -> Body:
    one, many = names
    custom = entity not in BUILT_IN
    path = f"/custom_module/{entity}" if custom else f"/{entity}"
    made = times.printed(times.ANCHOR - 900 * times.DAY, True)
    return {
        "id": module_id,
        "singular_name": one,
        "plural_name": many,
        "entity_name": entity,
        "description": f"This module holds {many.lower()}",
        "icon": f"icon-{entity.replace('_', '-')}",
        "position": position,
        "show_in_navigation_menu": True,
        "custom": custom,
        "resource_path_for_navigation": path,
        "layout_customizations": {"lookup_sections": [], "section_config": []},
        "status": 1,
        "created_at": made,
        "updated_at": made,
        "configs": {"filters_v2_enabled": True},
    }
