"""Which version of the product the handbooks describe, and since when."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Edition:
    """A version and its day; no day before it was released."""

    version: str
    on: str = ""

    @property
    def words(self) -> str:
        """The version as the overview shows it."""
        return f"平台版本 {self.version}，{self.on or '尚未正式发布'}"


def read(root: Path = ROOT) -> Edition:
    """The version of the project file, and the day the changelog gives it."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    version = str(project["project"]["version"])
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = rf"^## \[{re.escape(version)}\] - (\d{{4}}-\d{{2}}-\d{{2}})$"
    found = re.search(heading, changes, re.MULTILINE)
    return Edition(version, found[1] if found else "")
