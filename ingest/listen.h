/* listen — addresses to listen on: from their text to an open socket. */
#ifndef TRACETUI_INGEST_LISTEN_H
#define TRACETUI_INGEST_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

#include "store/base/err.h"

enum { LISTEN_HOST_BYTES = 256, LISTEN_TEXT_BYTES = 64, LISTEN_PER_TEXT = 2 };

struct listen_address {
    struct sockaddr_storage address;
    socklen_t length;
    char host[LISTEN_HOST_BYTES]; /* as a Host header writes it: "127.0.0.1", "[::1]", "box" */
    bool optional; /* the second half of "localhost": may be missing without a word */
};

/* "127.0.0.1:4318", "[::1]:4318", "box:4318"; "localhost:4318" and ":4318" are both loopbacks.
 * Port 0 means any free one. Errors: ERR_PARSE; ERR_NOT_FOUND the name has no address. */
enum err listen_parse(const char *text, struct listen_address addresses[LISTEN_PER_TEXT],
                      size_t *ret_count, struct err_msg *why) MUST_CHECK;

bool listen_is_loopback(const struct listen_address *address);

/* Errors: ERR_BUSY another program has the port; ERR_UNSUPPORTED this machine has no such address;
 * ERR_IO. Owns: the caller closes the descriptor. */
enum err listen_open(const struct listen_address *address, int *ret_socket,
                     struct err_msg *why) MUST_CHECK;

/* "127.0.0.1:4318" */
void listen_print(const struct listen_address *address, char target[LISTEN_TEXT_BYTES]);

/* The same for an open socket, with its real port. */
void listen_print_socket(int socket, char target[LISTEN_TEXT_BYTES]);

/* "127.0.0.1", without the port; "" for a family without addresses. */
void listen_print_host(const struct sockaddr *address, char target[LISTEN_TEXT_BYTES]);

#endif
