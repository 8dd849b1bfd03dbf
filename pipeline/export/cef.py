"""ArcSight's Common Event Format: one line, escaped so that no text can end a field or a line."""

from __future__ import annotations

from pipeline.export.alerts import Alert

SEVERITIES = {"low": 3, "medium": 5, "high": 8, "critical": 10}
NAMES = {"create": "opened", "update": "continued", "close": "closed"}
# Other marks that some reader takes for the end of a line.
LINE_ENDS = dict.fromkeys(map(ord, "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x00"), " ")


def header_field(text: str) -> str:
    """Escape a field of the header: backslash and pipe; a line's end becomes a space."""
    plain = text.translate(LINE_ENDS).replace("\r\n", " ").replace("\r", " ").replace("\n", " ")
    return plain.replace("\\", "\\\\").replace("|", "\\|")


def extension_value(text: str) -> str:
    """Escape a value of the extension: backslash and equals sign; a line's end becomes two characters."""
    plain = text.translate(LINE_ENDS).replace("\\", "\\\\").replace("=", "\\=")
    return plain.replace("\r", "\\r").replace("\n", "\\n")


def cef(alert: Alert, product_version: str) -> str:
    """Return one alert as a line.

    Source: Common Event Format, version 0: seven header fields, then key=value pairs.

    Args:
        alert: The case as the night saw it.
        product_version: This program's version.
    """
    code = alert.reasons[0].code if alert.reasons else "score"
    name = f"{alert.title}: case {NAMES[alert.activity]}"
    severity = str(SEVERITIES[alert.case.severity])
    header = ("CEF:0", "Tellerwatch", "Tellerwatch", product_version, code, name, severity)
    pairs = {
        "rt": str(round(alert.at.timestamp() * 1000)),
        "externalId": alert.case.case_id,
        "suid": alert.case.employee_id,
        "act": alert.activity,
        "outcome": alert.case.status,
        "msg": alert.message,
        "cn1": str(alert.risk),
        "cn1Label": "riskScore",
        "cn2": str(alert.unexplained),
        "cn2Label": "unexplainedLookups",
        "cs1": alert.run.run_id,
        "cs1Label": "runId",
        "cs2": ",".join(reason.code for reason in alert.reasons),
        "cs2Label": "reasonCodes",
        "cs3": alert.run.night.isoformat(),
        "cs3Label": "night",
    }
    extension = " ".join(f"{key}={extension_value(value)}" for key, value in pairs.items())
    return "|".join(header_field(field) for field in header) + "|" + extension
