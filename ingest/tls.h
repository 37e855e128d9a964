/* tls — who we are to those who connect through TLS, and for gRPC the records themselves. */
#ifndef TRACETUI_INGEST_TLS_H
#define TRACETUI_INGEST_TLS_H

#include <stdbool.h>
#include <sys/types.h>

#include "store/base/err.h"

struct tls;
struct tls_stream;

#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* Reads PEM files; client_ca may be NULL: then nobody is asked for a certificate. Errors: ERR_IO,
 * ERR_CORRUPT, with the name of the file. */
enum err tls_load(const char *certificate, const char *key, const char *client_ca,
                  struct tls **ret_tls, struct err_msg *why) MUST_CHECK;
void tls_free(struct tls *tls); /* NULL is fine */

/* The files as text, for libmicrohttpd; the last is NULL if there is none. */
const char *tls_certificate(const struct tls *tls);
const char *tls_key(const struct tls *tls);
const char *tls_client_ca(const struct tls *tls);

/* Whether the client of a session (a gnutls_session_t) has shown a certificate of the client CA, if
 * there is one. */
bool tls_knows_client(const struct tls *tls, void *session);

/* ---- records over a socket that does not block, speaking HTTP/2 ---- */

struct tls_stream *tls_stream_new(const struct tls *tls, int socket);
void tls_stream_free(struct tls_stream *stream); /* NULL is fine; does not close the socket */

/* As recv and send: -1 with EAGAIN in errno when nothing can be done now; the handshake happens on
 * the way. What could not be sent must be sent again, the same bytes, before anything else. */
ssize_t tls_stream_read(struct tls_stream *stream, void *target, size_t size);
ssize_t tls_stream_write(struct tls_stream *stream, const void *data, size_t size);

/* What the last EAGAIN waits for: room to write, else bytes to read. */
bool tls_stream_waits_for_room(const struct tls_stream *stream);

/* Says that nothing more follows, if that can be said now. */
void tls_stream_end(struct tls_stream *stream);

#endif
