"""The commands of `casabricks`: one a module, wired here."""

import typer

from app.cli.backup import backup, drill, restore
from app.cli.create_admin import create_admin
from app.cli.doctor import doctor
from app.cli.import_listings import import_listings
from app.cli.import_places import import_places
from app.cli.load_demo import load_demo
from app.cli.load_demo_pictures import load_demo_pictures
from app.cli.load_demo_visitors import load_demo_visitors
from app.cli.load_geography import load_geography
from app.cli.openapi import openapi
from app.cli.rank import rank
from app.cli.refresh_market import refresh_market
from app.cli.stack import PASS_ON, demo, env

app = typer.Typer(
    name="casabricks",
    help="Run and look after CasaBricks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(context_settings=PASS_ON)(demo)
app.command(context_settings=PASS_ON)(env)
app.command()(create_admin)
app.command()(load_geography)
app.command()(load_demo)
app.command()(load_demo_pictures)
app.command()(load_demo_visitors)
app.command()(import_listings)
app.command()(import_places)
app.command()(rank)
app.command()(refresh_market)
app.command()(doctor)
app.command()(openapi)
app.command()(backup)
app.command()(restore)
app.command()(drill)
