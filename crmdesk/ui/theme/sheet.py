"""The style sheet: what Fusion and the palette cannot say. Widgets choose by the property `role`."""

from __future__ import annotations

from string import Template

from crmdesk.ui.theme.tokens import Sizes, Tokens

_SHEET = Template(
    """
QWidget#page, QWidget[ground="surface"] { background: $surface; }
QWidget[ground="side"] { background: $side; }
QWidget[ground="window"] { background: $window; }
QFrame[role="line"] { background: $line; border: none; }
QLabel { background: transparent; }
QLabel[role="title"] { font-size: ${title}px; font-weight: 600; }
QLabel[role="heading"] { font-size: ${heading}px; font-weight: 600; }
QLabel[role="figure"] { font-size: ${figure}px; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: ${small}px; }
QLabel[role="caption"] { color: $muted; font-size: ${caption}px; letter-spacing: 0.5px; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="good"] { color: $good; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="mark"] { border: 1px solid $muted; color: $muted; border-radius: 3px;
  padding: 0px 4px; font-size: ${caption}px; }
QLabel[role="mark"][tone="warning"] { border-color: $warning; color: $warning; }
QLabel[role="chip"] { background: $selection; color: $text; border-radius: 7px; padding: 0px 7px;
  font-size: ${small}px; }
QFrame[role="note"] { background: $window; border: none; border-left: 3px solid $line;
  border-radius: 3px; }
QFrame[role="note"][tone="warning"] { background: $warning_ground; border-left-color: $warning; }
QFrame[role="note"][tone="staged"] { background: $staged; border-left-color: $staged_edge; }
QFrame[role="note"][tone="good"] { border-left-color: $good; }
QFrame[role="note"][tone="info"] { background: $selection; border-left-color: $accent; }

QPushButton { background: $surface; color: $text; border: 1px solid $line; border-radius: ${radius}px;
  padding: 4px 11px; min-height: ${control}px; outline: none; }
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $selection; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $disabled; background: transparent; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton[role="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[role="primary"]:focus { border: 2px solid $text; padding: 3px 10px; }
QPushButton[role="primary"]:disabled { background: $line; color: $disabled; border-color: $line; }
QPushButton[role="danger"] { background: $warning; color: $on_warning; border-color: $warning; }
QPushButton[role="danger"]:focus { border: 2px solid $text; padding: 3px 10px; }
QPushButton[role="danger"]:disabled { background: $line; color: $disabled; border-color: $line; }
QPushButton[role="quiet"] { background: transparent; border-color: transparent; }
QPushButton[role="quiet"]:hover { background: $hover; }
QPushButton[role="quiet"]:focus { border-color: $accent; }
QPushButton[role="link"] { background: transparent; border: none; border-bottom: 1px solid transparent;
  border-radius: 0px; color: $accent; padding: 2px 0px 1px 0px; min-height: 0px; text-align: left; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { background: $selection; border-bottom-color: $accent; }
QPushButton[role="link"]:disabled { color: $disabled; }
QPushButton[role="card"] { background: transparent; border: none; padding: 0px; min-height: ${card}px; }
QPushButton[small="true"] { padding: 1px 6px; min-height: 0px; }
QPushButton[role="link"][small="true"] { padding: 2px 0px 1px 0px; font-size: ${small}px; }
QPushButton::menu-indicator { width: 0px; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QDateEdit {
  background: $surface; color: $text;
  border: 1px solid $line; border-radius: ${radius}px; padding: 3px 8px; min-height: ${control}px;
  selection-background-color: $selection; selection-color: $text; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus,
QComboBox:focus { border-color: $accent; }
QLineEdit[wrong="true"] { border-color: $warning; }
QPlainTextEdit[wrong="true"] { border-color: $warning; }
QFrame[role="value"] { background: transparent; border: 1px solid transparent; border-radius: ${radius}px; }
QFrame[role="value"][look="edit"] { background: $surface; border-color: $line; }
QFrame[role="value"][look="edit"]:hover { border-color: $bar; }
QFrame[role="value"][look="staged"] { background: $staged; border-color: $staged_edge; }
QFrame[role="value"]:focus { border-color: $accent; }
QFrame[role="staged"] { background: $staged; border: none; border-top: 1px solid $line; }
QFrame[role="footer"] { background: $surface; border: none; border-top: 1px solid $line; }
QFrame[role="popup"] { border: 1px solid $line; }
QListView[role="options"] { border: 1px solid $line; padding: 2px; }
QLabel[role="stagedmark"] { color: $staged_edge; }
QPushButton[role="chip"] { background: $selection; border-color: transparent; border-radius: 9px;
  padding: 0px 8px; min-height: 18px; font-size: ${small}px; }
QPushButton[role="chip"]:hover { border-color: $muted; }
QPushButton[role="chip"]:checked { border-color: $accent; color: $accent; }
QPushButton[role="chip"]:disabled { background: transparent; color: $muted; }
QPushButton[role="chip"]:focus { border-color: $accent; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled { color: $disabled; background: $window; }
QAbstractSpinBox QLineEdit { border: none; padding: 0px 6px; min-height: 0px; background: transparent; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {
  width: 0px; border: none; }
QComboBox { background: $surface; color: $text; border: 1px solid $line; border-radius: ${radius}px;
  padding: 3px 8px; min-height: ${control}px; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url("$icons/chevron-$name.svg"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $line; padding: 2px;
  selection-background-color: $selection; selection-color: $text; }

QMenuBar { background: transparent; spacing: 0px; }
QMenuBar::item { padding: 4px 7px; background: transparent; color: $muted; border-radius: 4px; }
QMenuBar::item:selected { background: $hover; color: $text; }
QMenu { background: $surface; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $selection; color: $text; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $line; margin: 4px 6px; }
QToolTip { background: $surface; color: $text; border: 1px solid $line; padding: 4px 6px; }

QTabBar[role="tabs"] { background: $window; border: none; }
QTabBar[role="tabs"]::tab { background: transparent; color: $muted; padding: 0px 6px 0px 14px;
  height: ${tabs}px; border: none; border-right: 1px solid $line; border-top: 2px solid transparent; }
QTabBar[role="tabs"]::tab:selected { background: $surface; color: $text; border-top-color: $accent; }
QTabBar[role="tabs"]::tab:hover:!selected { background: $hover; }
QTabBar[role="tabs"]::tab:focus { color: $accent; }
QTabBar[role="tabs"]::scroller { width: 44px; }
QTabBar[role="tabs"] > QToolButton { background: $window; border: none; border-left: 1px solid $line; }
QTabBar[role="tabs"] > QToolButton:hover { background: $hover; }

QAbstractItemView { background: $surface; border: none; outline: none;
  selection-background-color: $selection; selection-color: $text; }
QHeaderView { background: $header; border: none; }
QHeaderView::section { background: $header; color: $muted; border: none;
  border-bottom: 1px solid $line; padding: 0px 10px; font-weight: 600; font-size: ${small}px; }
QTableCornerButton::section { background: $header; border: none; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0px; }
QScrollBar::handle { background: $bar; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0px; height: 0px; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }

QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QCalendarWidget QToolButton { color: $text; background: transparent; border: none; padding: 4px 6px;
  border-radius: 4px; icon-size: 14px; }
QCalendarWidget QToolButton:hover { background: $hover; }
QCalendarWidget QToolButton::menu-indicator { image: none; }
QCalendarWidget QWidget#qt_calendar_navigationbar { background: $surface; }
QCalendarWidget QSpinBox { min-width: 48px; }
QProgressBar { background: $line; border: none; border-radius: 3px; max-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QGroupBox { border: none; margin: 0px; padding: 0px; }
QDialog, QMessageBox { background: $surface; }
QCheckBox, QRadioButton { background: transparent; spacing: 6px; padding: 2px; }
QCheckBox::indicator, QRadioButton::indicator, QAbstractItemView::indicator {
  width: 14px; height: 14px; border: 1px solid $muted; border-radius: 3px; background: $surface; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked, QAbstractItemView::indicator:checked {
  background: $accent; border-color: $accent; image: url("$icons/check-$name.svg"); }
QRadioButton::indicator:checked { image: url("$icons/dot-$name.svg"); }
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate {
  background: $selection; border-color: $accent; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $line; }
"""
)


def _mix(first: str, second: str, share: float) -> str:
    pairs = [(int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def style_sheet(tokens: Tokens, sizes: Sizes, base: int, icons: str) -> str:
    """The sheet for these tokens; `base` is the text size in pixels, `icons` their folder."""
    scale = base / 12
    return _SHEET.substitute(
        {name: getattr(tokens, name) for name in tokens.__dataclass_fields__},
        accent_hover=_mix(tokens.accent, tokens.text, 0.15),
        disabled=_mix(tokens.muted, tokens.surface, 0.35),
        radius=sizes.radius,
        tabs=sizes.tabs - 2,
        control=max(18, round(18 * scale)),
        card=round(56 + (base - 12) * 3),
        caption=round(10 * scale),
        small=round(11 * scale),
        heading=round(13 * scale),
        title=round(16 * scale),
        figure=round(22 * scale),
        icons=icons,
    )
