"""What goes into a pack: the dossier, the look-ups, the case, the config, the versions, the access record."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sqlalchemy import Engine, make_url, select
from sqlalchemy.exc import ArgumentError

from pipeline.casebook.access import AccessRecord
from pipeline.casebook.case_file import Case, events_of, nights_of, reasons_of
from pipeline.casebook.runs import Run
from pipeline.casebook.tables import access_records
from pipeline.evidencepack.sealing import canonical
from pipeline.pseudonyms import StaffCodes
from pipeline.settings import Settings
from pipeline.settings.operation import OPERATION
from reports.document import Dossier

PACKAGES = ("tellerwatch", "pyod", "numpy", "scipy", "duckdb", "ibis-framework", "cryptography")

READ_ME = """\
Evidence pack of case {case}, as of the night of {night}
证据包：案件 {case}，截至 {night} 当夜

dossier.html         the person's dossier, for reading; opens without a network
                     人员档案，离线可读
dossier.json         the same as data
                     同上，数据格式
lookups.csv          every look-up of the window; customers under aliases
                     窗口内全部查询，客户以别名代替
case.json            the case: state, reasons, nights, everything that was done
                     案件状态、原因及全部处理记录
config.json          the configuration that findings depend on
                     影响结果的配置
versions.json        the program's and its packages' versions
                     程序及组件版本
access_record.json   who looked at this case; the last entry is this export
                     查阅记录，最后一条为本次导出
manifest.json        every file with its SHA-256; the place in the access record
                     全部文件的哈希及其在查阅记录中的位置
manifest.sig         Ed25519 signature over manifest.json
                     对 manifest.json 的签名
public_key.pem       the key to check it with
                     用于核验的公钥

To verify / 验证:
    tellerwatch verify THIS-PACK
Without this program / 不使用本程序:
    sha256sum -c SHA256SUMS
    sha256sum SHA256SUMS          (must be the sum that manifest.json gives / 应与 manifest.json 一致)
    xxd -r -p manifest.sig > signature.bin
    openssl pkeyutl -verify -rawin -pubin -inkey public_key.pem -in manifest.json -sigfile signature.bin

The signature proves that nothing was changed since it was made by the holder of that key. Compare the
key's fingerprint with one that you had from the bank by another way. The pack does not prove that the
bank's logs were true or complete, and unexplained look-ups are a ground to ask, not a finding of guilt.
签名仅证明自签名以来未被改动。请通过其他途径核对公钥指纹。
本包不证明原始日志真实或完整；无业务对应的查询是询问的依据，并非违法认定。
"""


def pack_files(
    engine: Engine,
    settings: Settings,
    run: Run,
    case: Case,
    document: Dossier,
    entries: Sequence[AccessRecord],
    codes: StaffCodes | None = None,
) -> dict[str, bytes]:
    """Put together the files of a pack, the sealing and the PDF aside.

    Args:
        engine: The casebook.
        settings: The effective configuration.
        run: The run that the dossier was read from.
        case: The case as it stands.
        document: The dossier.
        entries: The case's entries of the access record, oldest first; the export itself is the last.
        codes: The codes under which staff is shown; None by id and name.
    """
    from pipeline.reporting.writing import sha256_of
    from reports.document import Links
    from reports.render import render_dossier, to_json
    from reports.table import lookups_csv

    rows = lookups_csv(document.lookups)
    links = Links(csv="lookups.csv", json_twin="dossier.json")
    document = document.model_copy(update={"links": links, "csv_sha256": sha256_of(rows)})
    return {
        "README.txt": READ_ME.format(case=case.case_id, night=run.night).encode(),
        "dossier.html": render_dossier(document).encode(),
        "dossier.json": to_json(document).encode(),
        "lookups.csv": rows.encode(),
        "case.json": canonical(codes.shown(_case(engine, case)) if codes else _case(engine, case)),
        "config.json": canonical(codes.shown(_config(settings, run)) if codes else _config(settings, run)),
        "versions.json": canonical(_versions(run)),
        "access_record.json": canonical({"entries": [_entry(entry, codes) for entry in entries]}),
    }


def _entry(entry: AccessRecord, codes: StaffCodes | None) -> dict[str, Any]:
    """Write an entry; one that names staff stands under codes, and says that its hash is of the original."""
    shown = codes.shown(entry) if codes else entry
    plain: dict[str, Any] = _plain(asdict(shown))
    return plain if shown == entry else {**plain, "coded": True}


def entries_of(engine: Engine, case_id: str, last: AccessRecord) -> list[AccessRecord]:
    """Read a case's entries of the access record, oldest first, up to and with the export's own."""
    query = (
        select(access_records)
        .where(access_records.c.case_no == case_id, access_records.c.seq <= last.seq)
        .order_by(access_records.c.seq)
    )
    with engine.connect() as connection:
        return [AccessRecord(**row) for row in connection.execute(query).mappings()]


def _case(engine: Engine, case: Case) -> dict[str, Any]:
    with engine.connect() as connection:
        told = {
            "reasons": [asdict(row) for row in reasons_of(connection, [case])[case.case_id]],
            "nights": [asdict(row) for row in nights_of(connection, case.case_id)],
            "events": [asdict(row) for row in events_of(connection, case.case_id)],
        }
    plain: dict[str, Any] = _plain({**asdict(case), **told})
    return plain


def _config(settings: Settings, run: Run) -> dict[str, Any]:
    """Take what a night's findings depend on; how the installation runs stays in the house."""
    values = settings.model_dump(mode="json", exclude=set(OPERATION))
    if values["casebook"]["url"]:
        try:
            values["casebook"]["url"] = make_url(values["casebook"]["url"]).render_as_string(
                hide_password=True
            )
        except ArgumentError:
            values["casebook"]["url"] = "(not readable)"
    return {"config_hash": settings.config_hash, "config_hash_of_the_run": run.config_hash, "values": values}


def _versions(run: Run) -> dict[str, Any]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return {
        "of_the_run": {"tellerwatch": run.code_version, **run.manifest.get("versions", {})},
        "of_the_export": {**found, "python": platform.python_version(), "platform": sys.platform},
        "seed": run.seed,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return _plain(asdict(value)) if is_dataclass(value) and not isinstance(value, type) else value
