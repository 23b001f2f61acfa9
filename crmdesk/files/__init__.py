"""Tables in files: CSV, XLSX and JSON lines, read with suspicion and written whole or not at all.

May use the CRM's values and fields (crm) and config. Knows no plan, no journal, no window and no network.
"""
