#!/usr/bin/env python3
"""analysis_traces.py — flat spans of odd traces, for analysis_model.py. usage: analysis_traces.py SEED TRACES NOW_MS"""
import json, random, sys

seed, traces, now = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
random.seed(seed)
services = ["web", "api", "db", "queue", "worker", "(db)"]
names = {"web": ["click", "POST /graphql"], "api": ["resolve", "authorise", "charge"], "db": ["SELECT goals", "UPDATE goals"],
         "queue": ["send", "receive"], "worker": ["work"], "(db)": ["odd"]}
kinds = ["internal", "server", "client", "producer", "consumer", None]
types = ["db", "http", "cache", "service", "ui", "graphql", None]
spans = []


def span(trace, number, parent, start, end, service, name):
    s = {"id": f"{trace:08x}{number:08x}", "traceId": f"{trace:032x}", "operationName": name, "service": service, "startedAt": start,
         "status": random.choice(["completed"] * 8 + ["error", "cancelled"])}
    if parent is not None:
        s["parentSpanId"] = f"{trace:08x}{parent:08x}"
    if end is None:
        s["status"] = "in_progress"
    else:
        s["endedAt"] = end
    kind, type = random.choice(kinds), random.choice(types)
    if kind:
        s["kind"] = kind
    if type:
        s["operationType"] = type
    spans.append(s)


for t in range(1, traces + 1):
    trace = seed * 100000 + t
    start = now - random.randrange(1000, 3600000)
    number, made = 1, [(0, start, start + random.randrange(10, 3000))]
    shape = random.choice(["tree", "tree", "fan", "chain", "odd"])
    root = random.choice(["web", "worker"])
    span(trace, 0, None, *made[0][1:], root, random.choice(names[root]))
    for _ in range(random.randrange(0, 60)):
        parent = made[-1] if shape == "chain" else made[0] if shape == "fan" else random.choice(made)
        a = random.randrange(parent[1], max(parent[2], parent[1] + 1))
        b = a + random.randrange(0, max(parent[2] - a, 1) + 1)
        number_of_parent = parent[0]
        if shape == "odd":
            a += random.randrange(-50, 50)  # clocks that differ
            b = max(a, b + random.randrange(-50, 200))
            if random.random() < 0.15:
                number_of_parent = 90000 + random.randrange(3)  # never stored
        end = None if random.random() < (0.1 if shape == "odd" else 0.02) else b
        service = "db" if shape == "fan" else random.choice(services)
        span(trace, number, number_of_parent, a, end, service, names[service][0] if shape == "fan" else random.choice(names[service]))
        made.append((number, a, b))
        number += 1
    if shape == "odd":  # a ring of parents
        for i in range(3):
            span(trace, 80000 + i, 80000 + (i + 1) % 3, start + i, start + 20 + i, "api", "ring")
print(json.dumps({"spans": spans}))
