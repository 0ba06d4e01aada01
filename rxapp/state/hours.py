"""我的学时 and 年度完成情况."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import certificates, news, standings
from rxapp.services.certificate_wording import VALID
from rxapp.services.certificates import CertificateRow
from rxapp.services.news import Headline
from rxapp.services.standings import HomeView, YearDetail, YearRow
from rxapp.state.handlers import Screen, handler


class HomeState(Screen, rx.State):
    """The learner's first screen: three rings and what to do next."""

    view: HomeView | None = None
    # The newest notice that asks to be read.
    headline: Headline | None = None

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show this year."""
        self.view = await self._use(standings.get_home)
        self.headline = await self._use(news.get_headline)
        self._clear()
        self.loaded = True


class YearsState(Screen, rx.State):
    """Every year that is owed or has hours."""

    rows: list[YearRow] = []
    certificates: list[CertificateRow] = []

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show all years and the certificates issued."""
        self.rows = list(await self._use(standings.list_years))
        self.certificates = list(await self._use(certificates.list_certificates))
        self._clear()
        self.loaded = True


class YearState(Screen, rx.State):
    """One year, each credit with its source."""

    view: YearDetail | None = None
    certificates: list[CertificateRow] = []
    has_valid: bool = False

    @handler(Permission.LEARN)
    async def load(self) -> None:
        """Show the year named in the address."""
        self.view = None
        year = self._route_number("year")
        self.view = await self._use(standings.get_year, year)
        mine = await self._use(certificates.list_certificates)
        self.certificates = [row for row in mine if row.year == year]
        self.has_valid = any(row.status == VALID for row in self.certificates)
        self._clear()
        self.loaded = True
