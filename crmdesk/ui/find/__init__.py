"""Search over the whole CRM as one types: contacts, accounts, deals and custom modules. Reads only."""
