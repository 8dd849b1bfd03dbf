"""Elastic Common Schema: an alert that was raised outside Elastic."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from pipeline.export.alerts import Alert

VERSION = "8.17.0"
ACTIONS = {"create": "case-opened", "update": "case-continued", "close": "case-closed"}
SEVERITIES = {"low": 21, "medium": 47, "high": 73, "critical": 99}


def ecs(alert: Alert, product_version: str) -> str:
    """Return one alert as a line of JSON.

    Source: ECS field reference; severities are Elastic's own steps. What has no field stands in `labels`.

    Args:
        alert: The case as the night saw it.
        product_version: This program's version.
    """
    code = alert.reasons[0].code if alert.reasons else "score"
    document: dict[str, Any] = {
        "@timestamp": alert.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "ecs": {"version": VERSION},
        "message": alert.message,
        "event": {
            "kind": "alert",
            "category": ["database"],
            "type": ["access"],
            "action": ACTIONS[alert.activity],
            "dataset": "tellerwatch.cases",
            "module": "tellerwatch",
            "provider": "tellerwatch",
            "id": f"{alert.case.case_id}.{alert.run.run_id}",
            "severity": SEVERITIES[alert.case.severity],
            "risk_score": alert.score,
            "risk_score_norm": float(alert.risk),
            "reason": alert.message,
        },
        "rule": {"id": code, "name": alert.title, "version": product_version},
        "user": {"id": alert.case.employee_id},
        # Labels are keywords: everything in them is text.
        "labels": {
            "case_id": alert.case.case_id,
            "case_status": alert.case.status,
            "run": alert.run.run_id,
            "night": alert.run.night.isoformat(),
            "rank": str(alert.rank),
            "unexplained_lookups": str(alert.unexplained),
            "reason_codes": ",".join(reason.code for reason in alert.reasons),
        },
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True)
