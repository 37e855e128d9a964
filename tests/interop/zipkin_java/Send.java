// Send.java — Brave with Zipkin's reporter over URLConnection: 500 calls whose client and server share their span id.
// usage: Send URL TRUTH.json
import brave.Span;
import brave.Tracer;
import brave.Tracing;
import brave.handler.SpanHandler;
import brave.propagation.TraceContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import zipkin2.reporter.brave.AsyncZipkinSpanHandler;
import zipkin2.reporter.urlconnection.URLConnectionSender;

public class Send {
  static final long START = System.currentTimeMillis() * 1000L - 1_000_000L;
  static final List<String> truth = new ArrayList<>();

  static String quote(String text) {
    StringBuilder made = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      made.append(c < 32 || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
    }
    return made.append('"').toString();
  }

  static void tell(Span span, String service, String name, String kind, long at, long duration, String attributes, String events,
      String error) {
    TraceContext context = span.context();
    truth.add(String.format("{\"trace_id\":\"%s\",\"id\":\"%s\",\"parent\":%s,\"service\":\"%s\",\"name\":%s,\"start_ns\":\"%d000\","
        + "\"duration_ns\":\"%d000\",\"kind\":\"%s\",\"status\":\"%s\",\"message\":%s,\"attributes\":{%s},\"events\":[%s],\"links\":0}",
        context.traceIdString(), context.spanIdString(), context.parentIdString() == null ? "null" : quote(context.parentIdString()),
        service, quote(name), at, duration, kind, error == null ? "completed" : "error", error == null ? "null" : quote(error),
        attributes, events));
  }

  static void one(Span span, String service, Span.Kind kind, String name, int i) {
    long at = START + i * 7;
    long duration = i * 3 + 1;
    String text = "ünïcödé \uD83D\uDE80 \"\\\n\t";
    String attributes = "\"network.local.address\":\"10.9.8.7\",\"text\":" + quote(text) + ",\"number\":\"" + i + "\"";
    String events = "";
    String error = null;
    span.name(name).kind(kind).tag("text", text).tag("number", String.valueOf(i)).start(at);
    if (i % 5 == 0) {
      span.annotate(at + 1, "happened ✓");
      events = "{\"name\":\"happened ✓\",\"time_ns\":\"" + (at + 1) + "000\",\"attributes\":{}}";
    }
    if (i % 7 == 0) {
      error = "bad ☂ " + i;
      span.error(new IllegalStateException(error));
      attributes += ",\"error\":" + quote(error);
    }
    if (kind == Span.Kind.CLIENT) {
      span.remoteServiceName("interop-server").remoteIpAndPort("10.1.2.3", 8080);
      attributes += ",\"peer.service\":\"interop-server\",\"network.peer.address\":\"10.1.2.3\",\"network.peer.port\":8080";
    }
    span.finish(at + duration);
    tell(span, service, name, kind.name().toLowerCase(), at, duration, attributes, events, error);
  }

  static Tracing tracing(String service, SpanHandler handler) {
    return Tracing.newBuilder().localServiceName(service).localIp("10.9.8.7").addSpanHandler(handler).traceId128Bit(true).build();
  }

  public static void main(String[] args) throws Exception {
    URLConnectionSender sender = URLConnectionSender.create(args[0] + "/api/v2/spans");
    AsyncZipkinSpanHandler handler = AsyncZipkinSpanHandler.newBuilder(sender).build();
    Tracer client = tracing("interop-client", handler).tracer();
    Tracer server = tracing("interop-server", handler).tracer();
    TraceContext parent = null;
    for (int i = 0; i < 500; i++) {
      Span call = parent == null ? client.newTrace() : client.newChild(parent);
      // the server may report first: it shares the id that came with the request
      Span answer = server.joinSpan(call.context().toBuilder().shared(false).build());
      one(answer, "interop-server", Span.Kind.SERVER, "get ☕ " + i, i);
      one(call, "interop-client", Span.Kind.CLIENT, "get ☕ " + i, i);
      parent = i % 300 == 299 ? null : answer.context();
    }
    handler.flush();
    handler.close();
    sender.close();
    Files.writeString(Path.of(args[1]), "{\"halves\":true,\"strict\":true,\"spans\":[" + String.join(",", truth) + "]}");
  }
}
