"""OCSF Detection Finding (class 2004)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import Any

from pipeline.export.alerts import Alert

VERSION = "1.3.0"
CATEGORY, CLASS = 2, 2004
ACTIVITIES = {"create": 1, "update": 2, "close": 3}
SEVERITIES = {"low": 2, "medium": 3, "high": 4, "critical": 5}
STATUSES = {"new": (1, "New"), "in_review": (2, "In Progress"), "closed": (4, "Resolved")}
STATISTICAL = 3


def ocsf(alert: Alert, product_version: str) -> str:
    """Return one alert as a line of JSON.

    Source: OCSF schema 1.3.0, class detection_finding; a field that has no place there stands in `unmapped`.

    Args:
        alert: The case as the night saw it.
        product_version: This program's version.
    """
    activity = ACTIVITIES[alert.activity]
    status_id, status = STATUSES[alert.case.status]
    finding: dict[str, Any] = {
        "activity_id": activity,
        "activity_name": alert.activity.capitalize(),
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + activity,
        "time": _milliseconds(alert.at),
        "severity_id": SEVERITIES[alert.case.severity],
        "severity": alert.case.severity.capitalize(),
        "status_id": status_id,
        "status": status,
        "risk_score": alert.risk,
        "message": alert.message,
        "finding_info": {
            "uid": alert.case.case_id,
            "title": alert.title,
            "desc": " ".join(reason.text_en for reason in alert.reasons) or alert.title,
            "created_time": _day(alert.case.opened_on),
            "first_seen_time": _day(alert.case.opened_on),
            "last_seen_time": _day(alert.run.night),
            "analytic": {"name": "tellerwatch", "type_id": STATISTICAL, "version": product_version},
        },
        "evidences": [
            {"actor": {"user": {"uid": alert.case.employee_id}}, "data": data} for data in _evidence(alert)
        ],
        "metadata": {
            "version": VERSION,
            "uid": f"{alert.case.case_id}.{alert.run.run_id}",
            "correlation_uid": alert.run.run_id,
            "product": {"name": "Tellerwatch", "vendor_name": "Tellerwatch", "version": product_version},
        },
        "unmapped": {
            "night": alert.run.night.isoformat(),
            "score_nats": alert.score,
            "p_value": alert.p_value,
            "rank": alert.rank,
            "unexplained_lookups": alert.unexplained,
        },
    }
    return json.dumps(finding, ensure_ascii=False, sort_keys=True)


def _evidence(alert: Alert) -> list[dict[str, Any]]:
    told = [
        {
            "code": reason.code,
            "family": reason.family,
            "text": reason.text_en,
            "value": reason.value,
            "own_normal": reason.own_normal,
            "peer_normal": reason.peer_normal,
        }
        for reason in alert.reasons
    ]
    return told or [{"code": "score", "text": alert.title}]


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _day(day: date) -> int:
    return _milliseconds(datetime.combine(day, time(), tzinfo=UTC))
