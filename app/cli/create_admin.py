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
from app.models.user import MAX_FULL_NAME
from app.services import accounts
from app.services.audit import COMMAND


def _role(name: str) -> UserRole:
    try:
        return UserRole(name)
    except ValueError:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(UserRole)}") from None


def password_from_stdin() -> str:
    """The first line without its end: blanks belong to the password, as they do when logging in."""
    try:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    except UnicodeDecodeError:
        fail("The password must be text in UTF-8")


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
    if not 1 <= len(full_name.strip()) <= MAX_FULL_NAME:
        fail(f"--full-name: must have 1 to {MAX_FULL_NAME} characters")
    password = password_from_stdin() if password_stdin else secrets.token_urlsafe(18)

    async def command(_: Settings, database: Database) -> None:
        await accounts.create(
            database, COMMAND, email=address, password=password, full_name=full_name.strip(), role=role
        )

    try:
        run_with_database(command)
    except ConflictError as error:
        if if_missing:
            return
        fail(error.detail)
    except PasswordRuleError as error:
        fail(f"The password {error}")
    typer.echo(f"Created {address} ({role.value})" + ("" if password_stdin else f" with password {password}"))
