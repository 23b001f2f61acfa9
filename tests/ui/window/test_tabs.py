"""Many tabs: each keeps enough of its name, and the bar scrolls."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from crmdesk.config.paths import resources_dir
from crmdesk.ui.theme import Theme
from crmdesk.ui.window.tabs import LEAST_WIDTH, Tab, TabArea


def test_tabs_keep_a_least_width(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(qapp, resources_dir(), "light")
    area = TabArea(theme, lambda tab: None)
    qtbot.addWidget(area)
    area.set_ready(False)
    for number in range(12):
        area.add(Tab("new", f"New sales activity number {number}", {}))
    area.resize(800, 300)
    with qtbot.waitExposed(area):
        area.show()
    bar = area._bar
    least = round(LEAST_WIDTH * theme.base / 12)
    assert all(bar.tabRect(at).width() >= least for at in range(bar.count()))
    assert bar.width() <= 800
    area.go_to(0)
    assert bar.rect().contains(bar.tabRect(0).center())
    area.go_to(11)
    assert bar.rect().contains(bar.tabRect(11).center())
