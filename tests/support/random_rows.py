"""Random well-typed expressions over the fields of one event of a random source."""

FIELD_TYPES = {
    "region": "string",
    "kind": "string",
    "quantity": "int",
    "rank": "int",
    "amount": "decimal",
    "discount": "decimal",
    "express": "bool",
    "paid_at": "time",
    "shipped_at": "time",
}
KINDS = ["order", "visit", "return", "it's", "", "Größe", "north-west", "n", "other", "__other___",
         "ORDER", " Order\u00a0", "GRÖẞE", "\u2009"]
# Days of 23 and 25 hours; half hours; midnights that come twice or not at all; a day left out.
ZONES = ["UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
         "America/Havana", "Pacific/Apia"]


def quoted(text, random):
    quote = random.choice("'\"")
    return quote + text.replace(quote, quote * 2) + quote


class RowFormulas:
    """Expressions over one event of `source`, which declares `fields`."""

    def __init__(self, random, source, fields):
        self.random, self.source, self.fields = random, source, fields

    def field(self, *types):
        names = [name for name in self.fields if FIELD_TYPES[name] in types]
        if not names:
            return None
        prefix = self.source + "." if self.random.random() < 0.4 else ""
        return prefix + self.random.choice(names)

    def number(self, depth):
        random = self.random
        if depth <= 0 or random.random() < 0.3:
            literal = random.choice(["2", "7", "0.5", "12.25", "3%", "1000", "0.000000003"])
            field = self.field("int", "decimal")
            return literal if field is None or random.random() < 0.2 else field
        one, two = self.number(depth - 1), self.number(depth - 1)
        choices = [
            lambda: f"({one} {random.choice('+-*')} {two})",
            lambda: f"{one} {random.choice('+-')} {two} * {random.choice(['2', '0.25', '-3'])}",
            lambda: f"({one}) / ({two})",
            lambda: f"-({one})",
            lambda: f"abs({one})",
            lambda: f"round({one})",
            lambda: f"round({one}, {random.randrange(4)})",
            lambda: f"coalesce({one}, {two}, 1)",
            lambda: f"min({one}, {two})",
            lambda: f"max({one}, {two})",
            lambda: f"if({self.condition(depth - 1)}, {one}, {two})",
            lambda: self.seconds(),
            lambda: self.reading(["hour_of", "weekday_of"]) or one,
            lambda: f"length({self.text()})" if self.text() else two,
        ]
        return random.choice(choices)()

    def seconds(self):
        """A number made from times, where there are two."""
        if not {"paid_at", "shipped_at"} <= set(self.fields):
            return "1"
        return self.random.choice(
            [f"((shipped_at - paid_at) / {self.random.choice(['1h', '1s', '250ms'])})",
             f"{self.random.choice(['seconds', 'minutes', 'hours', 'days'])}_between"
             "(paid_at, shipped_at)"]
        )

    def reading(self, functions):
        """What a clock shows at a time, where there is one."""
        field = self.field("time")
        zone = self.random.choice(["", "", f", '{self.random.choice(ZONES)}'"])
        return field and f"{self.random.choice(functions)}({field}{zone})"

    def text(self):
        """A text, where there is one: most often a field as it is."""
        field = self.field("string")
        if field is None or self.random.random() < 0.5:
            return field
        if self.random.random() < 0.2:
            return self.reading(["date_of"]) or field
        return f"{self.random.choice(['lower', 'upper', 'trim'])}({field})"

    def duration(self):
        """A duration, by the source's qualified name, where there are two times."""
        if not {"paid_at", "shipped_at"} <= set(self.fields):
            return None
        taken = f"{self.source}.shipped_at - paid_at"
        return self.random.choice([taken, f"({taken}) * 2", f"({taken}) / 3"])

    def value(self):
        """Something of any type, of the source by its qualified name."""
        field = f"{self.source}.{self.random.choice(self.fields)}"
        kind = FIELD_TYPES[field.split(".")[1]]
        if kind == "string" and self.random.random() < 0.2:
            return f"lower({field})"
        if kind in ("int", "decimal") and self.random.random() < 0.2:
            return f"{field} * 2"
        return (kind == "time" and self.random.random() < 0.3 and self.duration()) or field

    def condition(self, depth):
        random = self.random
        if depth > 0 and random.random() < 0.4:
            left, right = self.condition(depth - 1), self.condition(depth - 1)
            return random.choice(
                [f"({left} and {right})", f"({left} or {right})", f"not ({left})",
                 f"not {left} or {right}"]
            )
        return random.choice([self.text_test, self.number_test, self.null_test, self.flag])(depth)

    def text_test(self, _depth):
        random, field = self.random, self.text()
        if field is None:
            return "true"
        texts = [quoted(text, random) for text in random.sample(KINDS, 3)]
        operator = random.choice(["==", "!=", "<", ">=", "starts_with", "ends_with", "contains"])
        if random.random() < 0.1:
            return f"{field} matches '^(order|n[a-z-]+)$'"
        if random.random() < 0.1:
            return f"equals_ignoring_case({field}, {texts[0]})"
        if random.random() < 0.1 and self.reading(["date_of"]):
            return f"{self.reading(['date_of'])} >= '2024-03-31'"
        return random.choice(
            [f"{field} {operator} {texts[0]}", f"{field} in [{', '.join(texts)}]",
             f"{field} not in [{texts[0]}]"]
        )

    def number_test(self, depth):
        operator = self.random.choice(["==", "!=", "<", "<=", ">", ">="])
        if self.random.random() < 0.2 and self.duration():
            return f"{self.duration()} {operator} {self.random.choice(['0s', '10m', '2h'])}"
        if self.random.random() < 0.2:
            return f"{self.seconds()} {operator} {self.random.choice(['0', '0.25', '30'])}"
        if self.random.random() < 0.2 and self.reading(["hour_of"]):
            return f"{self.reading(['hour_of', 'weekday_of'])} {operator} {self.random.randrange(8)}"
        if self.random.random() < 0.2:
            return f"{self.number(depth - 1)} in [1, 2, 0.5, -3]"
        return f"{self.number(depth - 1)} {operator} {self.number(depth - 1)}"

    def null_test(self, _depth):
        return f"{self.random.choice(self.fields)} {self.random.choice(['==', '!='])} null"

    def flag(self, depth):
        field = self.field("bool")
        return field if field else self.number_test(depth)
