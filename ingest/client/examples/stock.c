/* stock — an HTTP service: libmicrohttpd and SQLite, traced below its callers. GET /stock/ITEM
 *
 * usage: stock [PORT]; prints its address, serves until its standard input ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tracetui_microhttpd.h>
#include <tracetui_sqlite.h>

struct stock {
    struct tt_tracer *tracer;
    struct tt_sqlite *traced;
    sqlite3 *db;
};

/* How many of an item there are; -1 if there is no such item. */
static int count_of(const struct stock *stock, const char *item)
{
    sqlite3_stmt *statement = NULL;
    int count = -1;
    sqlite3_prepare_v2(stock->db, "SELECT count FROM stock WHERE item = ?1", -1, &statement, NULL);
    sqlite3_bind_text(statement, 1, item, -1, SQLITE_TRANSIENT);
    while (tt_sqlite_step(stock->traced, statement) == SQLITE_ROW) {
        count = sqlite3_column_int(statement, 0);
    }
    sqlite3_finalize(statement);
    return count;
}

/* Takes one from the shelf; the table refuses to go below nothing. */
static bool reserve(const struct stock *stock, const char *item)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(stock->db, "UPDATE stock SET count = count - 1 WHERE item = ?1", -1,
                       &statement, NULL);
    sqlite3_bind_text(statement, 1, item, -1, SQLITE_TRANSIENT);
    int result = tt_sqlite_step(stock->traced, statement);
    sqlite3_finalize(statement);
    return result == SQLITE_DONE;
}

static enum MHD_Result answer(void *ctx, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    static const char prefix[] = "/stock/";
    const struct stock *stock = ctx;
    (void)version;
    (void)upload;
    (void)upload_size;
    if (strncmp(url, prefix, sizeof prefix - 1) != 0) {
        return MHD_NO;
    }
    if (*request == NULL) { /* the head has come: the request starts */
        *request = tt_mhd_start(stock->tracer, connection, method, url);
        tt_set_name(*request, "GET /stock/:item");
        return MHD_YES;
    }
    struct tt_span *span = *request;
    const char *item = url + sizeof prefix - 1;
    tt_attach(span); /* the statements are below it */
    int count = count_of(stock, item);
    bool reserved = count >= 0 && reserve(stock, item);
    tt_detach(span);

    char body[64];
    snprintf(body, sizeof body, "{\"count\":%d,\"reserved\":%s}\n", count,
             reserved ? "true" : "false");
    unsigned status = count < 0 ? 404 : reserved ? 200 : 500;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result result = tt_mhd_respond(span, connection, status, response);
    *request = NULL;
    MHD_destroy_response(response);
    return result;
}

int main(int argc, char **argv)
{
    struct tt_options options = {.service = "stock", .client_type = ""};
    struct stock stock = {.tracer = tt_open(&options)};
    if (sqlite3_open(":memory:", &stock.db) != SQLITE_OK ||
        sqlite3_exec(stock.db,
                     "CREATE TABLE stock(item TEXT PRIMARY KEY, count INTEGER CHECK (count >= 0));"
                     "INSERT INTO stock VALUES ('barbell', 1000), ('chalk', 0)",
                     NULL, NULL, NULL) != SQLITE_OK) {
        return 1;
    }
    stock.traced = tt_sqlite_trace(stock.tracer, stock.db);
    uint16_t port = argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 8080;
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, port, NULL, NULL,
                                                 answer, &stock, MHD_OPTION_END);
    if (daemon == NULL) {
        fprintf(stderr, "stock: cannot listen on port %u\n", port);
        return 1;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    printf("http://127.0.0.1:%u/stock/\n", info != NULL ? info->port : port);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    MHD_stop_daemon(daemon);
    sqlite3_close(stock.db);
    tt_close(stock.tracer, 2000);
    return 0;
}
