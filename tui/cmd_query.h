/* cmd_query — what the commands that ask the store with a query share. */
#ifndef TRACETUI_TUI_CMD_QUERY_H
#define TRACETUI_TUI_CMD_QUERY_H

#include "store/reader.h"
#include "tui/options.h"

/* Asks and prints to stdout. */
typedef enum err (*cmd_query_fn)(struct reader *reader, const struct filter *filter,
                                 const struct options *options, struct err_msg *why);

/* Reads the query from the words of the options, opens the database, calls ask, and says on stderr
 * what went wrong: "tracetui: NAME: ...". Returns the exit code. */
int cmd_query(const struct options *options, const char *name, cmd_query_fn ask);

/* The index of the options' --format in the list (its first entry is the default), or -1 with a
 * message on stderr. */
int cmd_format(const struct options *options, const char *name, const char *const *formats,
               size_t count);

/* Calls each for every trace that matches, in the order of the options' --sort and --reverse, at
 * most limit of them (0 = all); memory does not grow with their number. The row's texts live during
 * the call. */
typedef enum err (*cmd_row_fn)(const struct trace_row *row, void *ctx, struct err_msg *why);
enum err cmd_each_row(struct reader *reader, const struct filter *filter,
                      const struct options *options, size_t limit, cmd_row_fn each, void *ctx,
                      struct err_msg *why) MUST_CHECK;

/* Writes the text to stdout and empties the buffer. Into files and pipes it goes as it is; a
 * terminal gets what it could take for a command as \u009b, or in CSV as ^[. */
void cmd_write(struct text_buffer *text);

/* The same with the end of a line. */
void cmd_write_line(struct text_buffer *line);

#endif
