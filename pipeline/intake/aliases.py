"""What sources call the contract's columns: headers seen in exports, for proposing a mapping.

Nothing is read by these names unasked: a mapping says what a header means, and these only help to write one.
"""

from __future__ import annotations

_EMPLOYEE = (
    "操作用户", "查询用户系统名", "操作用户名", "用户登录名", "柜员号", "工号",
    "员工号", "员工编号", "操作员",
    "operator", "operator_id", "user_sys_name", "username", "user_name", "user_code", "user_id", "userid",
    "originateusercode", "tlr_no", "teller_no", "teller_id", "emp_no", "emp_id", "staff_id", "staff_no",
)  # fmt: skip
_SUBJECT = (
    "证件号码", "客户证件号码", "被查询人证件号码", "身份证号", "身份证号码", "证件号", "客户号",
    "credentials_no", "cert_no", "certno", "idnum", "id_no", "id_number", "id_card", "customer_id", "cust_id",
    "customer_no", "cust_no", "client_id",
)  # fmt: skip
_BRANCH = (
    "操作机构", "查询网点机构码", "查询机构代码", "金融机构代码", "机构号", "机构代码",
    "网点号", "所属机构", "机构", "机构名称", "网点名称", "所属机构名称",
    "oper_org", "branch_code", "branch", "branch_no", "queryorgcode", "query_org", "org_code", "orgcode",
    "org_id", "dept_id",
)  # fmt: skip
_REASON = ("查询原因", "query_reason", "qry_reason", "queryreason_id", "queryreasoncode", "purpose")
_RECORDED = ("更新时间", "入库时间", "登记时间", "update_time", "updated_at", "insert_time", "load_time")
_ACCOUNT = (
    "征信用户", "征信用户名", "征信登录名", "credit_user", "usercode",
    "credit_code", "bureau_user", "account",
)  # fmt: skip
_RECORD = (
    "业务编号", "申请编号", "贷款编号", "合同号", "合同编号", "业务流水号", "借据号",
    "apply_no", "application_id", "loan_apply_no", "loan_no", "contract_no",
    "biz_no", "business_id", "record_no",
)  # fmt: skip
_IP = ("查询机ip", "请求客户端ip", "登录ip", "ip", "ip地址", "client_ip", "login_ip", "ip_address")
_TERMINAL = ("终端号", "终端编号", "terminal", "terminal_no", "term_id", "mac", "hostname", "workstation")

ALIASES: dict[str, dict[str, tuple[str, ...]]] = {
    "access_log": {
        "event_id": (
            "查询编号", "请求流水号", "交易号", "流水号", "序号", "日志编号", "id", "flow_id", "trade_no",
            "channel_query_no", "req_id", "request_id", "log_id", "query_id", "serial_no", "trace_id",
        ),
        "occurred_at": (
            "查询时间", "查询日期", "交易时间", "申请时间", "操作时间",
            "query_time", "querydate", "query_date",
            "application_time", "trade_time", "operate_time", "operate_date", "access_time", "event_time",
            "log_time", "timestamp", "time",
        ),
        "employee_id": _EMPLOYEE,
        "operation": ("操作类型", "操作", "operate_type", "action", "op_type", "operation_type"),
        "data_category": ("数据类别", "信息类别", "data_type", "report_type"),
        "subject_id": _SUBJECT,
        "reason": _REASON,
        "outcome": ("是否查得", "查询结果", "结果类型", "结果", "is_get", "result_type", "result", "status"),
        "branch_id": _BRANCH,
        "terminal_id": _TERMINAL,
        "source_ip": _IP,
        "channel": ("渠道", "渠道编号", "批量标志", "channel_id", "batch_flag", "source"),
        "account_id": _ACCOUNT,
        "requester_id": ("客户经理", "接入系统请求发起用户", "cust_manager", "call_sys_user", "requester"),
        "business_ref": (*_RECORD, "关联业务数据", "assocbsnss_data"),
        "authorization_id": ("授权书编号", "关联档案id", "authorisation_id", "autharchive_id", "consent_id"),
        "authorization_signed_on": ("授权起始日", "授权日期", "start_date", "consent_date"),
        "authorization_expires_on": ("授权书到期日", "授权到期日", "expire_date", "warrant_maturity_date"),
        "recorded_at": _RECORDED,
    },
    "business_records": {
        "record_id": _RECORD,
        "kind": (
            "业务类型", "业务种类", "业务品种", "biz_type", "business_type",
            "record_type", "product_type",
        ),
        "branch_id": _BRANCH,
        "created_at": (
            "申请时间", "申请日期", "创建时间", "受理时间", "apply_time",
            "apply_date", "create_time",
        ),
        "created_by": ("经办人", "客户经理", "创建人", "operator", "creator", "created_by_user", "handler"),
        "recorded_at": _RECORDED,
        "decided_at": ("审批时间", "审批日期", "approve_time", "approval_date", "decision_time"),
        "closed_at": ("结清日期", "关闭时间", "close_time", "close_date", "end_date"),
        "status": ("状态", "业务状态", "业务办理状态", "business_status", "biz_status"),
        "amount": ("金额", "申请金额", "贷款金额", "loan_amount", "apply_amount", "amt"),
        "second_person": ("是否双人", "复核标志", "double_check", "reviewed"),
    },
    "record_parties": {
        "record_id": _RECORD,
        "subject_id": _SUBJECT,
        "party_role": ("关系人类型", "角色", "当事人类型", "role", "relation", "party_type"),
        "recorded_at": _RECORDED,
    },
    "employees": {
        "employee_id": _EMPLOYEE,
        "name": ("姓名", "员工姓名", "用户真实姓名", "user_real_name", "emp_name", "staff_name"),
        "role": ("岗位", "职务", "角色", "岗位名称", "post", "position", "job", "job_title", "title"),
        "branch_id": _BRANCH,
        "manager_id": ("上级", "上级工号", "直属领导", "manager", "leader_id", "supervisor_id"),
        "hired_on": ("入职日期", "启用日期", "hire_date", "entry_date", "join_date", "start_date"),
        "left_on": ("离职日期", "停用日期", "leave_date", "quit_date", "end_date", "termination_date"),
        "shift": ("班次", "排班", "roster"),
        "valid_from": ("生效日期", "任职日期", "effective_date", "valid_date"),
        "recorded_at": _RECORDED,
    },
    "absences": {
        "employee_id": _EMPLOYEE,
        "starts_on": ("开始日期", "请假开始", "起始日期", "start_date", "begin_date", "from_date"),
        "ends_on": ("结束日期", "请假结束", "终止日期", "end_date", "to_date"),
        "kind": ("请假类型", "假别", "leave_type", "absence_type"),
        "recorded_at": _RECORDED,
    },
    "logins": {
        "occurred_at": ("登录时间", "登陆时间", "login_time", "logon_time", "time", "timestamp"),
        "employee_id": _EMPLOYEE,
        "terminal_id": _TERMINAL,
        "source_ip": _IP,
        "outcome": ("登录结果", "结果", "login_result", "result", "status"),
        "recorded_at": _RECORDED,
    },
    "customers": {
        "subject_id": _SUBJECT,
        "home_branch_id": ("开户机构", "归属机构", "管户机构", "home_branch", "open_branch", *_BRANCH),
        "region_code": ("地区代码", "行政区划代码", "regionalism_code", "region", "area_code"),
        "deposit_balance": ("存款余额", "余额", "balance", "deposit", "deposit_bal"),
        "asset_band": ("资产等级", "资产档次", "aum_band", "asset_level"),
        "segment": ("客户等级", "客户类型", "客户分层", "cust_level", "cust_type", "customer_type"),
        "recorded_at": _RECORDED,
    },
    "complaints": {
        "complaint_id": ("投诉编号", "工单号", "工单编号", "complaint_no", "ticket_no", "case_no"),
        "subject_id": _SUBJECT,
        "received_on": ("投诉日期", "受理日期", "投诉时间", "received_date", "complaint_date", "accept_date"),
        "kind": ("投诉类型", "complaint_type", "category"),
        "recorded_at": _RECORDED,
    },
    "service_accounts": {
        "account_id": ("服务账号", "系统账号", "account", "account_name", "service_account"),
        "owner_id": ("责任人", "负责人", "owner"),
        "purpose": ("用途", "usage"),
        "channel": ("渠道",),
        "valid_from": ("启用日期", "start_date"),
        "valid_to": ("停用日期", "end_date"),
    },
    "bureau_findings": {
        "account_id": ("usercode", *_ACCOUNT),
        "branch_id": ("queryorgno", *_BRANCH),
        "occurred_at": ("查询时间", "查询日期", "querydate", "query_time"),
        "subject_id": _SUBJECT,
        "reason": _REASON,
        "kind": ("异常类型", "anomaly_type"),
    },
    "calendar": {
        "day": ("日期", "date", "cal_date"),
        "is_workday": ("是否工作日", "workday", "is_working_day", "work_flag"),
    },
}  # fmt: skip
