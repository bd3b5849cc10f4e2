"""The functions of the module: dates, flags and the letters of tags."""

import calendar
import time
from datetime import datetime, timedelta, timezone

from ._tables import Flags, InternalDate

Months = " Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ")
Mon2num = {name.encode(): number for number, name in enumerate(Months) if number}


def Internaldate2tuple(resp):
    """The INTERNALDATE in a response as local time (``time.struct_time``), or None if there is none."""
    found = InternalDate.match(resp)
    if found is None:
        return None
    year, day, hour, minute, second = (int(found[name]) for name in ("year", "day", "hour", "min", "sec"))
    east = (int(found["zoneh"]) * 60 + int(found["zonem"])) * 60
    if found["zonen"] == b"-":
        east = -east
    utc = calendar.timegm((year, Mon2num[found["mon"]], day, hour, minute, second, -1, -1, -1)) - east
    return time.localtime(utc)


def Int2AP(num):
    """A number as a string of the letters A to P, most significant first."""
    number, letters = int(abs(num)), bytearray()
    while number:
        number, digit = divmod(number, 16)
        letters.insert(0, ord("A") + digit)
    return bytes(letters)


def ParseFlags(resp):
    """The flags of a FETCH response as a tuple of bytes, which is empty if there are none."""
    found = Flags.match(resp)
    return tuple(found["flags"].split()) if found else ()


def Time2Internaldate(date_time):
    """A date in the quoted form of APPEND and SEARCH.

    A number of seconds since 1970, a tuple or ``struct_time`` of local time, an aware ``datetime``, or a string that has the
    form already. Anything else is a ValueError.
    """
    if isinstance(date_time, str) and date_time[0] == date_time[-1] == '"':
        return date_time
    if isinstance(date_time, (int, float)):
        moment = datetime.fromtimestamp(date_time, timezone.utc).astimezone()
    elif isinstance(date_time, tuple):
        offset = getattr(date_time, "tm_gmtoff", None)
        if offset is None:
            offset = _offset(date_time)
        moment = datetime(*date_time[:6], tzinfo=timezone(timedelta(seconds=offset)))
    elif isinstance(date_time, datetime):
        if date_time.tzinfo is None:
            raise ValueError("date_time must be aware")
        moment = date_time
    else:
        raise ValueError("date_time not of a known type")
    return moment.strftime(f'"%d-{Months[moment.month]}-%Y %H:%M:%S %z"')


def _offset(date_time):
    """How many seconds local time is east of UTC at a tuple of it."""
    if time.daylight:
        summer = date_time[8]
        if summer < 0:
            summer = time.localtime(time.mktime(tuple(date_time)))[8]
        if summer:
            return -time.altzone
    return -time.timezone
