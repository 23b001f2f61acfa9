"""The form of an account: what it is called, where it is, its key, and how careful to be with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from crmdesk.config.errors import InputError
from crmdesk.profiles.profile import PLAN_LIMITS, Profile
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Button, NoteBox, label
from crmdesk.ui.widgets.basics import restyle

if TYPE_CHECKING:
    from crmdesk.profiles.connection_test import ConnectionResult
    from crmdesk.profiles.vault import SecretItem

KEY_HELP = (
    "In the CRM, click your picture, then Settings → API Settings. The bundle alias stands there as "
    "“Your bundle alias”, the key as “Your API key” (a captcha shows it). An administrator's key sees "
    "the whole account; another one only what its user sees."
)
COLORS = (
    ("#C0301E", "Red"),
    ("#C2570C", "Orange"),
    ("#8A6D00", "Ochre"),
    ("#17723D", "Green"),
    ("#0F7490", "Teal"),
    ("#2D5CDB", "Blue"),
    ("#7C3AED", "Violet"),
    ("#5A6376", "Grey"),
)
_PLANS = ("Free or Growth: 1,000 an hour", "Pro: 2,000 an hour", "Enterprise: 5,000 an hour")


@dataclass(frozen=True)
class Entered:
    """What the form holds: a profile, and an address with its key if one was typed."""

    profile: Profile
    secret: SecretItem | None


class ColorDot(QAbstractButton):
    """One colour to choose."""

    def __init__(self, color: str, name: str, theme: Theme) -> None:
        super().__init__()
        self.color = color
        self._theme = theme
        self.setCheckable(True)
        self.setFixedSize(24, 24)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A disc; a ring around the chosen one."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.color))
        painter.drawEllipse(5, 5, 14, 14)
        if self.isChecked() or self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self._theme.color("text" if self.isChecked() else "accent"))
            painter.drawEllipse(2, 2, 19, 19)


class KeyField(QLineEdit):
    """A password field whose text can be shown."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setAccessibleName("API key")
        self.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        show = QAction(theme.icon("eye"), "Show the key", self)
        show.setCheckable(True)
        show.toggled.connect(self._show)
        self.addAction(show, QLineEdit.ActionPosition.TrailingPosition)

    def _show(self, shown: bool) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)


class ProfileForm(QWidget):
    """All fields of an account. `changed` after every edit; `result` shows what a test found."""

    changed = Signal()

    def __init__(self, theme: Theme, profile: Profile | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._profile = profile
        self._pressed: QWidget | None = None
        self.name = QLineEdit()
        self.name.setPlaceholderText("Acme Europe")
        self.name.setMaxLength(80)
        self.alias = QLineEdit()
        self.alias.setPlaceholderText("acme.myfreshworks.com/crm/sales")
        self.key = KeyField(theme)
        if profile is not None:
            self.alias.setPlaceholderText("as stored")
            self.key.setPlaceholderText("as stored")
        self.help = label(KEY_HELP, "small", wrap=True)
        self.help.hide()
        self._help_button = Button("Where to find them", self._toggle_help, role="link")
        self._more_button = Button("Colour, plan and more", self._toggle_more, role="link")
        self.result = NoteBox()
        self.result.hide()
        self.moved = Button("Use the new address", role="link")
        self.moved.hide()
        self.result.body.addWidget(self.moved)
        self._make_choices()
        self._lay_out()
        self._fill(profile or Profile.new("New"), new=profile is None)
        for field in (self.name, self.alias, self.key):
            field.textEdited.connect(self._edited)

    def _make_choices(self) -> None:
        self.production = QRadioButton("Production")
        self.sandbox = QRadioButton("Sandbox or trial")
        self._colors = QButtonGroup(self)
        self._dots = [ColorDot(color, name, self._theme) for color, name in COLORS]
        for dot in self._dots:
            self._colors.addButton(dot)
        self.plan = QComboBox()
        self.plan.addItems([*_PLANS, "Another number"])
        self.plan.setAccessibleName("Plan")
        self.limit = QSpinBox()
        self.limit.setRange(1, 1_000_000)
        self.limit.setGroupSeparatorShown(True)
        self.limit.setSuffix(" requests an hour")
        self.limit.setAccessibleName("Requests an hour")
        self.plan.currentIndexChanged.connect(self._plan_chosen)
        self.own_host = QCheckBox("The CRM has a company's own domain")
        self.host = QLineEdit()
        self.host.setPlaceholderText("crm.example.com")
        self.host.setAccessibleName("The company's own domain")
        self.own_host.toggled.connect(self.host.setVisible)

    def _lay_out(self) -> None:
        rows = QFormLayout()
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(16)
        rows.setVerticalSpacing(10)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        _row(rows, "&Name", self.name)
        _row(rows, "&Bundle alias", self.alias)
        _row(rows, "API &key", self.key)
        rows.addRow("", _line(self._help_button))
        kind = QFormLayout()
        kind.setContentsMargins(0, 0, 0, 0)
        kind.setHorizontalSpacing(16)
        kind.addRow(label("Kind", "muted"), _line(self.production, self.sandbox))
        self._more = QWidget()
        more = QFormLayout(self._more)
        more.setContentsMargins(0, 0, 0, 0)
        more.setHorizontalSpacing(16)
        more.setVerticalSpacing(10)
        more.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        more.addRow(label("Colour", "muted"), _line(*self._dots, gap=0))
        more.addRow(label("Plan", "muted"), self.plan)
        more.addRow("", self.limit)
        more.addRow("", self.own_host)
        more.addRow("", self.host)
        self._more.hide()
        widest = label("Bundle alias", "muted").sizeHint().width()
        for form in (rows, kind, more):
            first = form.itemAt(0, QFormLayout.ItemRole.LabelRole)
            if first is not None and (widget := first.widget()) is not None:
                widget.setMinimumWidth(widest)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(rows)
        column.addWidget(self.help)
        column.addLayout(kind)
        column.addWidget(self._more_button)
        column.addWidget(self._more)
        column.addWidget(self.result)

    def _fill(self, profile: Profile, *, new: bool) -> None:
        if not new:
            self.name.setText(profile.name)
        (self.production if profile.production else self.sandbox).setChecked(True)
        color = COLORS[0][0] if new else profile.color
        chosen = [dot for dot in self._dots if dot.color.lower() == color.lower()]
        (chosen or self._dots)[0].setChecked(True)
        known = profile.hourly_limit in PLAN_LIMITS
        self.plan.setCurrentIndex(PLAN_LIMITS.index(profile.hourly_limit) if known else len(PLAN_LIMITS))
        self.limit.setValue(profile.hourly_limit)
        self.limit.setVisible(not known)
        self.own_host.setChecked(bool(profile.allow_hosts))
        self.host.setText(", ".join(profile.allow_hosts))
        self.host.setVisible(bool(profile.allow_hosts))

    # --- what was entered ----------------------------------------------------------------------

    def entered(self) -> Entered:
        """What the form holds; raises InputError that names what is missing, with the field marked."""
        self._mark(None)
        name = self.name.text().strip()
        alias, key = self.alias.text().strip(), self.key.text().strip()
        if not name:
            raise self._wrong(self.name, "Give the account a name.", "Any name that you know it by.")
        if (self._profile is None or alias) and not key:
            raise self._wrong(self.key, "The API key is missing.", "It belongs to the bundle alias.")
        if key and not alias:
            raise self._wrong(self.alias, "The bundle alias is missing.", "It is kept together with the key.")
        profile = replace(
            self._profile or Profile.new(name),
            name=name,
            color=self._chosen_color(),
            kind="production" if self.production.isChecked() else "sandbox",
            hourly_limit=self._chosen_limit(),
            allow_hosts=self._hosts(),
        )
        return Entered(profile, self._secret(alias, key, profile) if key else None)

    def _secret(self, alias: str, key: str, profile: Profile) -> SecretItem:
        from crmdesk.crm.address import parse_bundle_alias
        from crmdesk.profiles.vault import SecretItem
        from crmdesk.ui.connect.accounts import Accounts

        try:
            address = parse_bundle_alias(alias, Accounts.allowed_hosts(profile))
        except InputError:
            self._mark(self.alias)
            raise
        return SecretItem(address.url, key)

    def _chosen_color(self) -> str:
        chosen = self._colors.checkedButton()
        return chosen.color if isinstance(chosen, ColorDot) else COLORS[0][0]

    def _chosen_limit(self) -> int:
        at = self.plan.currentIndex()
        return PLAN_LIMITS[at] if at < len(PLAN_LIMITS) else self.limit.value()

    def _hosts(self) -> tuple[str, ...]:
        if not self.own_host.isChecked():
            return ()
        return tuple(self.host.text().replace(",", " ").split())

    def _wrong(self, field: QLineEdit, message: str, remedy: str) -> InputError:
        self._mark(field)
        field.setFocus()
        return InputError(message, remedy=remedy)

    def _mark(self, wrong: QLineEdit | None) -> None:
        for field in (self.name, self.alias, self.key):
            if bool(field.property("wrong")) != (field is wrong):
                field.setProperty("wrong", field is wrong)
                restyle(field)

    # --- what is told --------------------------------------------------------------------------

    def show_error(self, error: BaseException) -> None:
        """Say in the form what is wrong."""
        self.moved.hide()
        self.result.set(str(error), getattr(error, "remedy", ""), "warning")
        self.result.show()

    def hold(self, busy: bool, *buttons: QAbstractButton) -> None:
        """Turn buttons off while the account is asked; the keyboard then goes to what is wrong, or back."""
        if busy:
            self._pressed = self.window().focusWidget()
            # A button that is turned off would hand the keyboard on to the next one, whatever that does.
            self.setFocus()
        for button in buttons:
            button.setEnabled(not busy)
        if not busy and self.window().focusWidget() is self:
            wrong = [field for field in (self.name, self.alias, self.key) if field.property("wrong")]
            back = wrong[0] if wrong else self._pressed
            if back is not None and shiboken6.isValid(back):
                back.setFocus()

    def show_busy(self, text: str) -> None:
        """Say what is being done."""
        self.moved.hide()
        self.result.set("", text)
        self.result.show()

    def show_result(self, found: ConnectionResult) -> None:
        """Say what the test found; a moved account offers its new address."""
        from crmdesk.profiles.connection_test import Verdict

        tone = "good" if found.verdict == Verdict.OK else "staged" if found.ok else "warning"
        self.result.set(found.message, found.remedy, tone)
        self.moved.setVisible(found.moved_to is not None)
        if found.moved_to is not None:
            address = found.moved_to
            self.moved.setText(f"Use {address}")
            self.moved.disconnect(self.moved)
            self.moved.clicked.connect(lambda _checked=False: self._use_moved(address))
        if found.verdict == Verdict.WRONG_KEY:
            self._mark(self.key)
        elif found.verdict == Verdict.NO_ACCOUNT:
            self._mark(self.alias)
        self.result.show()

    def _use_moved(self, address: str) -> None:
        self.alias.setText(address)
        self.result.set("", "The address was put in. The key is sent there only when you go on.", "info")
        self.moved.hide()

    def offer_address(self, address: str) -> None:
        """Put in the address that the account has moved to, and ask for the key that goes with it."""
        self.alias.setText(address)
        self.result.set(
            "The account has moved",
            "This is its new address. Enter the key again if you trust it: both are kept together.",
            "info",
        )
        self.result.show()
        self.key.setFocus()

    def _edited(self) -> None:
        self._mark(None)
        self.result.hide()
        self.changed.emit()

    def _plan_chosen(self, at: int) -> None:
        self.limit.setVisible(at >= len(PLAN_LIMITS))

    def _toggle_help(self) -> None:
        self.help.setVisible(self.help.isHidden())

    def _toggle_more(self) -> None:
        self._more.setVisible(self._more.isHidden())
        self._more_button.setText("Hide colour and plan" if self._more.isVisible() else "Colour, plan and more")


def _row(form: QFormLayout, text: str, field: QLineEdit) -> None:
    name = label(text, "muted")
    name.setBuddy(field)
    if not field.accessibleName():
        field.setAccessibleName(text.replace("&", ""))
    form.addRow(name, field)


def _line(*widgets: QWidget, gap: int = 12) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(gap)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return holder
