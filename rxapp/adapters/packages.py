"""A course package: a zip of `manifest.json` and films, read with distrust, kept when whole."""

import hashlib
import json
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from rxapp.adapters import file_store, media
from rxapp.errors import Invalid
from rxapp.rules import film_lengths, manifests
from rxapp.rules.manifests import CourseManifest, Faults

MANIFEST = "manifest.json"
MAX_FILES = 1_000
MAX_MANIFEST = 8 << 20
MAX_FILM = 4 << 30
MAX_TOTAL = 40 << 30
# Film hardly shrinks and text shrinks to a twentieth; more than this is a bomb. What is small
# either way is let be.
MAX_RATIO, MAX_FILM_RATIO = 100, 2
SMALL, SMALL_FILM = 1_000, 1 << 20
# Others need as much memory to unpack as the file itself asks for.
_PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# Whatever the readers call it: the file is broken or was made to be.
_UNREADABLE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, zlib.error,
    struct.error, UnicodeDecodeError,
)  # fmt: skip


@dataclass(frozen=True)
class Film:
    """One film of a package, as it was kept."""

    file: str
    length_ms: int


@dataclass(frozen=True)
class Package:
    """A whole and faultless course, its films already in the file store."""

    manifest: CourseManifest
    films: dict[str, Film]
    shortened: bool
    digest: str


def read_package(
    path: Path,
    *,
    waive_length: bool = False,
    root: Path | None = None,
    on_film: Callable[[int, int], object] | None = None,
    measure: Callable[[Path], int] = media.measure,
    most_bytes: int = MAX_TOTAL,
    need_room: Callable[[int], object] | None = None,
) -> Package:
    """Read and check a package and keep its films; slow, so never inside a transaction.

    Raises Invalid with a sentence for every fault, by lesson and question; then nothing is kept.
    `waive_length` is for the demo's shortened films; `on_film` hears how many
    films of how many are read. `most_bytes` is how much it may unpack to, and
    `need_room` is told how much it does before it is.
    """
    try:
        with zipfile.ZipFile(path) as archive, ExitStack() as drafts:
            _require_harmless(archive, path.stat().st_size, most_bytes)
            if need_room:
                need_room(_unpacked(archive))
            manifest, faults = manifests.read(_manifest(archive))
            copies = _copies(archive, manifest, drafts, root, faults)
            lengths = _measured(manifest, copies, faults, on_film, measure)
            total = _total(copies, lengths)
            held_to = None if waive_length or len(lengths) < len(copies) else total
            for name, text in film_lengths.film_faults(manifest, lengths, total_ms=held_to).items():
                faults.setdefault(name, text)
            if faults:
                raise Invalid(faults)
            return _kept(
                manifest, copies, lengths, root, film_lengths.is_shortened(manifest, total)
            )
    except _UNREADABLE:
        raise Invalid({"package": "课程包无法读取或不完整，请重新打包为 zip 后再导入。"}) from None


def _require_harmless(archive: zipfile.ZipFile, size: int, most_bytes: int) -> None:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MAX_FILES or len(set(names)) < len(names):
        raise _refusal(f"课程包内的文件超过{MAX_FILES}个或有重名，请重新打包。")
    if not all(_is_plain(entry) for entry in entries):
        raise _refusal("课程包内有不安全的文件名、加密文件或链接，或压缩方式不同，请重新打包。")
    if _unpacked(archive) > most_bytes:
        raise _refusal(f"课程包解开后超过{most_bytes >> 20}兆字节，请分成几门课程导入。")
    # More packed bytes than the file has: its entries lie over one another.
    if any(map(_is_swollen, entries)) or sum(each.compress_size for each in entries) > size:
        raise _refusal("课程包的压缩比例异常，请重新打包。")


def _unpacked(archive: zipfile.ZipFile) -> int:
    return sum(entry.file_size for entry in archive.infolist())


def _is_swollen(entry: zipfile.ZipInfo) -> bool:
    if entry.filename.lower().endswith(".mp4"):
        return entry.file_size > MAX_FILM_RATIO * max(entry.compress_size, SMALL_FILM)
    return entry.file_size > MAX_RATIO * max(entry.compress_size, SMALL)


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    name, mode = entry.filename, entry.external_attr >> 16
    parts = name.split("/")
    harmful = name.startswith("/") or ".." in parts or any(c in name for c in "\\:\0")
    encrypted, link = entry.flag_bits & 1, stat.S_ISLNK(mode)
    odd = entry.compress_type not in _PACKED
    return not (harmful or encrypted or link or odd or len(name) > 200)


def _manifest(archive: zipfile.ZipFile) -> object:
    try:
        entry = archive.getinfo(MANIFEST)
    except KeyError:
        raise _refusal("课程包里没有课程说明 manifest.json，请放在最外层。") from None
    if entry.file_size > MAX_MANIFEST:
        raise _refusal("课程说明 manifest.json 过大，请核对。")
    try:
        return json.loads(archive.read(entry).decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise _refusal("课程说明 manifest.json 不是有效的 JSON 内容，请按样例填写。") from None


def _copies(
    archive: zipfile.ZipFile,
    manifest: CourseManifest,
    drafts: ExitStack,
    root: Path | None,
    faults: Faults,
) -> dict[str, Path]:
    held = {entry.filename: entry for entry in archive.infolist()}
    copies: dict[str, Path] = {}
    for number, lesson in enumerate(manifest.lessons, start=1):
        entry = held.get(lesson.video)
        if not lesson.video or lesson.video in copies:
            continue
        if entry is None or entry.file_size > MAX_FILM:
            what = "课程包里没有这个视频" if entry is None else "视频超过4GB"
            faults.setdefault(f"lessons.{number}.video", f"第{number}课时：{what}，请核对。")
            continue
        copies[lesson.video] = drafts.enter_context(file_store.draft(root))
        with archive.open(entry) as film, copies[lesson.video].open("wb") as copy:
            shutil.copyfileobj(film, copy, file_store.CHUNK)
    return copies


def _measured(
    manifest: CourseManifest,
    copies: dict[str, Path],
    faults: Faults,
    on_film: Callable[[int, int], object] | None,
    measure: Callable[[Path], int],
) -> dict[str, int]:
    lengths: dict[str, int] = {}
    for done, (name, copy) in enumerate(copies.items(), start=1):
        try:
            lengths[name] = measure(copy)
        except Invalid as refusal:
            number = next(n for n, one in enumerate(manifest.lessons, 1) if one.video == name)
            faults.setdefault(f"lessons.{number}.video", f"第{number}课时：{refusal.message}")
        if on_film:
            on_film(done, len(copies))
    return lengths


def _total(copies: dict[str, Path], lengths: dict[str, int]) -> int:
    # The same film twice teaches nothing twice, whatever its two names are.
    different = {file_store.digest(copies[name]): length for name, length in lengths.items()}
    return sum(different.values())


def _kept(
    manifest: CourseManifest,
    copies: dict[str, Path],
    lengths: dict[str, int],
    root: Path | None,
    shortened: bool,
) -> Package:
    films = {
        name: Film(file_store.put(copy, suffix=".mp4", root=root), lengths[name])
        for name, copy in copies.items()
    }
    return Package(manifest, films, shortened, _digest(manifest, films))


def _digest(manifest: CourseManifest, films: dict[str, Film]) -> str:
    """The same course packed again has the same digest, whatever the zip looks like."""
    said = json.dumps(asdict(manifest), ensure_ascii=False, sort_keys=True, default=sorted)
    held = json.dumps({name: film.file for name, film in films.items()}, sort_keys=True)
    return hashlib.sha256(f"{said}\n{held}".encode()).hexdigest()


def _refusal(sentence: str) -> Invalid:
    return Invalid({"package": sentence})
