"""Records to typed fields, the slow and obvious way, by the contract with users (section 2)."""

import codecs
import datetime
import re
import zoneinfo
from fractions import Fraction

from oracle_parser import NANOS
from oracle_rows import DECIMAL_LIMIT, INT_MAX, INT_MIN

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)"
)
SPACE = re.compile(r"[ \t\n\r]*")
BARE = re.compile(r"[^ \t\n\r,}\]]*")
CONTROL = re.compile(r"[\x00-\x1f]")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
FIRST_EVENT_TIME = 365 * 86_400_000
END_OF_EVENT_TIME = (
    int(datetime.datetime(2200, 1, 1, tzinfo=datetime.timezone.utc).timestamp()) * 1000
)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MISSING = object()


class Rejected(Exception):
    """Why a record, or one of its values, cannot be taken."""

    @property
    def reason(self):
        return self.args[0]


# --- JSON, judged by its text ------------------------------------------------------------------


class Token:
    """A scalar: `kind` is string, number, bool, null or nested; `text` as written or decoded."""

    def __init__(self, kind, text=""):
        self.kind, self.text = kind, text


class JsonReader:
    """Reads one object. `wanted` is a tree of the declared paths: only those are judged."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def document(self, wanted):
        self.blanks()
        found = {}
        self.object(wanted, (), found)
        self.blanks()
        if self.at != len(self.text):
            raise Rejected("malformed")
        return found

    def blanks(self):
        self.at = SPACE.match(self.text, self.at).end()

    def next(self):
        if self.at >= len(self.text):
            raise Rejected("malformed")
        return self.text[self.at]

    def need(self, character):
        if self.next() != character:
            raise Rejected("malformed")
        self.at += 1

    def object(self, wanted, path, found):
        self.need("{")
        self.blanks()
        if self.next() == "}":
            self.at += 1
            return
        seen = set()
        while True:
            self.blanks()
            key = self.string()
            self.blanks()
            self.need(":")
            self.blanks()
            judged = wanted.get(key) if key not in seen else None
            seen.add(key)
            self.value(judged, path + (key,), found)
            self.blanks()
            if self.next() == "}":
                self.at += 1
                return
            self.need(",")

    def value(self, judged, path, found):
        if judged is None:
            self.skip()
        elif judged and self.next() == "{":
            self.object(judged, path, found)
        else:
            token = self.scalar()
            if not judged:
                found[path] = token

    def scalar(self):
        character = self.next()
        if character == '"':
            return Token("string", self.string())
        if character in "{[":
            self.skip()
            return Token("nested")
        text = BARE.match(self.text, self.at).group()
        self.at += len(text)
        if text in ("true", "false"):
            return Token("bool", text)
        if text == "null":
            return Token("null")
        if NUMBER.fullmatch(text):
            return Token("number", text)
        raise Rejected("malformed")

    def skip(self):
        """An undeclared value: strings end, as many brackets close as open."""
        depth = 0
        while True:
            character = self.next()
            if character == '"':
                self.quoted()
            elif character in "{[":
                depth += 1
                self.at += 1
            elif character in "}]" and depth:
                depth -= 1
                self.at += 1
            elif depth == 0 and character in ",}]":
                return
            else:
                self.at += 1

    def quoted(self):
        """The raw text between two quotes."""
        match = QUOTED.match(self.text, self.at)
        if not match:
            raise Rejected("malformed")
        self.at = match.end()
        return match.group(1)

    def string(self):
        return unescape(self.quoted())


SHORT_ESCAPES = {
    '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
}


def unescape(raw):
    if CONTROL.search(raw):
        raise Rejected("malformed")
    if "\\" not in raw:
        return raw
    units, at = [], 0
    while at < len(raw):
        if raw[at] != "\\":
            units.append(raw[at])
            at += 1
        elif raw[at + 1] == "u":
            digits = raw[at + 2 : at + 6]
            if not re.fullmatch("[0-9a-fA-F]{4}", digits):
                raise Rejected("malformed")
            units.append(chr(int(digits, 16)))
            at += 6
        elif raw[at + 1] in SHORT_ESCAPES:
            units.append(SHORT_ESCAPES[raw[at + 1]])
            at += 2
        else:
            raise Rejected("malformed")
    joined = "".join(units).encode("utf-16-le", "surrogatepass")
    return joined.decode("utf-16-le", "surrogatepass_to_replacement")


def replace_surrogate(error):
    return "\ufffd", error.end


codecs.register_error("surrogatepass_to_replacement", replace_surrogate)


# --- CSV ---------------------------------------------------------------------------------------


def csv_cells(line):
    """The cells of one line."""
    cells, at = [], 0
    while True:
        if at < len(line) and line[at] == '"':
            cell, at = quoted_cell(line, at)
        else:
            end = line.find(",", at)
            end = len(line) if end < 0 else end
            cell, at = line[at:end], end
            if '"' in cell:
                raise Rejected("malformed")
        cells.append(cell)
        if at == len(line):
            return cells
        if line[at] != ",":
            raise Rejected("malformed")
        at += 1


def quoted_cell(line, at):
    cell, at = "", at + 1
    while True:
        end = line.find('"', at)
        if end < 0:
            raise Rejected("malformed")
        cell += line[at:end]
        if line[end + 1 : end + 2] != '"':
            return cell, end + 1
        cell, at = cell + '"', end + 2


# --- values ------------------------------------------------------------------------------------


def number_of(text):
    """JSON's number as a fraction; what is beyond any type keeps its sign and being beyond."""
    match = NUMBER.fullmatch(text)
    if not match:
        raise Rejected("wrong_type")
    mantissa, _, exponent = text.lower().partition("e")
    value = Fraction(mantissa)
    if value == 0 or not exponent:
        return value
    return value * Fraction(10) ** max(min(int(exponent), 3000), -3000)


def cut(text, limit):
    """At most `limit` bytes, whole code points."""
    return text.encode()[:limit].decode(errors="ignore")


def milliseconds_of(moment):
    return (moment - EPOCH) // datetime.timedelta(milliseconds=1)


def read_rfc3339(text):
    match = RFC3339.fullmatch(text)
    if not match:
        raise Rejected("wrong_type")
    *parts, fraction, zone = match.groups()
    try:
        moment = datetime.datetime(*map(int, parts), tzinfo=datetime.timezone.utc)
    except ValueError as error:
        raise Rejected("wrong_type") from error
    result = milliseconds_of(moment) + int(Fraction("0" + (fraction or "")) * 1000)
    if zone not in "Zz":
        sign = 1 if zone[0] == "-" else -1
        result += sign * (int(zone[1:3]) * 60 + int(zone[4:6])) * 60_000
    return result


def time_of(text, written, definition):
    kind = definition.get("format", "rfc3339")
    if kind in ("unix_ms", "unix_s"):
        scale = 1 if kind == "unix_ms" else 1000
        return (number_of(text) * scale).__floor__()
    if not written:
        raise Rejected("wrong_type")
    if kind == "rfc3339":
        return read_rfc3339(text)
    try:
        local = datetime.datetime.strptime(text, kind)
    except ValueError as error:
        raise Rejected("wrong_type") from error
    zone = zoneinfo.ZoneInfo(definition.get("time_zone", "UTC"))
    return milliseconds_of(local.replace(tzinfo=zone).astimezone(datetime.timezone.utc))


def value_of(token, field, string_bytes):
    """The value of a declared field, None for null. Raises why it cannot be."""
    if token is None or token.kind == "null":
        return None
    kind, text = field["type"], token.text
    if token.kind == "nested":
        raise Rejected("wrong_type")
    if kind == "string":
        return cut(text, string_bytes)
    if kind == "bool":
        if token.kind == "number" or text not in ("true", "false"):
            raise Rejected("wrong_type")
        return text == "true"
    if token.kind == "bool":
        raise Rejected("wrong_type")
    if kind == "time":
        return time_of(text, token.kind in ("string", "cell"), field)
    value = number_of(text)
    if kind == "int":
        if value.denominator != 1:
            raise Rejected("wrong_type")
        if not INT_MIN <= value <= INT_MAX:
            raise Rejected("out_of_range")
        return int(value)
    nanos = round(value * NANOS)
    if abs(nanos) >= DECIMAL_LIMIT:
        raise Rejected("out_of_range")
    return nanos


# --- a source's records ------------------------------------------------------------------------

REASONS = (
    "too_large", "malformed", "time_missing", "wrong_type", "time_out_of_range", "out_of_range",
    "future", "late", "expired",
)


def normal_field(declared, name):
    """`amount: decimal` and `amount: {type: decimal}` in one form, with the path as a tuple."""
    field = dict(declared) if isinstance(declared, dict) else {"type": declared}
    field["path"] = tuple(field.get("path", name).split("."))
    return field


class Decoder:
    """The records of one source, judged by their bytes alone."""

    def __init__(self, source, limits, columns=None):
        self.is_csv = source["format"] == "csv"
        self.columns = columns
        self.string_bytes, self.record_bytes = limits
        self.fields = {
            name: normal_field(declared, name) for name, declared in source["fields"].items()
        }
        self.time = normal_field(source["time"], source["time"]["field"])
        self.time["path"] = tuple(source["time"]["field"].split("."))
        self.wanted = {}
        for field in [*self.fields.values(), self.time]:
            node = self.wanted
            for key in field["path"]:
                node = node.setdefault(key, {})

    def decode(self, record):
        """(event time, {field: value}); raises the first reason that applies."""
        if len(record) > self.record_bytes:
            raise Rejected("too_large")
        tokens = self.tokens(record.decode("utf-8", errors="replace"))
        reasons = []
        event_time = self.event_time(tokens, reasons)
        values = {}
        for name, field in self.fields.items():
            try:
                values[name] = value_of(tokens.get(field["path"]), field, self.string_bytes)
            except Rejected as rejected:
                reasons.append(rejected.reason)
        if reasons:
            raise Rejected(min(reasons, key=REASONS.index))
        return event_time, values

    def tokens(self, text):
        if not self.is_csv:
            return JsonReader(text).document(self.wanted)
        cells = csv_cells(text)
        if len(cells) != len(self.columns):
            raise Rejected("malformed")
        return {
            (column,): Token("cell" if cell else "null", cell)
            for column, cell in zip(self.columns, cells)
        }

    def event_time(self, tokens, reasons):
        token = tokens.get(self.time["path"])
        if token is None or token.kind == "null":
            reasons.append("time_missing")
            return None
        if token.kind in ("bool", "nested"):
            reasons.append("wrong_type")
            return None
        try:
            event_time = time_of(token.text, token.kind in ("string", "cell"), self.time)
        except Rejected as rejected:
            reasons.append(rejected.reason)
            return None
        if not FIRST_EVENT_TIME <= event_time < END_OF_EVENT_TIME:
            reasons.append("time_out_of_range")
        return event_time
