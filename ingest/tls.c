/* tls — who we are to those who connect through TLS, and for gRPC the records themselves. */
#include "ingest/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/text.h"

enum { PEM_LARGEST_BYTES = 1 << 20 };

struct tls {
    struct text_buffer certificate, key, client_ca;
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priorities;
};

struct tls_stream {
    const struct tls *tls;
    gnutls_session_t session;
    bool greeted; /* the handshake is done */
};

/* ---- loading -------------------------------------------------------------------------------- */

static enum err read_pem(const char *path, struct text_buffer *ret_text, struct err_msg *why)
{
    char piece[4096];
    ssize_t length = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return err_set(why, ERR_IO, "%s: %s", path, strerror(errno));
    }
    while (ret_text->length < PEM_LARGEST_BYTES && (length = read(file, piece, sizeof piece)) > 0) {
        text_append(ret_text, text_make(piece, (size_t)length));
    }
    int reason = errno;
    close(file);
    explicit_bzero(piece, sizeof piece);
    if (length < 0) {
        return err_set(why, ERR_IO, "%s: %s", path, strerror(reason));
    }
    if (ret_text->length == 0 || ret_text->length >= PEM_LARGEST_BYTES ||
        strlen(ret_text->data) != ret_text->length) {
        return err_set(why, ERR_CORRUPT, "%s: no PEM file", path);
    }
    return ERR_OK;
}

static gnutls_datum_t datum_of(const struct text_buffer *text)
{
    return (gnutls_datum_t){.data = (unsigned char *)text->data, .size = (unsigned)text->length};
}

static enum err use(struct tls *tls, const char *certificate, const char *key,
                    const char *client_ca, struct err_msg *why)
{
    gnutls_datum_t certificate_pem = datum_of(&tls->certificate);
    gnutls_datum_t key_pem = datum_of(&tls->key);
    int code = gnutls_certificate_set_x509_key_mem(tls->credentials, &certificate_pem, &key_pem,
                                                   GNUTLS_X509_FMT_PEM);
    if (code < 0) {
        return err_set(why, ERR_CORRUPT, "%s and %s are no certificate and its key: %s",
                       certificate, key, gnutls_strerror(code));
    }
    if (client_ca == NULL) {
        return ERR_OK;
    }
    gnutls_datum_t ca_pem = datum_of(&tls->client_ca);
    code = gnutls_certificate_set_x509_trust_mem(tls->credentials, &ca_pem, GNUTLS_X509_FMT_PEM);
    if (code < 1) {
        return err_set(why, ERR_CORRUPT, "%s: no certificate of an authority", client_ca);
    }
    return ERR_OK;
}

enum err tls_load(const char *certificate, const char *key, const char *client_ca,
                  struct tls **ret_tls, struct err_msg *why)
{
    struct tls *tls = mem_zero(1, sizeof *tls);
    if (gnutls_certificate_allocate_credentials(&tls->credentials) < 0 ||
        gnutls_priority_init(&tls->priorities, TLS_PRIORITIES, NULL) < 0) {
        die_oom();
    }
    enum err err = read_pem(certificate, &tls->certificate, why);
    if (err == ERR_OK) {
        err = read_pem(key, &tls->key, why);
    }
    if (err == ERR_OK && client_ca != NULL) {
        err = read_pem(client_ca, &tls->client_ca, why);
    }
    if (err == ERR_OK) {
        err = use(tls, certificate, key, client_ca, why);
    }
    if (err != ERR_OK) {
        tls_free(tls);
        return err;
    }
    *ret_tls = tls;
    return ERR_OK;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL) {
        return;
    }
    if (tls->key.data != NULL) {
        explicit_bzero(tls->key.data, tls->key.length);
    }
    gnutls_priority_deinit(tls->priorities);
    gnutls_certificate_free_credentials(tls->credentials);
    text_buffer_free(&tls->certificate);
    text_buffer_free(&tls->key);
    text_buffer_free(&tls->client_ca);
    free(tls);
}

const char *tls_certificate(const struct tls *tls)
{
    return tls->certificate.data;
}

const char *tls_key(const struct tls *tls)
{
    return tls->key.data;
}

const char *tls_client_ca(const struct tls *tls)
{
    return tls->client_ca.data;
}

bool tls_knows_client(const struct tls *tls, void *session)
{
    unsigned status = 0;
    return tls->client_ca.data == NULL ||
           (gnutls_certificate_verify_peers2(session, &status) == 0 && status == 0);
}

/* ---- records -------------------------------------------------------------------------------- */

struct tls_stream *tls_stream_new(const struct tls *tls, int socket)
{
    static const gnutls_datum_t http2 = {.data = (unsigned char *)"h2", .size = 2};
    struct tls_stream *stream = mem_zero(1, sizeof *stream);
    stream->tls = tls;
    if (gnutls_init(&stream->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0 ||
        gnutls_priority_set(stream->session, tls->priorities) < 0 ||
        gnutls_credentials_set(stream->session, GNUTLS_CRD_CERTIFICATE, tls->credentials) < 0 ||
        gnutls_alpn_set_protocols(stream->session, &http2, 1, GNUTLS_ALPN_MANDATORY) < 0) {
        die_oom();
    }
    if (tls->client_ca.data != NULL) {
        gnutls_certificate_server_set_request(stream->session, GNUTLS_CERT_REQUIRE);
    }
    gnutls_transport_set_int(stream->session, socket);
    return stream;
}

void tls_stream_free(struct tls_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    gnutls_deinit(stream->session);
    free(stream);
}

static ssize_t fail(int reason)
{
    errno = reason;
    return -1;
}

/* 0, or -1 with errno. */
static ssize_t greet(struct tls_stream *stream)
{
    if (stream->greeted) {
        return 0;
    }
    int code = gnutls_handshake(stream->session);
    if (code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED ||
        (code < 0 && !gnutls_error_is_fatal(code))) {
        return fail(EAGAIN);
    }
    if (code < 0 || !tls_knows_client(stream->tls, stream->session)) {
        if (code >= 0) {
            (void)gnutls_alert_send(stream->session, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
        }
        return fail(EPROTO);
    }
    stream->greeted = true;
    return 0;
}

/* What gnutls answered, as recv and send would. */
static ssize_t settle(ssize_t result)
{
    if (result >= 0) {
        return result;
    }
    if (result == GNUTLS_E_PREMATURE_TERMINATION) {
        return 0;
    }
    return fail(gnutls_error_is_fatal((int)result) ? EPROTO : EAGAIN);
}

ssize_t tls_stream_read(struct tls_stream *stream, void *target, size_t size)
{
    return greet(stream) != 0 ? -1 : settle(gnutls_record_recv(stream->session, target, size));
}

ssize_t tls_stream_write(struct tls_stream *stream, const void *data, size_t size)
{
    return greet(stream) != 0 ? -1 : settle(gnutls_record_send(stream->session, data, size));
}

bool tls_stream_waits_for_room(const struct tls_stream *stream)
{
    return gnutls_record_get_direction(stream->session) == 1;
}

void tls_stream_end(struct tls_stream *stream)
{
    if (stream->greeted) {
        (void)gnutls_bye(stream->session, GNUTLS_SHUT_WR);
    }
}
