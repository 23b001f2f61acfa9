"""CRMDesk: a desktop admin console for Freshworks CRM."""

__version__ = "0.1.0"
