/* cmd_help — what the program can do: all of it, or one command with its options. */
#include <stdio.h>
#include <string.h>

#include "tui/cmd.h"
#include "tui/options.h"
#include "tui/options_table.h"

enum { OPTION_COLUMN = 32 };

#define ORDER_OPTIONS "sort reverse limit format db "
#define MASK_OPTIONS  "mask mask-value no-mask sql-limit param-limit durability "

/* A command's lines in the help, and the options that mean something to it. */
static const struct usage {
    const char *name;
    const char *lines;
    const char *options; /* names, separated by blanks */
    bool asks;           /* takes a query */
} usages[] = {
    {"serve", "  tracetui serve                the receiver without a screen\n",
     "listen grpc no-grpc db ingest-token-file token-file insecure cors-origin public-host "
     "tls-cert "
     "tls-key tls-client-ca "
     "retention max-size sample sample-slow " MASK_OPTIONS "config",
     false},
    {"ls",
     "  tracetui ls [QUERY]           list traces     [--sort start|duration|spans|errors]\n"
     "                                [--reverse] [--limit N] [--format table|json|csv]\n",
     ORDER_OPTIONS "ascii utf8", true},
    {"show",
     "  tracetui show TRACE           one trace       [--format tree|json|otlp] [--errors]\n"
     "                                [--depth N]; an id or 4 and more characters of it\n"
     "  tracetui show TRACE --critical   its critical path   [--format tree|json]\n"
     "  tracetui show TRACE --by operation|service|type   its spans added up\n",
     "format errors depth span critical by db ascii utf8", false},
    {"diff",
     "  tracetui diff TRACE TRACE     what the second has more, less, slower, faster\n"
     "                                [--format tree|json]\n",
     "format db ascii utf8", false},
    {"map",
     "  tracetui map [QUERY]          who calls whom  [--limit TRACES] [--format tree|json]\n",
     "limit format db ascii utf8", true},
    {"stats",
     "  tracetui stats [QUERY]        counts, errors, percentiles  [--format table|json|csv]\n"
     "                                [--by operation|user|service|type|error|client]\n",
     "by limit format db ascii utf8", true},
    {"tail",
     "  tracetui tail [QUERY]         new traces as they complete  [--format table|json|csv]\n",
     "format db ascii utf8", true},
    {"import",
     "  tracetui import FILE...       read files (- = stdin), plain or gzip\n"
     "                                [--format auto|flat|otlp|zipkin|jaeger|sqlite]\n",
     "format db " MASK_OPTIONS, false},
    {"export",
     "  tracetui export [QUERY]       traces with their spans  [--format json|csv|otlp]\n"
     "                                [-o FILE] [--anonymize]: no users, addresses, texts\n",
     "output anonymize " ORDER_OPTIONS, true},
    {"prune",
     "  tracetui prune                delete old traces: --older-than 7d, --max-size 10G\n",
     "older-than max-size db durability", false},
    {"check", "  tracetui check                is the database whole, are its figures right?\n",
     "db", false},
    {"send-test",
     "  tracetui send-test            send one small trace to the receiver (at --listen)\n",
     "listen ingest-token-file", false},
};

static const char before[] =
    "tracetui " TRACETUI_VERSION " - explore the traces of this host, live, in the terminal\n"
    "\n"
    "  tracetui [QUERY]              the explorer; receives spans in the background\n"
    "  tracetui --demo               the explorer on a demo world of its own\n";

static const char behind[] =
    "  tracetui COMMAND --help       one command with its options\n"
    "\n"
    "  --db FILE                     the database ($TRACETUI_DB)\n"
    "  --listen ADDR:PORT            where to receive (127.0.0.1:4318 and [::1]:4318); repeat for\n"
    "                                more; port 0 = any free one\n"
    "  --grpc ADDR:PORT              where to receive OTLP/gRPC (127.0.0.1:4317 and [::1]:4317, "
    "or\n"
    "                                nowhere when --listen is given); repeat for more; --no-grpc\n"
    "  --no-listen                   view only\n"
    "  --ingest-token-file FILE      senders must show this token\n"
    "  --token-file FILE             who shows this token may use the admin API\n"
    "  --insecure                    allow an address beyond this host without a token\n"
    "  --cors-origin ORIGIN          let pages of ORIGIN send from a browser; repeat for more\n"
    "  --public-host NAME            a name by which others know this host; repeat for more\n"
    "  --tls-cert FILE, --tls-key FILE   speak TLS; --tls-client-ca FILE: only with those who\n"
    "                                show a certificate of that authority\n"
    "  --retention 7d, --max-size 10G   delete the oldest traces\n"
    "  --sample 1000/min             beyond so many new traces keep a share; errors and slow ones\n"
    "                                (--sample-slow MS) stay\n"
    "  --mask KEY, --mask-value REGEX   mask these before storing, too; repeat for more\n"
    "  --sql-limit N, --param-limit N, --no-mask   what is cut; nothing is masked or cut\n"
    "  --durability normal|full      full: every commit survives a power cut\n"
    "  --color auto|never|8|256, --theme dark|light|mono|high-contrast|16, --ascii, --utf8, "
    "--mouse\n"
    "  --screen-reader               sentences, one pane at a time; nothing moves by itself\n"
    "  --no-live                     do not follow new traces\n"
    "  --open TRACE, --span SPAN     open this trace at this span; show takes --span, too\n"
    "  --preview-delay MS            how long the cursor rests before its trace is drawn below\n"
    "  --config FILE                 options of every start (~/.config/tracetui/config)\n"
    "  --print-config, --print-keys  all options of that file, all keys, and what holds\n"
    "  --help, --version\n";

static const char query[] =
    "\n"
    "  QUERY   user:alice op:createGoal status:error dur>250ms service:api since:1h\n"
    "          attr.http.response.status_code=500 \"free text\" -user:bot* {service:db "
    "span.dur>100ms}\n";

static const char end[] =
    "\n"
    "  Keys: ? in the explorer. Manual: man tracetui (tui/install/tracetui.1)\n"
    "  Send it spans: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 your-program\n";

static void print_option(const struct option *option)
{
    int used = printf("  --%s%s%s", option->name, option->value != NULL ? " " : "",
                      option->value != NULL ? option->value : "");
    printf("%*s%s", used < OPTION_COLUMN ? OPTION_COLUMN - used : 2, "", option->about);
    if (option->standard != NULL) {
        printf(" (%s)", option->standard);
    }
    fputc('\n', stdout);
}

static void print_usage(const struct usage *usage)
{
    fputs(usage->lines, stdout);
    fputc('\n', stdout);
    for (const char *name = usage->options; *name != '\0';) {
        size_t length = strcspn(name, " ");
        const struct option *option = options_table_find(name, length);
        if (option != NULL) {
            print_option(option);
        }
        name += length + strspn(name + length, " ");
    }
    fputs(usage->asks ? query : "", stdout);
}

int cmd_help(const struct options *options)
{
    for (size_t i = 0; i < ARRAY_LEN(usages) && options->word_count > 0; i++) {
        if (strcmp(usages[i].name, options->words[0]) == 0) {
            print_usage(&usages[i]);
            return 0;
        }
    }
    fputs(before, stdout);
    for (size_t i = 0; i < ARRAY_LEN(usages); i++) {
        fputs(usages[i].lines, stdout);
    }
    fputs(behind, stdout);
    fputs(query, stdout);
    fputs(end, stdout);
    return 0;
}
