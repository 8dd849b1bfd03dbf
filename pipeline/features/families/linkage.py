"""Look-ups that lead to no business: the strongest trace a seller leaves (domain.md F04–F07, F10)."""

from __future__ import annotations

from pipeline.features.spec import Feature, Model, Words

FAMILY = "linkage"

CLASSES = {
    "application": ("loan_approval", "card_approval", "guarantee", "legal_representative", "merchant"),
    "standing": ("post_loan", "collection"),
    "service": ("counter_service", "self_request", "objection", "judicial"),
    "unstated": ("other", "unstated"),
}
"""Reasons whose look-ups go unexplained at a like rate among honest people."""

WAITING = ("application", "unstated")
"""Classes whose records are made after the look-up as well, so that a look-up may wait for one."""

_PEOPLE = Words("customers looked up", "被查询客户")

FEATURES = (
    Feature(
        id="unlinked",
        family=FAMILY,
        dossier=("F04", "F05", "F10", "F23"),
        numerator="unlinked",
        denominator="closed",
        model=Model.SHARE,
        windows=(5, 20, 60, 250),
        least_n=3,
        title=Words("Look-ups without any business record", "未找到业务记录的查询"),
        sentence=Words(
            "For {k} of {n} look-ups in {days} working days no business record was found; colleagues in the same work: about {peer} of {n}.",
            "{days}个工作日内{n}笔查询中有{k}笔未找到任何业务记录；同类岗位约为{peer}笔。",
        ),
        unit=_PEOPLE,
        look_alikes=Words(
            "walk-aways, pre-screening campaigns, records entered late or under another number",
            "客户中途放弃、营销预筛活动、补录或错录的业务记录",
        ),
        blind_spot=Words(
            "a leak of customers who have real business with the person", "泄露其本人真实业务客户的信息"
        ),
    ),
    Feature(
        id="hollow",
        family="hollow",
        dossier=("F06", "F07"),
        numerator="hollow",
        denominator="supported",
        model=Model.SHARE,
        windows=(5, 20, 60, 250),
        least_n=5,
        title=Words("Look-ups whose only record is hollow", "仅有空壳业务记录的查询"),
        sentence=Words(
            "{k} of {n} explained look-ups in {days} working days rest only on a record that nobody else worked on, that was made after the "
            "look-up by the same person, that was taken back at once, or that nothing has happened to for weeks; colleagues: about {peer}.",
            "{days}个工作日内{n}笔有记录的查询中有{k}笔仅对应无第二人经办、查询后由本人补建、随即撤销或数周无后续处理的记录；同岗约{peer}笔。",
        ),
        unit=_PEOPLE,
        look_alikes=Words(
            "test records, customers who step back, files completed late or put off for weeks",
            "测试记录、客户主动撤回、资料补录、长期搁置的申请",
        ),
        blind_spot=Words("a cover record that a second person helped to make", "有第二人参与制作的掩护记录"),
    ),
    Feature(
        id="far_record",
        family="distant",
        dossier=("F06", "F22"),
        numerator="far",
        denominator="supported",
        model=Model.SHARE,
        windows=(5, 20, 60),
        least_n=5,
        against_self=True,
        title=Words("Look-ups explained only by another unit's business", "仅对应其他机构业务的查询"),
        sentence=Words(
            "{k} of {n} explained look-ups in {days} working days rest only on business of another unit; own past: about {own}, colleagues: about {peer}.",
            "{days}个工作日内{n}笔有记录的查询中有{k}笔仅对应其他机构的业务；本人此前约{own}笔，同岗约{peer}笔。",
        ),
        unit=_PEOPLE,
        look_alikes=Words(
            "a portfolio that was taken over, help for another branch", "接收划转客户、协助其他网点"
        ),
        blind_spot=Words("victims without any business at the bank", "与本行无业务往来的受害人"),
    ),
    Feature(
        id="scattered_records",
        family="scattered",
        dossier=("F06", "F22"),
        numerator="scattered",
        denominator="supported",
        model=Model.SHARE,
        windows=(5, 20, 60),
        least_n=5,
        title=Words(
            "Look-ups explained only by the business of many other units", "仅对应多家其他机构业务的查询"
        ),
        sentence=Words(
            "{k} of {n} explained look-ups in {days} working days rest only on business of other units, beyond the two units that show most; "
            "colleagues: about {peer}.",
            "{days}个工作日内{n}笔有记录的查询中，除最常见的两家机构外，另有{k}笔仅对应其他机构的业务；同岗约{peer}笔。",
        ),
        unit=_PEOPLE,
        look_alikes=Words(
            "a task for the whole bank that is new to the role, several branches closed at once",
            "岗位新增的全行性工作、多家网点同时撤并",
        ),
        blind_spot=Words(
            "customers of one or two other units only, victims without any business at the bank",
            "仅涉及一两家机构的客户、与本行无业务往来的受害人",
        ),
    ),
    Feature(
        id="long_open",
        family="long_open",
        dossier=("F04", "F06"),
        numerator="long_open",
        denominator="supported",
        model=Model.SHARE,
        windows=(1, 5, 20, 60),
        least_n=5,
        against_self=True,
        title=Words(
            "Look-ups explained only by business that has long been open", "仅对应久未结束业务的查询"
        ),
        sentence=Words(
            "{k} of {n} explained look-ups in {days} working days rest only on an application that was made long before "
            "and of whose end nothing is known; own past: about {own}, colleagues: about {peer}.",
            "{days}个工作日内{n}笔有记录的查询中有{k}笔仅对应早前提出、至今未见结束的申请；本人此前约{own}笔，同岗约{peer}笔。",
        ),
        unit=_PEOPLE,
        look_alikes=Words(
            "applications that take months, a review of files that were left open",
            "办理周期长的申请、对未结档案的清理复核",
        ),
        blind_spot=Words(
            "customers who applied lately; a role whose ordinary work is with old applications",
            "近期提出申请的客户；日常即处理旧申请的岗位",
        ),
    ),
    Feature(
        id="untraced",
        family="waiting",
        dossier=("F04",),
        numerator="untraced",
        denominator="judged",
        model=Model.SHARE,
        windows=(5, 20, 60),
        least_n=4,
        title=Words("Look-ups without a record so far", "迄今无业务记录的查询"),
        sentence=Words(
            "For {k} of {n} look-ups in {days} working days there is no record so far, some of them with time left; colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}笔迄今无业务记录（含期限未到者）；同岗约{peer}笔。",
        ),
        unit=_PEOPLE,
        look_alikes=Words("applications that are entered at the end of the week", "集中在周末录入的申请"),
        blind_spot=Words("look-ups whose reason needs no record soon", "无需及时形成记录的查询原因"),
    ),
    Feature(
        id="bare_today",
        family="today",
        dossier=("F04",),
        numerator="fresh_bare",
        denominator="fresh",
        model=Model.SHARE,
        windows=(1,),
        least_n=8,
        title=Words("Look-ups of the day without a record yet", "当日查询中尚无业务记录"),
        sentence=Words(
            "For {k} of {n} look-ups of the latest working day there was no record by that night; colleagues have about {peer} waiting the same night.",
            "最近一个工作日的{n}笔查询中，当晚有{k}笔尚无业务记录；同岗当晚约{peer}笔。",
        ),
        unit=_PEOPLE,
        look_alikes=Words(
            "a day of first talks, files of one day entered on the next",
            "集中初次咨询的一天、当日资料次日录入",
        ),
        blind_spot=Words(
            "a bank whose records all come on the next day: then everybody's look-ups wait",
            "业务记录普遍次日入库的机构：当晚人人均在等待",
        ),
    ),
    Feature(
        id="unknown_today",
        family="today",
        dossier=("F11",),
        numerator="fresh_unknown",
        denominator="fresh_reference",
        model=Model.SHARE,
        windows=(1,),
        least_n=3,
        moot=("unknown_explained", "with_reference"),
        title=Words("Business numbers of the day that are in no record", "当日所填业务编号查无记录"),
        sentence=Words(
            "Of {n} business numbers typed in on the latest working day {k} were in no record by that night, and nothing else explains these look-ups; "
            "colleagues: about {peer}.",
            "最近一个工作日所填的{n}个业务编号中，当晚有{k}个查无记录，且无其他业务记录可说明；同岗约{peer}个。",
        ),
        unit=_PEOPLE,
        look_alikes=Words(
            "numbers given before the application is entered, a system whose records came late for one desk",
            "申请录入前即已分配的编号、某一岗位所用系统数据晚到",
        ),
        blind_spot=Words(
            "look-ups without a number; a bank whose records all come on the next day",
            "未填编号的查询；业务记录普遍次日入库的机构",
        ),
    ),
    Feature(
        id="watched_unlinked",
        family="watched",
        dossier=("F26",),
        numerator="watched_unlinked",
        denominator="closed",
        model=Model.SHARE,
        windows=(1, 5, 20, 60),
        least_n=1,
        title=Words(
            "Public figures, staff or protected customers without any business",
            "无业务记录的公众人物、员工及重点客户",
        ),
        sentence=Words(
            "{k} of {n} look-ups in {days} working days were of public figures, staff or protected customers and have no business record; "
            "colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}笔为公众人物、本行员工或重点客户且无业务记录；同岗约{peer}笔。",
        ),
        unit=_PEOPLE,
        look_alikes=Words(
            "a portfolio review, an order from above that was not recorded", "组合检视、未登记的上级指令"
        ),
        blind_spot=Words("people who are known but not marked", "未被标记的知名人士"),
    ),
    Feature(
        id="gathered",
        family="watched",
        dossier=("F26",),
        numerator="crowd",
        denominator="active",
        model=Model.COUNT,
        windows=(1, 5),
        title=Words(
            "A protected customer at whom others looked without business too",
            "多名无关人员无业务记录查询同一重点客户",
        ),
        sentence=Words(
            "{k} others, not all of one branch, looked within days at a protected customer whom this person looked up in the last {days} working days; "
            "none of these look-ups has a business record so far.",
            "本人在{days}个工作日内查询过的重点客户，数日内另有{k}名其他人员（并非均属同一网点）查询；各笔查询迄今均无业务记录。",
        ),
        unit=Words("others", "其他人员"),
        look_alikes=Words(
            "a well-known customer who goes to several branches and buys nothing",
            "知名客户先后到多个网点咨询但未办理业务",
        ),
        blind_spot=Words(
            "people of one branch; people who are known but not marked", "同一网点人员；未被标记的知名人士"
        ),
    ),
    Feature(
        id="mismatch",
        family="mismatch",
        dossier=("F11",),
        numerator="mismatch",
        denominator="with_reference",
        model=Model.SHARE,
        windows=(1, 5, 20, 60, 250),
        least_n=1,
        title=Words("Business number that names somebody else", "业务编号对应他人"),
        sentence=Words(
            "For {k} of {n} look-ups in {days} working days the business number typed in names another customer; colleagues: about {peer}.",
            "{days}个工作日内{n}笔查询中有{k}笔所填业务编号对应的是其他客户；同岗约{peer}笔。",
        ),
        unit=_PEOPLE,
        look_alikes=Words(
            "typing errors, a guarantor looked up under the borrower's number",
            "录入错误、以借款人编号查询担保人",
        ),
        blind_spot=Words(
            "another customer's number that is of a record which is not exported",
            "对应业务未导出的他人编号",
        ),
    ),
    Feature(
        id="unknown_number",
        family="mismatch",
        dossier=("F11",),
        numerator="unknown_number",
        denominator="with_reference",
        model=Model.SHARE,
        windows=(5, 20, 60),
        least_n=1,
        moot=("unknown_explained", "with_reference"),  # numbers of another system are in no record at all
        title=Words("Business number that is in no record", "业务编号查无记录"),
        sentence=Words(
            "For {k} of {n} look-ups with a business number in {days} working days that number is in no record of the bank, nor is the customer "
            "in any that fits; colleagues: about {peer}.",
            "{days}个工作日内{n}笔填有业务编号的查询中，有{k}笔的编号查无记录，且无其他业务记录可说明；同岗约{peer}笔。",
        ),
        unit=_PEOPLE,
        look_alikes=Words(
            "numbers keyed wrongly for customers who then walked away, records of a system that is not exported",
            "客户中途放弃且编号录错、所属业务系统未导出",
        ),
        blind_spot=Words(
            "look-ups without a number; the last days, while a record may still come; a bank whose typed numbers are of another system",
            "未填编号的查询；业务记录仍可能补录的最近几日；所填编号属于其他系统的机构",
        ),
    ),
)
