/* listen — addresses to listen on: from their text to an open socket. */
#include "ingest/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/base/text.h"

/* Splits at the last colon, so that "::1:4318" is refused below for its host, not misread. */
static enum err split(const char *text, struct text *ret_host, uint16_t *ret_port,
                      struct err_msg *why)
{
    const char *colon = strrchr(text, ':');
    uint64_t port = 0;
    if (colon == NULL || text_parse_u64(text_from(colon + 1), &port) != ERR_OK || port > 65535) {
        return err_set(why, ERR_PARSE, "%s: ADDRESS:PORT expected, like 127.0.0.1:4318", text);
    }
    struct text host = text_make(text, (size_t)(colon - text));
    if (host.length >= LISTEN_HOST_BYTES) {
        return err_set(why, ERR_PARSE, "%.40s...: not an address", text);
    }
    bool bracketed = host.length > 2 && host.data[0] == '[' && host.data[host.length - 1] == ']';
    if (!bracketed && memchr(host.data, ':', host.length) != NULL) {
        return err_set(why, ERR_PARSE, "%s: an IPv6 address goes in brackets, like [::1]:4318",
                       text);
    }
    *ret_host = host;
    *ret_port = (uint16_t)port;
    return ERR_OK;
}

static struct listen_address loopback4(uint16_t port)
{
    struct listen_address address = {.length = sizeof(struct sockaddr_in), .host = "127.0.0.1"};
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    memcpy(&address.address, &in, sizeof in);
    return address;
}

static struct listen_address loopback6(uint16_t port)
{
    struct listen_address address = {
        .length = sizeof(struct sockaddr_in6), .host = "[::1]", .optional = true};
    struct sockaddr_in6 in = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    memcpy(&address.address, &in, sizeof in);
    return address;
}

static enum err resolve(struct text host, uint16_t port, struct listen_address *ret_address,
                        struct err_msg *why)
{
    char name[LISTEN_HOST_BYTES];
    char digits[8];
    struct text bare =
        text_starts_with(host, "[") ? text_make(host.data + 1, host.length - 2) : host;
    snprintf(name, sizeof name, "%.*s", TEXT_ARGS(bare));
    snprintf(digits, sizeof digits, "%u", port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(name, digits, &hints, &found);
    if (code != 0) {
        return err_set(why, ERR_NOT_FOUND, "%s: %s", name, gai_strerror(code));
    }
    struct listen_address address = {.length = found->ai_addrlen};
    memcpy(&address.address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    snprintf(address.host, sizeof address.host, "%.*s", TEXT_ARGS(host));
    address.optional = text_is(host, "[::1]");
    *ret_address = address;
    return ERR_OK;
}

enum err listen_parse(const char *text, struct listen_address addresses[LISTEN_PER_TEXT],
                      size_t *ret_count, struct err_msg *why)
{
    struct text host = {0};
    uint16_t port = 0;
    enum err err = split(text, &host, &port, why);
    if (err != ERR_OK) {
        return err;
    }
    if (text_is_empty(host) || text_is_nocase(host, "localhost")) {
        addresses[0] = loopback4(port);
        addresses[1] = loopback6(port);
        *ret_count = 2;
        return ERR_OK;
    }
    err = resolve(host, port, &addresses[0], why);
    if (err == ERR_OK) {
        *ret_count = 1;
    }
    return err;
}

bool listen_is_loopback(const struct listen_address *address)
{
    if (address->address.ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, &address->address, sizeof in);
        return ntohl(in.sin_addr.s_addr) >> 24 == 127;
    }
    struct sockaddr_in6 in;
    memcpy(&in, &address->address, sizeof in);
    return address->address.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in.sin6_addr);
}

static enum err refuse_open(const struct listen_address *address, int reason, struct err_msg *why)
{
    char text[LISTEN_TEXT_BYTES];
    listen_print(address, text);
    if (reason == EADDRINUSE) {
        return err_set(why, ERR_BUSY, "%s is in use by another program", text);
    }
    bool absent = reason == EAFNOSUPPORT || reason == EADDRNOTAVAIL || reason == EPROTONOSUPPORT;
    return err_set(why, absent ? ERR_UNSUPPORTED : ERR_IO, "%s: %s", text, strerror(reason));
}

enum err listen_open(const struct listen_address *address, int *ret_socket, struct err_msg *why)
{
    int family = address->address.ss_family;
    int opened = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (opened < 0) {
        return refuse_open(address, errno, why);
    }
    int on = 1;
    if (setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (family == AF_INET6 &&
         setsockopt(opened, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(opened, (const struct sockaddr *)&address->address, address->length) != 0 ||
        listen(opened, SOMAXCONN) != 0) {
        int reason = errno;
        close(opened);
        return refuse_open(address, reason, why);
    }
    *ret_socket = opened;
    return ERR_OK;
}

void listen_print_host(const struct sockaddr *address, char target[LISTEN_TEXT_BYTES])
{
    target[0] = '\0';
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        inet_ntop(AF_INET, &in->sin_addr, target, LISTEN_TEXT_BYTES);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)(const void *)address;
        inet_ntop(AF_INET6, &in->sin6_addr, target, LISTEN_TEXT_BYTES);
    }
}

void listen_print(const struct listen_address *address, char target[LISTEN_TEXT_BYTES])
{
    char host[LISTEN_TEXT_BYTES];
    listen_print_host((const struct sockaddr *)&address->address, host);
    if (address->address.ss_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, &address->address, sizeof in);
        snprintf(target, LISTEN_TEXT_BYTES, "[%.46s]:%u", host, ntohs(in.sin6_port));
    } else {
        struct sockaddr_in in;
        memcpy(&in, &address->address, sizeof in);
        snprintf(target, LISTEN_TEXT_BYTES, "%.46s:%u", host, ntohs(in.sin_port));
    }
}

void listen_print_socket(int socket, char target[LISTEN_TEXT_BYTES])
{
    struct listen_address address = {.length = sizeof address.address};
    target[0] = '\0';
    if (getsockname(socket, (struct sockaddr *)&address.address, &address.length) == 0) {
        listen_print(&address, target);
    }
}
