"""Films for tests, drawn in a moment: long enough for an hour's tenth, a few kilobytes small."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import av
from PIL import Image

CLIP = Path(__file__).parents[1] / "rxapp" / "demo" / "clips" / "sixiang.mp4"


@cache
def film(
    seconds: int = 300, codec: str = "libx264", shade: int = 90, suffix: str = "mp4",
    side: tuple[int, int] = (64, 64),
) -> Path:  # fmt: skip
    """A film of so many seconds, one picture a second."""
    path = Path(mkdtemp()) / f"film.{suffix}"
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = *side, "yuv420p"
        for second in range(seconds):
            picture = Image.new("RGB", side, (shade, second % 256, 120))
            output.mux(stream.encode(av.VideoFrame.from_image(picture)))
        output.mux(stream.encode(None))
    return path
