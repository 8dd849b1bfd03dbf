"""How many look-ups, on how many days (domain.md F01–F03)."""

from __future__ import annotations

from pipeline.features.spec import Feature, Fold, Mark, Model, Words

FAMILY = "volume"

MARKS = (
    Mark("lookups", lambda t: t.is_lookup.cast("int64")),
    Mark("peak_10min", lambda t: t.in_10min, fold=Fold.PEAK),
    Mark("peak_60min", lambda t: t.in_60min, fold=Fold.PEAK),
    Mark("fast", lambda t: (t.is_lookup & (t.gap_seconds < 15)).cast("int64")),
)

_LOOKUPS = Words("look-ups", "查询笔数")
_LIKES = Words(
    "month end, a campaign, cover for absent colleagues, a batch day", "月末、营销活动、代班、批量作业日"
)

FEATURES = (
    Feature(
        id="volume",
        family=FAMILY,
        dossier=("F01", "F02", "F03"),
        numerator="lookups",
        denominator="active",
        model=Model.COUNT,
        windows=(1, 5, 20),
        against_self=True,
        busiest="busiest",
        title=Words("Number of look-ups", "查询量"),
        sentence=Words(
            "{k} look-ups on {n} active days within {days} working days; before: about {own} in as many days, colleagues: about {peer}.",
            "{days}个工作日内有{n}个查询日共{k}笔查询；本人此前同样天数约{own}笔，同岗约{peer}笔。",
        ),
        unit=_LOOKUPS,
        look_alikes=_LIKES,
        blind_spot=Words("a steady small excess", "长期稳定的少量多查"),
    ),
    Feature(
        id="burst_10min",
        family="burst",
        dossier=("F14", "F15"),
        numerator="peak_10min",
        denominator="active",
        model=Model.PEAK,
        windows=(1, 5),
        against_self=True,
        title=Words("Most look-ups within ten minutes", "十分钟内最多查询"),
        sentence=Words(
            "Up to {k} look-ups within ten minutes; before: {own}, colleagues: {peer}.",
            "十分钟内最多{k}笔查询；本人此前{own}笔，同岗{peer}笔。",
        ),
        unit=_LOOKUPS,
        look_alikes=_LIKES,
        blind_spot=Words("look-ups spread over the day", "分散在全天的查询"),
    ),
    Feature(
        id="burst_60min",
        family="burst",
        dossier=("F14",),
        numerator="peak_60min",
        denominator="active",
        model=Model.PEAK,
        windows=(1, 5),
        against_self=True,
        title=Words("Most look-ups within an hour", "一小时内最多查询"),
        sentence=Words(
            "Up to {k} look-ups within an hour; before: {own}, colleagues: {peer}.",
            "一小时内最多{k}笔查询；本人此前{own}笔，同岗{peer}笔。",
        ),
        unit=_LOOKUPS,
        look_alikes=_LIKES,
        blind_spot=Words("look-ups spread over the day", "分散在全天的查询"),
    ),
    Feature(
        id="machine_rhythm",
        family="burst",
        dossier=("F14", "F15"),
        numerator="fast",
        denominator="lookups",
        model=Model.SHARE,
        windows=(1, 5, 20),
        least_n=8,
        against_self=True,
        title=Words("Look-ups seconds apart", "间隔仅数秒的查询"),
        sentence=Words(
            "{k} of {n} look-ups in {days} working days came less than 15 seconds after the one before; own past: about {own}, colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}笔与前一笔间隔不足15秒；本人此前约{own}笔，同岗约{peer}笔。",
        ),
        unit=_LOOKUPS,
        look_alikes=Words(
            "registered robots, a fast clerk with prepared papers", "已登记的自动程序、材料齐备的熟练柜员"
        ),
        blind_spot=Words("programs that wait at random", "随机延时的程序"),
    ),
)
