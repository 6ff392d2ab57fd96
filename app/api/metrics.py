"""Figures for Prometheus. Mounted where ENABLE_METRICS is on."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from app.api.errors import problems
from app.services.monitoring import Monitor

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **problems(503)},
)
async def metrics(request: Request) -> Response:
    """Counts of all processes on this machine added up, and figures of the database, at most five seconds old."""
    monitor: Monitor = request.app.state.monitor
    return Response(await monitor.metrics(), media_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})
