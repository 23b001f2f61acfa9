"""The account's settings: selectors, the fields and forms of modules, and the modules themselves."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from crmdesk.sandbox import custom_fields, custom_modules, forms, schema
from crmdesk.sandbox.account import Account
from crmdesk.sandbox.answers import answer, body_of, denied, includes_of, record_id, unknown
from crmdesk.sandbox.modules import Body, Module
from crmdesk.sandbox.store import Where
from crmdesk.sandbox.targets import envelope

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
_MODULE = "module_customization"


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
        module = self._formed(request)
        return answer(forms.forms(self.store, module, custom_modules.form_id(self.store, module.name)))

    def _formed(self, request: Request) -> Module:
        """The module that the path names, where it has a form."""
        self._for_admins(request)
        module = self._entity(request)
        if not (module.name in schema.FIELDS or module.name.startswith("cm_")):
            raise unknown()
        return module

    async def create_field(self, request: Request) -> Response:
        """POST settings/<entity>/forms/<form>/fields: a new field; the server makes its name."""
        module = self._formed(request)
        form = custom_modules.form_id(self.store, module.name)
        # The printed examples call the form 1, and the form in their answers otherwise.
        if record_id(request.path_params["form"]) not in (form, self.store.meta("form_of_examples")):
            raise unknown()
        data = envelope(await body_of(request), "field")
        with self.store.transaction():
            name = custom_fields.add(self.store, module, data)
        return answer({"field": forms.form_field(self.store, module, form, name)})

    # -- custom modules -----------------------------------------------------------------------------------

    async def modules(self, request: Request) -> Response:
        """GET settings/module_customizations: built-in modules and custom ones."""
        self._for_admins(request)
        return answer({_MODULE + "s": custom_modules.customizations(self.store)})

    def _module(self, request: Request, *, custom: bool) -> Body:
        self._for_admins(request)
        wanted = record_id(request.path_params["id"])
        found = next((item for item in custom_modules.customizations(self.store) if item["id"] == wanted), None)
        if found is None or (custom and not found["custom"]):
            raise unknown()
        return found

    async def one_module(self, request: Request) -> Response:
        """GET settings/module_customizations/<id>."""
        return answer({_MODULE: self._module(request, custom=False)})

    async def create_module(self, request: Request) -> Response:
        """POST settings/module_customizations."""
        self._for_admins(request)
        data = envelope(await body_of(request), _MODULE)
        return answer({_MODULE: custom_modules.create(self.store, data)})

    async def update_module(self, request: Request) -> Response:
        """PUT settings/module_customizations/<id>."""
        found = self._module(request, custom=True)
        return answer({_MODULE: custom_modules.update(self.store, found, envelope(await body_of(request), _MODULE))})

    async def delete_module(self, request: Request) -> Response:
        """DELETE settings/module_customizations/<id>: with all its records."""
        custom_modules.delete(self.store, self._module(request, custom=True))
        return answer({"message": "Module deleted successfully"})


def _owner(user: Body) -> Body:
    keys = ("id", "display_name", "email", "is_active", "work_number", "mobile_number")
    return {key: user[key] for key in keys}
