"""SQL that turns the text of a cell into a clean, typed value; the same for every format.

Every function takes the name of a column (never an expression: it is used several times) and returns SQL.
"""

from __future__ import annotations

from pipeline.intake.probe import SIGNS, Blanks
from pipeline.intake.tokens import BLANKS, TRANSLATE_FROM, TRANSLATE_TO

# 1.1010119900101E+17: what a spreadsheet leaves of a number that it took for one.
SCIENTIFIC = r"[0-9]\.[0-9]+E\+?[0-9]+|[0-9]E\+[0-9]+"
NULL_WORDS = ("NULL", "null", "\\N", "(null)")
# What a sheet shows of a formula that failed, and of a cell that is too narrow.
_SHEET_ERROR = r"#(N/A|REF!|VALUE!|NAME\?|NUM!|DIV/0!|NULL!|SPILL!|CALC!|FIELD!)|#{3,}"
_NEVER = (
    r"(9999|2999|0000)[-/.年]?[0-9]{1,2}[-/.月]?[0-9]{1,2}日?([ T]?[0-9:.]+Z?)?|0001-01-01([ T][0-9:.]+Z?)?"
    r"|0+|9+|(长期|永久|无固定期限)(有效)?"
)
EARLIEST_YEAR, LATEST_YEAR = 1900, 2199

# All but the Ogham space: the first pass over a file does not look for its bytes.
_OUTER_BLANKS = BLANKS.replace("\u1680", "")
_WIDE = "".join(chr(code + 0xFEE0) for code in range(0x21, 0x7F)) + "\u3000"
_NARROW = "".join(chr(code) for code in range(0x21, 0x7F)) + " "

# Tried in this order where the engine's own cast gives up; all are wall-clock times in the source's zone.
_TIME_FORMATS = (
    "%Y%m%d %H:%M:%S",
    "%Y%m%d %H:%M",
    "%Y.%m.%d %H:%M:%S",
    "%Y.%m.%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日%H时%M分%S秒",
    "%Y年%m月%d日",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y/%m/%d %I:%M:%S %p",
)

# What may follow a time beside an offset: the zero of all zones, or Region/City. Nobody knows which CST or IST is meant …
_NAMED_ZONE = "[0-9] ?(Z|(?i:UTC|GMT))$|[0-9] [A-Za-z]+(/[A-Za-z_]+[+-]?[A-Za-z0-9_]*)+$"
# … but where the source's own clock is called so.
_CHINA = frozenset(
    {"Asia/Shanghai", "Asia/Chongqing", "Asia/Harbin", "Asia/Macau", "Asia/Taipei", "PRC", "ROC"}
)

# Of digits alone the length tells the format: the engine would read the year 1770 out of a moment in milliseconds.
_DIGIT_FORMATS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


def quoted(text: str) -> str:
    """Write a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def tidy(cell: str, blanks: Blanks = "any", signs: str = SIGNS) -> str:
    """Drop outer blanks and leading apostrophes; an empty cell or a null word becomes null.

    The full work costs twenty times more than the guards before it, which look only at how the text begins
    and ends: everything up to the apostrophe sorts before `(`. Where the bytes of the file were looked at, what
    they do not hold need not be looked for in each cell.

    Args:
        cell: Name of a raw column.
        blanks: What its file holds of the characters that are dropped, as `probe` says it.
        signs: What it holds of the signs with which sheets' errors and some null words begin; likewise.
    """
    nothing = _says_nothing(cell, signs)
    if blanks == "none":
        return f"CASE WHEN {nothing} THEN NULL ELSE {cell} END"
    outer = quoted(_OUTER_BLANKS)
    apostrophes = quoted(_OUTER_BLANKS + "'\u2018\u2019\uff07")
    bare = f"nullif(ltrim(trim({cell}, {outer}), {apostrophes}), '')"
    # A null word may stand between blanks.
    trimmed = f"CASE WHEN {_says_nothing(bare, signs)} THEN NULL ELSE {bare} END"
    if blanks == "spaces":
        guard = f"{cell} < '!' OR suffix({cell}, ' ')"
        return f"CASE WHEN {nothing} THEN NULL WHEN {guard} THEN {trimmed} ELSE {cell} END"
    last = f"substr({cell}, -1)"  # half the time of `right`
    return (
        f"CASE WHEN {nothing} THEN NULL "
        f"WHEN {cell} >= '(' AND {cell} < '\u0080' AND strlen({cell}) = length({cell}) "
        f"AND {last} > ' ' THEN {cell} "
        f"WHEN {cell} < '(' OR {cell} BETWEEN '\u0080' AND '\u3001' OR {cell} >= '\ufe00' "
        f"OR {last} <= ' ' OR {last} BETWEEN '\u0080' AND '\u3001' OR {last} >= '\ufe00' "
        f"THEN {trimmed} ELSE {cell} END"
    )


def never(cell: str) -> str:
    """Tell whether a cell is how a bank's systems write that something has no end, or has not happened.

    Args:
        cell: Name of a tidy text column; only asked where it holds no plausible time.
    """
    return f"regexp_full_match({cell}, {quoted(_NEVER)})"


def _says_nothing(cell: str, signs: str) -> str:
    possible = (word for word in NULL_WORDS if word[0] not in SIGNS or word[0] in signs)
    empty = f"{cell} IN ({', '.join(map(quoted, possible))})"
    if "#" not in signs:
        return empty
    return f"{empty} OR (prefix({cell}, '#') AND regexp_full_match({cell}, {quoted(_SHEET_ERROR)}))"


def narrow(cell: str) -> str:
    """Turn full-width letters, digits and signs into narrow ones."""
    return (
        f"CASE WHEN strlen({cell}) = length({cell}) THEN {cell} "
        f"ELSE translate({cell}, {quoted(_WIDE)}, {quoted(_NARROW)}) END"
    )


def moment(cell: str, zone: str, formats: tuple[str, ...] = ()) -> str:
    """Read a time; the engine's session zone (set to the source's) applies where no offset is given.

    Args:
        cell: Name of a tidy text column.
        zone: The source's time zone.
        formats: Further formats, tried first (a mapping's).
    """
    where = quoted(zone)
    known = _known(cell)
    numbered = _since_1970(cell)
    offset = r"\s+(Z|[+-][0-9]{2}:?[0-9]{2})$"
    closed = rf"regexp_replace({cell}, '{offset}', '\1')"
    spaced = f"CASE WHEN regexp_matches({cell}, '{offset}') THEN try_cast({closed} AS TIMESTAMPTZ) END"
    tries = [_engine_s_own(cell, zone), numbered, f"timezone({where}, {known})", spaced]
    if formats:
        tries.insert(0, f"timezone({where}, {_strptime(cell, formats)})")
    # The engine also knows words such as "epoch" and "infinity": a time begins with a digit.
    return f"CASE WHEN {cell} >= '0' AND {cell} < ':' THEN coalesce({', '.join(tries)}) END"


def day(cell: str, zone: str, bank_zone: str, formats: tuple[str, ...] = ()) -> str:
    """Read a date; a full time counts for its day in the bank's zone.

    Midnight without an offset is how databases and spreadsheets write a date: it is that date in every zone.

    Args:
        cell: Name of a tidy text column.
        zone: The source's time zone.
        bank_zone: The zone whose day counts.
        formats: Further formats, tried first (a mapping's).
    """
    plain = (
        f"CASE WHEN length({cell}) <= 10 THEN try_cast({cell} AS DATE) "
        f"WHEN suffix({cell}, ' 00:00:00') OR suffix({cell}, 'T00:00:00') "
        f"THEN try_cast(left({cell}, length({cell}) - 9) AS DATE) END"
    )
    tries = [plain, f"timezone({quoted(bank_zone)}, {moment(cell, zone, formats)})::DATE"]
    if zone != bank_zone:
        told = tuple(pattern for pattern in formats if "%z" not in pattern.lower())
        wall = f"coalesce({_strptime(cell, told)}, {_known(cell)})" if told else _known(cell)
        tries.insert(1, f"CASE WHEN {wall} = date_trunc('day', {wall}) THEN {wall}::DATE END")
    dated = f"coalesce({', '.join(tries)})"
    return f"CASE WHEN {cell} >= '0' AND {cell} < ':' THEN {dated} END"


def number(cell: str) -> str:
    """Read a number; thousands separators and a currency sign are dropped."""
    bare = f"try_cast({cell} AS DOUBLE)"
    told = f"try_cast(regexp_replace({cell}, '[,，¥￥ ]', '', 'g') AS DOUBLE)"
    return f"CASE WHEN {cell} < ':' OR {cell} >= '\u0080' THEN coalesce({bare}, {told}) END"


def yes_or_no(cell: str) -> str:
    """Read a truth value."""
    return (
        f"CASE WHEN lower({cell}) IN ('true', 't', '1', 'yes', 'y', '是') THEN true "
        f"WHEN lower({cell}) IN ('false', 'f', '0', 'no', 'n', '否') THEN false END"
    )


def spelled(cell: str, spellings: dict[str, str], keep_unknown: bool) -> str:
    """Turn the source's spelling of a choice into the contract's value.

    Args:
        cell: Name of a tidy text column.
        spellings: Lower-case spelling → value.
        keep_unknown: Whether an unknown spelling stays as it is, or becomes null.
    """
    same = [name for name, value in spellings.items() if name == value]
    other = {name: value for name, value in spellings.items() if name != value}
    arms = f"WHEN {cell} IN ({', '.join(map(quoted, same))}) THEN {cell} " if same else ""
    arms += "".join(
        f"WHEN lower({cell}) = {quoted(name)} THEN {quoted(value)} "
        for name, value in (*other.items(), *((name, name) for name in same))
    )
    return f"CASE {arms}ELSE {cell if keep_unknown else 'NULL'} END"


def plausible(typed: str, kind: str) -> str:
    """Tell whether a time or date lies in a year that a bank's file can mean.

    Args:
        typed: Name of a typed column.
        kind: Its SQL type.
    """
    return f"({typed} >= {kind} '{EARLIEST_YEAR}-01-01' AND {typed} < {kind} '{LATEST_YEAR + 1}-01-01')"


def identifier(cell: str, blanks: Blanks = "any") -> str:
    """Bring an identifier into its one form: narrow, out of a sheet's `="001"`, without the `.0` of a float.

    Args:
        cell: Name of a tidy text column.
        blanks: What its file holds, as for `tidy`; one without blanks and quotes has nothing to narrow or to unpack.
    """
    other = f"WHEN prefix({cell}, '=\"') THEN {_unpacked(cell)} ELSE {narrow(cell)}"
    return (
        f"CASE WHEN suffix({cell}, '0') AND contains({cell}, '.') AND regexp_full_match({cell}, '[0-9]+\\.0+') "
        f"THEN split_part({cell}, '.', 1) {other if blanks == 'any' else 'ELSE ' + cell} END"
    )


def _unpacked(cell: str) -> str:
    return rf"nullif(regexp_replace({cell}, '^=\"''*(.*)\"$', '\1'), '')"


def damaged(cell: str) -> str:
    """Tell whether a spreadsheet or a float took an identifier for a number: 2.02606E+16.

    Args:
        cell: Name of a text column; only one whose second character is a point or an E is looked at closely.
    """
    return (
        f"{cell} < ':' AND substr({cell}, 2, 1) IN ('.', 'E', 'e') "
        f"AND regexp_full_match({cell}, '(?i:{SCIENTIFIC})')"
    )


def subject_form(cell: str) -> str:
    """Normalise a customer's number, but for its old form; equal to `normalise_subject`."""
    table = f"{quoted(TRANSLATE_FROM)}, {quoted(TRANSLATE_TO)}"
    unpacked = _unpacked(f"ltrim(translate({cell}, {table}), '''')")
    return (
        f"CASE WHEN regexp_full_match({cell}, '[0-9A-Z]+') THEN {cell} "
        rf"ELSE nullif(regexp_replace({unpacked}, '^([0-9]+)\.0+$', '\1'), '') END"
    )


def shown(cell: str) -> str:
    """Show as much of a refused cell as can be no customer's number: a date or a word, else one letter.

    A word may still be somebody's name; which ones are kept is decided when the whole file is known.
    """
    day_and_hour = "[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}([ T][0-9]{1,2}(:[0-9]{1,2}){1,2})?"
    harmless = (
        f"regexp_full_match({cell}, {quoted(day_and_hour)}) "
        f"OR regexp_full_match({cell}, '[A-Za-z_ ]{{1,24}}|[\\x{{4e00}}-\\x{{9fff}}]{{1,8}}')"
    )
    return f"CASE WHEN {harmless} THEN {cell} ELSE {cell}[1] || '***' END"


def _engine_s_own(cell: str, zone: str) -> str:
    """Cast to a time, unless a zone's abbreviation follows it.

    The engine reads those the American way: CST is Chicago's, thirteen hours from China's. Nearly all times end in
    a digit, and of the two last characters of others (`5Z`) the first is one: only the rest is looked at closely.
    """
    cast = f"try_cast({cell} AS TIMESTAMPTZ)"
    china = ""
    if zone in _CHINA:
        bare = rf"regexp_replace({cell}, '\s*CST$', '')"
        china = f" WHEN suffix({cell}, 'CST') THEN try_cast({bare} AS TIMESTAMPTZ)"
    return (
        f"CASE WHEN substr({cell}, -2) < ':' THEN {cast} "
        f"WHEN regexp_matches({cell}, {quoted(_NAMED_ZONE)}) THEN {cast}{china} END"
    )


def _since_1970(cell: str) -> str:
    """Read ten or thirteen digits as seconds or milliseconds since 1970.

    Until 2033 those begin with 1. From then on they look like a day of this century, which is the likelier reading:
    ten digits are a day and an hour then, and of thirteen nobody can say what they are.
    """
    looks_like_a_day = f"{cell} >= '2' AND try_strptime(left({cell}, 8), '%Y%m%d') IS NOT NULL"
    hour = f"{looks_like_a_day} AND right({cell}, 2) < '24'"
    return (
        f"CASE WHEN NOT (length({cell}) = 10 OR length({cell}) = 13) OR {cell} < '1' "
        f"OR NOT regexp_full_match({cell}, '[0-9]+') THEN NULL "
        f"WHEN length({cell}) = 13 THEN CASE WHEN NOT ({looks_like_a_day}) "
        f"THEN make_timestamptz(try_cast({cell} AS BIGINT) * 1000) END "
        f"WHEN NOT ({hour}) THEN make_timestamptz(try_cast({cell} AS BIGINT) * 1000000) END"
    )


def _known(cell: str) -> str:
    """Read a wall-clock time in one of the usual formats."""
    arms = "".join(
        f"WHEN length({cell}) = {length} THEN try_strptime({cell}, {quoted(pattern)}) "
        for length, pattern in _DIGIT_FORMATS.items()
    )
    return (
        f"CASE WHEN length({cell}) <= 14 AND regexp_full_match({cell}, '[0-9]+') "
        f"THEN CASE {arms}END ELSE {_strptime(cell, _TIME_FORMATS)} END"
    )


def _strptime(cell: str, formats: tuple[str, ...]) -> str:
    return f"try_strptime({cell}, [{', '.join(map(quoted, formats))}])"
