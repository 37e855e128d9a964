/* fuzz_import — files from anybody: plain, gzip, cut short, of mixed formats. */
#include <sys/mman.h>
#include <unistd.h>

#include "ingest/import.h"
#include "tests/fuzz/fuzz_decode.h"

static enum err take(struct batch *batch, void *ctx, struct err_msg *why)
{
    size_t *count = ctx;
    (void)why;
    for (size_t i = 0; i < batch->count; i++) {
        check_span(&batch->spans[i]);
    }
    *count += batch->count;
    batch_free(batch);
    return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct decode_context context = {.now_ns = 0};
    struct import_options options = {.context = &context};
    struct import_report report = {0};
    struct err_msg why = {.text = ""};
    size_t count = 0;
    int fd = memfd_create("fuzz", 0);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    enum err err = import_file(fd, &options, take, &count, &report, &why);
    check(err == ERR_OK || why.text[0] != '\0');
    check(report.spans.received == report.spans.refused + count);
    close(fd);
    return 0;
}
