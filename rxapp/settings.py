"""The only reader of the environment. Every setting is listed in `docs/settings.md`."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the operator may decide, read once from `RXAPP_*` variables."""

    model_config = SettingsConfigDict(env_prefix="RXAPP_", frozen=True)

    data_dir: Path = Path("data")
    database_url: str = ""
    redis_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=1, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    public_url: str = ""
    trusted_proxy_hops: int = Field(default=0, ge=0, le=5)
    demo: bool = False
    today: date | None = None
    sign_in_idle_minutes: int = Field(default=120, ge=5, le=24 * 60)
    sign_in_hours: int = Field(default=12, ge=1, le=24 * 7)
    city_name: str = "济宁市"
    bureau_name: str = "济宁市人力资源和社会保障局"
    messages: Literal["file", "none"] = "file"
    film_megabytes: int = Field(default=2048, ge=1, le=4096)
    package_megabytes: int = Field(default=10240, ge=1, le=40960)
    reserve_megabytes: int = Field(default=1024, ge=0, le=1048576)
    log_level: str = "INFO"
    backup_to: str = ""
    backup_key_file: str = ""
    log_format: Literal["text", "json"] = "text"
    metrics_key: str = Field(default="", max_length=200)
    alerts_to: str = ""

    @field_validator("public_url", "database_url", "redis_url")
    @classmethod
    def _without_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("metrics_key")
    @classmethod
    def _no_short_key(cls, value: str) -> str:
        if value and len(value) < 16:
            raise ValueError("RXAPP_METRICS_KEY needs at least 16 characters, or none.")
        return value

    @model_validator(mode="after")
    def _demo_only_settings(self) -> "Settings":
        if self.today and not self.demo:
            raise ValueError("RXAPP_TODAY is for demo and tests only: set RXAPP_DEMO=1 as well.")
        if self.workers > 1 and not (self.redis_url and self.database_url.startswith("postgres")):
            raise ValueError("RXAPP_WORKERS above 1 needs RXAPP_REDIS_URL and PostgreSQL.")
        return self

    @property
    def database(self) -> str:
        """The database address, the embedded one in the data directory unless told otherwise."""
        return self.database_url or self.embedded_database

    @property
    def embedded_database(self) -> str:
        """The address of the embedded database, whether it is the one in use or not."""
        return f"sqlite:///{self.data_dir.resolve() / 'rxapp.db'}"

    @property
    def address(self) -> str:
        """The address people type, without a trailing slash; QR codes lead to it."""
        return self.public_url or f"http://localhost:{self.port}"

    @property
    def keys_dir(self) -> Path:
        """Where the keys lie, apart from the database."""
        return self.data_dir / "keys"

    @property
    def files_dir(self) -> Path:
        """Where videos and issued certificates lie."""
        return self.data_dir / "files"

    @property
    def uploads_dir(self) -> Path:
        """Where films and packages lie while they come in piece by piece."""
        return self.data_dir / "uploads"


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
