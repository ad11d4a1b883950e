"""Real data through replay, compared with SQL that shares nothing with kpid, to the penny."""

import datetime
import fractions
import json

import program
import real_data

RETAIL = """
sources:
  retail:
    topic: retail
    format: csv
    time: {field: ts, format: "%Y-%m-%dT%H:%M:%S"}
    fields: {invoice: string, country: string, amount: decimal}
kpis:
  revenue:
    help: Value of all invoices, cancellations taken off.
    formula: sum(retail.amount)
    windows: [1d, 7d every 1d]
    by: [country]
  orders:
    help: Invoices that are no cancellations.
    formula: count(retail where not retail.invoice starts_with 'C')
    windows: [1d, 7d every 1d]
    by: [country]
  average_order_value:
    help: Value of an invoice that is no cancellation.
    formula: sum(retail.amount where not invoice starts_with 'C') / count(retail where not retail.invoice starts_with 'C')
    windows: [1d, 7d every 1d]
    by: [country]
  cancelled_share:
    help: Share of invoices that are cancellations.
    formula: count(retail where retail.invoice starts_with 'C') / count(retail)
    windows: [1d, 7d every 1d]
    by: [country]
"""

SECOM = """
sources:
  secom:
    topic: secom
    format: csv
    time: {field: ts, format: "%Y-%m-%dT%H:%M:%S"}
    fields: {label: int}
kpis:
  defect_rate:
    help: Share of units that failed.
    formula: count(secom where secom.label == 1) / count(secom)
    windows: [1d, 7d]
"""

# Days since 1970 of every event, and of the last day of each window that it falls into.
WINDOW_SQL = {
    "1d": "select day as last, {columns} from days",
    "7d every 1d": "select day + n as last, {columns} from days, "
    "(select value as n from json_each('[0,1,2,3,4,5,6]'))",
    "7d": "select (day / 7) * 7 + 6 as last, {columns} from days",
}


def printed_values(config, source, path, tmp_path):
    """{(kpi, window, day after the end, group): text of the value} as replay prints it."""
    config_path = tmp_path / "kpid.yml"
    config_path.write_text(config)
    printed = program.replay(config_path, [(source, path)])
    assert printed.code == 0, printed.errors
    values = {}
    for text in printed.lines:
        line = json.loads(text, parse_float=str, parse_int=str)
        key = (line["kpi"], line["window"], line["end"], *line["group"].values())
        assert key not in values, f"{key} is printed twice"
        values[key] = line["value"]
    return values, printed.summary


def end_of(day):
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=day + 1)).isoformat() + "T00:00:00Z"



def assert_same(values, expected):
    """Every window is there, none besides; an exact decimal or the double nearest to it."""
    assert values.keys() == expected.keys()
    for key, fraction in expected.items():
        if fraction is None:
            assert values[key] is None, key
        else:
            assert float(values[key]) == fraction.numerator / fraction.denominator, key
            if (fraction * 10**9).denominator == 1:
                assert fractions.Fraction(values[key]) == fraction, key


def mills(text):
    value = fractions.Fraction(text) * 1000
    assert value.denominator == 1, f"{text} is no amount in tenths of a penny"
    return int(value)


def test_online_retail_agrees_with_sql_to_the_penny(tmp_path):
    path = real_data.path_of("online_retail/invoices.csv")
    database = real_data.table(path)
    database.create_function("mills", 1, mills)
    database.execute(
        "create table days as select cast(strftime('%s', ts) as integer) / 86400 as day, country, "
        "invoice like 'C%' as cancelled, mills(amount) as mills from data"
    )
    expected = {}
    for window in ("1d", "7d every 1d"):
        events = WINDOW_SQL[window].format(columns="country, cancelled, mills")
        rows = database.execute(
            "select last, country, sum(mills), count(*), sum(cancelled), "
            f"sum(case when cancelled then 0 else mills end) from ({events}) group by last, country"
        )
        for day, country, revenue, invoices, cancelled, sold in rows:
            orders = invoices - cancelled
            for kpi, value in {
                "revenue": fractions.Fraction(revenue, 1000),
                "orders": fractions.Fraction(orders),
                "average_order_value": fractions.Fraction(sold, 1000 * orders) if orders else None,
                "cancelled_share": fractions.Fraction(cancelled, invoices),
            }.items():
                expected[(kpi, window, end_of(day), country)] = value
    values, summary = printed_values(RETAIL, "retail", path, tmp_path)
    assert summary == "read=25943 accepted=25943 rejected=0"
    assert_same(values, expected)


def test_secom_defect_rate_agrees_with_sql(tmp_path):
    path = real_data.path_of("secom/secom_labels.csv")
    database = real_data.table(path)
    database.execute(
        "create table days as select cast(strftime('%s', ts) as integer) / 86400 as day, "
        "label = '1' as failed from data"
    )
    expected = {}
    for window in ("1d", "7d"):
        events = WINDOW_SQL[window].format(columns="failed")
        rows = database.execute(
            f"select last, sum(failed), count(*) from ({events}) group by last"
        )
        for day, failed, units in rows:
            expected[("defect_rate", window, end_of(day))] = fractions.Fraction(failed, units)
    values, summary = printed_values(SECOM, "secom", path, tmp_path)
    assert summary == "read=1567 accepted=1567 rejected=0"
    assert_same(values, expected)
