"""When and where, as people say it: each phrase beside what it means, in English and Chinese, in one pass."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from digestbot.core.times.options import OptionError, Options, read_days, read_options, read_place, read_time
from digestbot.core.times.pauses import read_pause, split_pause
from digestbot.core.times.places import complete_places, get_table, name_city, suggest_places
from digestbot.domain.timezones import format_offset_at, format_timezone, get_timezone, list_timezones, name_offset

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TODAY = date(2026, 11, 24)  # a Tuesday

TIMES = {
    "08:00": (
        "8am|8 am|8 AM|8a|8 a.m.|8:00|08:00|8.00|8h|8h00|0800|800|0800 hours|8|at 8|8 o'clock|8 o clock|"
        "eight|eight am|8 in the morning|morning|8 Uhr|08:00:00|8：00|8点|八点|8點|8时|8点钟|8点整|早上8点|"
        "早上八点|早8点|上午8点|清晨8点|8am sharp|around 8|8 am please|at eight in the morning|８点|早上|"
        "早晨8:00|八时"
    ),
    "08:30": (
        "8:30|8.30|8h30|0830|830|830am|8 30 am|half past 8|half past eight|8点半|八点半|早上八点半|8点30|"
        "8点30分|八点三十分"
    ),
    "08:15": "quarter past 8|a quarter past eight|8点15|8点一刻|八点十五分",
    "07:45": "quarter to 8|quarter to eight|7点三刻|7:45",
    "20:00": (
        "8 pm|8pm|8 p.m.|8p|8 PM|8P.M.|20:00|20.00|2000|20h|20|at 20|20点|二十点|20时|晚上8点|晚上八点|晚8点|"
        "8点晚上|下午8点|8 in the evening|8 at night|tonight at 8|eight pm|傍晚8点|夜里8点|晚上|20:00 uhr"
    ),
    "20:30": (
        "8:30 p.m.|8:30pm|8.30 pm|20.30|20h30|2030|晚上八点半|晚8点半|20点30分|half past 8 pm|"
        "half past eight in the evening|二十点半|晚上8:30"
    ),
    "00:00": "midnight|12am|12 a.m.|0:00|00:00|0000|0点|零点|午夜|半夜12点|晚上12点|12 midnight|凌晨0点",
    "12:00": "noon|12pm|12 p.m.|midday|12|12:00|12 noon|at noon|中午|中午12点|正午|12点|十二点|中午十二点",
    "13:00": "1pm|13:00|13点|下午1点|中午1点|下午一点|one pm|十三点",
    "15:15": "3:15pm|15:15|下午3点一刻|下午三点十五|quarter past 3 pm",
    "01:00": "1am|凌晨1点|凌晨一点|晚上1点|夜里1点|01:00|1 at night",
    "18:00": "evening|6pm|in the evening|傍晚|下午6点",
}
NO_TIMES = "|25:00|24:00|23:60|8:5|0am|0pm|13am|13:00pm|99pm|8:000|108:00|早上20点|三十点|soon|8am 9am|8-9|8:00 mon|24"
DAYS = {
    "mon tue wed thu fri sat sun": (
        "daily|every day|everyday|each day|all|7 days a week|once a day|每天|每日|天天|all week|mon-sun|"
        "sun-sat|周一到周日|all days"
    ),
    "mon tue wed thu fri": (
        "weekdays|weekday|every weekday|workdays|working days|business days|mon-fri|mon – fri|Mon to Fri|"
        "monday to friday|monday through friday|Monday - Friday|m-f|M–F|工作日|每个工作日|上班日|周一至周五|"
        "周一到周五|周一到五|星期一至星期五|週一至週五|not on weekends|every day except weekends|周末除外|"
        "除了周末|每天除了周末|mon,tue,wed,thu,fri|mon tue wed thu fri"
    ),
    "sat sun": (
        "weekend|weekends|on weekends|sat,sun|sat & sun|Saturday and Sunday|saturdays, sundays|周末|双休日|"
        "每个周末|周六周日|周六、周日|周六和周日|星期六星期天|周六日"
    ),
    "mon wed fri": (
        "mon wed fri|mon, wed, fri|mon,wed,fri|mon/wed/fri|mon-wed-fri|Mon & Wed & Fri|mon and wed and fri|"
        "MWF|mondays wednesdays fridays|monday, wednesday and friday|周一周三周五|周一、周三、周五|周一三五|"
        "周一、三、五|每周一三五|星期一三五|礼拜一、礼拜三、礼拜五|mo we fr|every mon, wed and fri|"
        "周一，周三，周五|mon wed  fri|mon+wed+fri"
    ),
    "mon wed": "mon wed|周一周三|周一和周三|mon,wed|周一与周三|星期一和三",
    "tue thu": "tue thu|tuesdays and thursdays|tues, thurs|t/th|TuTh|周二周四|tu th|周二、四",
    "mon": (
        "mon|monday|Mondays|on monday|every monday|weekly|every week|once a week|每周|周一|星期一|每周一|"
        "礼拜一|周1|逢周一|mon.|mo"
    ),
    "fri": "fri|friday|weekly on friday|friday weekly|fridays|周五|星期五|每周五|once a week on friday|fr",
    "sun": "sunday|sun|周日|周天|星期天|星期日|礼拜天",
    "fri sat sun mon": "fri-mon|friday to monday|周五到周一",
    "mon tue wed thu fri sat": "mon-sat|every day except sunday|每天，周日除外|daily but not sunday|除周日",
}
NO_DAYS = "|never|8am|hourly|monthly|biweekly|every 2 days|every other day|twice a day|每小时|每两天|隔天|daily mon-fri"
NO_DAYS += "|every day mon|except mon-sun|mondy|周八|mon Berlin|第三天"
PLACES = {
    "Europe/Berlin": (
        "Berlin|berlin|Europe/Berlin|europe/berlin|Munich|München|Muenchen|德国|Germany|柏林|慕尼黑|"
        "in Berlin|Berlin time"
    ),
    "America/New_York": (
        "New York|new york|New_York|NYC|America/New_York|Boston|EST|EDT|ET|US Eastern|Eastern Time|纽约|"
        "波士顿|Washington, DC|in New York City|美东|New York, USA"
    ),
    "America/Los_Angeles": (
        "PST|PDT|PT|Pacific|Pacific Time|California|San Francisco|SF|Seattle|Los Angeles|LA|旧金山|洛杉矶|"
        "硅谷|San Jose, California|America/Los_Angeles|太平洋时间|加州"
    ),
    "America/Chicago": "CDT|CT|Chicago|Texas|Austin|芝加哥|Central Time",
    "America/Denver": "MT|MST|Denver|Colorado",
    "Asia/Shanghai": (
        "Beijing|北京|上海|Shanghai|中国|China|北京时间|Asia/Shanghai|Shenzhen|深圳|杭州|上海市|PRC|"
        "Beijing Time|beijing time|浙江|中國|北京市"
    ),
    "Asia/Tokyo": "Tokyo|tokyo|东京|東京|Japan|日本|JST|Osaka|大阪|Asia/Tokyo",
    "Asia/Kolkata": (
        "Mumbai|India|孟买|印度|Bangalore|Bengaluru|New Delhi|新德里|Asia/Kolkata|India Standard Time|IST India"
    ),
    "Asia/Hong_Kong": "Hong Kong|Hongkong|HK|香港|HKT",
    "Asia/Taipei": "Taipei|台北|臺北|Taiwan|台湾",
    "Asia/Singapore": "Singapore|SGT|新加坡",
    "Asia/Seoul": "Seoul|KST|韩国|Korea|South Korea|首尔",
    "Europe/London": "London|UK|United Kingdom|英国|伦敦|Oxford|Cambridge, UK|BST London",
    "Europe/Paris": "Paris|Paris, France|法国|巴黎|France",
    "Europe/Zurich": "Zürich|Zurich|Geneva|瑞士|Switzerland",
    "America/Sao_Paulo": "São Paulo|Sao Paulo|圣保罗|Rio de Janeiro",
    "Australia/Sydney": "Sydney|AEST|AEDT|悉尼",
    "UTC": "UTC|utc|UTC+0|GMT+0|Z",
    "Etc/GMT-8": "UTC+8|utc+8|UTC +8|UTC + 8|GMT+8|+8|+08|+08:00|+0800|UTC+08:00|utc8|东八区|UTC＋8",
    "Etc/GMT+5": "UTC-5|-5|-05:00|GMT-5|UTC−5|西五区",
    "UTC+05:30": "UTC+5:30|+5:30|+0530|GMT+5:30|UTC+0530|UTC+05:30",
    "UTC-03:30": "UTC-3:30|-03:30",
    "UTC+05:45": "UTC+5:45|+5:45",
    "Etc/GMT-14": "UTC+14",
    "Etc/GMT+12": "UTC-12",
}
NO_PLACES = "|Mars/Base|UTC+15|UTC-13|UTC+100|mon-fri|Etc|Atlantis|火星|London Tokyo|UTC+5:99"
AMBIGUOUS = {
    "CST": {"America/Chicago", "Asia/Shanghai"},
    "IST": {"Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"},
    "BST": {"Europe/London", "Asia/Dhaka"},
    "AST": {"America/Halifax", "Asia/Riyadh"},
    "USA": {"America/New_York", "America/Los_Angeles"},
    "美国": {"America/New_York", "America/Los_Angeles"},
    "Russia": {"Europe/Moscow", "Asia/Vladivostok"},
    "Australia": {"Australia/Sydney", "Australia/Perth"},
    "Cambridge": {"Europe/London", "America/New_York"},
    "Georgia": {"Asia/Tbilisi", "America/New_York"},
    "Washington": {"America/New_York", "America/Los_Angeles"},
    "San Jose": {"America/Los_Angeles", "America/Costa_Rica"},
}
WHOLE = {  # time, timezone, days, and the day from which on, for a Tuesday
    "at 8 in Berlin": ("08:00", "Europe/Berlin", "", ""),
    "每天早上8点": ("08:00", "", "mon tue wed thu fri sat sun", ""),
    "every weekday 8am": ("08:00", "", "mon tue wed thu fri", ""),
    "weekdays at 8": ("08:00", "", "mon tue wed thu fri", ""),
    "at 8 every weekday": ("08:00", "", "mon tue wed thu fri", ""),
    "mon and wed and fri at 7:30pm in San Francisco please": ("19:30", "America/Los_Angeles", "mon wed fri", ""),
    "08:00 Asia/Tokyo mon-fri": ("08:00", "Asia/Tokyo", "mon tue wed thu fri", ""),
    "tokyo 周一,周三 7:15": ("07:15", "Asia/Tokyo", "mon wed", ""),
    "北京时间每天早上8点": ("08:00", "Asia/Shanghai", "mon tue wed thu fri sat sun", ""),
    "每日 08:00（北京时间）": ("08:00", "Asia/Shanghai", "mon tue wed thu fri sat sun", ""),
    "上海 8:00 周一至周五": ("08:00", "Asia/Shanghai", "mon tue wed thu fri", ""),
    "周一至周五 08:30 UTC+8": ("08:30", "Etc/GMT-8", "mon tue wed thu fri", ""),
    "周三八点": ("08:00", "", "wed", ""),
    "周三十点": ("10:00", "", "wed", ""),
    "每周一 9:00 纽约": ("09:00", "America/New_York", "mon", ""),
    "周一到周五早上九点半": ("09:30", "", "mon tue wed thu fri", ""),
    "每晚九点": ("21:00", "", "mon tue wed thu fri sat sun", ""),
    "每晚9点北京时间": ("21:00", "Asia/Shanghai", "mon tue wed thu fri sat sun", ""),
    "every morning": ("08:00", "", "mon tue wed thu fri sat sun", ""),
    "every evening at 7": ("19:00", "", "mon tue wed thu fri sat sun", ""),
    "weekday mornings at 9": ("09:00", "", "mon tue wed thu fri", ""),
    "11:30a EST": ("11:30", "America/New_York", "", ""),
    "21:00Z": ("21:00", "UTC", "", ""),
    "08:00+08:00": ("08:00", "Etc/GMT-8", "", ""),
    "8am +8": ("08:00", "Etc/GMT-8", "", ""),
    "2100 UTC": ("21:00", "UTC", "", ""),
    "9 PM PST": ("21:00", "America/Los_Angeles", "", ""),
    "6am pacific": ("06:00", "America/Los_Angeles", "", ""),
    "Mon-Fri 9:00 – Berlin": ("09:00", "Europe/Berlin", "mon tue wed thu fri", ""),
    "Thursday 8:00 GMT": ("08:00", "GMT", "thu", ""),
    "daily 6": ("06:00", "", "mon tue wed thu fri sat sun", ""),
    "tomorrow": ("", "", "", "2026-11-25"),
    "tomorrow at 8": ("08:00", "", "", "2026-11-25"),
    "明天早上8点": ("08:00", "", "", "2026-11-25"),
    "明早8点": ("08:00", "", "", "2026-11-25"),
    "今晚8点": ("20:00", "", "", "2026-11-24"),
    "from monday at 8": ("08:00", "", "", "2026-11-30"),
    "starting next week": ("", "", "", "2026-11-30"),
    "从周一开始": ("", "", "", "2026-11-30"),
    "下周三起": ("", "", "", "2026-12-02"),
    "后天": ("", "", "", "2026-11-26"),
    "next thursday": ("", "", "", "2026-11-26"),
}
REFUSED = {
    "8am 9am": ("two_times", "9am"),
    "8am and 8pm": ("two_times", "8pm"),
    "8am-9am": ("two_times", "9am"),
    "8-9am": ("two_times", "9am"),
    "早上8点和晚上8点": ("two_times", "8点"),
    "morning and evening": ("two_times", "evening"),
    "London Tokyo": ("two_places", "Tokyo"),
    "8am Berlin UTC+8": ("two_places", "UTC+8"),
    "daily mon-fri": ("two_days", "mon-fri"),
    "now 8am": ("instant_or_scheduled", "8am"),
    "instant mon": ("instant_or_scheduled", "mon"),
    "即时 8点": ("instant_or_scheduled", "8点"),
    "hourly": ("not_that_often", "hourly"),
    "every 2 weeks on friday": ("not_that_often", "every 2 weeks"),
    "every other thurs": ("not_that_often", "every other thurs"),
    "every hour": ("not_that_often", "every hour"),
    "每周两次": ("not_that_often", "每周两次"),
    "Mars Base 8am": ("not_understood", "Mars Base"),
    "8am for 2 weeks": ("not_understood", "for"),
    "mon banana wed": ("not_understood", "banana"),
    "8am p2": ("not_understood", "p2"),
    "8am 2026-12-01": ("not_understood", "2026-12-01"),
    "8am Europe/Berln": ("not_a_timezone", "Europe/Berln"),
    "8am UTC+99": ("not_a_timezone", "UTC+99"),
    "25:00 Berlin": ("not_a_time", "25:00"),
    "每天早上20点": ("not_a_time", "早上 20点"),
    "3d": ("not_understood", "3d"),
    "每天8点吃饭": ("not_understood", "吃饭"),
}
INSTANT = (
    "instant|instantly|now|right now|immediately|asap|as soon as possible|立即|即时|马上|实时|as soon as available"
)
PAUSES = {  # from Tuesday 2026-11-24 09:00
    "1 week": "12-01 09:00", "a week": "12-01 09:00", "for a week": "12-01 09:00", "1w": "12-01 09:00",
    "2 weeks": "12-08 09:00", "two weeks": "12-08 09:00", "a couple of days": "11-26 09:00",
    "3d": "11-27 09:00", "10 days": "12-04 09:00", "for 1 month": "12-24 09:00", "2 hours": "11-24 11:00",
    "1 week 2 days": "12-03 09:00", "一周": "12-01 09:00", "1周": "12-01 09:00", "两周": "12-08 09:00",
    "3天": "11-27 09:00", "十天": "12-04 09:00", "一个月": "12-24 09:00", "两个星期": "12-08 09:00",
    "一个礼拜": "12-01 09:00", "2小时": "11-24 11:00", "until monday": "11-30 00:00",
    "till monday": "11-30 00:00", "until mon": "11-30 00:00", "until next week": "11-30 00:00",
    "until tuesday": "12-01 00:00", "until tomorrow": "11-25 00:00", "until friday 10am": "11-27 10:00",
    "until friday at 10": "11-27 10:00", "through friday": "11-28 00:00", "until 8pm": "11-24 20:00",
    "until 8am": "11-25 08:00", "until noon": "11-24 12:00", "until 2026-12-01": "12-01 00:00",
    "until 1 dec": "12-01 00:00", "until Dec 1st": "12-01 00:00", "until December 24, 2026": "12-24 00:00",
    "until 12-05": "12-05 00:00", "until next month": "12-01 00:00", "until the weekend": "11-28 00:00",
    "this week": "11-30 00:00", "today": "11-25 00:00", "到周一": "11-30 00:00", "直到下周一": "11-30 00:00",
    "到下周": "11-30 00:00", "到12月1日": "12-01 00:00", "到明天": "11-25 00:00",
    "到周五早上10点": "11-27 10:00", "今天": "11-25 00:00", "本周": "11-30 00:00", "到下个月": "12-01 00:00",
}  # fmt: skip
NO_PAUSES = "|monday|nerf|until|until whenever|a while|until banana|weeks|为什么"
IMPOSSIBLE_PAUSES = "until 2020-01-01|9999 years|until 31 feb|0 days|5 years|until 2026-11-24"


def describe_days(days: frozenset[int] | None) -> str:
    return " ".join(DAY_NAMES[day] for day in sorted(days or ()))


def describe(options: Options) -> tuple[str, str, str, str]:
    start = options.start.find_date(TODAY).isoformat() if options.start else ""
    written = f"{options.time:%H:%M}" if options.time else ""
    return written, options.timezone or "", describe_days(options.days), start


def find_refusal(read: object, text: str) -> str:
    try:
        return f"{text!r} was read as {read(text)}"  # type: ignore[operator]
    except OptionError as error:
        return error.key


def test_a_time_of_day_is_read_however_it_is_said() -> None:
    read = {text: f"{read_time(text):%H:%M}" for texts in TIMES.values() for text in texts.split("|")}
    assert read == {text: means for means, texts in TIMES.items() for text in texts.split("|")}
    assert [find_refusal(read_time, text) for text in NO_TIMES.split("|")] == ["not_a_time"] * len(NO_TIMES.split("|"))


def test_weekdays_are_read_however_they_are_said() -> None:
    read = {text: set(describe_days(read_days(text)).split()) for texts in DAYS.values() for text in texts.split("|")}
    assert read == {text: set(means.split()) for means, texts in DAYS.items() for text in texts.split("|")}
    assert [find_refusal(read_days, text) for text in NO_DAYS.split("|")] == ["not_days"] * len(NO_DAYS.split("|"))


def test_a_place_is_its_timezone_in_either_language() -> None:
    read = {text: read_place(text).zones for texts in PLACES.values() for text in texts.split("|")}
    assert read == {text: (means,) for means, texts in PLACES.items() for text in texts.split("|")}
    refused = [find_refusal(read_place, text) for text in NO_PLACES.split("|")]
    assert refused == ["not_a_timezone"] * len(refused)


def test_a_place_that_can_be_several_is_asked_back_with_each() -> None:
    for text, among in AMBIGUOUS.items():
        with pytest.raises(OptionError) as refused:
            read_options(f"8am {text}")
        assert (refused.value.key, refused.value.text) == ("ambiguous_place", text)
        assert among <= set(refused.value.zones), text
        assert "8am "[: refused.value.span[0]] + text == f"8am {text}"


def test_every_timezone_is_known_by_its_name_and_every_place_keeps_one_that_there_is() -> None:
    assert [name for name in list_timezones() if "/" in name and read_place(name).zones != (name,)] == []
    assert {zone for place in get_table().places.values() for zone in place.zones} <= {*list_timezones(), "UTC"}


def test_all_of_it_is_read_in_any_order() -> None:
    assert {text: describe(read_options(text)) for text in WHOLE} == WHOLE
    assert all(read_options(text).is_instant for text in INSTANT.split("|"))
    assert read_options("default").follows_chat
    assert read_options("默认").follows_chat
    assert read_options("8:00 everywhere").is_everywhere
    assert read_options("8:00 for all topics").is_everywhere
    assert read_options("") == Options()


def test_what_is_not_understood_or_cannot_be_together_is_named() -> None:
    found = {}
    for text in REFUSED:
        with pytest.raises(OptionError) as refused:
            read_options(text)
        found[text] = refused.value.key, refused.value.text
    assert found == REFUSED


def test_an_abbreviation_of_winter_time_is_the_places_time_all_the_year() -> None:
    for text, is_kept in (
        ("PST", True),
        ("EST", True),
        ("CEST", True),
        ("PT", False),
        ("Berlin", False),
        ("UTC", False),
    ):
        assert read_place(text).keeps_daylight_saving is is_kept, text
    offsets = [format_offset_at(read_place("PST").zones[0], datetime(2026, month, 1).astimezone()) for month in (1, 7)]
    assert offsets == ["UTC-8", "UTC-7"]


def test_a_mistyped_place_is_answered_with_the_likely_ones_in_the_persons_language() -> None:
    for typed, zone in (
        ("Berln", "Europe/Berlin"), ("Europe/Berln", "Europe/Berlin"), ("Shangai", "Asia/Shanghai"),
        ("Bejing", "Asia/Shanghai"), ("New Yrok", "America/New_York"), ("Mumbay", "Asia/Kolkata"),
        ("San Fransisco", "America/Los_Angeles"), ("Tokio", "Asia/Tokyo"), ("Singapur", "Asia/Singapore"),
    ):  # fmt: skip
        assert suggest_places(typed, "en")[0].zones == (zone,), typed
    assert [suggest_places("Londn", language)[0].name for language in ("en", "zh")] == ["London", "伦敦"]
    assert suggest_places("qqqq", "en") == suggest_places("", "en") == []


def test_a_place_is_completed_from_its_beginning_and_each_zone_is_offered_once() -> None:
    for typed, zone, name in (
        ("ber", "Europe/Berlin", "Berlin"), ("北", "Asia/Shanghai", "北京"), ("mumb", "Asia/Kolkata", "Mumbai"),
        ("upps", "Europe/Stockholm", "Uppsala"), ("utc+5:30", "UTC+05:30", "UTC+5:30"),
    ):  # fmt: skip
        found = complete_places(typed, "en", 25)
        assert (found[0].zones, found[0].name) == ((zone,), name), typed
        assert len({place.zones for place in found}) == len(found) <= 25
    assert [place.zones[0] for place in complete_places("CST", "en", 2)] == ["America/Chicago", "Asia/Shanghai"]


def test_an_offset_is_a_timezone_shown_as_it_is_written() -> None:
    for minutes in (*range(-720, 841, 15),):
        name = name_offset(minutes)
        assert name
        moment = datetime(2026, 7, 1, tzinfo=get_timezone(name))
        assert moment.utcoffset() is not None
        assert moment.utcoffset().total_seconds() == minutes * 60  # type: ignore[union-attr]
        assert format_timezone(name) == format_offset_at(name, moment) == name_city(name, "zh")
        assert read_place(format_timezone(name)).zones == (name,)
    assert name_offset(-721) is name_offset(841) is None
    assert [format_timezone(name) for name in ("Etc/GMT-8", "UTC+05:30", "Europe/Berlin", "Etc/UTC")] == [
        "UTC+8", "UTC+5:30", "Europe/Berlin", "UTC",
    ]  # fmt: skip


def test_how_long_a_pause_is_to_be_is_read_however_it_is_said() -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert {text: f"{read_pause(text, now):%m-%d %H:%M}" for text in PAUSES} == PAUSES
    assert [read_pause(text, now) for text in NO_PAUSES.split("|")] == [None] * len(NO_PAUSES.split("|"))
    for text in IMPOSSIBLE_PAUSES.split("|"):
        with pytest.raises(ValueError, match=r"."):
            read_pause(text, now)
    for text, topic, end in (
        ("nerf", "nerf", None), ("nerf 1 week", "nerf", "12-01"), ("1 week nerf", "nerf", "12-01"),
        ("protein design until monday", "protein design", "11-30"), ("until monday nerf", "nerf", "11-30"),
        ("", "", None),
    ):  # fmt: skip
        name, found = split_pause(text.split(), now)
        assert (name, found and f"{found:%m-%d}") == (topic, end)


@pytest.mark.parametrize(
    ("asked", "text", "end"),
    [
        ("2026-10-25T01:30", "15 minutes", "01:45"),
        ("2026-10-25T01:30", "until 02:45", "01:45"),
        ("2026-10-25T00:30", "until 02:45", "00:45"),
        ("2026-10-25T00:30", "1 hour", "01:30"),
        ("2026-10-24T22:30", "3 hours", "01:30"),
        ("2027-03-28T00:45", "2 hours", "02:45"),
        ("2027-03-28T00:30", "until 2:30", "01:30"),
        ("2026-10-24T08:00", "2 days", "09:00"),
    ],
)
def test_a_pause_is_as_long_as_it_is_said_when_the_clocks_change(asked: str, text: str, end: str) -> None:
    now = datetime.fromisoformat(asked).replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
    found = read_pause(text, now)
    assert found
    assert f"{found.astimezone(UTC):%H:%M}" == end


@pytest.mark.parametrize("text", ["٨:٣٠", "８点３０分", "8点٣٠分", "०८:३०"])
def test_the_digits_of_every_script_are_read(text: str) -> None:
    assert read_time(text) == time(8, 30)


@pytest.mark.parametrize("text", ["晚一点", "早一点", "晚点", "早点", "晚些", "早些"])
def test_later_and_earlier_are_no_times(text: str) -> None:
    with pytest.raises(OptionError):
        read_options(text)


def test_one_o_clock_is_a_time_beside_later_and_earlier() -> None:
    hours = {"一点": 1, "下午一点": 13, "早上一点": 1, "晚一点半": 1, "早8点": 8, "晚8点": 20}
    assert {text: read_time(text).hour for text in hours} == hours


@pytest.mark.parametrize("text", ["until 2026-00-10", "until 00-10", "until 0月5日"])
def test_a_pause_until_a_date_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_pause(text, datetime(2026, 11, 24, 9, tzinfo=UTC))


def test_a_text_of_any_length_is_read_in_little_time() -> None:
    for text in (
        "08:00 " * 160,
        "Europe/Berlinn " * 60,
        "一" * 900,
        "UTC+14 " * 130,
        "a " * 490,
        "mon-" * 240,
        "+" * 900,
    ):
        assert find_refusal(read_options, text)
        suggest_places(text, "en")
