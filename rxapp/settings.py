"""The only reader of the environment. Every setting is listed in `docs/settings.md`."""

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,62}(/[A-Za-z0-9._/-]*)?")

ENDPOINT = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]+/?")


class Settings(BaseSettings):
    """What the operator may decide, read once from `RXAPP_*` variables."""

    model_config = SettingsConfigDict(env_prefix="RXAPP_", frozen=True)

    data_dir: Path = Path("data")
    database_url: str = ""
    redis_url: str = ""
    database_patience_seconds: int = Field(default=20, ge=1, le=600)
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
    log_format: Literal["text", "json"] = "text"
    metrics_key: str = Field(default="", max_length=200)
    alerts_to: str = ""
    files_to: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_key_id: str = ""
    s3_secret: str = Field(default="", repr=False)
    internal_redirect: bool = False
    backup_to: str = ""
    backup_key_file: str = ""
    backup_store_files: bool = True

    @field_validator("public_url", "database_url", "redis_url")
    @classmethod
    def _without_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("alerts_to")
    @classmethod
    def _only_addresses(cls, value: str) -> str:
        for each in filter(None, map(str.strip, value.split(","))):
            name, at, host = each.partition("@")
            if not (name and at and "." in host) or any(mark.isspace() for mark in each):
                raise ValueError(f"RXAPP_ALERTS_TO holds no e-mail address: {each}")
        return value

    @field_validator("backup_to")
    @classmethod
    def _bucket_of_backups(cls, value: str) -> str:
        if "://" in value and not BUCKET.fullmatch(value):
            raise ValueError("RXAPP_BACKUP_TO 应为文件夹，或 s3://存储桶/前缀。")
        return value

    @field_validator("files_to")
    @classmethod
    def _bucket(cls, value: str) -> str:
        if value and not BUCKET.fullmatch(value):
            raise ValueError("RXAPP_FILES_TO 应为 s3://存储桶 或 s3://存储桶/前缀，不用时留空。")
        return value.rstrip("/")

    @field_validator("s3_endpoint")
    @classmethod
    def _whole_address(cls, value: str) -> str:
        if value and not ENDPOINT.fullmatch(value):
            raise ValueError("RXAPP_S3_ENDPOINT 应为 https://主机 或 http://主机:端口，不带路径。")
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
            raise ValueError("RXAPP_TODAY 只用于演示和测试：请删除它，或同时设置 RXAPP_DEMO=1。")
        if self.workers > 1 and not (self.redis_url and self.database_url.startswith("postgres")):
            raise ValueError("RXAPP_WORKERS 大于 1 时，须同时设置 RXAPP_REDIS_URL 和 PostgreSQL。")
        far = self.files_to or self.backup_to.startswith("s3://")
        if far and not (self.s3_key_id and self.s3_secret):
            raise ValueError(
                "RXAPP_FILES_TO 和 s3:// 的备份位置须与 RXAPP_S3_KEY_ID、RXAPP_S3_SECRET 一起设置。"
            )
        if self.internal_redirect and not self.trusted_proxy_hops:
            # Without a proxy the signed address would be the browser's.
            raise ValueError(
                "RXAPP_INTERNAL_REDIRECT 须在前面有 nginx 时使用：请同时设置 "
                "RXAPP_TRUSTED_PROXY_HOPS 为 1 或更大。"
            )
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
    def alert_addresses(self) -> list[str]:
        """Who is told by e-mail when something needs somebody."""
        return [each.strip() for each in self.alerts_to.split(",") if each.strip()]

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


def faults(error: ValidationError) -> list[str]:
    """What is wrong with the settings, each a sentence; no value is repeated, it may be secret."""
    said = []
    for each in error.errors(include_input=False, include_url=False):
        name = f"RXAPP_{each['loc'][0]}".upper() if each["loc"] else ""
        reason = str(each.get("ctx", {}).get("error", "")) if not name else ""
        said.append(f"设置 {name} 的值不对，可填的值见 docs/settings.md。" if name else reason)
    return said


def unknown(names: Iterable[str]) -> list[str]:
    """The names that look like ours and are not: a slip of the pen would go unnoticed."""
    ours = {f"RXAPP_{name.upper()}" for name in Settings.model_fields} | {"RXAPP_TEST_CHROMIUM"}
    return sorted(name for name in names if name.startswith("RXAPP_") and name not in ours)
