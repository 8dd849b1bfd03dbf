"""By which way in: terminals, failed log-ins, subjects shared with strangers, later victims (domain.md F16–F19, F37, F38)."""

from __future__ import annotations

from pipeline.features.spec import Feature, Mark, Model, Whose, Words

FAMILY = "access"

MARKS = (
    Mark(
        "terminal_known", lambda t: (t.is_lookup & t.terminal_id.notnull()).cast("int64"), whose=Whose.TYPIST
    ),
    Mark("new_terminal", lambda t: (t.is_lookup & t.new_terminal).cast("int64"), whose=Whose.TYPIST),
    Mark("others_terminal", lambda t: (t.is_lookup & t.others_terminal).cast("int64"), whose=Whose.TYPIST),
    Mark("others_account", lambda t: (t.is_lookup & t.others_account).cast("int64"), whose=Whose.TYPIST),
    Mark("co_queried", lambda t: (t.is_lookup & t.co_queried).cast("int64")),
)

_LOOKUPS = Words("look-ups", "查询笔数")

FEATURES = (
    Feature(
        id="new_terminal",
        family=FAMILY,
        dossier=("F16",),
        numerator="new_terminal",
        denominator="terminal_known",
        model=Model.SHARE,
        windows=(1, 5, 20),
        least_n=3,
        against_self=True,
        title=Words("Terminals this account never used before", "账号首次使用的终端"),
        sentence=Words(
            "{k} of {n} look-ups in {days} working days came from terminals this account had not used before; own past: about {own}, colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}笔来自该账号此前未用过的终端；本人此前约{own}笔，同岗约{peer}笔。",
        ),
        unit=_LOOKUPS,
        look_alikes=Words("a new PC, a move to another desk", "更换电脑、调换工位"),
        blind_spot=Words("a thief at the owner's own terminal", "在本人终端上被冒用"),
    ),
    Feature(
        id="others_terminal",
        family=FAMILY,
        dossier=("F16",),
        numerator="others_terminal",
        denominator="terminal_known",
        model=Model.SHARE,
        windows=(1, 5, 20),
        least_n=3,
        against_self=True,
        title=Words("Terminals that belong to others", "他人常用终端"),
        sentence=Words(
            "{k} of {n} look-ups in {days} working days came from terminals mostly used by others; own past: about {own}, colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}笔来自他人常用终端；本人此前约{own}笔，同岗约{peer}笔。",
        ),
        unit=_LOOKUPS,
        look_alikes=Words("shared counters, hot desks", "共用柜台、流动工位"),
        blind_spot=Words("terminals without a number in the log", "日志未记录终端"),
    ),
    Feature(
        id="others_account",
        family=FAMILY,
        dossier=("F16", "F17"),
        numerator="others_account",
        denominator="typed",
        model=Model.SHARE,
        windows=(1, 5, 20),
        against_self=True,
        title=Words("Under a colleague's own account", "使用同事个人账号"),
        sentence=Words(
            "{k} of {n} look-ups in {days} working days were made under an account that is otherwise a colleague's own; "
            "own past: about {own}, colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}笔使用了平时由同事本人使用的账号；本人此前约{own}笔，同岗约{peer}笔。",
        ),
        unit=_LOOKUPS,
        look_alikes=Words(
            "a colleague who stayed logged in at a shared desk, a substitute, an account that was handed on",
            "共用工位上同事未退出登录、代班、账号移交",
        ),
        blind_spot=Words(
            "logs that name the account alone; accounts of a whole branch", "日志只记录账号；全网点共用账号"
        ),
    ),
    Feature(
        id="login_fails",
        family=FAMILY,
        dossier=("F18",),
        numerator="login_fails",
        denominator="active",
        model=Model.COUNT,
        windows=(1, 5),
        against_self=True,
        title=Words("Failed log-ins", "登录失败"),
        sentence=Words(
            "{k} failed log-ins in {days} working days; before: about {own}, colleagues: about {peer}.",
            "{days}个工作日内登录失败{k}次；本人此前约{own}次，同岗约{peer}次。",
        ),
        unit=Words("failed log-ins", "登录失败次数"),
        look_alikes=Words("a password that ran out", "密码到期"),
        blind_spot=Words("a password that was given away", "主动告知的密码"),
    ),
    Feature(
        id="co_queried",
        family="sharing",
        dossier=("F38",),
        numerator="co_queried",
        denominator="lookups",
        model=Model.SHARE,
        windows=(5, 20, 60),
        least_n=4,
        title=Words("Customers whom unrelated colleagues looked up too", "无关同事也查询过的客户"),
        sentence=Words(
            "{k} of {n} customers looked up in {days} working days were also looked up by somebody of another branch within ten days; colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}笔的客户十日内也被其他网点人员查询；同岗约{peer}笔。",
        ),
        unit=Words("customers looked up", "被查询客户"),
        look_alikes=Words(
            "customers who ask at two branches, central review", "客户在两家网点申请、集中审查"
        ),
        blind_spot=Words("rings that split their lists", "分拆名单的团伙"),
    ),
    Feature(
        id="later_victims",
        family="victims",
        dossier=("F37",),
        numerator="victims",
        denominator="lookups",
        model=Model.SHARE,
        windows=(20, 60, 250),
        least_n=1,
        title=Words("Customers who complained afterwards", "事后投诉的客户"),
        sentence=Words(
            "{k} of {n} customers looked up in {days} working days complained within 90 days after; colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}名客户在其后90日内投诉；同岗约{peer}名。",
        ),
        unit=Words("customers", "客户人数"),
        look_alikes=Words("a leak elsewhere, a busy clerk", "他处泄露、查询量大的柜员"),
        blind_spot=Words("victims who do not complain", "未投诉的受害人"),
    ),
)
