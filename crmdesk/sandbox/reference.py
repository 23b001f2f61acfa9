"""placeholder"""

from crmdesk.sandbox.store import Store


def build(store: Store) -> None:
    store.index()
