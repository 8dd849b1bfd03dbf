"""Whose data: strangers to the branch, other regions, the wealthy, the known, the very young and old (domain.md F20–F28, F36)."""

from __future__ import annotations

from pipeline.features.spec import Feature, Mark, Model, Words

FAMILY = "breadth"

WATCHED = ("vip", "public_figure", "pep", "media", "staff")
"""Segments of customers whose data are asked for out of curiosity, or to order."""

MARKS = (
    Mark("home_known", lambda t: (t.is_lookup & t.home_branch.notnull()).cast("int64")),
    Mark("other_home", lambda t: (t.is_lookup & (t.home_branch != t.own_branch)).cast("int64")),
    Mark("region_known", lambda t: (t.is_lookup & t.subject_city.notnull()).cast("int64")),
    Mark("far_region", lambda t: (t.is_lookup & t.far_region).cast("int64")),
    Mark("customer_feed", lambda t: (t.is_lookup & t.has_customers).cast("int64")),
    Mark("no_customer", lambda t: (t.is_lookup & t.has_customers & ~t.is_customer).cast("int64")),
    Mark("wealth_known", lambda t: (t.is_lookup & t.asset_band.notnull()).cast("int64")),
    Mark("wealthy", lambda t: (t.is_lookup & t.asset_band.isin(["100k_500k", "500k_plus"])).cast("int64")),
    Mark(
        "watched",
        lambda t: (t.is_lookup & t.segment.isin(WATCHED)).cast("int64"),
    ),
    Mark("age_known", lambda t: (t.is_lookup & t.subject_age_band.notnull()).cast("int64")),
    Mark(
        "age_unusual",
        lambda t: (t.is_lookup & t.subject_age_band.isin(["under_18", "75_plus"])).cast("int64"),
    ),
)

_PEOPLE = Words("customers looked up", "被查询客户")


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
    return Feature(
        id=id,
        family=family,
        dossier=dossier,
        numerator=numerator,
        denominator=denominator,
        model=Model.SHARE,
        windows=(1, 5, 20, 60),
        least_n=4,
        against_self=True,
        title=title,
        sentence=Words(
            f"{{k}} of {{n}} look-ups in {{days}} working days were of {what.en}; own past: about {{own}}, colleagues: about {{peer}}.",
            f"{{days}}个工作日内{{n}}笔查询中有{{k}}笔涉及{what.zh}；本人此前约{{own}}笔，同岗约{{peer}}笔。",
        ),
        unit=_PEOPLE,
        look_alikes=likes,
        blind_spot=blind,
        **rest,  # type: ignore[arg-type]  # keywords are Feature's own
    )


FEATURES = (
    _share(
        "other_home",
        FAMILY,
        ("F22",),
        "other_home",
        "home_known",
        Words("Customers of other branches", "其他网点的客户"),
        Words("customers whose home is another branch", "归属其他网点的客户"),
        Words("central desks, a branch that took over a portfolio", "集中作业岗、承接划转客户的网点"),
        Words("strangers who are no customers yet", "尚非本行客户的陌生人"),
    ),
    _share(
        "far_region",
        FAMILY,
        ("F20", "F21"),
        "far_region",
        "region_known",
        Words("People from elsewhere", "外地人员"),
        Words(
            "people whose number was issued outside the branch's usual cities",
            "证件号不属于网点常见地区的人员",
        ),
        Words("migrant towns, mortgage intermediaries", "外来人口集中地区、按揭中介"),
        Words("victims from the same city", "本地受害人"),
    ),
    _share(
        "no_customer",
        FAMILY,
        ("F23",),
        "no_customer",
        "customer_feed",
        Words("People who are no customers", "非本行客户"),
        Words("people the bank has no customer record of", "本行无客户记录的人员"),
        Words("new business: most applicants begin as strangers", "新客户拓展"),
        Words("victims who are customers", "本行客户被泄露"),
    ),
    _share(
        "wealthy",
        "targets",
        ("F25",),
        "wealthy",
        "wealth_known",
        Words("Wealthy customers", "高资产客户"),
        Words("customers in the upper asset bands", "高资产客户"),
        Words("private banking, a wealth campaign", "私人银行、财富营销活动"),
        Words("a buyer who filters later", "买方事后筛选"),
        weight=0.5,
    ),
    _share(
        "watched",
        "targets",
        ("F26",),
        "watched",
        "customer_feed",
        Words("Public figures, colleagues, protected customers", "公众人物、员工及重点客户"),
        Words("public figures, staff or protected customers", "公众人物、本行员工或重点客户"),
        Words("their relationship manager, a portfolio review", "客户经理、组合检视"),
        Words("people who are known but not marked", "未被标记的知名人士"),
    ),
    _share(
        "age_unusual",
        "targets",
        ("F36",),
        "age_unusual",
        "age_known",
        Words("Minors and the very old", "未成年人与高龄人员"),
        Words("people under 18 or over 74", "18岁以下或75岁及以上人员"),
        Words("heirs, guarantors, pension products", "继承、担保、养老产品"),
        Words("documents without a birth date", "不含出生日期的证件"),
        weight=0.5,
    ),
    Feature(
        id="family_unlinked",
        family="targets",
        dossier=("F27", "F28"),
        numerator="family_unlinked",
        denominator="closed",
        model=Model.SHARE,
        windows=(5, 20, 60),
        least_n=4,
        title=Words("Whole families without any business", "整户查询且无业务记录"),
        sentence=Words(
            "{k} of {n} look-ups in {days} working days have no business record and were of people who stand on one "
            "earlier record together, asked for on the same day; colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}笔无业务记录，且同日查询了与其同列于既往业务记录的家庭成员或担保人；同岗约{peer}笔。",
        ),
        unit=_PEOPLE,
        look_alikes=Words("couples who ask for a loan and walk away", "夫妻共同申请后放弃"),
        blind_spot=Words(
            "families who never stood on one record of this bank", "从未同列于本行业务记录的家庭"
        ),
    ),
)
