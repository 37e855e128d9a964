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
    printf("checked %" PRId64 " traces, %" PRId64 " spans: ", report.traces, report.spans);
    if (report.problems == 0) {
        puts("all is well");
        return 0;
    }
    printf("%zu problems\n", report.problems);
    return 1;
}
