// send.rs — the OpenTelemetry Rust SDK with a default exporter sends 1,000 spans and writes down what it was told.
// usage: send URL TRUTH.json
use opentelemetry::trace::{
    Link, Span, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, Tracer, TracerProvider,
};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::Resource;
use serde_json::{json, Map, Value as Json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn ns(time: SystemTime) -> String {
    time.duration_since(UNIX_EPOCH).unwrap().as_nanos().to_string()
}

fn every_type(i: i64) -> (Vec<KeyValue>, Json) {
    let strings = Array::String(["a", "", "ç"].iter().map(|s| StringValue::from(*s)).collect());
    let told = json!({"text": "ünïcödé \u{1F680} \"\\\n\t", "empty": "", "integer": i, "largest": i64::MAX, "smallest": i64::MIN,
        "odd": 9007199254740993i64, "real": i as f64 + 0.1, "whole": i as f64, "yes": true, "no": false,
        "strings": ["a", "", "ç"], "integers": [1, -2, i64::MAX], "reals": [0.5, 2.0], "flags": [true, false]});
    let keys = vec![
        KeyValue::new("text", "ünïcödé \u{1F680} \"\\\n\t"),
        KeyValue::new("empty", ""),
        KeyValue::new("integer", i),
        KeyValue::new("largest", i64::MAX),
        KeyValue::new("smallest", i64::MIN),
        KeyValue::new("odd", 9007199254740993i64),
        KeyValue::new("real", i as f64 + 0.1),
        KeyValue::new("whole", i as f64),
        KeyValue::new("yes", true),
        KeyValue::new("no", false),
        KeyValue::new("strings", Value::Array(strings)),
        KeyValue::new("integers", Value::Array(Array::I64(vec![1, -2, i64::MAX]))),
        KeyValue::new("reals", Value::Array(Array::F64(vec![0.5, 2.0]))),
        KeyValue::new("flags", Value::Array(Array::Bool(vec![true, false]))),
    ];
    (keys, told)
}

struct Sender {
    tracer: opentelemetry_sdk::trace::SdkTracer,
    now: SystemTime,
    truth: Vec<Json>,
}

impl Sender {
    fn one(&mut self, above: Option<&SpanContext>, name: String, kind: SpanKind, i: i64, link: Option<&SpanContext>) -> SpanContext {
        let start = self.now - Duration::from_secs(1) + Duration::from_nanos(i as u64 * 1001);
        let end = start + Duration::from_nanos(i as u64 * 1003 + 7);
        let at = self.now + Duration::from_nanos(i as u64 * 17);
        let plain = name.starts_with("level");
        let parent = above.map_or(Context::new(), |c| Context::new().with_remote_span_context(c.clone()));
        let mut told = json!({"parent": above.map(|c| c.span_id().to_string()), "name": name, "start_ns": ns(start),
            "duration_ns": end.duration_since(start).unwrap().as_nanos().to_string(), "kind": format!("{kind:?}").to_lowercase(),
            "status": "completed", "message": null, "attributes": {}, "events": [], "links": []});
        let mut builder = SpanBuilder::from_name(name).with_kind(kind).with_start_time(start);
        let (keys, values) = every_type(i);
        let mut events = vec![];
        if let Some(to) = link {
            builder = builder.with_links(vec![Link::new(to.clone(), vec![KeyValue::new("why", "retry"), KeyValue::new("n", 3)], 0)]);
            told["links"] = json!([{"trace_id": to.trace_id().to_string(), "span_id": to.span_id().to_string(),
                "attributes": {"why": "retry", "n": 3}}]);
        }
        if !plain {
            builder = builder.with_attributes(keys.clone());
            told["attributes"] = values.clone();
        }
        let mut span = self.tracer.build_with_context(builder, &parent);
        if !plain && i % 5 == 0 {
            span.add_event_with_timestamp("happened ✓", at, keys);
            events.push(json!({"name": "happened ✓", "time_ns": ns(at), "attributes": values}));
        }
        if !plain && i % 7 == 0 {
            let bad = std::io::Error::other(format!("bad ☂ {i}"));
            span.record_error(&bad);
            span.set_status(Status::error(bad.to_string()));
            told["status"] = json!("error");
            told["message"] = json!(bad.to_string());
            events.push(json!({"name": "exception", "time_ns": null, "attributes": {"exception.message": bad.to_string()}}));
        } else if !plain && i % 2 == 0 {
            span.set_status(Status::Ok);
        }
        let context = span.span_context().clone();
        told["trace_id"] = json!(context.trace_id().to_string());
        told["id"] = json!(context.span_id().to_string());
        told["events"] = json!(events);
        span.end_with_timestamp(end);
        self.truth.push(told);
        context
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let exporter = SpanExporter::builder().with_http().with_endpoint(format!("{}/v1/traces", args[1])).build().unwrap();
    let resource = Resource::builder()
        .with_service_name("interop-rust")
        .with_attribute(KeyValue::new("deployment.environment", "tést"))
        .build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    let scope = InstrumentationScope::builder("interop").with_version("1.2.3").build();
    let mut sender = Sender { tracer: provider.tracer_with_scope(scope), now: SystemTime::now(), truth: vec![] };
    let mut deepest: Option<SpanContext> = None;
    for i in 0..300 {
        deepest = Some(sender.one(deepest.clone().as_ref(), format!("level {i}"), SpanKind::Server, i, None));
    }
    let kinds = [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];
    for i in 0..700i64 {
        let above = if i % 3 == 0 { deepest.clone() } else { None };
        let link = if i % 10 == 0 { deepest.clone() } else { None };
        let kind = kinds[i as usize % kinds.len()].clone();
        sender.one(above.as_ref(), format!("naïve ☕ 名前 {i}"), kind, i, link.as_ref());
    }
    provider.force_flush().expect("flush");
    provider.shutdown().expect("shutdown");
    let mut whole = Map::new();
    whole.insert("service".into(), json!("interop-rust"));
    whole.insert("resource".into(), json!({"deployment.environment": "tést"}));
    whole.insert("strict".into(), json!(true));
    whole.insert("spans".into(), Json::Array(sender.truth));
    std::fs::write(&args[2], Json::Object(whole).to_string()).unwrap();
}
