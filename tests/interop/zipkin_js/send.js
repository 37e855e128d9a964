// send.js — Zipkin's own JS tracer and HTTP reporter send 1,000 spans and write down what they were told.
// usage: node send.js URL TRUTH.json
const fs = require('fs');
const { Annotation, BatchRecorder, jsonEncoder: { JSON_V2 }, ExplicitContext, InetAddress, option, TraceId, Tracer } = require('zipkin');
const { HttpLogger } = require('zipkin-transport-http');

const [url, truthFile] = process.argv.slice(2);
let complaints = 0;
const log = { error: (...words) => { complaints++; console.error(...words); } };
const logger = new HttpLogger({ endpoint: `${url}/api/v2/spans`, jsonEncoder: JSON_V2, httpInterval: 200, maxPayloadSize: 500000, log });
const ctxImpl = new ExplicitContext();
const recorder = new BatchRecorder({ logger });
const tracer = new Tracer({ ctxImpl, recorder, localServiceName: 'interop-zipkin-js', traceId128Bit: true,
  defaultTags: { environment: 'tést' } });
const { Some, None } = option;

const truth = [];
const start = Date.now() * 1000 - 2000000;
const kinds = [['local', null], ['server', 'Server'], ['client', 'Client'], ['producer', 'Producer'], ['consumer', 'Consumer']];
function record(id, annotation, timestamp) {
  recorder.record({ traceId: id, timestamp, annotation });
}
function one(parent, name, kind, i) {
  const at = start + i * 7;
  const duration = i * 3 + 1;
  const id = parent ? tracer.letId(parent, () => tracer.createChildId()) : tracer.letId(tracer.createRootId(), () => tracer.id);
  const tags = { environment: 'tést' };
  const events = [];
  record(id, new Annotation.ServiceName('interop-zipkin-js'), at);
  record(id, new Annotation.Rpc(name), at);
  record(id, new Annotation.BinaryAnnotation('environment', 'tést'), at);
  record(id, new Annotation.LocalAddr({ host: new InetAddress('10.1.2.3'), port: 8080 }), at);
  const begin = { local: () => new Annotation.LocalOperationStart(name), server: () => new Annotation.ServerRecv(),
    client: () => new Annotation.ClientSend(), producer: () => new Annotation.ProducerStart(), consumer: () => new Annotation.ConsumerStart() };
  const end = { local: () => new Annotation.LocalOperationStop(), server: () => new Annotation.ServerSend(),
    client: () => new Annotation.ClientRecv(), producer: () => new Annotation.ProducerStop(), consumer: () => new Annotation.ConsumerStop() };
  record(id, begin[kind](), at);
  if (!name.startsWith('level')) {
    tags.text = 'ünïcödé \u{1F680} "\\\n\t';
    tags.number = String(i);
    record(id, new Annotation.BinaryAnnotation('text', tags.text), at);
    record(id, new Annotation.BinaryAnnotation('number', tags.number), at);
    if (i % 5 === 0) {
      record(id, new Annotation.Message('happened ✓'), at + 1);
      events.push({ name: 'happened ✓', time_ns: `${at + 1}000`, attributes: {} });
    }
    if (i % 7 === 0) {
      tags.error = `bad ☂ ${i}`;
      record(id, new Annotation.BinaryAnnotation('error', tags.error), at);
    }
  }
  record(id, end[kind](), at + duration);
  truth.push({ trace_id: id.traceId, id: id.spanId, parent: parent ? parent.spanId : null, name, start_ns: `${at}000`,
    duration_ns: `${duration}000`, kind: kind === 'local' ? 'internal' : kind, status: tags.error ? 'error' : 'completed',
    message: tags.error || null, attributes: { ...tags, 'network.local.address': '10.1.2.3', 'network.local.port': 8080 },
    events, links: 0 });
  return id;
}

let deepest;
for (let i = 0; i < 300; i++) deepest = one(deepest, `level ${i}`, 'local', i);
for (let i = 0; i < 700; i++) one(i % 3 === 0 ? deepest : undefined, `naïve ☕ 名前 ${i}`, kinds[i % 5][0], i);
setTimeout(() => {
  fs.writeFileSync(truthFile, JSON.stringify({ service: 'interop-zipkin-js', resource: {}, strict: true, spans: truth }));
  process.exit(complaints > 0 ? 1 : 0);
}, 2000);
