"""What a video really is: every packet is read, because a truncated file's header still lies."""

from collections import Counter
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream

from rxapp.errors import Invalid

SHORTEST_MS = 10_000
LONGEST_MS = 4 * 3600 * 1000
# Between what the header promises and what the packets hold; sound may end a little later.
FORGIVEN_MS = 2_000

_WANTED = "请用视频转换软件转换为 MP4（H.264视频、AAC音频）后再上传。"


def measure(path: Path) -> int:
    """The length of a video in whole milliseconds, counted packet by packet.

    Raises Invalid (field video) for anything but a whole mp4 with one h264 picture and at most
    one aac sound.
    """
    try:
        with av.open(str(path), "r", options={"protocol_whitelist": "file"}) as container:
            _require_kind(container)
            promised = _milliseconds(Fraction(container.duration or 0, 1_000_000))
            held = _held(container)
    except (FFmpegError, UnicodeDecodeError, IndexError):
        raise _refusal(f"视频无法读取，{_WANTED}") from None
    if promised - held > FORGIVEN_MS:
        raise _refusal(
            f"视频不完整：应有 {promised // 1000} 秒，实际只有 {held // 1000} 秒，"
            "请重新导出后再上传。"
        )
    if not SHORTEST_MS <= held <= LONGEST_MS:
        raise _refusal("视频应在10秒至4小时之间，请剪辑后再上传。")
    return held


def _require_kind(container: InputContainer) -> None:
    kinds = Counter((stream.type, _codec(stream)) for stream in container.streams)
    pictures = {("video", "h264"): 1}
    if "mp4" not in container.format.name or kinds not in (
        pictures, {**pictures, ("audio", "aac"): 1},
    ):  # fmt: skip
        raise _refusal(f"视频的格式不符，{_WANTED}")
    if container.streams.video[0].codec_context.pix_fmt not in ("yuv420p", "yuvj420p"):
        raise _refusal(f"视频的颜色格式手机无法播放，{_WANTED}")


def _codec(stream: Stream) -> str:
    return stream.codec_context.name if stream.codec_context else ""


def _held(container: InputContainer) -> int:
    """From the first picture to the end of the last one, which must be readable."""
    first, last = None, Fraction(0)
    for packet in container.demux(container.streams.video[0]):
        if packet.pts is None or packet.size == 0:
            continue
        if packet.is_corrupt:
            raise _refusal("视频中有损坏的部分，请重新制作后再上传。")
        start = packet.pts * packet.time_base
        first = start if first is None else min(first, start)
        last = max(last, start + (packet.duration or 0) * packet.time_base)
    return 0 if first is None else _milliseconds(last - first)


def _milliseconds(seconds: Fraction) -> int:
    return int(seconds * 1000)


def _refusal(sentence: str) -> Invalid:
    return Invalid({"video": sentence})
