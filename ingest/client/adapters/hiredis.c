/* hiredis — a Redis command as a span: cache:GET, its key, and whether it was there. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/client/adapters/tracetui_hiredis.h"

enum { WORD_BYTES = 32, KEY_BYTES = 101 };

/* Commands whose first argument is no key, and may be a secret. */
static const char *const keyless[] = {"AUTH",   "HELLO",  "ACL",     "CONFIG", "CLIENT", "EVAL",
                                      "SCRIPT", "SELECT", "EVALSHA", "ECHO",   "PING",   "MIGRATE"};

/* Reads the next argument of a command in Redis' own form, $LENGTH, line end, bytes, line end: cut
 * to size. Returns what follows it, NULL if there is none. */
static const char *read_argument(const char *at, const char *end, char *target, size_t size)
{
    target[0] = '\0';
    if (at == NULL || at >= end || *at != '$') {
        return NULL;
    }
    char *digits_end = NULL;
    size_t length = strtoul(at + 1, &digits_end, 10);
    const char *bytes = digits_end + 2;
    if (bytes > end || length > (size_t)(end - bytes)) {
        return NULL;
    }
    size_t kept = length < size - 1 ? length : size - 1;
    memcpy(target, bytes, kept);
    target[kept] = '\0';
    return bytes + length + 2;
}

static bool is_keyless(const char *verb)
{
    for (size_t i = 0; i < sizeof keyless / sizeof keyless[0]; i++) {
        if (strcmp(verb, keyless[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Starts the span of a formatted command, and says its first word. */
static struct tt_span *start(struct tt_tracer *tracer, const char *command, size_t length,
                             char verb[WORD_BYTES])
{
    char name[6 + WORD_BYTES];
    char key[KEY_BYTES];
    const char *end = command + length;
    const char *at = memchr(command, '\n', length); /* behind the count of arguments */
    at = read_argument(at != NULL ? at + 1 : NULL, end, verb, WORD_BYTES);
    for (char *c = verb; *c != '\0'; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    snprintf(name, sizeof name, "cache:%s", verb);
    struct tt_span *span = tt_detach(tt_start(tracer, name));
    tt_set_type(span, "cache");
    tt_set_kind(span, TT_CLIENT);
    tt_set_string(span, "db.system", "redis");
    if (read_argument(at, end, key, sizeof key) != NULL && !is_keyless(verb)) {
        tt_set_string(span, "cacheKey", key);
    }
    return span;
}

static void finish(struct tt_span *span, const char *verb, const redisContext *redis,
                   const redisReply *reply)
{
    if (reply == NULL) {
        tt_end_error(span, redis->errstr);
    } else if (reply->type == REDIS_REPLY_ERROR) {
        tt_end_error(span, reply->str);
    } else {
        if (strcmp(verb, "GET") == 0 || strcmp(verb, "HGET") == 0) {
            tt_set_bool(span, "cacheHit", reply->type != REDIS_REPLY_NIL);
        }
        tt_end(span);
    }
}

redisReply *tt_redis_vcommand(struct tt_tracer *tracer, redisContext *redis, const char *format,
                              va_list arguments)
{
    char *command = NULL;
    int length = redisvFormatCommand(&command, format, arguments);
    if (length < 0) {
        redis->err = length == -1 ? REDIS_ERR_OOM : REDIS_ERR_OTHER;
        snprintf(redis->errstr, sizeof redis->errstr, "%s",
                 length == -1 ? "Out of memory" : "Invalid format string");
        return NULL;
    }
    char verb[WORD_BYTES];
    void *reply = NULL;
    struct tt_span *span = start(tracer, command, (size_t)length, verb);
    if (redisAppendFormattedCommand(redis, command, (size_t)length) != REDIS_OK ||
        redisGetReply(redis, &reply) != REDIS_OK) {
        reply = NULL;
    }
    redisFreeCommand(command);
    finish(span, verb, redis, reply);
    return reply;
}

redisReply *tt_redis_command(struct tt_tracer *tracer, redisContext *redis, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    redisReply *reply = tt_redis_vcommand(tracer, redis, format, arguments);
    va_end(arguments);
    return reply;
}
