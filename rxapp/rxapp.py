"""The front page of the code: the app, its routes, its gate, nothing else."""

from functools import partial

import reflex as rx
from starlette.applications import Starlette

from rxapp import pages
from rxapp.adapters import database, serving_lock
from rxapp.components.surroundings import head, wraps
from rxapp.gate import logs
from rxapp.gate.door import Door
from rxapp.gate.frontend import PlainAddresses, script_address
from rxapp.gate.headers import SecurityHeaders
from rxapp.gate.jobs import (
    collecting,
    folding,
    keeping_house,
    looking_at_films,
    posting,
    sealing,
    sending,
    watching_over,
)
from rxapp.gate.outage import OutageState, failed, keep_listening
from rxapp.gate.policy import Policy
from rxapp.gate.sampling import sampling
from rxapp.gate.socket import guard
from rxapp.gate.tracing import Tracing, unexpected
from rxapp.http.site import ROUTES
from rxapp.server import BUILD, ROOT
from rxapp.settings import settings

logs.configure()
database.lose_patience_after(settings().database_patience_seconds)
app = rx.App(
    html_lang="zh-CN",
    stylesheets=["/look.css", "/player.css"],
    head_components=[*head(), rx.el.script(src=script_address(ROOT), type="module")],
    app_wraps=wraps(OutageState),
    backend_exception_handler=failed,
    api_transformer=[
        Starlette(routes=ROUTES, exception_handlers={Exception: unexpected}),
        partial(PlainAddresses, build=BUILD),
        Door,
        partial(SecurityHeaders, build=BUILD),
        Tracing,
    ],
    toaster=None,
)
app.add_middleware(Policy(), index=0)
app.register_lifespan_task(serving_lock.share)
app.register_lifespan_task(sealing)
app.register_lifespan_task(sending)
app.register_lifespan_task(collecting)
app.register_lifespan_task(folding)
app.register_lifespan_task(posting)
app.register_lifespan_task(looking_at_films)
app.register_lifespan_task(keeping_house)
app.register_lifespan_task(watching_over)
app.register_lifespan_task(sampling)
keep_listening()
guard(app)
pages.register(app)
