import secrets
import sys
from typing import Annotated

import typer
from email_validator import EmailNotValidError, validate_email

from app.cli.runner import fail, run_with_database
from app.config.database import Database
from app.config.settings import Settings
from app.core.exceptions import ConflictError
from app.core.security import PasswordRuleError
from app.core.vocabulary import UserRole
from app.services import accounts


def _role(name: str) -> UserRole:
    try:
        return UserRole(name)
    except ValueError:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(UserRole)}") from None


def create_admin(
    email: str,
    # Typer's own parser of an enum says "Value error" first.
    role: Annotated[
        UserRole, typer.Option(parser=_role, metavar="|".join(UserRole), help="What the account may do")
    ] = UserRole.SUPER_ADMIN,
    full_name: Annotated[str, typer.Option(help="Name shown to colleagues")] = "Administrator",
    *,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin")] = False,
    if_missing: Annotated[bool, typer.Option("--if-missing", help="Do nothing when the account exists")] = False,
) -> None:
    """Create an account; without --password-stdin a random password is made and printed once."""
    try:
        address = validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        fail(f"EMAIL: {error}")
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else secrets.token_urlsafe(18)

    async def command(_: Settings, database: Database) -> None:
        await accounts.create(database, email=address, password=password, full_name=full_name, role=role)

    try:
        run_with_database(command)
    except ConflictError as error:
        if if_missing:
            return
        fail(error.detail)
    except PasswordRuleError as error:
        fail(f"The password {error}")
    typer.echo(f"Created {address} ({role.value})" + ("" if password_stdin else f" with password {password}"))
