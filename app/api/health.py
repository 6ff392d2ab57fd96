"""The health checks."""

from fastapi import APIRouter, Response

from app.api.dependencies import AiServiceDep, CacheDep, DatabaseDep, QueueDep, StorageDep
from app.schemas.health import Dependency, Health, Liveness, Status
from app.services import health

router = APIRouter(tags=["health"])
SERVICE_UNAVAILABLE = 503


@router.get(
    "/health",
    summary="Every dependency: status and latency",
    response_model=Health,
    responses={SERVICE_UNAVAILABLE: {"model": Health, "description": "The app cannot serve"}},
)
async def overall(
    response: Response,
    database: DatabaseDep,
    cache: CacheDep,
    queue: QueueDep,
    storage: StorageDep,
    ai_service: AiServiceDep,
) -> Health:
    """200 while the app can serve, degraded or not; 503 when it cannot."""
    result = await health.check_all(database, cache, queue, storage, ai_service)
    response.headers["Cache-Control"] = "no-store"
    if result.status is Status.DOWN:
        response.status_code = SERVICE_UNAVAILABLE
    return result


@router.get("/health/live", summary="The process answers", response_model=Liveness)
async def live() -> Liveness:
    """Asks nothing else, so that an orchestrator restarts only what hangs."""
    return Liveness(status=Status.OK)


@router.get(
    "/health/ready",
    summary="The process can serve",
    response_model=Dependency,
    responses={SERVICE_UNAVAILABLE: {"model": Dependency, "description": "The database does not answer"}},
)
async def ready(response: Response, database: DatabaseDep) -> Dependency:
    """Whether the database answers, so that an orchestrator sends requests only where they can be served."""
    result = await health.check_database(database)
    if result.status is Status.DOWN:
        response.status_code = SERVICE_UNAVAILABLE
    return result
