"""When: off-hours, days off, absence, after leaving (domain.md F12, F13, F17, F40)."""

from __future__ import annotations

from pipeline.features.spec import Feature, Mark, Model, Whose, Words

FAMILY = "hours"

MARKS = (
    Mark("off_hours", lambda t: (t.is_lookup & t.off_hours).cast("int64"), whose=Whose.TYPIST),
    # Look-ups of a source with a 12-hour clock are neither: their hour is not known.
    Mark("clocked", lambda t: (t.is_lookup & t.has_clock).cast("int64"), whose=Whose.TYPIST),
    Mark("typed", lambda t: t.is_lookup.cast("int64"), whose=Whose.TYPIST),
    Mark("day_off", lambda t: (t.is_lookup & ~t.is_workday).cast("int64"), whose=Whose.TYPIST),
    Mark("absent", lambda t: (t.is_lookup & t.typist_absent).cast("int64"), whose=Whose.TYPIST),
    Mark("after_left", lambda t: (t.is_lookup & t.typist_left).cast("int64"), whose=Whose.TYPIST),
)

_LOOKUPS = Words("look-ups", "查询笔数")

FEATURES = (
    Feature(
        id="off_hours",
        family=FAMILY,
        dossier=("F12",),
        numerator="off_hours",
        denominator="clocked",
        model=Model.SHARE,
        windows=(1, 5, 20, 60),
        least_n=4,
        against_self=True,
        title=Words("Look-ups outside working hours", "非工作时间查询"),
        sentence=Words(
            "{k} of {n} look-ups in {days} working days before 7:30 or after 19:30; own past: about {own}, colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}笔在7:30前或19:30后；本人此前约{own}笔，同岗约{peer}笔。",
        ),
        unit=_LOOKUPS,
        look_alikes=Words(
            "a late shift, month end, a system that was down all day", "晚班、月末、白天系统故障"
        ),
        blind_spot=Words("sellers who keep to working hours", "只在工作时间查询者"),
    ),
    Feature(
        id="day_off",
        family=FAMILY,
        dossier=("F12", "F13"),
        numerator="day_off",
        denominator="typed",
        model=Model.SHARE,
        windows=(1, 5, 20, 60),
        least_n=4,
        against_self=True,
        title=Words("Look-ups on days off", "非工作日查询"),
        sentence=Words(
            "{k} of {n} look-ups in {days} working days fell on days off; own past: about {own}, colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}笔在非工作日；本人此前约{own}笔，同岗约{peer}笔。",
        ),
        unit=_LOOKUPS,
        look_alikes=Words("weekend duty, a branch that opens on Saturdays", "周末值班、周六营业网点"),
        blind_spot=Words("sellers who keep to working days", "只在工作日查询者"),
    ),
    Feature(
        id="absent",
        family="absence",
        dossier=("F17",),
        numerator="absent_untraced",
        denominator="absent_judged",
        model=Model.SHARE,
        windows=(1, 5, 20),
        # Who comes back early leaves as much business behind as on any day; somebody else at the account leaves none.
        normal=("fresh_traceless", "fresh"),
        title=Words("Account used while its owner was away", "请假期间账号被使用"),
        sentence=Words(
            "{k} of {n} look-ups under this account on days of its owner's absence, in {days} working days, have no business behind them "
            "so far; on ordinary days colleagues have about {peer} without any the same night.",
            "{days}个工作日内，该账号在其本人请假期间有{n}笔查询，其中{k}笔迄今无业务记录；平日同岗当晚约{peer}笔尚无记录。",
        ),
        unit=_LOOKUPS,
        look_alikes=Words("leave that was cut short and not recorded", "提前销假未登记"),
        blind_spot=Words("absences that are not in the feed", "未登记的缺勤"),
    ),
    Feature(
        id="after_left",
        family="absence",
        dossier=("F17", "F40"),
        numerator="after_left",
        denominator="typed",
        model=Model.SHARE,
        windows=(1, 5, 20),
        title=Words("Account used after its owner left", "离职后账号被使用"),
        sentence=Words(
            "{k} look-ups under this account in {days} working days came after its owner's last day.",
            "{days}个工作日内该账号有{k}笔查询发生在其本人离职之后。",
        ),
        unit=_LOOKUPS,
        look_alikes=Words("a last day that was moved and not recorded", "离职日期变更未登记"),
        blind_spot=Words(
            "people who left without a record; the rest of the night of a last late shift",
            "未登记的离职；最后一个晚班当夜的后续使用",
        ),
    ),
)
