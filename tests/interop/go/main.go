// main.go — the OpenTelemetry Go SDK with a default exporter sends 1,000 spans and writes down what it was told.
// usage: send http|grpc HOST:PORT TRUTH.json
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

type object = map[string]any

// Doubles keep their point, so that the comparison sees their type.
type double float64

func (d double) MarshalJSON() ([]byte, error) {
	text := fmt.Sprintf("%.17g", float64(d))
	if math.Trunc(float64(d)) == float64(d) && len(text) < 17 {
		text += ".0"
	}
	return []byte(text), nil
}

type values struct {
	keys  []attribute.KeyValue
	truth object
}

func (v *values) add(key attribute.KeyValue, told any) {
	v.keys = append(v.keys, key)
	v.truth[string(key.Key)] = told
}

func everyType(i int) values {
	v := values{truth: object{}}
	v.add(attribute.String("text", "ünïcödé \U0001F680 \"\\\n\t"), "ünïcödé \U0001F680 \"\\\n\t")
	v.add(attribute.String("empty", ""), "")
	v.add(attribute.Int("integer", i), i)
	v.add(attribute.Int64("largest", math.MaxInt64), int64(math.MaxInt64))
	v.add(attribute.Int64("smallest", math.MinInt64), int64(math.MinInt64))
	v.add(attribute.Int64("odd", 9007199254740993), int64(9007199254740993))
	v.add(attribute.Float64("real", float64(i)+0.1), double(float64(i)+0.1))
	v.add(attribute.Float64("whole", float64(i)), double(i))
	v.add(attribute.Bool("yes", true), true)
	v.add(attribute.Bool("no", false), false)
	v.add(attribute.StringSlice("strings", []string{"a", "", "ç"}), []string{"a", "", "ç"})
	v.add(attribute.Int64Slice("integers", []int64{1, -2, math.MaxInt64}), []int64{1, -2, math.MaxInt64})
	v.add(attribute.Float64Slice("reals", []float64{0.5, 2}), []double{0.5, 2})
	v.add(attribute.BoolSlice("flags", []bool{true, false}), []bool{true, false})
	v.add(attribute.StringSlice("none", []string{}), []string{})
	return v
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func exporter(ctx context.Context, kind, address string) sdk.SpanExporter {
	var made sdk.SpanExporter
	var err error
	if kind == "grpc" {
		made, err = otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(address), otlptracegrpc.WithInsecure())
	} else {
		made, err = otlptracehttp.New(ctx, otlptracehttp.WithEndpoint(address), otlptracehttp.WithInsecure())
	}
	check(err)
	return made
}

func main() {
	ctx := context.Background()
	complaints := 0
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { complaints++; fmt.Fprintln(os.Stderr, err) }))
	about := resource.NewSchemaless(attribute.String("service.name", "interop-go"),
		attribute.String("deployment.environment", "tést"))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter(ctx, os.Args[1], os.Args[2])), sdk.WithResource(about))
	tracer := provider.Tracer("interop", trace.WithInstrumentationVersion("1.2.3"))
	truth := []object{}
	now := time.Now()

	one := func(parent context.Context, name string, kind trace.SpanKind, i int, links []trace.Link,
		fill func(span trace.Span, told object)) context.Context {
		start := now.Add(time.Duration(i)*1001 - time.Second)
		end := start.Add(time.Duration(i)*1003 + 7)
		inner, span := tracer.Start(parent, name, trace.WithTimestamp(start), trace.WithSpanKind(kind), trace.WithLinks(links...))
		told := object{"trace_id": span.SpanContext().TraceID().String(), "id": span.SpanContext().SpanID().String(),
			"parent": nil, "name": name, "start_ns": fmt.Sprint(start.UnixNano()),
			"duration_ns": fmt.Sprint(end.Sub(start).Nanoseconds()), "kind": kind.String(), "status": "completed",
			"message": nil, "attributes": object{}, "events": []object{}, "links": []object{}}
		if above := trace.SpanContextFromContext(parent); above.IsValid() {
			told["parent"] = above.SpanID().String()
		}
		listed := []object{}
		for _, link := range links {
			listed = append(listed, object{"trace_id": link.SpanContext.TraceID().String(),
				"span_id": link.SpanContext.SpanID().String(), "attributes": object{"why": "retry", "n": 3}})
		}
		told["links"] = listed
		fill(span, told)
		span.End(trace.WithTimestamp(end))
		truth = append(truth, told)
		return inner
	}

	deepest := ctx
	for i := 0; i < 300; i++ {
		deepest = one(deepest, fmt.Sprintf("level %d", i), trace.SpanKindServer, i, nil, func(trace.Span, object) {})
	}
	kinds := []trace.SpanKind{trace.SpanKindInternal, trace.SpanKindServer, trace.SpanKindClient, trace.SpanKindProducer,
		trace.SpanKindConsumer}
	for i := 0; i < 700; i++ {
		parent := ctx
		if i%3 == 0 {
			parent = deepest
		}
		var links []trace.Link
		if i%10 == 0 {
			links = []trace.Link{{SpanContext: trace.SpanContextFromContext(deepest),
				Attributes: []attribute.KeyValue{attribute.String("why", "retry"), attribute.Int("n", 3)}}}
		}
		one(parent, fmt.Sprintf("naïve ☕ 名前 %d", i), kinds[i%len(kinds)], i, links, func(span trace.Span, told object) {
			v := everyType(i)
			span.SetAttributes(v.keys...)
			told["attributes"] = v.truth
			events := []object{}
			at := now.Add(time.Duration(i) * 17)
			if i%5 == 0 {
				span.AddEvent("happened ✓", trace.WithTimestamp(at), trace.WithAttributes(v.keys...))
				events = append(events, object{"name": "happened ✓", "time_ns": fmt.Sprint(at.UnixNano()), "attributes": v.truth})
			}
			if i%7 == 0 {
				bad := fmt.Errorf("bad ☂ %d", i)
				span.RecordError(bad, trace.WithTimestamp(at))
				span.SetStatus(codes.Error, bad.Error())
				told["status"], told["message"] = "error", bad.Error()
				events = append(events, object{"name": "exception", "time_ns": fmt.Sprint(at.UnixNano()),
					"attributes": object{"exception.type": fmt.Sprintf("%T", bad), "exception.message": bad.Error()}})
			} else if i%2 == 0 {
				span.SetStatus(codes.Ok, "")
			}
			told["events"] = events
		})
	}
	check(provider.ForceFlush(ctx))
	check(provider.Shutdown(ctx))
	text, err := json.Marshal(object{"service": "interop-go", "resource": object{"deployment.environment": "tést"},
		"strict": true, "spans": truth})
	check(err)
	check(os.WriteFile(os.Args[3], text, 0o600))
	if complaints > 0 {
		os.Exit(1)
	}
}
