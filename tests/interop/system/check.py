"""check.py WHAT FILE - what one trace of the system must look like; prints what does not hold."""
import json
import sys

what, path = sys.argv[1:]
trace = json.load(open(path))
spans = {span["id"]: span for span in trace["spans"]}
problems = []


def expect(claim, holds):
    if not holds:
        problems.append(claim)


def find(**wanted):
    return [s for s in spans.values() if all(wanted[k](s[k] or "") if callable(wanted[k]) else s[k] == wanted[k] for k in wanted)]


def chain(span):
    names = []
    while span:
        names.append(span["service"])
        span = spans.get(span["parent_span_id"])
    return names


roots = [s for s in spans.values() if s["parent_span_id"] not in spans]
expect("one root", len(roots) == 1)
expect("the root is the click", roots[0]["operation_name"] == f"click {what}" and roots[0]["service"] == "frontend")
expect("no parent is missing", all(s["parent_span_id"] in spans for s in spans.values() if s is not roots[0]))
expect("who clicked", trace["user_id"] == "alice" and len(trace["session_id"]) == 36)
expect("every span has ended", all(s["ended_at"] is not None for s in spans.values()))
expect("frontend actions are traced", len(find(service="frontend", operation_type="ui")) == 1 and len(find(service="frontend", operation_type="http")) == 1)

graphql = find(service="api", operation_type="graphql")
expect("the GraphQL operation is traced", any("goals" in s["operation_name"] or "reserve" in s["operation_name"] for s in graphql))
expect("its resolver is below the click", any(chain(s)[-1] == "frontend" for s in graphql))

database = find(operation_type="db", service="api")
if what == "goals":
    expect("Redis is asked and filled", len(find(operation_type="cache", service="api")) >= 2)
    expect("PostgreSQL is asked", any("SELECT" in (s["operation_name"] + json.dumps(s["attributes"])) for s in database))
    expect("queries have a duration", all(s["duration_ns"] > 0 for s in database))
    expect("all is well", trace["status"] == "completed" and trace["error_count"] == 0)
else:
    stock = find(service="stock")
    expect("the C service served and asked its database", len(stock) == 3 and len([s for s in stock if s["operation_type"] == "db"]) == 2)
    expect("the C service is called from the resolver", all(chain(s)[-3:] == ["api", "frontend", "frontend"] for s in stock))
    expect("statements have a duration and a row count", all(s["duration_ns"] > 0 and "rowCount" in s["attributes"] for s in stock if s["operation_type"] == "db"))
if what == "barbell":
    expect("PostgreSQL is written", any("INSERT" in (s["operation_name"] + json.dumps(s["attributes"])) for s in database))
    expect("all is well", trace["status"] == "completed" and trace["error_count"] == 0)
if what == "chalk":
    failed = [s for s in spans.values() if s["status"] == "error"]
    bottom = [s for s in failed if s["service"] == "stock" and s["operation_type"] == "db"]
    expect("the CHECK of the table failed at the bottom", len(bottom) == 1 and "CHECK constraint failed" in bottom[0]["error_message"])
    expect("the error reaches the root's status", trace["status"] == "error" and roots[0]["status"] == "error")
    above, missed = bottom[0] if bottom else None, []
    while above:
        if above["status"] != "error":
            missed.append(above["operation_name"])
        above = spans.get(above["parent_span_id"])
    expect(f"it is at most one span of OpenTelemetry's that does not say so: {missed}", len(missed) <= 1)

for problem in problems:
    print("does not hold:", problem)
sys.exit(bool(problems))
