"""What sources write, and what the contract calls it: reasons, operations, outcomes and other choices."""

from __future__ import annotations

REASONS: dict[str, tuple[str, ...]] = {
    "loan_approval": ("02", "2", "贷款审批"),
    "card_approval": ("03", "3", "信用卡审批"),
    "post_loan": ("01", "1", "贷后管理"),
    "guarantee": ("08", "8", "担保资格审查"),
    "legal_representative": ("22", "法人代表资信审查"),
    "merchant": ("19", "特约商户实名审查"),
    "objection": ("05", "5", "异议核查"),
    "self_request": ("本人查询",),
    "counter_service": (),
    "collection": (),
    "judicial": ("09", "9", "司法调查"),
    "other": ("04", "4", "其他"),
}

_OPERATIONS: dict[str, tuple[str, ...]] = {
    "query": ("查询", "人行查询", "行内查询", "新查询"),
    "view": ("查看", "浏览", "查阅"),
    "print": ("打印",),
    "export": ("保存", "下载", "导出", "另存", "save", "download"),
}
_OUTCOMES: dict[str, tuple[str, ...]] = {
    "ok": ("成功", "查得", "success", "succeeded", "true"),
    "not_found": ("未查得", "查无此人", "notfound", "not found", "none"),
    "denied": ("拒绝", "不通过", "审核不通过", "refused", "forbidden"),
    "error": ("失败", "错误", "查询失败", "failed", "failure"),
}
_LOGIN_OUTCOMES: dict[str, tuple[str, ...]] = {
    "ok": ("成功", "success", "succeeded", "true"),
    "fail": ("失败", "failed", "failure", "error", "false"),
}
_CATEGORIES: dict[str, tuple[str, ...]] = {
    "credit_report": ("征信报告", "信用报告", "个人信用报告", "credit report"),
    "account": ("账户",),
    "card": ("卡", "银行卡"),
    "transactions": ("流水", "交易流水", "交易明细"),
    "contact": ("联系方式", "联系人"),
    "other": ("其他",),
}
_CHANNELS: dict[str, tuple[str, ...]] = {
    "workstation": ("柜面", "工作站", "终端", "页面", "web"),
    "api": ("接口",),
    "batch": ("批量",),
    "self_service": ("自助", "自助机", "self-service", "self service"),
}
_RECORD_KINDS: dict[str, tuple[str, ...]] = {
    "loan_application": ("贷款申请",),
    "card_application": ("信用卡申请",),
    "loan_account": ("贷款账户",),
    "card_account": ("信用卡账户",),
    "guarantee": ("担保",),
    "objection": ("异议",),
    "self_request": ("本人查询",),
    "service_ticket": ("工单",),
    "collection_case": ("催收",),
    "merchant": ("特约商户", "商户"),
    "company_customer": ("企业客户",),
    "judicial_request": ("司法协查", "司法查询"),
    "other": ("其他",),
}
_PARTY_ROLES: dict[str, tuple[str, ...]] = {
    "principal": ("借款人", "主借款人", "申请人", "主申请人"),
    "co_borrower": ("共同借款人", "co-borrower"),
    "spouse": ("配偶",),
    "guarantor": ("担保人", "保证人"),
    "legal_representative": ("法定代表人", "法人代表"),
    "other": ("其他",),
}

# (feed, column) → contract value → what else means it. Compared without regard to case.
ALIASES: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("access_log", "reason"): REASONS,
    ("access_log", "operation"): _OPERATIONS,
    ("access_log", "outcome"): _OUTCOMES,
    ("access_log", "data_category"): _CATEGORIES,
    ("access_log", "channel"): _CHANNELS,
    ("business_records", "kind"): _RECORD_KINDS,
    ("record_parties", "party_role"): _PARTY_ROLES,
    ("logins", "outcome"): _LOGIN_OUTCOMES,
    ("bureau_findings", "reason"): REASONS,
}


def value_map(feed: str, column: str, choices: tuple[str, ...]) -> dict[str, str]:
    """Return what each spelling means: lower-case spelling → contract value.

    Args:
        feed: The feed's name.
        column: The column's name.
        choices: The contract's values of that column.
    """
    known = ALIASES.get((feed, column), {})
    spellings = {value: value for value in (*known, *choices)}
    for value, others in known.items():
        spellings.update({other.lower(): value for other in others})
    return spellings
