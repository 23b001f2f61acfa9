"""The colours and sizes of the window as plain data, light and dark; no Qt here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tokens:
    """One colour family; every value is `#RRGGBB`."""

    name: str
    window: str
    surface: str
    side: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    selection: str
    warning: str
    warning_ground: str
    on_warning: str
    staged: str
    staged_edge: str
    good: str
    hover: str
    header: str
    placeholder: str
    bar: str

    @property
    def dark(self) -> bool:
        """Whether this family belongs on a dark screen."""
        return self.name == "dark"


# `muted` is a shade stronger than drawn: #667085 reaches only 4.3:1 on the sidebar.
LIGHT = Tokens(
    name="light",
    window="#F5F6F8",
    surface="#FFFFFF",
    side="#EEF0F3",
    line="#E2E5EA",
    text="#1B2230",
    muted="#5A6376",
    accent="#2D5CDB",
    on_accent="#FFFFFF",
    selection="#DFE8FD",
    warning="#C0301E",
    warning_ground="#FDECEA",
    on_warning="#FFFFFF",
    staged="#FFF3D1",
    staged_edge="#E0A100",
    good="#17723D",
    hover="#E6E9EE",
    header="#F5F6F8",
    placeholder="#E2E5EA",
    bar="#B8BFCB",
)

# Text on the accent is dark here: white on #6C93FF reaches only 3:1.
DARK = Tokens(
    name="dark",
    window="#15171C",
    surface="#1B1E24",
    side="#181A20",
    line="#2B2F38",
    text="#E4E7EC",
    muted="#98A1B0",
    accent="#6C93FF",
    on_accent="#0D1220",
    selection="#212E55",
    warning="#FF7B6B",
    warning_ground="#3A201E",
    on_warning="#1F0E0C",
    staged="#382E11",
    staged_edge="#D6A419",
    good="#4CC27F",
    hover="#22262E",
    header="#15171C",
    placeholder="#2B2F38",
    bar="#565E6E",
)


@dataclass(frozen=True)
class Sizes:
    """Lengths in device-independent pixels, for one density."""

    row: int = 28
    menu: int = 36
    tabs: int = 34
    toolbar: int = 44
    status: int = 28
    sidebar: int = 232
    inspector: int = 340
    radius: int = 6
    gap: int = 4


COMFORTABLE = Sizes()
DENSE = Sizes(row=24)


def luminance(color: str) -> float:
    """Relative luminance of `#RRGGBB`, 0 to 1 (WCAG 2.2, definition of relative luminance)."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(color: str) -> str:
    """Black or white text, whichever is easier to read on a ground of `color`."""
    return "#FFFFFF" if contrast("#FFFFFF", color) >= contrast("#0D1220", color) else "#0D1220"
