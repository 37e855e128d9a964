/* addresses — where a receiver listens, and what its gate has to ask for that reason. */
#include "ingest/addresses.h"

static enum err add(struct addresses *addresses, const char *text, bool insecure, struct gate *gate,
                    struct err_msg *why)
{
    struct listen_address found[LISTEN_PER_TEXT];
    size_t count = 0;
    enum err err = listen_parse(text, found, &count, why);
    if (err != ERR_OK) {
        return err;
    }
    if (count > ADDRESSES_LARGEST - addresses->count) {
        return err_set(why, ERR_PARSE, "more than %d addresses", ADDRESSES_LARGEST);
    }
    for (size_t i = 0; i < count; i++) {
        bool loopback = listen_is_loopback(&found[i]);
        if (!loopback && gate->ingest_token == NULL && !insecure) {
            return err_set(why, ERR_UNSUPPORTED,
                           "%s lets other machines send: ask them for a token with "
                           "--ingest-token-file FILE, or say --insecure",
                           text);
        }
        gate->others |= !loopback;
        struct listen_address *kept = &addresses->list[addresses->count++];
        *kept = found[i];
        gate->hosts[gate->host_count++] = kept->host;
    }
    return ERR_OK;
}

enum err addresses_add(struct addresses *addresses, const char *const *texts, size_t count,
                       bool insecure, struct gate *gate, struct err_msg *why)
{
    for (size_t i = 0; i < count; i++) {
        enum err err = add(addresses, texts[i], insecure, gate, why);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

enum err addresses_start(const struct addresses *addresses, const char *option, address_start start,
                         void *ctx, struct text_buffer *problem, struct err_msg *why)
{
    enum err first = ERR_OK;
    size_t started = 0;
    for (size_t i = 0; i < addresses->count; i++) {
        struct err_msg reason;
        enum err err = start(&addresses->list[i], &reason, ctx);
        started += err == ERR_OK;
        if (err == ERR_OK || (err == ERR_UNSUPPORTED && addresses->list[i].optional)) {
            continue;
        }
        if (first == ERR_OK) {
            first = err_set(why, err, "%s; %s ADDRESS:PORT picks another", reason.text, option);
        }
        text_append_format(problem, "%s%s; %s ADDRESS:PORT picks another",
                           problem->length > 0 ? "\n" : "", reason.text, option);
    }
    if (started > 0) {
        return ERR_OK;
    }
    return first != ERR_OK ? first : err_set(why, ERR_IO, "no address to listen on");
}
