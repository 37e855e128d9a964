/* gate — which requests may come in: framing, Host, Origin, token. */
#include "ingest/gate.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "ingest/knocks.h"

static const char *const loopback_hosts[] = {"localhost", "127.0.0.1", "[::1]"};
static const char bearer[] = "Bearer ";

/* libmicrohttpd 0.9.75 takes the first of two Content-Lengths, prefers Transfer-Encoding over
 * Content-Length, waits for ever on codings it does not know, and does not recognise a header with
 * a blank before its colon. A proxy in front may read such a
 * request in another way: all are refused. */
unsigned gate_check_framing(const struct headers *headers, struct err_msg *why)
{
    if (headers->repeated != NULL) {
        (void)err_set(why, ERR_PARSE, "header %s given twice", headers->repeated);
        return 400;
    }
    if (headers->malformed) {
        (void)err_set(why, ERR_PARSE, "a blank in the name of a header");
        return 400;
    }
    struct text coding = headers->transfer_encoding;
    if (coding.data == NULL) {
        return 0;
    }
    if (!text_is_nocase(coding, "chunked")) {
        (void)err_set(why, ERR_PARSE, "Transfer-Encoding: only chunked is offered");
        return 400;
    }
    if (headers->content_length.data != NULL) {
        (void)err_set(why, ERR_PARSE, "Content-Length beside Transfer-Encoding");
        return 400;
    }
    return 0;
}

/* "[::1]:4318" to "[::1]", "box.:4318" to "box": the dot of a name that is complete. */
static struct text bare_name(struct text host)
{
    struct text name = host;
    for (size_t i = host.length; i > 0; i--) {
        char c = host.data[i - 1];
        if (c == ':') {
            name = text_make(host.data, i - 1);
        }
        if (c < '0' || c > '9') {
            break;
        }
    }
    if (name.length > 0 && name.data[name.length - 1] == '.') {
        name.length--;
    }
    return name;
}

/* Nobody can point an address at another machine, as names can be. */
static bool is_address(struct text name)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    bool brackets = name.length > 2 && name.data[0] == '[' && name.data[name.length - 1] == ']';
    struct text bare = brackets ? text_make(name.data + 1, name.length - 2) : name;
    if (bare.length == 0 || bare.length >= sizeof text) {
        return false;
    }
    snprintf(text, sizeof text, "%.*s", TEXT_ARGS(bare));
    return inet_pton(brackets ? AF_INET6 : AF_INET, text, &address) == 1;
}

static bool allows_host(const struct gate *gate, struct text host)
{
    struct text name = bare_name(host);
    if (gate->others && (gate->public_host_count == 0 || is_address(name))) {
        return true;
    }
    for (size_t i = 0; i < gate->public_host_count; i++) {
        if (text_is_nocase(name, gate->public_hosts[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(loopback_hosts); i++) {
        if (text_is_nocase(name, loopback_hosts[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < gate->host_count; i++) {
        if (text_is_nocase(name, gate->hosts[i])) {
            return true;
        }
    }
    return false;
}

bool gate_names_origin(const struct gate *gate, struct text origin)
{
    for (size_t i = 0; i < gate->origin_count; i++) {
        if (text_is_nocase(origin, gate->origins[i])) {
            return true;
        }
    }
    return false;
}

bool gate_allows_origin(const struct gate *gate, struct text origin)
{
    for (size_t i = 0; i < gate->origin_count; i++) {
        if (strcmp(gate->origins[i], "*") == 0) {
            return true;
        }
    }
    return gate_names_origin(gate, origin);
}

/* Takes the same time wherever the first difference is. */
static bool is_token(struct text given, const char *token)
{
    size_t length = strlen(token);
    unsigned difference = given.length != length;
    for (size_t i = 0; i < given.length; i++) {
        difference |=
            (unsigned char)given.data[i] ^ (unsigned char)token[length > 0 ? i % length : 0];
    }
    return difference == 0;
}

static bool has_token(const struct headers *headers, const char *token)
{
    size_t prefix = sizeof bearer - 1;
    struct text given = headers->authorization;
    if (given.length < prefix || !text_is_nocase(text_make(given.data, prefix), bearer)) {
        return false;
    }
    return is_token(text_make(given.data + prefix, given.length - prefix), token);
}

/* Who shows no token guesses none. Any web page can make a browser here ask without one, as for an
 * image, and would else close the API to its user. */
static bool guesses(const struct headers *headers)
{
    return headers->authorization.data != NULL;
}

static unsigned refuse_often(struct err_msg *why)
{
    (void)err_set(why, ERR_BUSY, "too many wrong tokens from your address: try again in %d seconds",
                  KNOCKS_FORGET_S);
    return 429;
}

/* A sender with the right token is let in whatever others at its address do: a misconfigured
 * program must not lock out its neighbours. */
static unsigned check_ingest(const struct gate *gate, const struct headers *headers,
                             const char *peer, struct err_msg *why)
{
    if (has_token(headers, gate->ingest_token)) {
        return 0;
    }
    if (guesses(headers) && !knocks_add(gate->knocks, peer)) {
        return refuse_often(why);
    }
    (void)err_set(why, ERR_UNSUPPORTED, "Authorization: Bearer with the ingest token expected");
    return 401;
}

/* Behind the limit the token is not even looked at, else guessing could go on. */
static unsigned check_admin(const struct gate *gate, const struct headers *headers,
                            const char *peer, struct err_msg *why)
{
    if (knocks_are_many(gate->knocks, peer)) {
        return refuse_often(why);
    }
    if (gate->admin_token != NULL && has_token(headers, gate->admin_token)) {
        return 0;
    }
    if (guesses(headers)) {
        (void)knocks_add(gate->knocks, peer);
    }
    (void)err_set(why, ERR_UNSUPPORTED, "Authorization: Bearer with the admin token expected");
    return 401;
}

unsigned gate_check(const struct gate *gate, const struct headers *headers, enum access access,
                    const char *peer, struct err_msg *why)
{
    if (!allows_host(gate, headers->host)) {
        (void)err_set(why, ERR_UNSUPPORTED, "this Host is not ours: name it with --public-host");
        return 403;
    }
    if (headers->origin.data != NULL && !gate_allows_origin(gate, headers->origin)) {
        (void)err_set(why, ERR_UNSUPPORTED,
                      "this Origin is not allowed: name it with --cors-origin");
        return 403;
    }
    switch (access) {
    case ACCESS_OPEN:
        return 0;
    case ACCESS_INGEST:
        return gate->ingest_token != NULL ? check_ingest(gate, headers, peer, why) : 0;
    case ACCESS_ADMIN:
        return check_admin(gate, headers, peer, why);
    }
    return 0;
}
