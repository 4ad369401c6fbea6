"""Writes values in one of the ways the contract allows: dates, times, amounts, identity numbers."""

import datetime

from values import check_character

# divisions never assigned; residence permits begin with 8, foreigners' cards with 9
DIVISIONS = ["340399", "340398", "349999", "819999", "829999", "839999", "990101", "940156"]
CLOCKS = [(0, 0, 0, 0), (23, 59, 59, 0), (8, 5, 9, 0), (12, 30, 0, 0), (23, 59, 59, 999000), (0, 0, 0, 1000), (10, 0, 0, 250000)]


class Pen:
    def __init__(self, r):
        self.r = r
        self.serial = 0

    def chance(self, p):
        return self.r.random() < p

    def number(self, born):
        """A resident number of nobody, never the same twice."""
        self.serial += 1
        division = self.r.choice(DIVISIONS)
        if self.serial > 999:
            division = str(349000 + self.serial // 1000)
        body = f"{division}{born:%Y%m%d}{self.serial % 1000:03}"
        return body + check_character(body)

    def spelled(self, number):
        """One of the ways an identity number is written."""
        way = self.r.random()
        if way < 0.06 and number[6:8] == "19" and len(set(number[:6] + number[8:17])) > 1:
            return number[:6] + number[8:17]
        if way < 0.10:
            return "".join(chr(ord(c) + 0xFEE0) for c in number)
        if way < 0.14:
            return number.lower()
        if way < 0.17:
            return number + self.r.choice(["42", "11", "71"])
        if way < 0.20:
            return self.r.choice([" ", "\u3000", "\u00a0 "]) + number + self.r.choice(["", " ", "\u3000"])
        if way < 0.22 and number.endswith("X"):
            return number[:-1] + "ｘ"
        return number

    def date(self, day):
        """A date in one of its forms, now and then with a time."""
        if day is None:
            return ""
        y, m, d = f"{day.year:04}", day.month, day.day
        text = self.r.choice([f"{y}-{m:02}-{d:02}"] * 3 + [f"{y}{m:02}{d:02}", f"{y}/{m}/{d}", f"{y}/{m:02}/{d:02}"])
        if self.chance(0.1):
            text += self.r.choice([" 00:00:00", "T23:59:59", " 8:05:09", " 08:05", " 23:59:59.999", "T0:00:00.000001"])
        elif self.chance(0.03):
            text = f"{y}{m:02}{d:02}" + self.r.choice(["235959", "000000", "083000"])
        return text

    def time(self, moment):
        if moment is None:
            return ""
        y, m, d, h, i, s = f"{moment.year:04}", moment.month, moment.day, moment.hour, moment.minute, moment.second
        fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
        clock = f"{h:02}:{i:02}:{s:02}{fraction}"
        ways = [f"{y}-{m:02}-{d:02} {clock}"] * 3 + [f"{y}/{m}/{d} {h}:{i:02}:{s:02}{fraction}", f"{y}-{m:02}-{d:02}T{clock}", f"{y}{m:02}{d:02} {clock}"]
        if not fraction:
            ways.append(f"{y}{m:02}{d:02}{h:02}{i:02}{s:02}")
        if not fraction and not s:
            ways.append(f"{y}-{m:02}-{d:02} {h}:{i:02}")
        if not fraction and not s and not i and not h:
            ways += [f"{y}{m:02}{d:02}", f"{y}/{m}/{d}"]
        return self.r.choice(ways)

    def moment(self, day):
        return datetime.datetime(day.year, day.month, day.day, *self.r.choice(CLOCKS))

    def amount(self, yuan):
        plus = "+" if yuan >= 0 else ""
        return self.r.choice([f"{yuan}", f"{yuan}.00", f"{yuan}.0", f"{plus}{yuan}", f"{yuan}.5" if self.chance(0.1) else f"{yuan}.00"])
