"""`casabricks …`, also `python -m app.cli …`."""

import sys


def main() -> None:
    try:
        # Most commands take a second to read in; a Ctrl-C then deserves no traceback either.
        from app.cli.main import app  # noqa: PLC0415 - inside the try

        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
