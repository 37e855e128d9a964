/* first — the first spans of a C program: an order that fails at its last step. */
#include <stdio.h>
#include <tracetui_client.h>

static void report(const struct tt_result *result, void *ctx)
{
    (void)ctx;
    if (result->delivered) {
        printf("sent %zu spans\n", result->spans);
    } else {
        printf("not sent: %s\n", result->text);
    }
}

int main(void)
{
    struct tt_options options = {.service = "shop", .user = "alice", .on_result = report};
    struct tt_tracer *tracer = tt_open(&options);

    struct tt_span *order = tt_start(tracer, "order.place");
    tt_set_int(order, "items", 3);

    struct tt_span *pay = tt_start(tracer, "payment.charge"); /* a child of order */
    tt_set_string(pay, "currency", "EUR");
    tt_event(pay, "card.checked");
    tt_end(pay);

    struct tt_span *insert = tt_start(tracer, "db:INSERT");
    tt_set_type(insert, "db");
    tt_end_error(insert, "UNIQUE constraint failed: orders.id");

    tt_end(order);
    tt_close(tracer, 2000); /* sends what waits, for at most 2 s */
    return 0;
}
