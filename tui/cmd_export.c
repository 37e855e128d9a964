/* cmd_export — streams all matching traces, with their spans, in constant memory. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "store/anonymize.h"
#include "store/base/clock.h"
#include "store/export.h"
#include "tui/cmd.h"
#include "tui/cmd_query.h"

static const char *const formats[] = {
    [EXPORT_JSON] = "json", [EXPORT_CSV] = "csv", [EXPORT_OTLP] = "otlp"};

/* A new file is for its owner alone, as the database is, unless it is made to be given away. */
static bool open_output(const struct options *options)
{
    mode_t before = umask(0);
    umask(options->anonymize ? before : before | S_IRWXG | S_IRWXO);
    bool opened = freopen(options->output, "w", stdout) != NULL;
    int reason = errno;
    umask(before);
    errno = reason;
    return opened;
}

/* Errors: ERR_CORRUPT if there are any. */
static enum err tell_losses(const struct export_losses *losses, struct err_msg *why)
{
    if (losses->traces == 0 && losses->bare == 0 && !losses->list_broken) {
        return ERR_OK;
    }
    return err_set(why, ERR_CORRUPT,
                   "database damaged: this is what can be read, without %zu trace%s and without"
                   " the attributes of %zu span%s%s",
                   losses->traces, text_plural(losses->traces), losses->bare,
                   text_plural(losses->bare),
                   losses->list_broken ? "; part of the list of traces is lost, too" : "");
}

static enum err export_all(struct reader *reader, const struct filter *filter,
                           const struct options *options, struct err_msg *why)
{
    if (options->output != NULL && !open_output(options)) {
        return err_set(why, ERR_IO, "%s: %s", options->output, strerror(errno));
    }
    struct anonymizer anonymizer;
    if (options->anonymize && anonymizer_init(&anonymizer, why) != ERR_OK) {
        return ERR_IO;
    }
    struct export_question question = {
        .filter = filter,
        .format = (enum export_format)cmd_format(options, "export", formats, ARRAY_LEN(formats)),
        .sort = options->sort,
        .ascending = !options->reverse, /* oldest first */
        .limit = options->limit != 0 ? options->limit : (size_t)filter->limit,
        .now_ns = clock_now_ns(),
        .anonymizer = options->anonymize ? &anonymizer : NULL,
        .salvage = true,
    };
    struct export *export = export_new(&question);
    struct text_buffer text = {0};
    enum err err = ERR_OK;
    while (err == ERR_OK && !export_is_done(export) && !ferror(stdout)) {
        err = export_next(export, reader, &text, why);
        cmd_write(&text);
    }
    size_t traces = export_traces(export);
    struct export_losses losses = export_losses(export);
    text_buffer_free(&text);
    export_free(export);
    if (err == ERR_OK && options->output != NULL && fflush(stdout) == 0 && !ferror(stdout)) {
        fprintf(stderr, "exported %zu trace%s to %s\n", traces, text_plural(traces),
                options->output);
    }
    return err == ERR_OK ? tell_losses(&losses, why) : err;
}

int cmd_export(const struct options *options)
{
    if (cmd_format(options, "export", formats, ARRAY_LEN(formats)) < 0) {
        return 2;
    }
    return cmd_query(options, "export", export_all);
}
