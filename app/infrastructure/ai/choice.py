from app.config.settings import Settings
from app.infrastructure.ai import Provider, missing_settings
from app.infrastructure.ai.autoenhance import Autoenhance
from app.infrastructure.ai.http_service import HttpService


def create_provider(settings: Settings) -> Provider | None:
    """The service that is configured; None while something it needs is missing."""
    if missing_settings(settings):
        return None
    return Autoenhance(settings) if settings.ai_service_provider == "autoenhance" else HttpService(settings)
