"""Films of strangers, looked at apart from the platform: a broken one brings down only its reader.

Run as `python -m rxapp.adapters.films PATH [POSTER]` it says, as one line of JSON, how long the
film is or why it is not taken, and draws a picture of it at a tenth of its length.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from PIL import Image

from rxapp.adapters import media
from rxapp.errors import Invalid

ROOT = Path(__file__).resolve().parents[2]
# A film of two gigabytes on a slow disk takes a few minutes; more is an attack or a fault.
MOST_SECONDS = 1200
CPU_SECONDS = 900
# A picture of eight thousand points a side fits; a film that asks for more ends its reader alone.
MEMORY = 2 * 1024 * 1024 * 1024
POSTER_WIDTH, POSTER_HEIGHT = 960, 540
# Each thread would set room aside for itself, on a large machine more than the limit.
SURROUNDINGS = {"PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2"}
_TOO_MUCH = "视频无法读取，请用视频转换软件转换为 MP4（H.264视频、AAC音频）后再上传。"


def measure(path: Path) -> int:
    """The length of a film in milliseconds, read by a process of its own; Invalid (field video)."""
    return _ask(path)


def measure_and_draw(path: Path, poster: Path) -> int:
    """Likewise, and a picture of the film written to `poster`; none where none can be drawn."""
    return _ask(path, poster)


def _ask(*paths: Path) -> int:
    command = [sys.executable, "-m", "rxapp.adapters.films", *map(str, paths)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=SURROUNDINGS, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=MOST_SECONDS, check=False,
        )  # fmt: skip
        said = json.loads(done.stdout.strip().rpartition(b"\n")[2] or b"{}")
    except (subprocess.TimeoutExpired, ValueError):
        said = {}
    if type(said.get("length_ms")) is int:
        return said["length_ms"]
    raise Invalid({"video": said.get("fault") or _TOO_MUCH})


def main(path: Path, poster: Path | None) -> dict[str, object]:
    """What there is to say of a film."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        length = media.measure(path)
    except Invalid as refusal:
        return {"fault": refusal.message}
    if poster is not None:
        _draw(path, length, poster)
    return {"length_ms": length}


def _draw(path: Path, length_ms: int, poster: Path) -> None:
    try:
        with av.open(str(path), "r", options={"protocol_whitelist": "file"}) as film:
            film.streams.video[0].codec_context.thread_count = 2
            film.seek(length_ms * 100)
            frame = next(_frames(film, length_ms / 10_000))
            picture = frame.to_image().convert("RGB")
    except (FFmpegError, StopIteration, MemoryError):
        # A film without a picture of its own is still a film.
        return
    picture.thumbnail((POSTER_WIDTH, POSTER_HEIGHT), Image.Resampling.LANCZOS)
    picture.save(poster, "JPEG", quality=85, optimize=True)


def _frames(film: InputContainer, second: float) -> Iterator[av.VideoFrame]:
    """The first picture from that second on, else the last one before it."""
    last = None
    for frame in film.decode(video=0):
        last = frame
        if frame.time is None or frame.time >= second:
            break
    if last is not None:
        yield last


if __name__ == "__main__":
    given = [Path(each) for each in sys.argv[1:3]]
    print(json.dumps(main(given[0], given[1] if len(given) > 1 else None), ensure_ascii=True))
