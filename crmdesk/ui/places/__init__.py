"""Places of modules that the API does not list in views: products by selector, documents by their deal, all by id.

Reads through `session.client`; what changes records goes through the browse table's plans.
"""
