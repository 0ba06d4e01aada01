"""The yardstick's settings: those of the real app as far as they touch an event's cost."""

import reflex as rx
from reflex.constants import StateManagerMode

config = rx.Config(
    app_name="trivial",
    telemetry_enabled=False,
    transport="websocket",
    state_manager_mode=StateManagerMode.MEMORY,
    plugins=[],
    disable_plugins=[rx.plugins.SitemapPlugin],
    show_built_with_reflex=False,
)
