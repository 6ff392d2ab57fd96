import pytest
from sqlalchemy import select

from app.config.database import Database
from app.core.security import verify_password
from app.core.vocabulary import UserRole
from app.models.user import User
from app.tests.test_cli.conftest import Casabricks

EMAIL = "asha@casabricks.example"


async def accounts(database: Database) -> list[User]:
    async with database.read() as session:
        return list((await session.execute(select(User))).scalars())


async def test_prints_a_random_password_once(casabricks: Casabricks, database: Database) -> None:
    done = await casabricks("create-admin", EMAIL)
    assert done.exit_code == 0, done.output
    (account,) = await accounts(database)
    assert (account.email, account.role, account.is_active) == (EMAIL, UserRole.SUPER_ADMIN, True)
    assert verify_password(done.stdout.split()[-1], account.hashed_password)


async def test_a_password_from_stdin_is_not_shown(casabricks: Casabricks, database: Database) -> None:
    done = await casabricks(
        *("create-admin", EMAIL, "--password-stdin", "--role", "agent", "--full-name", "Asha"),
        stdin="correct horse battery\n",
    )
    assert done.exit_code == 0, done.output
    assert "correct horse" not in done.output
    (account,) = await accounts(database)
    assert (account.role, account.full_name) == (UserRole.AGENT, "Asha")
    assert verify_password("correct horse battery", account.hashed_password)

    again = await casabricks("create-admin", EMAIL.upper())
    assert again.exit_code == 2
    assert "already an account" in again.stderr
    assert (await casabricks("create-admin", EMAIL, "--if-missing")).exit_code == 0
    assert len(await accounts(database)) == 1


async def test_a_password_is_what_was_typed_blanks_included(casabricks: Casabricks, database: Database) -> None:
    done = await casabricks("create-admin", EMAIL, "--password-stdin", stdin="  correct horse battery \r\n")
    assert done.exit_code == 0, done.output
    (account,) = await accounts(database)
    assert verify_password("  correct horse battery ", account.hashed_password)


@pytest.mark.parametrize("name", ["", " ", "x" * 121])
async def test_refuses_a_name_that_cannot_be_stored(casabricks: Casabricks, database: Database, name: str) -> None:
    done = await casabricks("create-admin", EMAIL, "--full-name", name)
    assert done.exit_code == 2
    assert done.stderr == "--full-name: must have 1 to 120 characters\n"
    assert not await accounts(database)


async def test_refuses_a_password_that_is_no_text(casabricks: Casabricks, database: Database) -> None:
    done = await casabricks("create-admin", EMAIL, "--password-stdin", stdin=b"correct horse \xff battery\n")
    assert done.exit_code == 2
    assert done.stderr == "The password must be text in UTF-8\n"
    assert not await accounts(database)


async def test_refuses_what_is_no_address_or_too_weak(casabricks: Casabricks, database: Database) -> None:
    wrong = await casabricks("create-admin", "asha at home")
    assert wrong.exit_code == 2
    assert wrong.stderr.startswith("EMAIL: ")
    weak = await casabricks("create-admin", EMAIL, "--password-stdin", stdin="short\n")
    assert weak.exit_code == 2
    assert "at least 10 characters" in weak.stderr
    king = await casabricks("create-admin", EMAIL, "--role", "king")
    assert king.exit_code == 2
    assert "Invalid value for '--role': 'king' is not one of super_admin, admin" in king.stderr
    assert not await accounts(database)
