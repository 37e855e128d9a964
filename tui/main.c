/* main — reads the command line and runs one command. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "tui/cmd.h"
#include "tui/config.h"
#include "tui/keys_file.h"
#include "tui/options.h"
#include "tui/plain.h"

static int print_help(const struct options *options)
{
    (void)options;
    fputs(
        "tracetui " TRACETUI_VERSION " - explore the traces of this host, live, in the terminal\n"
        "\n"
        "  tracetui [QUERY]              the explorer; receives spans in the background\n"
        "  tracetui --demo               the explorer on a demo world of its own\n"
        "  tracetui serve                the receiver without a screen\n"
        "  tracetui ls [QUERY]           list traces     [--sort start|duration|spans|errors]\n"
        "                                [--reverse] [--limit N] [--format table|json|csv]\n"
        "  tracetui show TRACE           one trace       [--format tree|json|otlp] [--errors]\n"
        "                                [--depth N]; an id or 4 and more characters of it\n"
        "  tracetui show TRACE --critical   its critical path   [--format tree|json]\n"
        "  tracetui show TRACE --by operation|service|type   its spans added up\n"
        "  tracetui diff TRACE TRACE     what the second has more, less, slower, faster\n"
        "                                [--format tree|json]\n"
        "  tracetui map [QUERY]          who calls whom  [--limit TRACES] [--format tree|json]\n"
        "  tracetui stats [QUERY]        counts, errors, percentiles  [--format table|json|csv]\n"
        "                                [--by operation|user|service|type|error|client]\n"
        "  tracetui tail [QUERY]         new traces as they complete  [--format table|json|csv]\n"
        "  tracetui import FILE...       read files (- = stdin), plain or gzip\n"
        "                                [--format auto|flat|otlp|zipkin|jaeger|sqlite]\n"
        "  tracetui export [QUERY]       traces with their spans  [--format json|csv|otlp]\n"
        "                                [-o FILE] [--anonymize]: no users, addresses, texts\n"
        "  tracetui prune                delete old traces: --older-than 7d, --max-size 10G\n"
        "  tracetui check                is the database whole, are its figures right?\n"
        "  tracetui send-test            send one small trace to the receiver (at --listen)\n"
        "\n"
        "  --db FILE                     the database ($TRACETUI_DB)\n"
        "  --listen ADDR:PORT            where to receive (127.0.0.1:4318 and [::1]:4318); repeat "
        "for\n"
        "                                more; port 0 = any free one\n"
        "  --grpc ADDR:PORT              where to receive OTLP/gRPC (127.0.0.1:4317 and "
        "[::1]:4317, or\n"
        "                                nowhere when --listen is given); repeat for more; "
        "--no-grpc\n"
        "  --no-listen                   view only\n"
        "  --ingest-token-file FILE      senders must show this token\n"
        "  --token-file FILE             who shows this token may use the admin API\n"
        "  --insecure                    allow an address beyond this host without a token\n"
        "  --cors-origin ORIGIN          let pages of ORIGIN send from a browser; repeat for more\n"
        "  --public-host NAME            a name by which others know this host; repeat for more\n"
        "  --tls-cert FILE, --tls-key FILE   speak TLS; --tls-client-ca FILE: only with those who\n"
        "                                show a certificate of that authority\n"
        "  --retention 7d, --max-size 10G   delete the oldest traces\n"
        "  --sample 1000/min             beyond so many new traces keep a share; errors and slow "
        "ones\n"
        "                                (--sample-slow MS) stay\n"
        "  --mask KEY, --mask-value REGEX   mask these before storing, too; repeat for more\n"
        "  --sql-limit N, --param-limit N, --no-mask   what is cut; nothing is masked or cut\n"
        "  --durability normal|full      full: every commit survives a power cut\n"
        "  --color auto|never|8|256, --theme dark|light|mono|high-contrast|16, --ascii, --utf8, "
        "--mouse\n"
        "  --screen-reader               sentences, one pane at a time; nothing moves by itself\n"
        "  --no-live                     do not follow new traces\n"
        "  --open TRACE, --span SPAN     open this trace at this span; show takes --span, too\n"
        "  --preview-delay MS            how long the cursor rests before its trace is drawn "
        "below\n"
        "  --config FILE                 options of every start (~/.config/tracetui/config)\n"
        "  --print-config, --print-keys  all options of that file, all keys, and what holds\n"
        "  --help, --version\n"
        "\n"
        "  QUERY   user:alice op:createGoal status:error dur>250ms service:api since:1h\n"
        "          attr.http.status_code=500 \"free text\" -user:bot* {service:db span.dur>100ms}\n"
        "\n"
        "  Keys: ? in the explorer. Manual: man tracetui (tui/install/tracetui.1)\n"
        "  Send it spans: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 your-program\n",
        stdout);
    return 0;
}

static int print_config(const struct options *options)
{
    config_print(options, stdout);
    return 0;
}

static int print_keys(const struct options *options)
{
    struct keymap *map;
    struct err_msg why;
    (void)options;
    if (keys_read(&map, &why) != ERR_OK) {
        fprintf(stderr, "tracetui: %s\n", why.text);
        return 2;
    }
    keys_print(map, stdout);
    keys_free(map);
    return 0;
}

static int print_version(const struct options *options)
{
    (void)options;
    puts("tracetui " TRACETUI_VERSION);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(const struct options *options);
    bool database; /* it needs one */
    bool alone;    /* no words stand behind it */
} commands[] = {
    {"", cmd_explore, true, false},
    {"serve", cmd_serve, true, true},
    {"ls", cmd_ls, true, false},
    {"show", cmd_show, true, false},
    {"diff", cmd_diff, true, false},
    {"map", cmd_map, true, false},
    {"stats", cmd_stats, true, false},
    {"tail", cmd_tail, true, false},
    {"import", cmd_import, true, false},
    {"export", cmd_export, true, false},
    {"prune", cmd_prune, true, true},
    {"check", cmd_check, true, true},
    {"send-test", cmd_send_test, false, true},
    {"help", print_help, false, false},
    {"version", print_version, false, false},
    {"print-config", print_config, false, false},
    {"print-keys", print_keys, false, false},
};

/* Output that nobody got is a failure of every command: a full disk must not look like success. */
static int check_output(const char *command, int result)
{
    if (result != 0 || (fflush(stdout) == 0 && !ferror(stdout))) {
        return result;
    }
    plain_error(stderr, command, "standard output could not be written");
    return 1;
}

int main(int argc, char **argv)
{
    struct options options;
    struct err_msg why;
    setlocale(LC_CTYPE, ""); /* expressions in queries are about characters, not bytes */
    if (options_parse(argc, argv, &options, &why) != ERR_OK) {
        fprintf(stderr, "tracetui: %s\n", why.text);
        return 2;
    }
    int result = 2;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, options.command) != 0) {
            continue;
        }
        if (commands[i].alone && options.word_count > 0) {
            plain_error(stderr, options.command, "takes options only, like --db FILE: see --help");
        } else if (commands[i].database && options.db[0] == '\0' && !options.demo) {
            fputs("tracetui: HOME is not set: name the database with --db FILE\n", stderr);
        } else {
            result = check_output(commands[i].name, commands[i].run(&options));
        }
    }
    options_clear(&options);
    return result;
}
