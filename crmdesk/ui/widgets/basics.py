"""Labels, buttons, lines and figures, dressed by the style sheet's roles."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)


def restyle(widget: QWidget) -> None:
    """Have the style sheet looked at again after a property that it selects by has changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def label(text: str = "", role: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A label of plain text. Roles: title, heading, figure, muted, small, caption, warning, good, strong, chip."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


class Button(QPushButton):
    """A push button. Roles: plain, primary, danger (names the number), quiet, link."""

    def __init__(
        self,
        text: str,
        clicked: Callable[[], object] | None = None,
        *,
        role: str = "plain",
        icon: QIcon | None = None,
        hint: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setProperty("role", role)
        self.setAutoDefault(False)
        if icon is not None:
            self.setIcon(icon)
            self.setIconSize(QSize(16, 16))
        if hint:
            self.setToolTip(hint)
            if not text:
                self.setAccessibleName(hint)
        if role == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if clicked is not None:
            # clicked(bool) must not reach a parameter that has a default
            self.clicked.connect(lambda _checked=False: clicked())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the keyboard, not the dialog's default one."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def initStyleOption(self, option: QStyleOptionButton) -> None:
        """A thin space between icon and text: the style sheet has no word for it."""
        super().initStyleOption(option)
        if option.text and not option.icon.isNull():
            option.text = f"\u2009{option.text}"

    def set_role(self, role: str) -> None:
        """Change the look, as from plain to danger."""
        self.setProperty("role", role)
        restyle(self)


class ElidedButton(Button):
    """A button that shortens its text with … when there is no room; the whole text is its tool tip."""

    def __init__(self, text: str, clicked: Callable[[], object] | None = None, *, role: str = "plain") -> None:
        super().__init__(text, clicked, role=role)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """Some letters wide at least."""
        return QSize(self.fontMetrics().horizontalAdvance("Mmmmm…"), super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A button as every other, with the text that fits."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.width() - super().minimumSizeHint().width() + self.fontMetrics().horizontalAdvance(self.text())
        option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        self.setToolTip(self.text().replace("&&", "&") if option.text != self.text() else "")
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)


class Line(QFrame):
    """A thin separator, the only one there is."""

    def __init__(self, *, vertical: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "line")
        if vertical:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)


class SectionTitle(QWidget):
    """A small caption in capitals over a thin line; screen readers get it as written."""

    def __init__(self, text: str, *, line: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = label(text.upper(), "caption")
        self._label.setAccessibleName(text)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._label)
        if line:
            column.addWidget(Line())

    def set_text(self, text: str) -> None:
        """Change the caption."""
        self._label.setText(text.upper())
        self._label.setAccessibleName(text)


class Figure(QWidget):
    """A label over a large figure with a note beside it: "Requests / 209 of 542 free now"."""

    def __init__(self, name: str, value: str = "–", note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = label(name, "muted")
        self._value = label(value, "figure")
        self._note = label(note, "muted")
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self._value, 0, Qt.AlignmentFlag.AlignBaseline)
        row.addWidget(self._note, 0, Qt.AlignmentFlag.AlignBaseline)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._name)
        column.addLayout(row)
        self.set(value, note)

    def set(self, value: str, note: str = "", *, tone: str = "") -> None:
        """Show a figure and its note; `tone` "warning" or "good" colours the note."""
        self._value.setText(value)
        self._note.setText(note)
        self._note.setProperty("role", tone or "muted")
        restyle(self._note)
        self.setAccessibleName(f"{self._name.text()}: {value} {note}".strip())


class Mark(QLabel):
    """A small framed word such as PRODUCTION."""

    def __init__(self, text: str, tone: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", "mark")
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set(self, text: str, tone: str = "") -> None:
        """Change word and tone ("warning" or nothing)."""
        self.setText(text)
        self.setProperty("tone", tone)
        restyle(self)


class NoteBox(QFrame):
    """A quiet box with a coloured edge: a strong line and a plain one. Tones: warning, staged, info, good."""

    def __init__(self, title: str = "", text: str = "", tone: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "note")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._title = label(title, "strong", wrap=True)
        self._text = label(text, wrap=True)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(12, 8, 12, 8)
        self.body.setSpacing(4)
        self.body.addWidget(self._title)
        self.body.addWidget(self._text)
        self.set(title, text, tone)

    def set(self, title: str, text: str = "", tone: str = "") -> None:
        """Change what is said and how; empty parts take no room."""
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._title.setProperty("role", "warning" if tone == "warning" else "strong")
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setProperty("tone", tone)
        restyle(self)
        restyle(self._title)
        self.setAccessibleName(f"{title} {text}".strip())


class ElidedLabel(QLabel):
    """A label that shortens its text with … when there is no room; the whole text is its tool tip."""

    def __init__(self, text: str = "", role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cut = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if role:
            self.setProperty("role", role)
        self.setText(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what fits; right-to-left text keeps its side."""
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)
        if self._cut or shown != self.text():
            self._cut = shown != self.text()
            self.setToolTip(self.text() if self._cut else "")

    def minimumSizeHint(self) -> QSize:
        """One letter wide at least."""
        return QSize(self.fontMetrics().horizontalAdvance("…"), self.fontMetrics().height())
