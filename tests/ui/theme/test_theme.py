"""Colours that can be read, icons that can be seen, and a theme that follows the system."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QFrame
from pytestqt.qtbot import QtBot

from crmdesk.config.paths import resources_dir
from crmdesk.ui.theme import Theme
from crmdesk.ui.theme.tokens import DARK, LIGHT, Tokens, contrast, readable_on
from crmdesk.ui.window.kinds import SIDEBAR

READABLE = 4.5
GROUNDS = ("window", "surface", "side", "selection", "hover", "header", "warning_ground", "staged")
ICONS = sorted(path.stem for path in (resources_dir() / "icons").glob("*.svg"))


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("text", ["text", "muted"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_is_readable_on_every_ground(tokens: Tokens, text: str, ground: str) -> None:
    assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= READABLE


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "grounds"),
    [
        ("accent", ("surface", "window", "side", "selection", "warning_ground", "staged")),
        ("warning", ("surface", "window", "side", "warning_ground", "selection")),
        ("good", ("surface", "window")),
        ("on_accent", ("accent",)),
        ("on_warning", ("warning",)),
    ],
)
def test_coloured_text_is_readable_where_it_is_used(tokens: Tokens, text: str, grounds: tuple[str, ...]) -> None:
    for ground in grounds:
        assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= READABLE, ground


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_value_under_the_mouse_does_not_look_focused(scheme: str, qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(qapp, resources_dir(), scheme)
    frame = QFrame()
    frame.setProperty("role", "value")
    frame.setProperty("look", "edit")
    frame.resize(120, 30)
    qtbot.addWidget(frame)
    frame.show()

    def edge() -> float:
        """How far the frame stands out from what it is on."""
        return contrast(frame.grab().toImage().pixelColor(60, 0).name(), theme.color("surface").name())

    resting = edge()
    frame.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    hovered = edge()
    assert resting < hovered < 3 < contrast(theme.color("accent").name(), theme.color("surface").name())


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert readable_on("#FFD700") == "#0D1220"
    assert readable_on("#1B2230") == "#FFFFFF"


@pytest.mark.parametrize("name", ICONS)
def test_every_icon_can_be_drawn_in_a_colour(name: str, qapp: QApplication) -> None:
    theme = Theme(qapp, resources_dir(), "light")
    image = theme.icon(name, "warning").pixmap(32, 32).toImage()
    seen = {image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height())}
    assert max(seen) > 128


def test_icons_of_the_sidebar_are_there(qapp: QApplication) -> None:
    theme = Theme(qapp, resources_dir(), "dark")
    for kind in SIDEBAR:
        assert not theme.icon(kind.icon).isNull()
    with pytest.raises(KeyError):
        theme.icon("no such icon")


def test_an_icon_takes_the_colour_of_the_theme(qapp: QApplication) -> None:
    theme = Theme(qapp, resources_dir(), "light")

    def strongest() -> str:
        image = theme.icon("stop", "accent").pixmap(48, 48).toImage()
        pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        return max(pixels, key=lambda color: color.alpha()).name().upper()

    assert strongest() == LIGHT.accent
    theme.choose("dark")
    assert strongest() == DARK.accent


def test_switching_announces_once_the_colours_are_set(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(qapp, resources_dir(), "light")
    seen: list[str] = []
    theme.changed.connect(lambda: seen.append(qapp.palette().color(QPalette.ColorRole.Base).name().upper()))
    theme.choose("dark")
    theme.choose("light")
    assert seen == [DARK.surface, LIGHT.surface]


def test_the_system_is_followed_only_when_it_was_chosen(qapp: QApplication) -> None:
    theme = Theme(qapp, resources_dir(), "system")
    # Xvfb has no desktop that changes its colours: the signal is sent as Qt sends it on one that does.
    system = qapp.styleHints().colorSchemeChanged
    system.emit(Qt.ColorScheme.Dark)
    assert theme.tokens is DARK
    system.emit(Qt.ColorScheme.Light)
    assert theme.tokens is LIGHT
    theme.choose("light")
    system.emit(Qt.ColorScheme.Dark)
    assert theme.tokens is LIGHT
    theme.choose("system")
    assert theme.tokens is DARK


def test_dense_rows_are_lower(qapp: QApplication) -> None:
    theme = Theme(qapp, resources_dir(), "light")
    high = theme.row_height
    theme.choose(dense=True)
    assert theme.row_height < high
    assert theme.row_height >= 24
