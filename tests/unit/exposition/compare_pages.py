"""compare_pages.py TEXT OPENMETRICS: parses both pages strictly and compares their samples."""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as text

# These move between two pages of one moment.
OF_THE_PROCESS = ("process_", "kpid_scrape_duration")


def samples(families):
    found = {}
    for family in families:
        for sample in family.samples:
            if sample.name.startswith(OF_THE_PROCESS):
                continue
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, f"twice on the page: {key}"
            assert sample.timestamp is None, f"with a timestamp: {key}"
            found[key] = sample.value
    return found


def main():
    with open(sys.argv[1], encoding="utf-8") as page:
        of_text = samples(text(page.read()))
    with open(sys.argv[2], encoding="utf-8") as page:
        of_open_metrics = samples(open_metrics(page.read()))
    assert of_text == of_open_metrics, of_text.items() ^ of_open_metrics.items()
    tricky = [dict(labels) for _, labels in of_text if ("region", 'a"b\\c\nd<i>') in labels]
    assert tricky, "a label value came out changed"
    assert len(of_text) > 50, len(of_text)


main()
