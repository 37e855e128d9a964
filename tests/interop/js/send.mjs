// send.mjs — the OpenTelemetry JS SDK with a default exporter sends 1,000 spans and writes down what it was told.
// usage: node send.mjs http|proto URL TRUTH.json
import { writeFileSync } from 'node:fs';
import { context, diag, DiagLogLevel, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as HttpExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const [kind, url, truthFile] = process.argv.slice(2);
let complaints = 0;
const complain = (...words) => { complaints++; console.error(...words); };
diag.setLogger({ error: complain, warn: complain, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);

const Exporter = kind === 'proto' ? ProtoExporter : HttpExporter;
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'interop-js', 'deployment.environment': 'tést' }),
  spanProcessors: [new BatchSpanProcessor(new Exporter({ url: `${url}/v1/traces` }), { maxQueueSize: 4096 })],
});
provider.register();
const tracer = provider.getTracer('interop', '1.2.3');

const truth = [];
const ns = ([s, n]) => (BigInt(s) * 1000000000n + BigInt(n)).toString();
function one(name, options, parent, fill) {
  const span = tracer.startSpan(name, options, parent ? trace.setSpan(context.active(), parent) : context.active());
  fill?.(span);
  span.end();
  const c = span.spanContext();
  truth.push({ trace_id: c.traceId, id: c.spanId, parent: span.parentSpanContext?.spanId ?? null, name,
    start_ns: ns(span.startTime), duration_ns: ns(span.duration), kind: SpanKind[span.kind].toLowerCase(),
    status: span.status.code === SpanStatusCode.ERROR ? 'error' : 'completed', message: span.status.message ?? null,
    attributes: span.attributes, events: span.events.map((e) => ({ name: e.name, time_ns: ns(e.time), attributes: e.attributes ?? {} })),
    links: span.links.length });
  return span;
}

let deepest = one('level 0', { kind: SpanKind.SERVER });
for (let i = 1; i < 300; i++) deepest = one(`level ${i}`, {}, deepest);
for (let i = 0; i < 700; i++) {
  one(`naïve ☕ 名前 ${i}`, { kind: SpanKind.CLIENT, links: i % 10 === 0 ? [{ context: deepest.spanContext() }] : [] },
    i % 3 === 0 ? deepest : undefined, (span) => {
      span.setAttributes({ text: 'ünïcödé \u{1F680}', integer: i, big: 2 ** 53 - 1, negative: -i - 1, real: i + 0.5, yes: true,
        strings: ['a', 'b', 'ç'], numbers: [1, 2, 3], quote: '"\\\n\t' });
      if (i % 5 === 0) span.addEvent('happened', { step: i });
      if (i % 7 === 0) {
        span.recordException(new Error(`bad ${i}`));
        span.setStatus({ code: SpanStatusCode.ERROR, message: `bad ${i}` });
      }
    });
}
await provider.forceFlush();
await provider.shutdown();
writeFileSync(truthFile, JSON.stringify(truth));
if (complaints > 0) process.exit(1);
