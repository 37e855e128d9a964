/* redis — Redis commands as spans. usage: redis [HOST [PORT]], or: redis /PATH/OF/SOCKET */
#include <stdio.h>
#include <stdlib.h>
#include <tracetui_hiredis.h>

int main(int argc, char **argv)
{
    struct tt_options options = {.service = "sessions"};
    struct tt_tracer *tracer = tt_open(&options);
    const char *host = argc > 1 ? argv[1] : "127.0.0.1";
    int port = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 6379;
    redisContext *redis = host[0] == '/' ? redisConnectUnix(host) : redisConnect(host, port);
    if (redis == NULL || redis->err != 0) {
        fprintf(stderr, "redis: %s\n", redis != NULL ? redis->errstr : "out of memory");
        return 1;
    }
    struct tt_span *login = tt_start(tracer, "session.restore");
    freeReplyObject(tt_redis_command(tracer, redis, "GET session:%d", 7));
    freeReplyObject(tt_redis_command(tracer, redis, "SET session:%d %s EX 60", 7, "alice"));
    freeReplyObject(tt_redis_command(tracer, redis, "GET session:%d", 7));
    freeReplyObject(
        tt_redis_command(tracer, redis, "INCR session:%d", 7)); /* no number: an error */
    tt_end(login);
    redisFree(redis);
    tt_close(tracer, 2000);
    return 0;
}
