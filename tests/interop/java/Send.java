// Send.java — the OpenTelemetry Java SDK with a default exporter sends 1,000 spans and writes down what it was told.
// usage: Send http|grpc URL TRUTH.json
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

public class Send {
  static final long START = System.currentTimeMillis() * 1_000_000L - 1_000_000_000L + 123_457;
  static final List<Object> truth = new ArrayList<>();
  static volatile int complaints = 0;

  static String json(Object value) {
    if (value instanceof String) {
      StringBuilder text = new StringBuilder("\"");
      for (char c : ((String) value).toCharArray()) {
        text.append(c < 32 || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
      }
      return text.append('"').toString();
    }
    if (value instanceof List) {
      List<String> items = new ArrayList<>();
      ((List<?>) value).forEach(item -> items.add(json(item)));
      return "[" + String.join(",", items) + "]";
    }
    if (value instanceof Map) {
      List<String> items = new ArrayList<>();
      ((Map<?, ?>) value).forEach((key, item) -> items.add(json(key) + ":" + json(item)));
      return "{" + String.join(",", items) + "}";
    }
    return String.valueOf(value); // numbers, booleans and null
  }

  static Map<String, Object> map(Object... pairs) {
    Map<String, Object> made = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      made.put((String) pairs[i], pairs[i + 1]);
    }
    return made;
  }

  static Map<String, Object> told(long i) {
    return map("text", "ünïcödé \uD83D\uDE80 \"\\\n\t", "empty", "", "integer", i, "largest", Long.MAX_VALUE, "smallest",
        Long.MIN_VALUE, "odd", 9007199254740993L, "real", i + 0.1, "whole", (double) i, "yes", true, "no", false, "strings",
        List.of("a", "", "ç"), "integers", List.of(1L, -2L, Long.MAX_VALUE), "reals", List.of(0.5, 2.0), "flags",
        List.of(true, false));
  }

  @SuppressWarnings("unchecked")
  static Attributes attributes(Map<String, Object> told) {
    var builder = Attributes.builder();
    told.forEach((key, value) -> {
      if (value instanceof String) {
        builder.put(key, (String) value);
      } else if (value instanceof Long) {
        builder.put(key, (Long) value);
      } else if (value instanceof Double) {
        builder.put(key, (Double) value);
      } else if (value instanceof Boolean) {
        builder.put(key, (Boolean) value);
      } else if (key.equals("strings")) {
        builder.put(AttributeKey.stringArrayKey(key), (List<String>) value);
      } else if (key.equals("integers")) {
        builder.put(AttributeKey.longArrayKey(key), (List<Long>) value);
      } else if (key.equals("reals")) {
        builder.put(AttributeKey.doubleArrayKey(key), (List<Double>) value);
      } else {
        builder.put(AttributeKey.booleanArrayKey(key), (List<Boolean>) value);
      }
    });
    return builder.build();
  }

  static void fill(Span span, Map<String, Object> made, long i) {
    List<Object> events = new ArrayList<>();
    Map<String, Object> values = told(i);
    span.setAllAttributes(attributes(values));
    made.put("attributes", values);
    if (i % 5 == 0) {
      span.addEvent("happened ✓", attributes(values), START + i * 17, TimeUnit.NANOSECONDS);
      events.add(map("name", "happened ✓", "time_ns", String.valueOf(START + i * 17), "attributes", values));
    }
    if (i % 7 == 0) {
      Exception bad = new IllegalStateException("bad ☂ " + i);
      StringWriter stack = new StringWriter();
      bad.printStackTrace(new PrintWriter(stack, true));
      span.recordException(bad);
      span.setStatus(StatusCode.ERROR, "bad ☂ " + i);
      made.put("status", "error");
      made.put("message", "bad ☂ " + i);
      var recorded = ((ReadableSpan) span).toSpanData().getEvents();
      events.add(map("name", "exception", "time_ns", String.valueOf(recorded.get(recorded.size() - 1).getEpochNanos()),
          "attributes", map("exception.type", "java.lang.IllegalStateException", "exception.message", "bad ☂ " + i,
              "exception.stacktrace", stack.toString())));
    } else if (i % 2 == 0) {
      span.setStatus(StatusCode.OK);
    }
    made.put("events", events);
  }

  static Span one(Tracer tracer, Span parent, String name, SpanKind kind, long i, Span link) {
    long start = START + i * 1001;
    long end = start + i * 1003 + 7;
    SpanBuilder builder = tracer.spanBuilder(name).setSpanKind(kind).setStartTimestamp(start, TimeUnit.NANOSECONDS);
    List<Object> links = new ArrayList<>();
    builder.setParent(parent == null ? Context.root() : Context.root().with(parent));
    if (link != null) {
      builder.addLink(link.getSpanContext(), Attributes.builder().put("why", "retry").put("n", 3).build());
      links.add(map("trace_id", link.getSpanContext().getTraceId(), "span_id", link.getSpanContext().getSpanId(), "attributes",
          map("why", "retry", "n", 3)));
    }
    Span span = builder.startSpan();
    Map<String, Object> made = map("trace_id", span.getSpanContext().getTraceId(), "id", span.getSpanContext().getSpanId(),
        "parent", parent == null ? null : parent.getSpanContext().getSpanId(), "name", name, "start_ns", String.valueOf(start),
        "duration_ns", String.valueOf(end - start), "kind", kind.name().toLowerCase(), "status", "completed", "message", null,
        "attributes", map(), "events", List.of(), "links", links);
    if (!name.startsWith("level")) {
      fill(span, made, i);
    }
    span.end(end, TimeUnit.NANOSECONDS);
    truth.add(made);
    return span;
  }

  static void listen() {
    Handler handler = new Handler() {
      public void publish(LogRecord record) {
        if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
          complaints++;
        }
      }

      public void flush() {}

      public void close() {}
    };
    Logger.getLogger("").addHandler(handler);
  }

  public static void main(String[] args) throws Exception {
    listen();
    SpanExporter exporter = args[0].equals("grpc") ? OtlpGrpcSpanExporter.builder().setEndpoint(args[1]).build()
        : OtlpHttpSpanExporter.builder().setEndpoint(args[1] + "/v1/traces").build();
    SdkTracerProvider provider = SdkTracerProvider.builder().addSpanProcessor(BatchSpanProcessor.builder(exporter).build())
        .setResource(Resource.getDefault().merge(Resource.create(Attributes.builder().put("service.name", "interop-java")
            .put("deployment.environment", "tést").build()))).build();
    Tracer tracer = provider.get("interop", "1.2.3");
    Span deepest = null;
    for (int i = 0; i < 300; i++) {
      deepest = one(tracer, deepest, "level " + i, SpanKind.SERVER, i, null);
    }
    for (int i = 0; i < 700; i++) {
      one(tracer, i % 3 == 0 ? deepest : null, "naïve ☕ 名前 " + i, SpanKind.values()[i % 5], i, i % 10 == 0 ? deepest : null);
    }
    boolean sent = provider.forceFlush().join(30, TimeUnit.SECONDS).isSuccess();
    provider.shutdown().join(10, TimeUnit.SECONDS);
    Files.writeString(Path.of(args[2]), json(map("service", "interop-java", "resource", map("deployment.environment", "tést"),
        "strict", true, "spans", truth)));
    System.exit(sent && complaints == 0 ? 0 : 1);
  }
}
