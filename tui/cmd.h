/* cmd — the commands without a screen: each reads its options and returns the exit code. */
#ifndef TRACETUI_TUI_CMD_H
#define TRACETUI_TUI_CMD_H

struct options;

int cmd_explore(const struct options *options);
int cmd_serve(const struct options *options);
int cmd_ls(const struct options *options);
int cmd_map(const struct options *options);
int cmd_diff(const struct options *options);
int cmd_show(const struct options *options);
int cmd_stats(const struct options *options);
int cmd_tail(const struct options *options);
int cmd_import(const struct options *options);
int cmd_export(const struct options *options);
int cmd_prune(const struct options *options);
int cmd_check(const struct options *options);
int cmd_help(const struct options *options);
int cmd_send_test(const struct options *options);

#endif
