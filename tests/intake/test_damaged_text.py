"""Text of which bytes were lost or changed on the way: read in its own encoding, with a word about the damage."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest

from pipeline.intake.probe import probe
from tests.intake.conftest import HEADER, Bank, as_csv
from tests.intake.test_bad_input import codes, only

ROWS = [(str(at), "2026-06-18 10:00", "E1", f"X{at}", "柜面核实客户信息与授权") for at in range(300)]
REASONS = "access_log", "reason"


def cut(encoding: str, bytes_less: int = 1) -> bytes:
    """The rows of a file that ends inside its last character."""
    return as_csv(ROWS).rstrip("\n").encode(encoding)[:-bytes_less]


@pytest.mark.parametrize(
    ("encoding", "bytes_less"), [("utf-8", 1), ("utf-8", 2), ("utf-8-sig", 1), ("gb18030", 1), ("utf-16", 1)]
)
def test_a_file_that_ends_inside_a_character_keeps_its_rows_and_says_so(
    bank: Bank, encoding: str, bytes_less: int
) -> None:
    bank.write("access_log.csv", cut(encoding, bytes_less))
    result = bank.take()
    file = only(result)
    assert (file.encoding, file.accepted, codes(result)) == (encoding, 300, {"mojibake"})
    whole, hurt = {row[4] for row in ROWS}, ROWS[0][4][:-1] + "\ufffd"
    assert {told for (told,) in bank.rows(*REASONS)} == {*whole, hurt}


@pytest.mark.parametrize("name", ["access_log.csv", "access_log.jsonl"])
@pytest.mark.parametrize("half", [b"\x00\xd8", b"\x00\xdc"])
def test_half_a_character_in_utf_16_is_replaced_and_told(bank: Bank, name: str, half: bytes) -> None:
    lines = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in ROWS]
    text = as_csv(ROWS) if name.endswith(".csv") else "\n".join(lines) + "\n"
    content = text.replace("授权", "授#", 1).encode("utf-16-le").replace(b"#\x00", half)
    bank.write(name, b"\xff\xfe" + content)
    result = bank.take()
    assert (only(result).accepted, codes(result)) == (300, {"mojibake"})
    assert ("柜面核实客户信息与授\ufffd",) in bank.rows(*REASONS)


def test_half_a_character_in_a_customer_s_number_refuses_the_file(bank: Bank) -> None:
    content = as_csv(ROWS).replace("X7,", "X#,").encode("utf-16-le").replace(b"#\x00", b"\x00\xd8")
    bank.write("access_log.csv", b"\xff\xfe" + content)
    result = bank.take()
    assert (only(result).refused, codes(result)) == (True, {"damaged_keys"})


def test_much_damage_in_utf_16_is_no_text(bank: Bank) -> None:
    bank.write("access_log.csv", b"\xff\xfe" + b"\x00\xd8" * 500)
    assert codes(bank.take()) == {"not_text"}


@pytest.mark.parametrize("place", range(0, 33, 5))
def test_one_damaged_byte_does_not_turn_utf_8_into_another_encoding(bank: Bank, place: int) -> None:
    """Rows that were right before must not be corrected by the same rows misread."""
    sound = as_csv(ROWS).encode()
    bank.write("access_log-1.csv", sound)
    bank.take()
    damaged = bytearray(sound)
    damaged[sound.index("柜".encode()) + place] = 0xFF
    bank.write("access_log-2.csv", bytes(damaged))
    file = bank.take().files[-1]
    assert (file.encoding, file.accepted, file.duplicate) == ("utf-8", 1, 299)


@pytest.mark.parametrize("content", ["é,ü\n" * 40, "客户" * 40, "a,b\n1,贷款\n"])
def test_a_lost_byte_leaves_utf_8_of_any_script_utf_8(content: str) -> None:
    whole = content.encode()
    last = max(place for place, byte in enumerate(whole) if byte >= 0x80)
    told = probe(io.BytesIO(whole[:last] + whole[last + 1 :]))
    assert (told.encoding, told.damaged) == ("utf-8", 1)


@pytest.mark.parametrize("words", ["本人查询", "贷款审批", "贷后管理", "联通", "担保资格审查", "柜员张三丰"])
@pytest.mark.parametrize("damage", [b"\xff", b"\x80"])
def test_damaged_gb18030_is_still_read_as_gb18030(words: str, damage: bytes) -> None:
    text = "".join(f"{at},{words},结清\n" for at in range(300)).encode("gb18030")
    lost = bytearray(text)
    lost[len(text) // 2 : len(text) // 2 + 1] = damage + b"\n"
    assert probe(io.BytesIO(bytes(lost))).encoding == "gb18030"


def test_a_damaged_key_of_json_lines_refuses_the_file_as_one_of_csv_does(
    make_bank: Callable[[], Bank],
) -> None:
    for name in ("access_log.csv", "access_log.jsonl"):
        bank = make_bank()
        rows = [(*row[:3], "证#", row[4]) if row[0] == "7" else row for row in ROWS]
        lines = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in rows]
        text = as_csv(rows) if name.endswith(".csv") else "\n".join(lines)
        bank.write(name, text.encode().replace(b"#", b"\xff"))
        assert codes(bank.take()) == {"damaged_keys"}
