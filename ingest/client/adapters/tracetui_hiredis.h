/* tracetui_hiredis — a Redis command as a span: cache:GET, its key, and whether it was there.
 *
 *     redisReply *reply = tt_redis_command(tracer, redis, "GET %s", key);   // as redisCommand
 *
 * Link with -ltracetui-hiredis (pkg-config libtracetui-hiredis). */
#ifndef TRACETUI_HIREDIS_H
#define TRACETUI_HIREDIS_H

#include <hiredis/hiredis.h>
#include <stdarg.h>

#include "tracetui_client.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NULL as redisCommand: then the context says why. An error reply is an error of the span. */
redisReply *tt_redis_command(struct tt_tracer *tracer, redisContext *redis, const char *format,
                             ...);
redisReply *tt_redis_vcommand(struct tt_tracer *tracer, redisContext *redis, const char *format,
                              va_list arguments);

#ifdef __cplusplus
}
#endif

#endif
