"""Editors of a date, and of a date with a time in the person's zone; both can be typed, or picked from a calendar."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from PySide6.QtCore import QDate, QEvent, QObject, Qt
from PySide6.QtGui import QAction, QIcon, QKeyEvent
from PySide6.QtWidgets import QCalendarWidget, QFrame, QLineEdit, QToolButton, QVBoxLayout, QWidget

from crmdesk.config.errors import InputError
from crmdesk.config.times import now
from crmdesk.crm.schema import Field
from crmdesk.crm.values import parse_time
from crmdesk.ui.editors.context import EditContext
from crmdesk.ui.editors.text import LineEditor
from crmdesk.ui.theme import Theme

USUAL_HOUR = 9  # of a day picked from the calendar, where no time was given yet


class Calendar(QFrame):
    """A month in a frame of its own, which closes when it is left."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("ground", "surface")
        self.setProperty("role", "popup")
        self.days = QCalendarWidget()
        self.days.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.days.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.ShortDayNames)
        self.days.setGridVisible(False)
        self.days.setAccessibleName("Calendar")
        plain = self.days.weekdayTextFormat(Qt.DayOfWeek.Monday)
        for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            self.days.setWeekdayTextFormat(day, plain)  # red numbers would say that something is wrong
        for name, sign, spoken in (("prev", "‹", "Month before"), ("next", "›", "Month after")):
            button = self.days.findChild(QToolButton, f"qt_calendar_{name}month")
            if button is not None:
                button.setIcon(QIcon())  # Qt's own arrows are black, on dark grounds too
                button.setText(sign)
                button.setAccessibleName(spoken)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self.days)


class DateEditor(LineEditor):
    """A day, typed as 2026-11-20 or in any other documented way."""

    hint = "YYYY-MM-DD"
    calendar: Calendar | None = None  # made when it is opened

    def make_row(self) -> QWidget:
        """The line with the arrow that opens the calendar."""
        self.line.setPlaceholderText(self.hint)
        self._arrow = QAction("Pick a day", self.line)
        self._arrow.triggered.connect(self.open_calendar)
        self.line.addAction(self._arrow, QLineEdit.ActionPosition.TrailingPosition)
        theme = self.context.desk.theme
        theme.changed.connect(self._dress)
        self._dress()
        return self.line

    def _dress(self) -> None:
        self._arrow.setIcon(self.context.desk.theme.icon("calendar"))

    def text_of(self, value: Any) -> str:
        """The day as ISO writes it; what can't be read is shown as it came."""
        return "" if value is None else str(value)

    def read(self) -> Any:
        """`YYYY-MM-DD` or None."""
        text = self.line.text().strip()
        return self.context.parse(self.field, text) if text else None

    def open_list(self) -> bool:
        """Whether the calendar is open."""
        return self.calendar is not None and self.calendar.isVisible()

    def open_calendar(self) -> None:
        """Show the month of the day that is typed, else this one."""
        if self.calendar is None:
            self.calendar = Calendar(self.context.desk.theme, self.line)
            self.calendar.days.clicked.connect(self._picked)
            self.calendar.days.activated.connect(self._picked)
            self.calendar.installEventFilter(self)
        self.calendar.days.setSelectedDate(_qdate(self.day()))
        corner = self.line.mapToGlobal(self.line.rect().bottomLeft())
        size = self.calendar.sizeHint()
        screen = self.line.screen().availableGeometry()
        left = max(screen.left(), min(corner.x(), screen.right() - size.width()))
        below = corner.y() + 2
        top = below if below + size.height() <= screen.bottom() else corner.y() - self.line.height() - size.height()
        self.calendar.move(left, max(screen.top(), top))
        self.calendar.show()
        self.calendar.days.setFocus()

    def day(self) -> date:
        """The day that is typed, as far as it can be read; else today."""
        try:
            found = self.read()
        except InputError:
            found = None
        try:
            return date.fromisoformat(str(found)[:10])
        except ValueError:
            return now().astimezone(self.context.zone).date()

    def text_of_day(self, day: date) -> str:
        """What is written for a day picked from the calendar."""
        return day.isoformat()

    def _picked(self, day: QDate) -> None:
        self.line.setText(self.text_of_day(date(day.year(), day.month(), day.day())))
        self.touch()
        if self.calendar is not None:
            self.calendar.hide()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Alt+Down or F4 opens the calendar; Esc closes it."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if watched is self.calendar:
                return False
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            if event.key() == Qt.Key.Key_F4 or (event.key() == Qt.Key.Key_Down and alt):
                self.open_calendar()
                return True
        return super().eventFilter(watched, event) if watched is not self.calendar else False


class TimeEditor(DateEditor):
    """A moment, typed and shown in the person's zone, kept in UTC."""

    hint = "YYYY-MM-DD HH:MM"

    def __init__(self, field: Field, context: EditContext, parent: QWidget | None = None) -> None:
        super().__init__(field, context, parent)
        self.line.setToolTip(f"In your time zone ({zone_name(context)})")
        self.line.setAccessibleDescription(f"Time zone {zone_name(context)}")

    def text_of(self, value: Any) -> str:
        """`2026-11-20 11:36` here; seconds only where there are some."""
        moment = parse_time(value)
        if moment is None:
            return "" if value is None else str(value)
        local = moment.astimezone(self.context.zone)
        return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")

    def day(self) -> date:
        """The local day of what is typed."""
        moment = self._moment()
        return (moment or now()).astimezone(self.context.zone).date()

    def text_of_day(self, day: date) -> str:
        """The day with the time that stood there, else in the morning."""
        moment = self._moment()
        local = moment.astimezone(self.context.zone) if moment is not None else None
        clock = local.strftime("%H:%M:%S" if local.second else "%H:%M") if local is not None else f"{USUAL_HOUR:02d}:00"
        return f"{day.isoformat()} {clock}"

    def _moment(self) -> datetime | None:
        try:
            return parse_time(self.read())
        except InputError:
            return None


def zone_name(context: EditContext) -> str:
    """The person's zone as a word."""
    key = getattr(context.zone, "key", None)
    return str(key) if key else now().astimezone(context.zone).tzname() or "local time"


def _qdate(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
