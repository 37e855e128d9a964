#!/usr/bin/env python3
"""analysis_model.py — critical path, span table, diff and service map from a reading of the spans of its own.

usage: analysis_model.py TRACETUI DATABASE NOW_NS
Asks the program for each trace and compares. The spans come from the database's public view `spans`,
and everything else, the tree included, is worked out here in the plainest way.
"""
import json, random, sqlite3, subprocess, sys
from collections import defaultdict

tracetui, database, now = sys.argv[1], sys.argv[2], int(sys.argv[3])


class Span:
    pass


def ask(*words):
    run = subprocess.run([tracetui, *words, "--db", database, "--format", "json"], capture_output=True, text=True)
    assert run.returncode == 0, (words, run.stderr)
    return json.loads(run.stdout)


def read():
    """trace id -> spans"""
    traces = defaultdict(list)
    db = sqlite3.connect(database)
    db.text_factory = lambda b: b.decode("utf-8", "replace")
    rows = db.execute("SELECT trace_id, id, parent_span_id, operation_name, service, operation_type, start_ns, duration_ns, status, kind FROM spans")
    for row in rows:
        s = Span()
        s.trace, s.id, s.parent_id, s.name, s.service, s.type, s.start, s.duration, s.status, s.kind = row
        s.running = s.duration is None or s.duration < 0
        s.duration = None if s.running else s.duration
        s.stand_in = False
        traces[s.trace].append(s)
    return traces


class Trace:
    """The tree: parents by id, stand-ins for missing ones, siblings by (start, longer first, id)."""

    def __init__(self, spans):
        self.spans = spans = list(spans)
        self.start = min(s.start for s in spans)
        self.end = max(s.start + (s.duration or 0) for s in spans)
        halves = defaultdict(list)  # Zipkin: one id, a client's and a server's span
        for s in spans:
            halves[s.id].append(s)
        missing = {}
        for s in spans:
            s.half = s.kind == "server" and len(halves[s.id]) > 1
        for s in spans:
            if s.half:
                s.parent = next(o for o in halves[s.id] if not o.half)
                continue
            candidates = [o for o in halves.get(s.parent_id, []) if o is not s] or halves.get(s.parent_id, [])
            s.parent = max(candidates, key=lambda o: (o.service == s.service, o.half)) if s.parent_id and candidates else None
            if s.parent_id and s.parent is None:
                if s.parent_id not in missing:
                    m = Span()
                    m.id, m.parent, m.parent_id, m.stand_in = s.parent_id, None, None, True
                    m.name, m.service, m.type, m.status, m.kind, m.half = None, None, None, "completed", "unspecified", False
                    missing[s.parent_id] = m
                s.parent = missing[s.parent_id]
        self.all = spans + list(missing.values())
        for m in missing.values():
            orphans = [s for s in spans if s.parent is m]
            m.start = min(s.start for s in orphans)
            m.running = any(s.running for s in orphans)
            m.duration = None if m.running else max(s.start + s.duration for s in orphans) - m.start
        self.cut_cycles()
        for s in self.all:
            s.children = []
        self.roots = []
        for s in self.all:
            (s.parent.children if s.parent else self.roots).append(s)
        for family in [self.roots] + [s.children for s in self.all]:
            family.sort(key=lambda s: (s.start, -(float("inf") if s.running else s.duration), s.id, s.half))
        for s in self.all:
            s.end = max(now, s.start) if s.running else s.start + s.duration
        for s in self.all:
            s.self = self.self_time(s)
        self.index = {id(s): i for i, s in enumerate(self.order())}
        self.extent = max(now, self.end) - self.start if any(s.running for s in spans) else self.end - self.start

    def cut_cycles(self):
        """Each ring of parents loses the link of its earliest span."""
        known = set()
        for s in self.all:
            walk, at = [], s
            while at is not None and id(at) not in known:
                known.add(id(at))
                walk.append(at)
                at = at.parent
            if at in walk:
                ring = walk[walk.index(at):]
                min(ring, key=lambda s: (s.start, -(float("inf") if s.running else s.duration), s.id)).parent = None

    def self_time(self, s):
        if s.stand_in:
            return 0
        covered, until = 0, s.start
        for c in sorted(s.children, key=lambda c: c.start):
            a, b = max(c.start, until), min(c.end, s.end)
            if b > a:
                covered += b - a
                until = b
        return s.end - s.start - covered

    def order(self):
        """pre-order"""
        out, stack = [], list(reversed(self.roots))
        while stack:
            s = stack.pop()
            out.append(s)
            stack.extend(reversed(s.children))
        return out


def critical_path(trace):
    """Jaeger: from the end backwards, into the child that ended last before what is explained."""
    order = {id(s): i for i, s in enumerate(trace.order())}
    parts = []

    def walk(s, start, end):
        until = end
        children = []
        for c in s.children:
            a, b = max(c.start, start), min(c.end, end)
            if b > a:
                children.append((b, -order[id(c)], a, c))
        for b, _, a, c in sorted(children, key=lambda x: (-x[0], -x[1])):
            if b > until:
                continue
            if until > b:
                parts.append((b, until - b, s.id, s.half))
            walk(c, a, b)
            until = a
        if until > start:
            parts.append((start, until - start, s.id, s.half))

    root = trace.order()[0]
    walk(root, root.start, root.end)
    return sorted(parts)


def rank(values, percent):
    return sorted(values)[(len(values) * percent + 99) // 100 - 1]


def table(trace, by):
    groups = defaultdict(list)
    for s in trace.spans:
        groups[{"operation": (s.service, s.name), "service": s.service, "type": s.type}[by]].append(s)
    out = {}
    for key, members in groups.items():
        d = [s.end - s.start for s in members]
        out[key] = (len(members), sum(s.status == "error" for s in members), sum(s.running for s in members), sum(d),
                    sum(s.self for s in members), min(d), rank(d, 50), rank(d, 95), max(d))
    return out


def check_table(trace, trace_id, by):
    got = {}
    for r in ask("show", trace_id, "--by", by)["rows"]:
        key = (r["service"], r["name"]) if by == "operation" else r["name"]
        got[key] = tuple(r[k] for k in ("count", "errors", "running", "total_ns", "self_ns", "min_ns", "p50_ns", "p95_ns", "max_ns"))
    assert got == table(trace, by), (trace_id, by, got, table(trace, by))


def check_path(trace, trace_id):
    got = ask("show", trace_id, "--critical")
    parts = sorted((int(p["start_ns"]), p["duration_ns"], p["span_id"]) for p in got["parts"])
    want = critical_path(trace)
    assert parts == [p[:3] for p in want], (trace_id, parts, want)
    assert got["total_ns"] == sum(p[1] for p in want) and got["spans"] == len({p[2:] for p in want})


MERGE = 5


def diff(a, b):
    rows = []
    whole = max(a.extent, b.extent)

    def add(depth, left, right):
        dur = lambda side: sum(s.end - s.start for s in side)
        own = lambda side: sum(s.self for s in side)
        delta = own(right) - own(left)
        if not left or not right:
            kind = "missing" if left else "added"
        elif delta == 0 or abs(delta) <= whole // 100 and (abs(delta) < max(own(left), own(right)) // 10 or abs(delta) < whole // 1000):
            kind = "same"
        else:
            kind = "slower" if delta > 0 else "faster"
        names = (left or right)[0]
        rows.append((depth, kind, names.service if not names.stand_in else None, names.name if not names.stand_in else None,
                     len(left), len(right), dur(left), dur(right), own(left), own(right), delta))

    def match(depth, left, right):
        keys = []
        sides = (defaultdict(list), defaultdict(list))
        for side, spans in enumerate((left, right)):
            for s in spans:
                key = (s.service, s.name, s.stand_in)
                if key not in keys:
                    keys.append(key)
                sides[side][key].append(s)
        pairs = []
        for key in keys:
            l, r = sides[0][key], sides[1][key]
            if (len(l) >= MERGE or len(r) >= MERGE) and not any(s.children for s in l + r):
                pairs.append((l, r))
            else:
                for i in range(max(len(l), len(r))):
                    pairs.append((l[i:i + 1], r[i:i + 1]))
        pairs.sort(key=lambda p: (p[0][0].start - a.start if p[0] else p[1][0].start - b.start,
                                  a.index[id(p[0][0])] if p[0] else float("inf"), b.index[id(p[1][0])] if p[1] else float("inf")))
        for l, r in pairs:
            add(depth, l, r)
            if len(l) <= 1 and len(r) <= 1:
                match(depth + 1, l[0].children if l else [], r[0].children if r else [])

    match(0, a.roots, b.roots)
    return rows


def check_diff(traces, one, two):
    a, b = traces[one], traces[two]
    got = ask("diff", one, two)
    rows = []
    for r in got["rows"]:
        stand_in = r["operation_name"].startswith("missing parent ")
        rows.append((r["depth"], r["kind"], None if stand_in else r["service"], None if stand_in else r["operation_name"], r["a_count"],
                     r["b_count"], r["a_duration_ns"], r["b_duration_ns"], r["a_self_ns"], r["b_self_ns"], r["delta_ns"]))
    want = diff(a, b)
    assert rows == want, (one, two, [x for x in zip(rows, want) if x[0] != x[1]][:3], len(rows), len(want))
    assert got["added"] == sum(max(0, r[5] - r[4]) for r in want) and got["missing"] == sum(max(0, r[4] - r[5]) for r in want)
    assert got["slower"] == sum(r[1] == "slower" for r in want) and got["faster"] == sum(r[1] == "faster" for r in want)


def service_map(traces):
    edges = defaultdict(list)
    for trace in traces.values():
        for s in trace.spans:
            p = s.parent
            if p is None:
                edges[("(outside)", s.service, False)].append(s)
            elif p.stand_in:
                edges[("(somewhere)", s.service, False)].append(s)
            elif p.service != s.service or s.kind in ("server", "consumer") or s.half:
                edges[(p.service, s.service, False)].append(s)
            own = p is None or p.stand_in or p.service == s.service
            if s.kind in ("client", "producer") and not s.children and s.type not in ("", None, "service", "ui") and own:
                edges[(s.service, "(" + s.type + ")", True)].append(s)
    return edges


def check_map(traces):
    got = ask("map", "--limit", "1000000")
    assert got["complete"] and got["traces"] == len(traces), (got["traces"], len(traces))
    want = service_map(traces)
    seen = {(e["from"], e["to"], e["silent"]): e for e in got["edges"]}
    assert len(seen) == len(got["edges"]), "an edge twice"
    assert set(seen) == set(want), (set(seen) ^ set(want))
    for key, spans in want.items():
        e = seen[key]
        ended = [s.duration for s in spans if not s.running]
        figures = (len(spans), sum(s.status == "error" for s in spans), sum(s.running for s in spans))
        assert (e["calls"], e["errors"], e["running"]) == figures, (key, e, figures)
        if ended:
            assert (e["p50_ns"], e["p95_ns"], e["max_ns"]) == (rank(ended, 50), rank(ended, 95), max(ended)), (key, e)


def main():
    random.seed(1)
    traces = {k: Trace(v) for k, v in read().items()}
    ids = sorted(traces)
    chosen = ids if len(ids) <= 160 else random.sample(ids, 160)
    for trace_id in chosen:
        check_path(traces[trace_id], trace_id)
        for by in ("operation", "service", "type"):
            check_table(traces[trace_id], trace_id, by)
    pairs = [(random.choice(ids), random.choice(ids)) for _ in range(40)]
    alike = defaultdict(list)
    for trace_id in ids:
        alike[traces[trace_id].order()[0].name].append(trace_id)
    alike = [a for a in alike.values() if len(a) > 1]
    pairs += [tuple(random.sample(random.choice(alike), 2)) for _ in range(60) if alike]
    for one, two in pairs:
        check_diff(traces, one, two)
    check_map(traces)
    print(f"{len(chosen)} traces, {len(pairs)} pairs and the map of {len(traces)} traces agree")


main()
