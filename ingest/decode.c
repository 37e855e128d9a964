/* decode — what every decoder is: bytes of one body to spans of one batch, refusals with their
 * place. */
#include "ingest/decode.h"

#include <stdarg.h>
#include <stdio.h>

void decode_refuse(struct decode_report *report, enum refusal reason, const char *format, ...)
{
    report->refused++;
    report->refused_by[reason]++;
    if (report->line_count == DECODE_REPORT_LINES) {
        return;
    }
    struct decode_refusal *line = &report->lines[report->line_count++];
    line->reason = reason;
    va_list args;
    va_start(args, format);
    vsnprintf(line->text, sizeof line->text, format, args);
    va_end(args);
}
