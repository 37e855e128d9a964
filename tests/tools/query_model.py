#!/usr/bin/env python3
"""query_model.py — the query language once more, in Python, over the rows of the views.

usage: query_model.py extra FILE            writes traces with everything the demo world lacks (OTLP JSON)
       query_model.py check TRACETUI DB N   asks N generated queries both ways and compares the ids
"""
import json, os, random, re, sqlite3, subprocess, sys

NOW = int(os.environ["TRACETUI_NOW"])
MS = 1000000
UNITS = {"ns": 1, "us": 1000, "ms": MS, "s": 1000 * MS, "m": 60000 * MS, "h": 3600000 * MS}


# ---- traces with everything in them ---------------------------------------------------------------

def value(v):
    if isinstance(v, bool):
        return {"boolValue": v}
    if isinstance(v, int):
        return {"intValue": str(v)}
    if isinstance(v, float):
        return {"doubleValue": v}
    if isinstance(v, list):
        return {"arrayValue": {"values": [value(x) for x in v]}}
    if isinstance(v, dict):
        return {"kvlistValue": {"values": pairs(v)}}
    return {"stringValue": v}


def pairs(d):
    return [{"key": k, "value": value(v)} for k, v in d.items()]


def extra(path):
    r = random.Random(11)
    with open(path, "w") as out:
        for n in range(120):
            trace, spans, ids = "%032x" % r.getrandbits(128), {}, []
            start = NOW - r.randrange(1, 7200) * 1000 * MS - r.randrange(1000) * MS
            for i in range(r.choice([1, 2, 3, 5, 9])):
                sid = "%016x" % r.getrandbits(64)
                attributes = r.choice([
                    {}, {"retry": r.randrange(5)}, {"retry": str(r.randrange(12))}, {"ratio": r.choice([0.5, 1.0, 2.25])},
                    {"cached": True}, {"http": {"status_code": r.choice([200, 404, 500])}}, {"http.status_code": r.choice([200, 503])},
                    {"db.query.text": "SELECT * FROM Goals WHERE id = %d" % i}, {"tags": ["red", "blue"]},
                    {"quote": 'say "hi" \\ there'}, {"名": "café"}, {"a.b": 1, "a": {"b": 2}}, {"http.host": "span-host"}])
                if i == 0 and n % 2:
                    attributes = dict(attributes, **{"user.id": r.choice(["alice", "Zoë", "bot-7"]), "session.id": "s-%d" % (n % 9)})
                code = r.choice([0, 0, 0, 1, 2])
                span = {"traceId": trace, "spanId": sid, "name": r.choice(["GET /goals", "get /Goals/7", "SELECT goals", "a+b", "100%", "x_y", "[x]", "point.", "pointy"]),
                        "kind": r.randrange(6), "startTimeUnixNano": str(start + i * 3 * MS), "attributes": pairs(attributes),
                        "status": {"code": code, "message": r.choice(["", "UNIQUE failed: goals", "timeout after 5s"]) if code == 2 else ""}}
                if r.random() < 0.9:
                    span["endTimeUnixNano"] = str(start + i * 3 * MS + r.choice([1, 5, 50, 250, 251, 1500]) * MS + r.randrange(3))
                if ids:
                    span["parentSpanId"] = r.choice(ids + ["00000000000000ff"])
                if r.random() < 0.3:
                    span["events"] = [{"timeUnixNano": span["startTimeUnixNano"], "name": r.choice(["exception", "cache.miss", "Retry"]),
                                       "attributes": pairs({"exception.stacktrace": "at x.c:1", "exception.type": "Oops"})}]
                if r.random() < 0.2:
                    span["links"] = [{"traceId": trace, "spanId": "00000000000000aa"}]
                ids.append(sid)
                spans.setdefault(r.choice(["api", "db", "Billing", "web ui", "café"]), []).append(span)
            out.write(json.dumps({"resourceSpans": [
                {"resource": {"attributes": pairs({"service.name": s, "http.host": "resource-host", "zone": s[:2]})},
                 "scopeSpans": [{"scope": {"name": "m"}, "spans": list_}]} for s, list_ in spans.items()]}) + "\n")


# ---- the rows -------------------------------------------------------------------------------------

def load(path):
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    db.row_factory = sqlite3.Row
    traces = {}
    for row in db.execute("SELECT * FROM traces"):
        traces[row["id"]] = t = dict(row)
        t["meta"], t["spans"] = json.loads(t["metadata"]), []
    for row in db.execute("SELECT * FROM spans"):
        s = dict(row)
        s["own"], s["from"] = raw_object(s["attributes"]), raw_object(s["resource"])
        s["marks"] = [e["name"] for e in json.loads(s["events"])]
        traces[s["trace_id"]]["spans"].append(s)
    return list(traces.values())


class Raw(str):
    """a number as it stands in the JSON text"""


def raw_object(text):
    return json.loads(text, parse_int=Raw, parse_float=Raw)


def plain(v):
    if isinstance(v, str):
        return str(v)
    return "true" if v is True else "false" if v is False else "null" if v is None else compact(v)


def compact(v):
    if isinstance(v, Raw):
        return str(v)
    if isinstance(v, dict):
        return "{" + ",".join(json.dumps(k, ensure_ascii=False) + ":" + compact(x) for k, x in v.items()) + "}"
    if isinstance(v, list):
        return "[" + ",".join(compact(x) for x in v) + "]"
    return json.dumps(v, ensure_ascii=False)


def find(obj, path):
    """the whole key first, else down into objects; None = absent"""
    if path in obj:
        return plain(obj[path])
    for k, v in obj.items():
        if path.startswith(k + ".") and isinstance(v, dict):
            below = find(v, path[len(k) + 1:])
            if below is not None:
                return below
    return None


# ---- matching -------------------------------------------------------------------------------------

def fold(s):
    return "".join(c.lower() if "A" <= c <= "Z" else c for c in s)


def contains(text, part):
    return fold(part) in fold(text)


def glob(text, pattern):
    rx = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in fold(pattern))
    return re.fullmatch(rx, fold(text), re.S) is not None


def regex(text, pattern):
    return re.search(pattern.replace("$", r"\Z"), text, re.S) is not None


def number(s):
    return float(s) if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", s) else None


COMPARE = {"<": lambda c: c < 0, "<=": lambda c: c <= 0, ">": lambda c: c > 0, ">=": lambda c: c >= 0}


def order(a, b):
    return (a > b) - (a < b)


# ---- queries: each node knows its text, and what it holds for --------------------------------------

class Term:
    def __init__(self, text, trace=None, span=None):
        self.text, self.of_trace, self.of_span = text, trace, span
        self.about_span = trace is None

    def trace(self, t):
        return self.of_trace(t) if self.of_trace else any(self.of_span(s) for s in t["spans"])

    def span(self, s):
        return self.of_span(s)


class Not:
    about_span = False

    def __init__(self, child):
        self.child, self.text = child, "-" + (child.text if isinstance(child, (Term, Braces)) else "(" + child.text + ")")

    def trace(self, t):
        return not self.child.trace(t)

    def span(self, s):
        return not self.child.span(s)


class Braces:
    about_span = False

    def __init__(self, child):
        self.child, self.text = child, "{" + child.text + "}"

    def trace(self, t):
        return any(self.child.span(s) for s in t["spans"])


class Or:
    def __init__(self, children):
        self.children, self.text = children, " OR ".join(c.text for c in children)
        self.about_span = all(c.about_span for c in children)

    def trace(self, t):
        if self.about_span:
            return any(self.span(s) for s in t["spans"])
        return any(c.trace(t) for c in self.children)

    def span(self, s):
        return any(c.span(s) for c in self.children)


class And:
    def __init__(self, children):
        self.children = children
        self.text = " ".join("(" + c.text + ")" if isinstance(c, Or) else c.text for c in children)
        self.about_span = all(c.about_span for c in children)

    def trace(self, t):
        one = [c for c in self.children if c.about_span]
        return all(c.trace(t) for c in self.children if not c.about_span) and \
            (not one or any(all(c.span(s) for c in one) for s in t["spans"]))

    def span(self, s):
        return all(c.span(s) for c in self.children)


class Generator:
    def __init__(self, traces, seed):
        self.r, self.traces = random.Random(seed), traces
        self.all_spans = [s for t in traces for s in t["spans"]]

    def some(self, rows, key):
        for _ in range(50):
            v = self.r.choice(rows)[key]
            if v and not re.search(r'[\x00-\x1f\x7f-\x9f"\\]', v):
                return v
        return "none"

    def word(self, v):
        a = self.r.randrange(len(v))
        return v[a:a + self.r.randrange(2, 9)].strip() or v[0]

    @staticmethod
    def quote(v):
        return '"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def text_field(self, field, key, rows, exact):
        """one of the ways to ask about a text column: (query text, predicate over the row)"""
        r, v = self.r, self.some(rows, key)
        get = lambda row: row[key]
        part = self.word(v)
        has = lambda f: lambda row: get(row) is not None and f(get(row))
        q = self.quote
        match = (lambda x, y: x == y) if exact else contains
        ways = [
            lambda: (f"{field}:{q(v)}", has(lambda x: match(x, v))),
            lambda: (f"{field}:{q(part)}", has(lambda x: match(x, part))),
            lambda: (f"{field}:={q(v)}", has(lambda x: x == v)),
            lambda: (f"{field}={q(v)}", has(lambda x: x == v)),
            lambda: (f"{field}!={q(v)}", lambda row: not has(lambda x: x == v)(row)),
            lambda: (f"{field}:{q(v)},{q(part)},nobody", has(lambda x: match(x, v) or match(x, part) or match(x, "nobody"))),
        ]
        letters = re.match(r"[A-Za-z0-9]+", v)
        if letters:
            w = letters.group()
            star, swapped = "*" + w[1:] + "*", w.swapcase() + "*"
            ways += [
                lambda: (f"{field}:{swapped}", has(lambda x: glob(x, swapped))),
                lambda: (f"{field}:{star}", has(lambda x: glob(x, star))),
                lambda: (f"{field}={w}*", has(lambda x: glob(x, w + "*"))),
                lambda: (f"{field}:~^{w}", has(lambda x: regex(x, "^" + w))),
                lambda: (f'{field}=~"{w[0]}.*({w[-1]}|s)$"', has(lambda x: regex(x, f"{w[0]}.*({w[-1]}|s)$"))),
                lambda: (f"{field}!~^{w}", lambda row: not has(lambda x: regex(x, "^" + w))(row)),
                lambda: (f"{field}:{w}?", has(lambda x: glob(x, w + "?"))),
            ]
        return r.choice(ways)()

    def duration(self, ns):
        unit = self.r.choice([u for u in UNITS if ns % UNITS[u] == 0] or ["ns"])
        return "%d%s" % (ns // UNITS[unit], unit)

    def numbers(self, field, get, values, show):
        r, v = self.r, self.r.choice(values)
        w = v + r.choice([0, 1, v])
        known = lambda f: lambda row: get(row) is not None and f(get(row))
        sign = r.choice([">", ">=", "<", "<=", "=", "!=", ":", "..", "-..", "..-", ","])
        if sign in COMPARE:
            return f"{field}{sign}{show(v)}", known(lambda x: COMPARE[sign](order(x, v)))
        return {
            "=": lambda: (f"{field}={show(v)}", known(lambda x: x == v)),
            "!=": lambda: (f"{field}!={show(v)}", known(lambda x: x != v)),
            ":": lambda: (f"{field}:{show(v)}", known(lambda x: x == v)),
            "..": lambda: (f"{field}:{show(v)}..{show(w)}", known(lambda x: v <= x <= w)),
            "-..": lambda: (f"{field}:..{show(v)}", known(lambda x: x <= v)),
            "..-": lambda: (f"{field}:{show(v)}..", known(lambda x: x >= v)),
            ",": lambda: (f"{field}:{show(v)},{show(w)}", known(lambda x: x in (v, w))),
        }[sign]()

    def attribute(self, prefix, sources, rows):
        """prefix.KEY op VALUE; the first source that has the key answers"""
        r = self.r
        for _ in range(200):
            obj = r.choice([source(r.choice(rows)) for source in sources])
            if obj:
                break
        key = r.choice(list(obj)) if obj else "none"
        v = find(obj, key) or "x"
        if isinstance(obj.get(key), dict) and obj[key]:
            sub = r.choice(list(obj[key]))
            key, v = key + "." + sub, find(obj, key + "." + sub)
        if re.search(r"[\x00-\x1f\x7f-\x9f]", key + v) or len(v) > 80:
            return "attr.none=1", lambda row: False
        name = prefix + (key if re.fullmatch(r"[A-Za-z0-9_.]+", key) else self.quote(key))

        def get(row):
            for source in sources:
                found = find(source(row), key)
                if found is not None:
                    return found
            return None

        def equal(x, y):
            return x == y or (number(x) is not None and number(x) == number(y))

        def compare(x, y):
            if number(y) is not None and number(x) is not None:
                return order(number(x), number(y))
            return order(x.encode(), y.encode())
        known = lambda f: lambda row: get(row) is not None and f(get(row))
        sign = r.choice(["=", "=", ":", "!=", "<", ">=", ">", "<=", "=~"])
        if sign == "=~":
            w = re.sub(r"[^A-Za-z0-9]", ".", v[:6])
            return f"{name}=~^{w}", known(lambda x: regex(x, "^" + w))
        if sign in "=!=:" and r.random() < 0.3:
            return f"{name}{sign}none,{self.quote(v)}", known(lambda x: (x == "none" or equal(x, v)) != (sign == "!="))
        if sign in "=:" and re.fullmatch(r"-?[0-9.]+", v) and number(v) is not None:
            return f"{name}{sign}..{v}", known(lambda x: compare(x, v) <= 0)
        text = f"{name}{sign}{self.quote(v)}"
        if sign in COMPARE:
            return text, known(lambda x: COMPARE[sign](compare(x, v)))
        return text, known(lambda x: equal(x, v) != (sign == "!="))

    # -- terms

    def trace_term(self):
        r = self.r
        kind = r.choice(["user", "session", "op", "client", "status", "dur", "spans", "errors", "err", "trace", "meta", "since", "until", "at", "text", "has"])
        ts = self.traces
        if kind in ("user", "session", "op", "client"):
            key = {"user": "user_id", "session": "session_id", "op": "root_operation", "client": "client_type"}[kind]
            return Term(*self.text_field(kind, key, ts, kind != "op"))
        if kind == "status":
            return Term(*self.status())
        if kind == "dur":
            return Term(*self.numbers("dur", lambda t: t["duration_ns"], [t["duration_ns"] for t in ts], self.duration))
        if kind in ("spans", "errors"):
            key = {"spans": "span_count", "errors": "error_count"}[kind]
            return Term(*self.numbers(kind, lambda t: t[key], [t[key] for t in ts], str))
        if kind == "err":
            part = self.word(self.some(self.all_spans, "error_message"))
            holds = lambda t: t["error_count"] > 0 and (contains(t["error_message"] or "", part) or any(
                s["status"] == "error" and contains(s["error_message"] or "", part) for s in t["spans"]))
            if r.random() < 0.3:
                return Term(f"err!=" + self.quote("timeout after 5s"), lambda t: not (t["error_count"] > 0 and (
                    t["error_message"] == "timeout after 5s" or any(s["status"] == "error" and s["error_message"] == "timeout after 5s" for s in t["spans"]))))
            return Term("err:" + self.quote(part), holds)
        if kind == "trace":
            start = r.choice(ts)["id"][:r.choice([4, 5, 8, 31, 32])]
            shown = start.upper() if r.random() < 0.5 else start
            return Term("trace:" + shown, lambda t: t["id"].startswith(start))
        if kind == "meta":
            return Term(*self.attribute("meta.", [lambda t: t["meta"]], ts))
        if kind in ("since", "until", "at"):
            ago = r.randrange(0, 7200) * 1000 * MS
            at = NOW - ago
            shown = "%ds" % (ago // (1000 * MS)) if kind == "since" else "-%ds" % (ago // (1000 * MS))
            return Term(f"{kind}:{shown}", {"since": lambda t: t["start_ns"] >= at, "until": lambda t: t["start_ns"] <= at,
                                            "at": lambda t: abs(t["start_ns"] - at) <= 30000 * MS}[kind])
        if kind == "text":
            part = self.part()
            return Term(self.quote(part), lambda t: contains(t["root_operation"], part) or contains(t["error_message"] or "", part)
                        or any(self.span_text(s, part) for s in t["spans"]))
        name = r.choice(["error", "orphan", "user", "session"])
        return Term("has:" + name, {
            "error": lambda t: t["status"] == "error", "user": lambda t: t["user_id"] is not None, "session": lambda t: t["session_id"] is not None,
            "orphan": lambda t: any(self.is_orphan(t, s) for s in t["spans"])}[name])

    @staticmethod
    def is_orphan(t, s):
        return s["parent_span_id"] is not None and s["parent_span_id"] not in {x["id"] for x in t["spans"]}

    def part(self):
        s = self.r.choice(self.all_spans)
        source = self.r.choice([s["operation_name"], s["error_message"] or "goals", "retry", "café", "red", 'say "hi"', "u_alice", "Firefox", "squat"])
        source = re.sub(r"[\x00-\x1f\x7f-\x9f]", "", source) or "x"
        return source if self.r.random() < 0.5 else re.sub(r"[^\w\"]", "", self.word(source)) or "x"

    @staticmethod
    def span_text(s, part):
        return contains(s["operation_name"], part) or contains(s["error_message"] or "", part) or \
            contains(s["attributes"], json.dumps(part, ensure_ascii=False)[1:-1])

    def status(self):
        a, b = self.r.choice(["error", "completed", "cancelled", "in_progress"]), self.r.choice(["error", "completed"])
        alias = {"completed": "ok", "in_progress": "running"}.get(a, a)
        return self.r.choice([
            (f"status:{a}", lambda x: x["status"] == a), (f"status:{alias}", lambda x: x["status"] == a),
            (f"status!={a}", lambda x: x["status"] != a), (f"status:{a},{b}", lambda x: x["status"] in (a, b))])

    def span_term(self, braces):
        r, ss = self.r, self.all_spans
        kinds = ["service", "span", "type", "kind", "span.dur", "sql", "event", "attr", "attr", "has"]
        kind = r.choice(kinds + (["status", "err", "text", "has*"] if braces else []))
        if kind in ("service", "span", "type"):
            key = {"service": "service", "span": "operation_name", "type": "operation_type"}[kind]
            return Term(*self.as_span(self.text_field(kind, key, ss, kind != "span")))
        if kind == "kind":
            a, b = r.choice(["server", "client", "internal", "producer"]), "consumer"
            return Term(*self.as_span(r.choice([(f"kind:{a}", lambda s: s["kind"] == a), (f"kind:{a},{b}", lambda s: s["kind"] in (a, b)),
                                                (f"kind!={a}", lambda s: s["kind"] != a)])))
        if kind == "span.dur":
            values = [s["duration_ns"] for s in ss if s["duration_ns"] is not None]
            field = "dur" if braces and r.random() < 0.5 else "span.dur"
            return Term(*self.as_span(self.numbers(field, lambda s: s["duration_ns"], values, self.duration)))
        if kind == "sql":
            part = r.choice(["goals", "SELECT", "select *", "credits", "where id = 1"])
            return Term(*self.as_span((f"sql:{self.quote(part)}", lambda s: any(contains(x, part) for x in self.sql_of(s)))))
        if kind == "event":
            name = r.choice(["exception", "cache", "RETRY", "stacked", "none"])
            return Term(*self.as_span(r.choice([
                (f"event:{name}", lambda s: any(contains(e, name) for e in s["marks"])),
                (f"event!={name}", lambda s: name not in s["marks"]), (f"event:={name}", lambda s: name in s["marks"])])))
        if kind == "attr":
            return Term(*self.as_span(self.attribute(r.choice(["attr.", "."]), [lambda s: s["own"], lambda s: s["from"]], ss)))
        if kind == "status":
            return Term(*self.as_span(self.status()))
        if kind == "err":
            part = self.word(self.some(ss, "error_message"))
            return Term(*self.as_span(("err:" + self.quote(part), lambda s: contains(s["error_message"] or "", part) and s["error_message"] is not None)))
        if kind == "text":
            part = self.part()
            return Term(*self.as_span((self.quote(part), lambda s: self.span_text(s, part))))
        names = {
            "sql": lambda s: bool(self.sql_of(s)), "events": lambda s: bool(s["marks"]), "links": lambda s: s["links"] != "[]",
            "stack": lambda s: s["error_stack"] is not None, "attr.retry": lambda s: find(s["own"], "retry") is not None,
            "attr.http.status_code": lambda s: find(s["own"], "http.status_code") is not None,
            "attr.zone": lambda s: find(s["from"], "zone") is not None}
        if kind == "has*":
            names = {"error": lambda s: s["status"] == "error", "user": lambda s: s["user_id"] is not None, "session": lambda s: s["session_id"] is not None}
        name = r.choice(list(names))
        return Term(*self.as_span(("has:" + name, names[name])))

    @staticmethod
    def sql_of(s):
        return [v for v in (find(s["own"], k) for k in ("db.query.text", "db.statement", "sql")) if v]

    @staticmethod
    def as_span(pair):
        return pair[0], None, pair[1]

    # -- trees

    def query(self, depth, braces=False):
        r = self.r
        shape = r.random()
        if depth == 0 or shape < 0.25:
            return self.leaf(braces)
        if shape < 0.65:
            children = []
            for _ in range(r.choice([2, 2, 3])):
                child = self.query(depth - 1, braces)
                children += child.children if isinstance(child, And) else [child]
            return And(children)
        if shape < 0.82:
            children = []
            for _ in range(2):
                child = self.query(depth - 1, braces)
                children += child.children if isinstance(child, Or) else [child]
            return Or(children)
        child = self.query(depth - 1, braces)
        return child if isinstance(child, Not) else Not(child)

    def leaf(self, braces):
        if braces:
            return self.span_term(True)
        x = self.r.random()
        if x < 0.45:
            return self.trace_term()
        return self.span_term(False) if x < 0.8 else Braces(self.query(1, True))


def check(tracetui, db, count):
    traces = load(db)
    generator = Generator(traces, 3)
    wrong = found = 0
    for n in range(count):
        query = generator.query(n % 4)
        run = subprocess.run([tracetui, "ls", "--db", db, "--format", "json", "--limit", "100000", "--", query.text],
                             capture_output=True, text=True)
        expected = {t["id"] for t in traces if query.trace(t)}
        found += 0 < len(expected) < len(traces)
        got = [json.loads(line)["trace_id"] for line in run.stdout.splitlines()]
        if run.returncode != 0 or set(got) != expected or len(got) != len(set(got)):
            wrong += 1
            print("query:", query.text)
            print("  %s; %d expected, %d got; missing %s; too many %s" % (
                run.stderr.strip(), len(expected), len(got), sorted(expected - set(got))[:3], sorted(set(got) - expected)[:3]))
    print("%d queries, %d of them tell traces apart, %d wrong" % (count, found, wrong))
    return 1 if wrong or found < count // 3 else 0


if sys.argv[1] == "extra":
    extra(sys.argv[2])
else:
    sys.exit(check(sys.argv[2], sys.argv[3], int(sys.argv[4])))
