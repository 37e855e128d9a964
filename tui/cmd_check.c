/* cmd_check — says whether the database is whole and its derived figures are right. */
#include <inttypes.h>
#include <stdio.h>

#include "store/check.h"
#include "tui/cmd.h"
#include "tui/options.h"
#include "tui/plain.h"

static void print_problem(const char *problem, void *unused)
{
    (void)unused;
    plain_error(stdout, "check", problem);
}

int cmd_check(const struct options *options)
{
    struct check_report report;
    struct err_msg why = {.text = ""};
    if (store_check(options->db, print_problem, NULL, &report, &why) != ERR_OK) {
        plain_error(stderr, "check", why.text);
        return 1;
    }
    printf("checked %" PRId64 " trace%s, %" PRId64 " span%s: ", report.traces,
           text_plural(report.traces), report.spans, text_plural(report.spans));
    if (report.problems == 0) {
        puts("all is well");
        return 0;
    }
    printf("%zu problem%s\n", report.problems, text_plural(report.problems));
    return 1;
}
