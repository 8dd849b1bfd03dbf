"""The part of the configuration that names databases to read feeds from."""

from __future__ import annotations

from pydantic import Field, model_validator

from pipeline.settings.section import Section


class Source(Section):
    """A database table or query that is one feed."""

    feed: str = Field(description="which feed it is")
    url_variable: str = Field(
        description="environment variable that holds the database's SQLAlchemy address, secrets and all"
    )
    table: str = Field("", description="table or view, with its schema where it has one")
    query: str = Field("", description="a SELECT in place of a table")
    history: list[str] = Field(
        default_factory=list,
        description="tables that rows move to when they are done, read after the live one",
    )
    mapping: str = Field(
        "", description="the mapping that reads its columns; empty for the contract's own names"
    )
    key: str = Field("", description="column that tells rows of the same watermark apart")
    watermark: str = Field("", description="column that only grows, such as the time of the last change")
    overlap_seconds: float = Field(
        600, ge=0, description="seconds before the last watermark that are read again, for rows written late"
    )
    chunk_rows: int = Field(100_000, ge=1, description="rows that are read and published at a time")

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        if bool(self.table) == bool(self.query):
            raise ValueError("a source has a table or a query, and not both")
        if self.watermark and not self.key:
            raise ValueError("a watermark needs a key, or rows of the same watermark could be lost")
        if self.history and not self.table:
            raise ValueError("history tables stand beside a table, not beside a query")
        return self
