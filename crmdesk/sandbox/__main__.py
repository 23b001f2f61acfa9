"""`python -m crmdesk.sandbox`: the sandbox without the rest of the program."""

from crmdesk.sandbox.command import sandbox

if __name__ == "__main__":
    sandbox(prog_name="crmdesk sandbox")
