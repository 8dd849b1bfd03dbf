"""Traces of somebody else at the account, or of a program: clashes, crowds, accounts that wake, steady gaps (domain.md F13–F19)."""

from __future__ import annotations

from pipeline.features.spec import Feature, Fold, Mark, Model, Whose, Words

MARKS = (
    Mark("clashes", lambda t: (t.is_lookup & t.clashes).cast("int64"), whose=Whose.TYPIST),
    Mark("crowded_terminal", lambda t: (t.is_lookup & t.crowded_terminal).cast("int64"), whose=Whose.TYPIST),
    Mark("woken", lambda t: (t.is_lookup & t.woken).cast("int64"), whose=Whose.TYPIST),
    Mark("alone", lambda t: (t.is_lookup & t.is_alone).cast("int64"), whose=Whose.TYPIST),
    Mark("steady", lambda t: (t.is_lookup & t.is_steady).cast("int64"), whose=Whose.TYPIST),
    Mark("peak_run", lambda t: t.run_length, whose=Whose.TYPIST, fold=Fold.PEAK),
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
    least_n: int,
    *,
    windows: tuple[int, ...] = (1, 5, 20),
) -> Feature:
    return Feature(
        id=id,
        family=family,
        dossier=dossier,
        numerator=numerator,
        denominator=denominator,
        model=Model.SHARE,
        windows=windows,
        least_n=least_n,
        against_self=True,
        title=title,
        sentence=Words(
            f"{{k}} of {{n}} look-ups in {{days}} working days {what.en}; own past: about {{own}}, colleagues: about {{peer}}.",
            f"{{days}}个工作日内{{n}}笔查询中有{{k}}笔{what.zh}；本人此前约{{own}}笔，同岗约{{peer}}笔。",
        ),
        unit=_LOOKUPS,
        look_alikes=likes,
        blind_spot=blind,
    )


FEATURES = (
    _share(
        "terminal_clash",
        "access",
        ("F17",),
        "clashes",
        "terminal_known",
        Words("One account at two terminals within minutes", "同一账号数分钟内在两台终端"),
        Words("came within five minutes of one at another terminal", "与另一终端上的查询相隔不足五分钟"),
        Words("a clerk who serves two counters", "兼顾两个柜台的柜员"),
        Words("terminals without a number in the log", "日志未记录终端"),
        3,
    ),
    _share(
        "crowded_terminal",
        "access",
        ("F16", "F18"),
        "crowded_terminal",
        "terminal_known",
        Words("A terminal that many accounts used that day", "当日多个账号共用的终端"),
        Words(
            "came from a terminal that four or more accounts used that day",
            "来自当日四个及以上账号使用的终端",
        ),
        Words("shared counters, a training room", "共用柜台、培训教室"),
        Words("one account a day", "每日只用一个账号"),
        3,
    ),
    _share(
        "woken_account",
        "access",
        ("F19",),
        "woken",
        "typed",
        Words("An account that had been silent for sixty days", "休眠六十日后启用的账号"),
        Words("came in the first days after two silent months", "发生在账号静默两个月后的最初几日"),
        Words("a return from long leave or from another post", "长假返岗、借调归来"),
        Words("accounts that are kept warm", "定期少量使用以免休眠的账号"),
        3,
    ),
    _share(
        "alone_in_branch",
        "hours",
        ("F13",),
        "alone",
        "typed",
        Words("Look-ups while nobody else of the branch was at work", "网点无他人作业时的查询"),
        Words(
            "fell into an hour in which nobody else of the branch looked anybody up",
            "前后半小时内网点无他人查询",
        ),
        Words("small branches, first in and last out", "小型网点、最早到或最晚走者"),
        Words("sellers among busy colleagues", "在繁忙时段混杂查询者"),
        8,
        windows=(1, 5, 20, 60),
    ),
    _share(
        "steady_gaps",
        "burst",
        ("F14", "F15"),
        "steady",
        "typed",
        Words("Gaps as even as a machine's", "间隔如机器般均匀"),
        Words("came after the same pause as the one before them", "与前一笔的间隔几乎相同"),
        Words("a batch of prepared papers", "批量备好的材料"),
        Words("programs that wait at random", "随机延时的程序"),
        12,
    ),
    Feature(
        id="longest_run",
        family="burst",
        dossier=("F14", "F15"),
        numerator="peak_run",
        denominator="active",
        model=Model.PEAK,
        windows=(1, 5),
        against_self=True,
        title=Words("Longest run without a pause", "最长连续查询"),
        sentence=Words(
            "Up to {k} look-ups in a row without a pause of ten minutes; before: {own}, colleagues: {peer}.",
            "最多连续{k}笔查询，间隔均不足十分钟；本人此前{own}笔，同岗{peer}笔。",
        ),
        unit=_LOOKUPS,
        look_alikes=Words("month end, a campaign, a batch day", "月末、营销活动、批量作业日"),
        blind_spot=Words("look-ups spread over the day", "分散在全天的查询"),
    ),
)
