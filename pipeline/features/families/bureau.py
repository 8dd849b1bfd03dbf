"""What the credit bureau found unusual and sent back (domain.md section 7.4, T16)."""

from __future__ import annotations

from pipeline.features.spec import Feature, Model, Words

FEATURES = (
    Feature(
        id="bureau_listed",
        family="conduct",
        dossier=("F42",),
        numerator="bureau_listed",
        denominator="lookups",
        model=Model.SHARE,
        windows=(20, 60, 250),
        title=Words("Look-ups that the credit bureau sent back", "征信机构通报的异常查询"),
        sentence=Words(
            "The credit bureau listed {k} of {n} look-ups in {days} working days as unusual; colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}笔被征信机构列入异常名单；同岗约{peer}笔。",
        ),
        unit=Words("look-ups", "查询笔数"),
        look_alikes=Words(
            "a shared credential, a campaign that the bureau takes for a leak",
            "共用征信用户、被误判的营销活动",
        ),
        blind_spot=Words(
            "lists that name a credential which several people used that day", "当日多人共用的征信用户"
        ),
    ),
)
