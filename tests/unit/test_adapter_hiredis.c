/* test_adapter_hiredis — a real hiredis, and a server that knows just enough of Redis. */
#include "tests/unit/client_receiver.h"

#include "ingest/client/adapters/tracetui_hiredis.h"

struct server {
    int listener;
    int port;
    pthread_t thread;
};

/* Commands are told apart by their first letter here. */
static const char *reply_to(const char *command)
{
    switch (command[8]) {
    case 'g':
    case 'G':
        return strstr(command, "missing") != NULL ? "$-1\r\n" : "$5\r\nvalue\r\n";
    case 'I':
        return "-ERR value is not an integer or out of range\r\n";
    case 'Q':
        return NULL;
    default:
        return "+OK\r\n";
    }
}

static void *serve_redis(void *context)
{
    const struct server *server = context;
    int file = accept(server->listener, NULL, NULL);
    char command[1024];
    ssize_t got;
    while ((got = recv(file, command, sizeof command - 1, 0)) > 0) {
        command[got] = '\0';
        const char *reply = reply_to(command);
        if (reply == NULL || send(file, reply, strlen(reply), MSG_NOSIGNAL) < 0) {
            break;
        }
    }
    close(file);
    return NULL;
}

static void start_server(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server->listener, 1), 0);
    getsockname(server->listener, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    pthread_create(&server->thread, NULL, serve_redis, server);
}

static void commands_are_spans(void **state)
{
    struct receiver *receiver = *state;
    struct server server;
    start_server(&server);
    struct tt_options options = {.endpoint = receiver->endpoint};
    struct tt_tracer *tracer = tt_open(&options);
    redisContext *redis = redisConnect("127.0.0.1", server.port);
    assert_int_equal(redis->err, 0);

    redisReply *reply = tt_redis_command(tracer, redis, "get %s", "goal:1");
    assert_string_equal(reply->str, "value");
    freeReplyObject(reply);
    freeReplyObject(tt_redis_command(tracer, redis, "GET missing"));
    freeReplyObject(tt_redis_command(tracer, redis, "AUTH %s", "hunter2"));
    freeReplyObject(tt_redis_command(NULL, redis, "SET untraced 1"));
    reply = tt_redis_command(tracer, redis, "INCR name");
    assert_int_equal(reply->type, REDIS_REPLY_ERROR);
    freeReplyObject(reply);
    assert_null(tt_redis_command(tracer, redis, "QUIT"));
    assert_int_not_equal(redis->err, 0);
    redisFree(redis);
    redis = redisConnect("127.0.0.1", 1);
    assert_null(tt_redis_command(tracer, redis, "bad %! format"));
    redisFree(redis);
    pthread_join(server.thread, NULL);
    close(server.listener);

    tt_close(tracer, 20000);
    assert_int_equal(receiver->requests, 1);
    assert_int_equal(count_received(receiver, "\"name\":\"cache:GET\",\"operationType\":\"cache\""),
                     2);
    assert_int_equal(count_received(receiver, "\"cacheKey\":\"goal:1\",\"cacheHit\":true"), 1);
    assert_int_equal(count_received(receiver, "\"cacheKey\":\"missing\",\"cacheHit\":false"), 1);
    assert_int_equal(count_received(receiver, "hunter2"), 0);
    assert_int_equal(count_received(receiver, "untraced"), 0);
    assert_int_equal(count_received(receiver, "not an integer"), 1);
    assert_int_equal(count_received(receiver, "Server closed the connection"), 1);
    assert_int_equal(count_received(receiver, "\"spanId\""), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(commands_are_spans, receiver_setup, receiver_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
