"""send.py — the OpenTelemetry Python SDK with a default exporter sends 1,000 spans and writes down what it was told.
usage: send.py grpc|http URL TRUTH.json [gzip]"""
import json
import logging
import sys

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

kind, url, truth_file = sys.argv[1:4]
compressed = sys.argv[4:] == ["gzip"]

complaints = []


class Complaints(logging.Handler):
    def emit(self, record):
        complaints.append(record.getMessage())
        print(record.levelname, record.name, record.getMessage(), file=sys.stderr)


logging.getLogger().addHandler(Complaints(logging.WARNING))

if kind == "grpc":
    from grpc import Compression
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(endpoint=url, insecure=True, compression=Compression.Gzip if compressed else None)
else:
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces", compression=Compression.Gzip if compressed else None)

provider = TracerProvider(resource=Resource({"service.name": "interop-python", "deployment.environment": "tést", "numbers": [1, 2]}))
provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=4096))
tracer = provider.get_tracer("interop", "1.2.3")
truth = []


def plain(attributes):
    return {key: list(value) if isinstance(value, tuple) else value for key, value in (attributes or {}).items()}


def one(name, parent=None, fill=None, **options):
    context = trace.set_span_in_context(parent) if parent is not None else None
    span = tracer.start_span(name, context=context, **options)
    if fill is not None:
        fill(span)
    span.end()
    told = span.get_span_context()
    truth.append({
        "trace_id": format(told.trace_id, "032x"),
        "id": format(told.span_id, "016x"),
        "parent": format(span.parent.span_id, "016x") if span.parent else None,
        "name": name,
        "start_ns": str(span.start_time),
        "duration_ns": str(span.end_time - span.start_time),
        "kind": span.kind.name.lower(),
        "status": "error" if span.status.status_code == StatusCode.ERROR else "completed",
        "message": span.status.description,
        "attributes": plain(span.attributes),
        "events": [{"name": e.name, "time_ns": str(e.timestamp), "attributes": plain(e.attributes)} for e in span.events],
        "links": [{
            "trace_id": format(link.context.trace_id, "032x"),
            "span_id": format(link.context.span_id, "016x"),
            "attributes": plain(link.attributes),
        } for link in span.links],
    })
    return span


def filler(i):
    def fill(span):
        span.set_attributes({
            "text": "ünïcödé \U0001F680", "integer": i, "big": 2**63 - 1, "small": -2**63, "real": i + 0.5, "yes": True,
            "strings": ["a", "b", "ç"], "numbers": [1, 2, 3], "reals": [0.25, 1e300], "bools": [True, False],
            "quote": '"\\\n\t',
        })
        if i % 5 == 0:
            span.add_event("happened", {"step": i})
        if i % 7 == 0:
            try:
                raise ValueError(f"bad {i}")
            except ValueError as error:
                span.record_exception(error)
            span.set_status(Status(StatusCode.ERROR, f"bad {i}"))

    return fill


deepest = one("level 0", kind=SpanKind.SERVER)
for i in range(1, 300):
    deepest = one(f"level {i}", deepest)
for i in range(700):
    one(f"naïve ☕ 名前 {i}", deepest if i % 3 == 0 else None, filler(i), kind=SpanKind.CLIENT,
        links=[Link(deepest.get_span_context(), {"why": "☕", "n": i})] if i % 10 == 0 else None)

flushed = provider.force_flush()
provider.shutdown()
with open(truth_file, "w") as file:
    json.dump({"service": "interop-python", "resource": {"deployment.environment": "tést", "numbers": [1, 2]},
               "strict": True, "spans": truth}, file)
sys.exit(1 if complaints or not flushed else 0)
