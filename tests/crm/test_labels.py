"""What records are called, as the session saw it."""

from __future__ import annotations

from crmdesk.crm.labels import Labels


def test_the_oldest_labels_go_and_changed_records_are_forgotten() -> None:
    labels = Labels(most=3)
    for number in range(4):
        labels.learn("contacts", number, f"Contact {number}")
    assert labels.get("contacts", 0) is None and labels.get("contacts", 3) == "Contact 3"
    labels.learn("contacts", 1, "Renamed")
    labels.learn("deals", 1, "A deal")
    assert labels.get("contacts", 1) == "Renamed" and labels.get("contacts", 2) is None, "1 was the latest"
    labels.forget("contacts", (1, 99))
    assert labels.get("contacts", 1) is None and labels.get("deals", 1) == "A deal"
    labels.forget("contacts", None)
    assert labels.get("contacts", 3) is None and labels.get("deals", 1) == "A deal"
