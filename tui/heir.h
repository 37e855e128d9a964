/* heir — a viewer's hope: when the process that receives is gone, it becomes the receiver, until
 * one that is meant for it comes back. */
#ifndef TRACETUI_TUI_HEIR_H
#define TRACETUI_TUI_HEIR_H

#include "store/base/err.h"

struct heir;
struct options;
struct receiver;

enum { HEIR_TEXT_BYTES = 128 };

/* Watches the owner of the options' database in a thread of its own. Once nobody writes it any
 * more, a receiver is started with these options, at the addresses of the last owner if they name
 * none. It rests as soon as another process claims the database (TENURE_CLAIM), and the watching
 * begins again. on_change (same ctx) is called in that thread whenever one of the two functions
 * below has something new to say. Of several heirs one gets the database's lock, the others go on
 * waiting. on_commit and ctx: as receiver_start. Errors: ERR_IO no thread. */
enum err heir_start(const struct options *options, void (*on_commit)(void *ctx),
                    void (*on_change)(void *ctx), void *ctx, struct heir **ret_heir,
                    struct err_msg *why) MUST_CHECK;

/* The receiver while there is one, else NULL. It rests some day, but lives until heir_stop.
 * Thread: any. */
struct receiver *heir_receiver(struct heir *heir);

/* For the screen: "read-only: ingest by pid 812", why nothing could be taken over, or "receives
 * since pid 812 ended". Thread: any. */
void heir_describe(struct heir *heir, char target[HEIR_TEXT_BYTES]);

/* Ends the waiting, or what it led to: the receiver stops as in receiver_stop. NULL is fine. */
void heir_stop(struct heir *heir);

#endif
