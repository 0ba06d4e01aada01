"""The few ways a use case can refuse, each with a sentence for the person at the screen."""


class AppError(Exception):
    """A refusal whose `message` is shown as it is: what happened, what was kept, what to do."""

    default = "操作没有完成，已填写的内容仍在，请稍后再试。"

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.default
        super().__init__(self.message)


class Fault(AppError):
    """A fault of ours that nobody expected; the number finds it in the log."""

    def __init__(self, number: str) -> None:
        told = f"；如仍不成功，请将编号 {number} 告知管理员" if number else ""
        super().__init__(f"操作没有完成，已填写的内容仍在，请稍后再试{told}。")


class NotSignedIn(AppError):
    """Nobody is signed in, or the sign-in has expired or was ended."""

    default = "请先登录。"


class NotFound(AppError):
    """The thing does not exist, or may not be seen by this person (the two look alike)."""

    default = "没有找到相应的内容，可能已被移除或不在您的查看范围内。"


class NotPermitted(AppError):
    """The person may see the thing but not do this to it."""

    default = "您没有进行这项操作的权限，未作任何改动。"


class Conflict(AppError):
    """Somebody else, or another window, was first."""

    default = "内容已被更新，请重新打开后再操作。"


class Superseded(Conflict):
    """A newer window or device took over; this one has stopped."""

    default = "已在其他窗口或设备上打开，本窗口已停止。"


class TooMany(AppError):
    """Too many attempts; the sentence says when to come back."""

    default = "操作过于频繁，请稍后再试。"


class Unavailable(AppError):
    """What the service stands on is away for a while; whoever asks again later is served."""

    default = "平台暂时不能读取或保存数据，已填写的内容仍在，请稍后再试。"


class Invalid(AppError):
    """What was typed cannot be accepted; `fields` maps a field's name to its sentence."""

    default = "请按提示修改后再提交，已填写的内容仍在。"

    def __init__(self, fields: dict[str, str] | None = None, message: str | None = None) -> None:
        self.fields = dict(fields or {})
        sentences = set(self.fields.values())
        if message is None and len(sentences) > 1:
            message = f"有{len(sentences)}处需要修改，请按提示修改后再提交，已填写的内容仍在。"
        super().__init__(message or next(iter(sentences), None))
