"""The tests: they mirror crmdesk/, plus contract/, e2e/ and bench/."""
