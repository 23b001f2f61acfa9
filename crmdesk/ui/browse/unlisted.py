"""A module that the API does not list: says so, and opens a record by its id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from crmdesk.crm.values import whole
from crmdesk.ui.browse.source import Source
from crmdesk.ui.widgets import Button, label
from crmdesk.ui.window.workspace import Desk, Workspace


class UnlistedWorkspace(Workspace):
    """Products and documents: reached by id, or through the deals they belong to."""

    def __init__(self, desk: Desk, source: Source) -> None:
        super().__init__(desk)
        self.source = source
        spec = source.spec
        self.field = QLineEdit()
        self.field.setPlaceholderText(f"Id of a {spec.singular.lower()}")
        self.field.setAccessibleName(f"Id of a {spec.singular.lower()}")
        self.field.setMaximumWidth(220)
        self.field.returnPressed.connect(self.open_record)
        self.field.textChanged.connect(lambda _text: self._check())
        self.button = Button("Open", self.open_record, role="primary")
        picture = QLabel()
        picture.setPixmap(desk.theme.icon(spec.key).pixmap(28, 28))
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.field)
        line.addWidget(self.button)
        line.addStretch(1)
        body = QWidget()
        body.setFixedWidth(440)
        inside = QVBoxLayout(body)
        inside.setSpacing(8)
        inside.addWidget(picture)
        inside.addWidget(label(f"The CRM's API does not list {spec.plural.lower()}", "heading", wrap=True))
        inside.addWidget(
            label(
                f"It gives a {spec.singular.lower()} by its id only: the number at the end of the record's "
                "address in the browser. A file of ids can be reassigned as well.",
                "muted",
                wrap=True,
            )
        )
        inside.addLayout(line)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(body)
        middle.addStretch(1)
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addLayout(middle)
        column.addStretch(3)
        self.setFocusProxy(self.field)
        self._check()

    @property
    def title(self) -> str:
        """The module's name."""
        return self.source.spec.plural

    def memory(self) -> Mapping[str, Any]:
        """Enough to open it again."""
        return {
            "module": self.source.spec.key,
            "view_id": self.source.view_id,
            "view_name": self.source.name,
        }

    def _check(self) -> None:
        self.button.setEnabled(whole(self.field.text()) is not None)

    def open_record(self) -> None:
        """Open the record of the id in a tab."""
        record_id = whole(self.field.text())
        if record_id is not None:
            self.desk.open("record", {"module": self.source.spec.key, "id": record_id, "label": ""})
