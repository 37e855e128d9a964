"""metrics.py PAGE OPEN VERSION: reads both forms of /metrics strictly, and checks the figures metrics.sh has made.

The parser is small and knows only what the formats allow: HELP and TYPE once and before the samples of their family,
families in one piece, no sample twice. Where prometheus_client is installed, it has to agree."""
import re
import sys

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?\d+(?:\.\d+)?)$')


def parse(text, open_metrics):
    lines = text.split("\n")
    assert lines.pop() == "", "the last line must end"
    if open_metrics:
        assert lines.pop() == "# EOF", "# EOF"
    family, kind, helped, seen, samples = None, None, None, set(), {}
    for line in lines:
        if line.startswith("# HELP "):
            helped = line.split(" ")[2]
            assert helped not in seen, "twice: " + helped
            seen.add(helped)
        elif line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert family == helped and kind in ("counter", "gauge"), line
            assert not (open_metrics and family.endswith("_total")), line
        else:
            match = SAMPLE.match(line)
            assert match, "no sample: " + line
            name = family + "_total" if open_metrics and kind == "counter" else family
            assert match.group(1) == name and (kind != "counter" or name.endswith("_total")), line
            key = line.rsplit(" ", 1)[0]
            assert key not in samples, "twice: " + key
            samples[key] = float(match.group(3))
    return samples


page = open(sys.argv[1], encoding="utf-8").read()
opened = open(sys.argv[2], encoding="utf-8").read()
figures = parse(page, False)
assert parse(opened, True).keys() >= figures.keys()
wanted = {
    'tracetui_build_info{version="%s"}' % sys.argv[3]: 1,
    "tracetui_spans_received_total": 2,
    "tracetui_spans_stored_total": 1,
    "tracetui_spans_duplicate_total": 1,
    "tracetui_spans_late_total": 0,
    "tracetui_spans_updated_total": 0,
    "tracetui_spans_masked_total": 2,
    'tracetui_refused_total{reason="syntax"}': 1,
    'tracetui_refused_total{reason="id"}': 1,
    'tracetui_refused_total{reason="busy"}': 0,
    'tracetui_http_answers_total{method="POST",route="/api/trace-log",status="200"}': 2,
    'tracetui_http_answers_total{method="POST",route="/api/trace-log",status="400"}': 1,
    'tracetui_http_answers_total{method="POST",route="/v1/traces",status="200"}': 1,
    'tracetui_http_answers_total{method="any",route="none",status="404"}': 1,
    "tracetui_queue_spans": 0,
    "tracetui_queue_lag_seconds": 0,
    "tracetui_store_up": 1,
}
for key, value in wanted.items():
    assert figures.get(key) == value, (key, value, figures.get(key))
for key in ("tracetui_database_bytes", "tracetui_commits_total", "tracetui_last_received_timestamp_seconds",
            "tracetui_start_timestamp_seconds", "tracetui_requests_total"):
    assert figures[key] > 0, key
assert "tracetui_wal_bytes" in figures
try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
    from prometheus_client.parser import text_string_to_metric_families as read_text
except ImportError:
    print("no prometheus_client: its parser is SKIPPED")
else:
    names = {sample.name for family in read_text(page) for sample in family.samples}
    assert names == {key.split("{")[0] for key in figures}
    assert {sample.name for family in read_open(opened) for sample in family.samples} >= names
