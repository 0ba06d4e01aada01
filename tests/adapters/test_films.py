"""A film is read by a process of its own, which takes so much of the machine and no more."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from rxapp.adapters import films
from rxapp.errors import Invalid
from tests.films import CLIP, film

# What the reader of films does, and how much it may take while it does it.
ASKED = """
import json, resource, sys
from pathlib import Path
from rxapp.adapters import films
said = films.main(Path(sys.argv[1]), None)
try:
    held = bytearray(films.MEMORY)
except MemoryError:
    said["refused"] = True
limits = resource.RLIMIT_AS, resource.RLIMIT_CORE, resource.RLIMIT_CPU
said["limits"] = [resource.getrlimit(each)[1] for each in limits]
print(json.dumps(said))
"""


def test_its_reader_is_held_to_limits() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKED, str(film())], capture_output=True, check=True
    )
    said = json.loads(done.stdout)
    assert said["limits"] == [films.MEMORY, 0, films.CPU_SECONDS]
    assert (said["length_ms"], said["refused"]) == (300_000, True)


@pytest.mark.parametrize("which", ["drawn", "clip", "large"])
def test_a_film_is_measured_and_drawn_within_them(tmp_path: Path, which: str) -> None:
    source = {"drawn": film, "clip": lambda: CLIP, "large": large}[which]()
    poster = tmp_path / "poster.jpg"
    assert films.measure_and_draw(source, poster) >= films.media.SHORTEST_MS
    with Image.open(poster) as picture:
        assert picture.width <= films.POSTER_WIDTH
    with pytest.raises(Invalid):
        films.measure(poster)


def large() -> Path:
    """As many points as a film of the sharpest kind has."""
    return film(seconds=12, side=(4096, 2160))
