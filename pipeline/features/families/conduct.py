"""How it was done: copies, failed searches, repeats, consent, who asked (domain.md F11, F24, F29–F33)."""

from __future__ import annotations

from pipeline.features.spec import Feature, Mark, Model, Whose, Words

FAMILY = "conduct"

MARKS = (
    Mark("copies", lambda t: (t.operation.isin(["print", "export"]) & (t.outcome == "ok")).cast("int64")),
    Mark(
        "copies_or_lookups",
        lambda t: ((t.operation.isin(["print", "export"]) | t.is_lookup) & (t.outcome == "ok")).cast("int64"),
    ),
    Mark("exports", lambda t: ((t.operation == "export") & (t.outcome == "ok")).cast("int64")),
    Mark("not_found", lambda t: (t.outcome == "not_found").cast("int64")),
    Mark("denied", lambda t: (t.outcome == "denied").cast("int64")),
    Mark("attempts", lambda t: t.operation.isin(["query", "view"]).cast("int64")),
    Mark("others_fresh", lambda t: t.others_fresh.cast("int64")),
    Mark("repeats", lambda t: (t.is_lookup & t.repeated).cast("int64")),
    Mark("consent_needed", lambda t: (t.is_lookup & t.consent_needed).cast("int64")),
    Mark(
        "consent_missing",
        lambda t: (t.is_lookup & t.consent_needed & t.authorization_id.isnull()).cast("int64"),
    ),
    Mark("consent_bad", lambda t: (t.is_lookup & t.consent_needed & t.consent_bad).cast("int64")),
    Mark("consent_reused", lambda t: (t.is_lookup & t.consent_reused).cast("int64")),
    Mark(
        "for_others", lambda t: (t.is_lookup & (t.entity != t.employee_id)).cast("int64"), whose=Whose.TYPIST
    ),
    Mark("by_others", lambda t: (t.is_lookup & (t.entity != t.employee_id)).cast("int64")),
    Mark("foreign_reason", lambda t: (t.is_lookup & t.foreign_reason).cast("int64")),
)

_LOOKUPS = Words("look-ups", "查询笔数")


def _share(
    id: str,
    family: str,
    dossier: tuple[str, ...],
    numerator: str,
    denominator: str,
    title: Words,
    what: Words,
    likes: Words,
    blind: Words,
    **rest: object,
) -> Feature:
    settings: dict[str, object] = {"windows": (1, 5, 20, 60), "least_n": 4, "against_self": True, **rest}
    return Feature(
        id=id,
        family=family,
        dossier=dossier,
        numerator=numerator,
        denominator=denominator,
        model=Model.SHARE,
        title=title,
        sentence=Words(
            f"{what.en}: {{k}} of {{n}} in {{days}} working days; own past: about {{own}}, colleagues: about {{peer}}.",
            f"{what.zh}：{{days}}个工作日内{{n}}笔中有{{k}}笔；本人此前约{{own}}笔，同岗约{{peer}}笔。",
        ),
        unit=_LOOKUPS,
        look_alikes=likes,
        blind_spot=blind,
        **settings,  # type: ignore[arg-type]  # keywords are Feature's own
    )


FEATURES = (
    _share(
        "copies",
        "copies",
        ("F33",),
        "copies",
        "copies_or_lookups",
        Words("Paper or saved copies", "打印与导出"),
        Words("Prints and exports among all acts on reports", "打印或导出操作"),
        Words("branches that keep paper files", "使用纸质档案的网点"),
        Words("a photograph of the screen", "拍摄屏幕"),
    ),
    _share(
        "others_fresh",
        "copies",
        ("F24",),
        "others_fresh",
        "copies_or_lookups",
        Words("Views and copies of what others had just looked up", "查看或复制他人刚查询的报告"),
        Words(
            "Views and copies of customers whom somebody else had looked up within a day",
            "查看或复制他人一日内所查客户的报告",
        ),
        Words("second reviewers, archive clerks", "复核人员、档案人员"),
        Words("own fresh look-ups", "本人刚查询的报告"),
    ),
    _share(
        "not_found",
        "errors",
        ("F30",),
        "not_found",
        "attempts",
        Words("Searches that found nobody", "未查得"),
        Words("Searches that found nobody", "未查得的查询"),
        Words("hand-written papers, a new clerk", "手写材料、新员工"),
        Words("a buyer's clean list", "买方名单准确无误"),
    ),
    _share(
        "denied",
        "errors",
        ("F30",),
        "denied",
        "attempts",
        Words("Refused attempts", "被拒绝的操作"),
        Words("Refused attempts", "被拒绝的操作"),
        Words("rights not yet granted after a move", "调岗后权限未及时开通"),
        Words("people whose rights are too wide", "权限过宽者"),
    ),
    _share(
        "repeats",
        FAMILY,
        ("F29",),
        "repeats",
        "lookups",
        Words("The same customer again", "重复查询"),
        Words("Look-ups of a customer this person had looked up within 30 days", "30日内重复查询同一客户"),
        Words("expired reports, loan and card together", "报告过期、贷款与信用卡并办"),
        Words("repeats by colleagues", "同事重复查询"),
        weight=0.5,
    ),
    _share(
        "consent_missing",
        "consent",
        ("F11",),
        "consent_missing",
        "consent_needed",
        Words("No consent on file", "无授权书"),
        Words("Look-ups without the customer's consent on file", "未见客户授权的查询"),
        Words("paper consent that is filed days later", "纸质授权书事后归档"),
        Words("forged consent", "伪造授权"),
    ),
    _share(
        "consent_bad",
        "consent",
        ("F11",),
        "consent_bad",
        "consent_needed",
        Words("Consent expired or signed later", "授权过期或补签"),
        Words("Consent that had expired or was signed after the look-up", "授权已过期或查询后补签"),
        Words("renewals on the way", "正在续签"),
        Words("forged dates", "伪造日期"),
    ),
    _share(
        "consent_reused",
        "consent",
        ("F11",),
        "consent_reused",
        "consent_needed",
        Words("One consent for several people", "一份授权用于多人"),
        Words("Look-ups whose consent number also served for another customer", "授权编号用于多名客户"),
        Words("couples and guarantors on one paper", "夫妻、担保人共用一份授权"),
        Words("a fresh number each time", "每次编造新编号"),
    ),
    _share(
        "for_others",
        "requests",
        ("F31",),
        "for_others",
        "typed",
        Words("Typed for colleagues", "代他人查询"),
        Words("Look-ups typed for a colleague", "代同事录入的查询"),
        Words("query clerks, leave cover", "专职查询员、代班"),
        Words("favours that name no requester", "未登记请求人的代查"),
        weight=0.5,
    ),
    _share(
        "by_others",
        "requests",
        ("F31",),
        "by_others",
        "lookups",
        Words("Looked up through colleagues", "托同事查询"),
        Words("Look-ups that a colleague typed for this person", "由同事代为录入的查询"),
        Words("managers without the right to query", "无查询权限的客户经理"),
        Words("favours that name no requester", "未登记请求人的代查"),
        weight=0.5,
    ),
    _share(
        "foreign_reason",
        FAMILY,
        ("F09",),
        "foreign_reason",
        "lookups",
        Words("Reasons foreign to the role", "与岗位不符的查询原因"),
        Words(
            "Look-ups with a reason that people of this role hardly ever give", "使用同岗位几乎不用的查询原因"
        ),
        Words("a new task, a project", "新增职责、专项工作"),
        Words("pretexts that the role does use", "岗位常用原因作掩护"),
    ),
)
