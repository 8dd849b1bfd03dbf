"""What is kept low on purpose: days that end under a limit, unexplained look-ups in even doses (domain.md F34, F35)."""

from __future__ import annotations

from pipeline.features.spec import Feature, Model, Words

FAMILY = "conduct"

_DAYS = Words("days", "天数")

FEATURES = (
    Feature(
        id="at_limit",
        family=FAMILY,
        dossier=("F34",),
        numerator="at_limit",
        denominator="active",
        model=Model.SHARE,
        windows=(20, 60, 250),
        least_n=15,
        against_self=True,
        title=Words("Days that end just under the daily limit", "日查询量紧贴上限的天数"),
        sentence=Words(
            "{k} of {n} active days within {days} working days ended at the daily limit or at most two look-ups "
            "under it; own past: about {own}, colleagues: about {peer}.",
            "{days}个工作日内{n}个查询日中有{k}天的查询量恰为每日上限或仅差两笔以内；本人此前约{own}天，同岗约{peer}天。",
        ),
        unit=_DAYS,
        look_alikes=Words(
            "a query clerk whose work always fills the quota, a backlog worked off at full load",
            "每日满额作业的查询员、集中处理积压业务",
        ),
        blind_spot=Words(
            "a limit that the bank has not named and that only one person keeps to",
            "银行未配置且仅个别人贴近的上限",
        ),
        weight=0.5,
    ),
    Feature(
        id="even_doses",
        family=FAMILY,
        dossier=("F35",),
        numerator="unlinked",
        denominator="unlinked_days",
        model=Model.EVEN,
        windows=(20, 60, 250),
        least_n=12,
        against_self=True,
        title=Words("Unexplained look-ups in even doses", "每日无业务查询数量过于平稳"),
        sentence=Words(
            "On {n} days within {days} working days look-ups stayed unexplained, in nearly the same number each time: "
            "{k} times as even as chance; the person's explained work: {own} times, colleagues: {peer}.",
            "{days}个工作日内有{n}天存在无业务记录的查询，且每日笔数几乎相同：平稳程度为随机情形的{k}倍；本人有业务的查询为{own}倍，同岗为{peer}倍。",
        ),
        unit=Words("times as even as chance", "随机情形的倍数"),
        look_alikes=Words(
            "a fixed number of checks a day that nobody records", "每日固定笔数且未登记的抽查工作"
        ),
        blind_spot=Words(
            "one a day, which cannot vary, and sellers who vary the number",
            "每日仅一笔，或有意变化每日笔数者",
        ),
        weight=0.5,
    ),
)
