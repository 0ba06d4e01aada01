"""One module per route, composition only; `register` is the site map."""

import reflex as rx

from rxapp import routes
from rxapp.pages import sign_in
from rxapp.state.account import SignInState

PRODUCT = "专业技术人员继续教育管理服务平台"


def register(app: rx.App) -> None:
    """Put every page on its route."""
    app.add_page(
        sign_in.page, route=routes.SIGN_IN, title=f"登录 · {PRODUCT}", on_load=SignInState.load
    )
