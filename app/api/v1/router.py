"""The endpoint modules. The busy ones stand first: routes are tried in this order."""

from app.api.v1.endpoints import (
    admin_analytics,
    admin_audit,
    admin_deliveries,
    admin_images,
    admin_inquiries,
    admin_privacy,
    admin_properties,
    admin_questions,
    admin_users,
    auth,
    enhancements,
    inquiries,
    method,
    properties,
    search,
    webhooks,
    widgets,
)

PREFIX = "/api/v1"
ROUTERS = (
    properties.router,
    search.router,
    widgets.router,
    method.router,
    inquiries.router,
    auth.router,
    admin_properties.router,
    admin_images.router,
    enhancements.router,
    webhooks.router,
    admin_inquiries.router,
    admin_deliveries.router,
    admin_analytics.router,
    admin_privacy.router,
    admin_users.router,
    admin_questions.router,
    admin_audit.router,
)
