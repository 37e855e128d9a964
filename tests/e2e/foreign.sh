#!/usr/bin/env bash
# foreign.sh — a web application's own SQLite file of traces, imported: rows, users, masking, refusals; the file stays as it is.
. "$(dirname "$0")/lib.sh"
export TRACETUI_NOW=1766012400000000000
sqlite3 "$work/app.db" >/dev/null <<'Q'
PRAGMA journal_mode=WAL;
CREATE TABLE traces (id TEXT PRIMARY KEY, user_id TEXT, session_id TEXT, root_operation TEXT NOT NULL, started_at INTEGER NOT NULL,
  ended_at INTEGER, duration_ms INTEGER, status TEXT, error_message TEXT, error_stack TEXT, metadata TEXT, created_at INTEGER);
CREATE TABLE spans (id TEXT PRIMARY KEY, trace_id TEXT NOT NULL, parent_span_id TEXT, operation_name TEXT NOT NULL,
  operation_type TEXT NOT NULL, service TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, duration_ms INTEGER,
  status TEXT, error_message TEXT, attributes TEXT, events TEXT);
INSERT INTO traces VALUES('7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1','alice','s-1','mutation:createGoal',1766012300000,1766012300250,250,
  'error','UNIQUE constraint failed','at createGoal (goals.ts:7)','{"browser":"Firefox"}',0);
INSERT INTO spans VALUES('7f3c09d2-51b4-4e','7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1',NULL,'mutation:createGoal','graphql','api',
  1766012300000,1766012300250,250,'error','UNIQUE constraint failed','{"variables":{"password":"hunter2","title":"naïve ☕"}}','[]');
INSERT INTO spans VALUES('s2','7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1','7f3c09d2-51b4-4e','INSERT goals','db','database',
  1766012300010,1766012300200,190,'completed',NULL,'{"sql":"INSERT INTO goals VALUES (?)","rows":1}','[{"name":"retry","timestamp":1766012300100}]');
INSERT INTO spans VALUES('s3','abc-123-def',NULL,'running','http','frontend',1766012300010,NULL,NULL,'in_progress',NULL,NULL,NULL);
INSERT INTO spans VALUES('s4','abc-123-def','s3','broken','http','frontend',17,NULL,NULL,'in_progress',NULL,NULL,NULL);
INSERT INTO traces VALUES('lonely','bob',NULL,'query:goals',1766012300000,1766012300020,20,'completed',NULL,NULL,'not json',0);
Q
before=$(sqlite3 "$work/app.db" .dump)
for format in sqlite auto; do
    rm -f "$db"*
    "$tracetui" import --db "$db" --retention 0 --format $format "$work/app.db" >"$work/out" 2>"$work/err" || fail "$format: $(cat "$work/err")"
    holds "$format: says what it did" "imported 4 spans, 3 traces, 1 refused (" "$(cat "$work/out")"
    holds "$format: names the bad row" "spans[3].startedAt: 17 is before 2000" "$(cat "$work/err")"
    same "$format: trace" "mutation:createGoal|2|error|alice|s-1|250|at createGoal (goals.ts:7)|Firefox" "$(sql "SELECT root_operation,
        span_count, status, user_id, session_id, duration_ms, error_stack, json_extract(metadata,'\$.browser') FROM traces
        WHERE id='7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1'")"
    same "$format: masked" '[MASKED]|naïve ☕' "$(sql "SELECT json_extract(attributes,'\$.variables.password'),
        json_extract(attributes,'\$.variables.title') FROM spans WHERE id='7f3c09d2-51b4-4e'")"
    same "$format: child" "db|7f3c09d2-51b4-4e|190000000|1|retry" "$(sql "SELECT operation_type, parent_span_id, duration_ns,
        json_extract(attributes,'\$.rows'), json_extract(events,'\$[0].name') FROM spans WHERE id='s2'")"
    same "$format: running" "in_progress|abc-123-def" "$(sql "SELECT status, trace_id FROM spans WHERE id='s3'")"
    same "$format: a trace without spans" "query:goals|bob|20|1" "$(sql "SELECT root_operation, user_id, duration_ms, span_count
        FROM traces WHERE id='lonely'")"
done
same "the file is as it was" "$before" "$(sqlite3 "$work/app.db" .dump)"
# a database of ours would lose its nanoseconds and resources on this way
"$tracetui" import --db "$work/n.db" "$db" >"$work/out" 2>"$work/err" && fail "our own database"
holds "another way" "tracetui export --db $db | tracetui import -" "$(cat "$work/err")"
"$tracetui" export --db "$db" | "$tracetui" import --db "$work/n.db" --retention 0 - >"$work/out" || fail "that way"
holds "that way" "imported 4 spans, 3 traces, 0 refused" "$(cat "$work/out")"
sqlite3 "$work/other.db" 'CREATE TABLE t(a)'
"$tracetui" import --db "$work/n.db" "$work/other.db" >"$work/out" 2>"$work/err" && fail "another database is no success"
holds "says why" "no such table" "$(cat "$work/err")"
# what looks like its tables may be views that call what they like
sqlite3 "$work/hostile.db" "CREATE VIRTUAL TABLE r USING rtree(a, b, c); CREATE TABLE traces(id,user_id,session_id,root_operation,started_at,ended_at,status,error_message,error_stack,metadata);
  CREATE VIEW spans AS SELECT rtreecheck('r') id, 't' trace_id, NULL parent_span_id, 'x' operation_name, 'x' operation_type, 'x' service,
  1 started_at, 1 ended_at, 'x' status, 'x' error_message, 'x' attributes, 'x' events"
"$tracetui" import --db "$work/n.db" "$work/hostile.db" >"$work/out" 2>"$work/err" && fail "a hostile schema is no success"
holds "its schema is not trusted" "unsafe use of rtreecheck()" "$(cat "$work/err")"
"$tracetui" import --db "$work/n.db" --format sqlite "$work/nothing.db" >"$work/out" 2>"$work/err" && fail "no file is no success"
holds "names the file" "nothing.db" "$(cat "$work/err")"
finish
