"""The worker application with a beat each second and short waits, so that a test need not wait for minutes.

`celery -A app.tests.test_chaos.hurried worker|beat`.
"""

from datetime import timedelta

from app.infrastructure.delivery import crm, mail
from app.services import deliveries
from app.tasks import celery_app

deliveries.WAITS = (timedelta(seconds=1),) * 9
deliveries.LEASE = timedelta(seconds=8)
crm.SECONDS = mail.SECONDS = 2.0
app = celery_app.app
app.conf.beat_schedule = {
    name: entry | {"schedule": timedelta(seconds=1)}
    for name, entry in app.conf.beat_schedule.items()
    if entry["task"] == "leads.deliver"
}
