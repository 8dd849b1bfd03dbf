"""Standard input has no name: its first bytes tell what it is, below its packing and its encoding."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.intake.result import IngestResult
from tests.intake.conftest import HEADER, Bank, as_csv
from tests.intake.test_bad_input import GOOD, codes, only

LINE = json.dumps({"name": "欧阳娜娜", **dict(zip(HEADER, GOOD, strict=True))}, ensure_ascii=False) + "\n"


def zstd(content: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as packed:
        packed.write(content)
    return bytes(out.getvalue())


def plain(content: bytes) -> bytes:
    return content


def sent(bank: Bank, content: bytes) -> IngestResult:
    return bank.take(Path("-"), feed="access_log", standard_input=io.BytesIO(content))


@pytest.mark.parametrize("packed", [plain, gzip.compress, zstd])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("text", ["\n " + LINE, as_csv([GOOD])])
def test_what_is_sent_is_told_whatever_it_is_packed_and_written_in(
    bank: Bank, packed: Callable[[bytes], bytes], encoding: str, text: str
) -> None:
    file = only(sent(bank, packed(text.encode(encoding))))
    assert (file.refused, file.accepted) == (False, 1)


def test_a_packed_parquet_file_is_told(bank: Bank) -> None:
    content = io.BytesIO()
    pq.write_table(pa.table({name: [cell] for name, cell in zip(HEADER, GOOD, strict=True)}), content)
    assert only(sent(bank, zstd(content.getvalue()))).accepted == 1


@pytest.mark.parametrize("text", ["[" + LINE + "]", "[\n" + LINE + "]"])
@pytest.mark.parametrize("packed", [plain, gzip.compress])
def test_an_array_is_refused_by_name_and_nothing_of_it_is_printed(
    bank: Bank, packed: Callable[[bytes], bytes], text: str
) -> None:
    result = sent(bank, packed(text.encode()))
    assert codes(result) == {"json_array"}
    assert "欧阳" not in str(result.as_json())


def test_a_packed_input_that_is_cut_off_is_refused_as_damaged(bank: Bank) -> None:
    for packed in (gzip.compress(LINE.encode()), zstd(LINE.encode())):
        assert codes(sent(bank, packed[:12])) == {"damaged_archive"}
