/* fuzz_expression — any expression in any text: compiled or refused with a reason, and both ways to
 * search agree. The first line is the expression, what follows the text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/expression.h"
#include "tests/fuzz/fuzz_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line_end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t length = line_end != NULL ? (size_t)(line_end - data) : size;
    struct expression *expression = NULL;
    struct err_msg why = {""};
    if (expression_compile(text_make((const char *)data, length), &expression, &why) != ERR_OK) {
        check(why.text[0] != '\0' && expression == NULL);
        return 0;
    }
    size_t begin = line_end != NULL ? length + 1 : size;
    size_t most = size - begin < 2048 ? size - begin : 2048;
    struct text text = text_make((const char *)data + begin, most);
    uint64_t steps_left = UINT64_MAX;
    size_t start = 0, end = 0;
    bool matches = expression_matches(expression, text);
    bool found = expression_find(expression, text, 0, &steps_left, &start, &end);
    check(matches || !found);
    check(!found || (start < end && end <= text.length));
    check(expression_matches(expression, text) == matches);
    expression_free(expression);
    return 0;
}
