"""折算规则: the list, and one rule being edited."""

import reflex as rx

from rxapp import routes
from rxapp.errors import NotFound
from rxapp.rules.permissions import Permission
from rxapp.services import rule_editing, rule_pages
from rxapp.services.rule_pages import Preview, RuleEditor, RuleGroup
from rxapp.state.handlers import Screen, handler


class RulesState(Screen, rx.State):
    """Every rule, by category."""

    groups: list[RuleGroup] = []

    @handler(Permission.POLICY_EDIT)
    async def load(self) -> None:
        """Show the rules."""
        self.groups = await self._use(rule_pages.list_rules)
        self._clear()
        self.loaded = True

    @handler(Permission.POLICY_EDIT)
    async def begin(self) -> object:
        """Begin a new rule and lead to its page."""
        self._clear()
        key = await self._change(rule_editing.begin)
        return rx.redirect(routes.desk_rule(key))


class RuleState(Screen, rx.State):
    """One rule: its form, kept at every change, what the change would do, its versions."""

    view: RuleEditor | None = None
    typed: dict[str, str] = {}
    saved: int = 0
    preview: Preview | None = None
    done: str = ""
    # Counts up when the form has to be drawn anew.
    drawn: int = 0

    @handler(Permission.POLICY_EDIT)
    async def load(self) -> None:
        """Show the rule named in the address."""
        self.view = None
        self._begin()
        await self._look(self._route_word("rule_key"))
        self.loaded = True

    @handler(Permission.POLICY_EDIT)
    async def keep(self, name: str, text: str) -> None:
        """Keep one field as it was typed or ticked."""
        known, typed = self._known(), {name: text}
        if name not in self.typed:
            raise NotFound()
        saved = await self._change(
            rule_editing.save, key=known.key, typed=typed, newest=known.newest, saved=self.saved
        )
        if saved != self.saved:
            self.preview = None
        # What was said of the form stays until it is looked at again: a sentence that goes while
        # a finger is on a button would move the button away.
        self.saved, self.typed = saved, self.typed | typed

    @handler(Permission.POLICY_EDIT)
    async def show_effect(self) -> None:
        """Show what the kept form would do; nothing holds yet."""
        self._begin()
        self.preview = await self._use(rule_pages.preview, self._known().key)

    @handler(Permission.POLICY_EDIT)
    async def publish(self, form: dict[str, str]) -> None:
        """Let what was previewed hold from now on."""
        self._clear()
        known = self._known()
        version = await self._change(
            rule_editing.publish, key=known.key, note=form.get("note", ""), newest=known.newest,
            saved=self.saved,
        )  # fmt: skip
        self._begin()
        await self._look(known.key)
        self.done = f"第{version}版已发布，即时生效。已提交的申报仍按提交时的规则办理。"

    @handler(Permission.POLICY_EDIT)
    async def discard(self) -> object:
        """Throw the draft away."""
        self._begin()
        known = self._known()
        await self._change(rule_editing.discard, key=known.key, saved=self.saved)
        if known.newest == 0:
            return rx.redirect(routes.DESK_RULES)
        await self._look(known.key)
        self.done = "草稿已放弃，现行规则不变。"
        return None

    @handler(Permission.POLICY_EDIT)
    async def switch(self, form: dict[str, str]) -> None:
        """Offer the rule, or no longer: the other of what holds."""
        self._clear()
        known = self._known()
        await self._change(
            rule_editing.switch, key=known.key, on=form.get("on") == "1",
            note=form.get("switch_note", ""), newest=known.newest,
        )  # fmt: skip
        self._begin()
        await self._look(known.key)
        on = self._known().is_on
        self.done = "已启用，可以申报。" if on else "已停用，不再接受新的申报。"

    @handler(Permission.POLICY_EDIT)
    async def copy_it(self) -> object:
        """Begin a new rule with what this one says."""
        self._clear()
        key = await self._change(rule_editing.begin, copy_of=self._known().key)
        return rx.redirect(routes.desk_rule(key))

    async def _look(self, key: str) -> None:
        self.view = await self._use(rule_pages.get_editor, key)
        self.typed, self.saved = dict(self.view.typed), self.view.saved
        self.drawn += 1

    def _begin(self) -> None:
        self._clear()
        self.done, self.preview = "", None

    def _known(self) -> RuleEditor:
        if self.view is None:
            raise NotFound()
        return self.view
