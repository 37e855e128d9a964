/* cmd_map — who calls whom in the traces of a query. */
#include <stdio.h>

#include "store/base/clock.h"
#include "tui/analysis_json.h"
#include "tui/analysis_text.h"
#include "tui/cmd.h"
#include "tui/cmd_query.h"
#include "tui/map_work.h"

enum format { FORMAT_TREE, FORMAT_JSON };

static const char *const formats[] = {"tree", "json"};

static enum err print_map(struct reader *reader, const struct filter *filter,
                          const struct options *options, struct err_msg *why)
{
    enum format format = (enum format)cmd_format(options, "map", formats, ARRAY_LEN(formats));
    struct plain_style style = plain_style_of(stdout, options->ascii, options->utf8);
    struct map_work *work = map_work_begin(filter, options->limit, clock_now_ns());
    bool done = false;
    enum err err = ERR_OK;
    while (err == ERR_OK && !done) {
        err = map_work_step(work, reader, 0, &done, why);
    }
    if (err == ERR_OK) {
        struct service_map *map = map_work_detach(work);
        struct text_buffer text = {0};
        if (format == FORMAT_JSON) {
            analysis_json_map(map, &text);
            text_append_char(&text, '\n');
        } else {
            analysis_text_map(&style, map, &text);
        }
        cmd_write(&text);
        text_buffer_free(&text);
        service_map_free(map);
    }
    map_work_end(work);
    return err;
}

int cmd_map(const struct options *options)
{
    if (cmd_format(options, "map", formats, ARRAY_LEN(formats)) < 0) {
        return 2;
    }
    return cmd_query(options, "map", print_map);
}
