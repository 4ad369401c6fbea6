"""Values of cells: dates, months, amounts, identity numbers, as docs/contract.md says. A function that cannot read gives None."""

import datetime
import re

# Unicode White_Space; str.strip() would also take U+001C to U+001F.
WHITE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


def trim(text):
    return text.strip(WHITE)


def is_digits(text):
    return text != "" and all(c in "0123456789" for c in text)


def a_date(year, month, day):
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None


TIME = r"(?:[ T](?P<h>[0-9]{1,2}):(?P<i>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.(?P<f>[0-9]+))?)?)?"
FORMS = [re.compile(p, re.A) for p in (
    r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})" + TIME,
    r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})" + TIME,
    r"(?P<y>[0-9]{4})/(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})" + TIME,
    r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?P<h>[0-9]{2})(?P<i>[0-9]{2})(?P<s>[0-9]{2})(?P<f>)?",
)]


def parse_time(text):
    """A datetime, or None."""
    for form in FORMS:
        found = form.fullmatch(text)
        if not found:
            continue
        day = a_date(found["y"], found["m"], found["d"])
        hour, minute, second = int(found["h"] or 0), int(found["i"] or 0), int(found["s"] or 0)
        if day is None or hour > 23 or minute > 59 or second > 59:
            return None
        micro = int(((found["f"] or "") + "000000")[:6])
        return datetime.datetime(day.year, day.month, day.day, hour, minute, second, micro)
    return None


def parse_month(text):
    """Months since year 0, or None."""
    if len(text) != 6 or not is_digits(text):
        return None
    year, month = int(text[:4]), int(text[4:])
    if year < 1 or not 1 <= month <= 12:
        return None
    return year * 12 + month - 1


def show_month(m):
    return None if m is None else f"{m // 12:04}{m % 12 + 1:02}"


def parse_amount(text):
    """Cents, or None."""
    found = re.fullmatch(r"([+-]?)([0-9]{1,16})(?:\.([0-9]{1,2}))?", text)
    if not found:
        return None
    cents = int(found[2]) * 100 + int(((found[3] or "") + "00")[:2])
    return -cents if found[1] == "-" else cents


def check_character(seventeen):
    weights = [2 ** (17 - i) % 11 for i in range(17)]
    total = sum(int(c) * w for c, w in zip(seventeen, weights))
    return "10X98765432"[total % 11]


def fold(text):
    """Full width to half width."""
    out = []
    for c in text:
        if 0xFF01 <= ord(c) <= 0xFF5E:
            out.append(chr(ord(c) - 0xFEE0))
        elif c == "\u3000":
            out.append(" ")
        else:
            out.append(c)
    return "".join(out)


def parse_certificate(number, kind, today):
    """((type, number), None), or (None, reason). `number` is trimmed and not empty."""
    kind = kind or "01"
    plain = trim(fold(number)).replace("x", "X")
    twenty = re.fullmatch(r"[0-9]{17}[0-9X][0-9]{2}", plain)
    if kind == "09" and twenty:
        kind = "01"
    if kind != "01":
        return (kind, number), None
    if twenty:
        plain = plain[:18]
    if len(plain) == 15:
        if not is_digits(plain) or len(set(plain)) == 1:
            return None, "bad_certno"
        plain = plain[:6] + "19" + plain[6:]
        plain += check_character(plain)
    if len(plain) != 18 or not is_digits(plain[:17]) or plain[17] not in "0123456789X":
        return None, "bad_certno"
    born = a_date(plain[6:10], plain[10:12], plain[12:14])
    if born is None or born.year < 1800 or plain[17] != check_character(plain[:17]):
        return None, "bad_certno"
    if born > today:
        return None, "not_born_yet"
    return ("01", plain), None


def born_by_number(person):
    kind, number = person
    return a_date(number[6:10], number[10:12], number[12:14]) if kind == "01" else None
