"""Draws the demo clips: `python -m rxapp.demo.make_clips`, needing Debian's fonts-noto-cjk.

Run by hand after `clips.json` changes; the drawn files are committed, so nothing here runs in
service. The same text gives the same file. Five frames a second and one key frame per card keep
a clip small.
"""

import argparse
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.frame import PictureType
from PIL import Image, ImageColor, ImageDraw, ImageFont

from rxapp.demo.clips import INTRO_SECONDS, Card, Clip, load_clips

WIDTH, HEIGHT = 640, 360
FRAMES_PER_SECOND = 5
SAMPLE_RATE = 16_000
SAMPLES_PER_FRAME = 1_024
AUDIO_BITS = 2_000
AAC = {"cutoff": "1000"}
FONTS = Path("/usr/share/fonts/opentype/noto")
SIMPLIFIED = 2  # the face of the collection with mainland forms

PAPER, INK, SOFT = "#f6f4ee", "#2b2d30", "#74777c"
X264 = {
    "preset": "veryslow",
    "crf": "33",
    "threads": "1",
    "x264-params": "bframes=8:psy=0:ref=8",
}
# Chunks of a second instead of a packet: still interleaved, and a much smaller index.
CONTAINER = {"movflags": "+faststart", "fflags": "+bitexact", "chunk_duration": "1000000"}


@dataclass(frozen=True)
class Scene:
    """What is on the screen during one second."""

    clip: Clip
    second: int
    card: int  # counted from 1; 0 is the title screen
    lines: int  # how many lines of the card have appeared


def main() -> None:
    """Draw every clip, or the ones that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    wanted = set(parser.parse_args().names)
    for clip in load_clips():
        if not wanted or clip.name in wanted:
            draw_clip(clip, clip.path)
            print(f"{clip.path.name}: {clip.path.stat().st_size} bytes")


def draw_clip(clip: Clip, path: Path) -> None:
    """Write one clip: h264 and aac, interleaved, its index in front."""
    with av.open(str(path), "w", format="mp4", options=CONTAINER) as output:
        video, audio = _video_stream(output), _audio_stream(output)
        packets = [*_video_packets(clip, video), *_audio_packets(clip, audio)]
        for packet in sorted(packets, key=lambda packet: (packet.dts or 0) * packet.time_base):
            output.mux(packet)


def _video_stream(output: Any) -> Any:
    stream = output.add_stream("libx264", rate=FRAMES_PER_SECOND, options=X264)
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    stream.codec_context.gop_size = 10 * 60 * FRAMES_PER_SECOND
    return stream


def _audio_stream(output: Any) -> Any:
    stream = output.add_stream("aac", rate=SAMPLE_RATE, layout="mono", options=AAC)
    stream.bit_rate = AUDIO_BITS
    return stream


def _video_packets(clip: Clip, stream: Any) -> Iterator[Any]:
    last_card = -1
    for second in range(clip.seconds):
        scene = _scene(clip, second)
        picture = _picture(scene)
        for step in range(FRAMES_PER_SECOND):
            frame = av.VideoFrame.from_image(picture).reformat(format="yuv420p")
            frame.pts = second * FRAMES_PER_SECOND + step
            frame.time_base = Fraction(1, FRAMES_PER_SECOND)
            if scene.card != last_card:
                frame.pict_type = PictureType.I
                last_card = scene.card
            yield from stream.encode(frame)
    yield from stream.encode()


def _scene(clip: Clip, second: int) -> Scene:
    if second < INTRO_SECONDS:
        return Scene(clip, second, 0, 0)
    numbers = range(1, len(clip.cards) + 1)
    card = next(number for number in numbers if second < clip.span(number).end)
    return Scene(clip, second, card, 1 + (second - clip.span(card).start) // 3)


def _picture(scene: Scene) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    _draw_mark(draw, scene.clip)
    if scene.card:
        _draw_card(draw, scene, scene.clip.cards[scene.card - 1])
    else:
        _draw_title(draw, scene.clip)
    _draw_clock(draw, scene)
    return image


def _draw_mark(draw: ImageDraw.ImageDraw, clip: Clip) -> None:
    pale = _blend(clip.colour, PAPER, 0.10)
    draw.rectangle((0, 0, 10, HEIGHT), fill=clip.colour)
    draw.text((WIDTH - 28, HEIGHT - 62), clip.mark, pale, _font(210, bold=True), anchor="rs")


def _draw_title(draw: ImageDraw.ImageDraw, clip: Clip) -> None:
    draw.text((48, 150), clip.title, clip.colour, _font(40, bold=True), anchor="ls")
    draw.line((50, 176, 130, 176), fill=clip.colour, width=3)
    draw.text((48, 218), f"共{len(clip.cards)}个要点", SOFT, _font(22), anchor="ls")


def _draw_card(draw: ImageDraw.ImageDraw, scene: Scene, card: Card) -> None:
    clip = scene.clip
    counter = f"{clip.title}　{scene.card} / {len(clip.cards)}"
    draw.text((48, 44), counter, SOFT, _font(17), anchor="ls")
    draw.text((48, 116), card.heading, clip.colour, _font(36, bold=True), anchor="ls")
    for row, line in enumerate(card.lines[: scene.lines]):
        base = 180 + 52 * row
        draw.ellipse((50, base - 13, 58, base - 5), fill=clip.colour)
        draw.text((74, base), line, INK, _font(26), anchor="ls")


def _draw_clock(draw: ImageDraw.ImageDraw, scene: Scene) -> None:
    clock = f"{_minutes(scene.second)} / {_minutes(scene.clip.seconds)}"
    draw.text((WIDTH - 28, 44), clock, SOFT, _font(17), anchor="rs")
    done = 48 + (WIDTH - 76) * (scene.second + 1) // scene.clip.seconds
    draw.rectangle((48, 334, WIDTH - 28, 337), fill="#dcd9d0")
    draw.rectangle((48, 334, done, 337), fill=scene.clip.colour)


def _minutes(seconds: int) -> str:
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def _blend(colour: str, ground: str, share: float) -> tuple[int, ...]:
    pairs = zip(ImageColor.getrgb(colour), ImageColor.getrgb(ground), strict=True)
    return tuple(round(top * share + under * (1 - share)) for top, under in pairs)


def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    face = FONTS / f"NotoSansCJK-{'Bold' if bold else 'Regular'}.ttc"
    return ImageFont.truetype(str(face), size, index=SIMPLIFIED)


def _audio_packets(clip: Clip, stream: Any) -> Iterator[Any]:
    total = clip.seconds * SAMPLE_RATE
    for start in range(0, total, SAMPLES_PER_FRAME):
        count = min(SAMPLES_PER_FRAME, total - start)
        yield from stream.encode(_sound(start, count))
    yield from stream.encode()


def _sound(start: int, count: int) -> av.AudioFrame:
    """Give a soft open fifth that swells and fades every eight seconds."""
    frame = av.AudioFrame(format="fltp", layout="mono", samples=count)
    frame.planes[0].update(array("f", map(_level, range(start, start + count))).tobytes())
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
    return frame


def _level(sample: int) -> float:
    moment = sample / SAMPLE_RATE
    swell = 0.5 - 0.5 * math.cos(math.tau * moment / 8)
    return 0.02 * swell * (math.sin(math.tau * 110 * moment) + math.sin(math.tau * 165 * moment))


if __name__ == "__main__":
    main()
