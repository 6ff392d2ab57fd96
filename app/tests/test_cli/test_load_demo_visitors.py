"""A week of visitors and leads for the demo."""

from sqlalchemy import text

from app.config.database import Database
from app.core.clock import utc_now
from app.schemas.analytics import AnalyticsQuery
from app.services import analytics
from app.tests.test_cli.conftest import Casabricks

LEADS = text("""
SELECT count(*) AS leads, count(DISTINCT contact_id) AS people, count(DISTINCT status) AS stages,
  bool_and(full_name LIKE '% (demo)') AS are_marked, count(property_id) > 10 AS have_homes,
  (SELECT count(*) FROM deliveries) AS told, bool_and(created_at < now()) AS have_come,
  (SELECT count(*) FROM inquiries WHERE (status = 'new') = (first_response_at IS NOT NULL)) AS wrongly_answered
FROM inquiries
""")


async def test_people_search_look_and_ask_once(casabricks: Casabricks, database: Database) -> None:
    await casabricks("load-demo", "--listings", "300")
    done = await casabricks("load-demo-visitors")
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith(" visitors and 17 leads added\n")
    visitors = int(done.stdout.split()[0])
    async with database.read() as session:
        found = (await session.execute(LEADS)).one()
        figures = await analytics.read(session, AnalyticsQuery(), utc_now())
    assert (found.leads, found.people, found.stages, found.told, found.wrongly_answered) == (17, 17, 5, 0, 0)
    assert (found.are_marked, found.have_homes, found.have_come) == (True, True, True)
    assert figures.funnel.searched == visitors
    assert 0 < figures.funnel.searched_viewed_inquired < figures.funnel.searched_viewed < visitors
    assert (await casabricks("load-demo-visitors")).stdout == "0 visitors and 0 leads added\n"
