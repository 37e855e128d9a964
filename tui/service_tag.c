/* service_tag — a short unique tag and a steady colour for every service of a trace. */
#include "tui/service_tag.h"

#include <stdlib.h>
#include <string.h>

enum { SKELETON_LARGEST = 32, ALPHABET = 36, SYMBOLS = ALPHABET + 1 /* and the blank */ };

/* One byte for every possible tag. */
struct taken {
    bool tag[SYMBOLS * SYMBOLS * SYMBOLS];
};

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";

struct named {
    struct text name;
    uint32_t index;
};

static int by_name(const void *a, const void *b)
{
    return text_compare(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* Lower-case ASCII letter or digit, else 0. */
static char plain_char(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        return c;
    }
    return '\0';
}

static bool is_vowel(char c)
{
    return strchr("aeiou", c) != NULL;
}

/* The letters worth keeping, best first: a name of three letters or fewer as it is, else the first
 * letter and the consonants without doubles ("redis" is rds, "http" is htp). */
static size_t skeleton(struct text name, char target[SKELETON_LARGEST])
{
    char plain[SKELETON_LARGEST];
    size_t length = 0;
    for (size_t i = 0; i < name.length && length < SKELETON_LARGEST; i++) {
        char c = plain_char(name.data[i]);
        if (c != '\0') {
            plain[length++] = c;
        }
    }
    if (length <= SERVICE_TAG_LENGTH) {
        memcpy(target, plain, length);
        return length;
    }
    size_t kept = 0;
    for (size_t i = 0; i < length; i++) {
        if (i == 0 || (!is_vowel(plain[i]) && plain[i] != target[kept - 1])) {
            target[kept++] = plain[i];
        }
    }
    for (size_t i = 1; i < length && kept < SERVICE_TAG_LENGTH; i++) {
        if (is_vowel(plain[i])) {
            target[kept++] = plain[i];
        }
    }
    return kept;
}

static bool *taken_at(struct taken *taken, const char *tag)
{
    size_t at = 0;
    for (int i = 0; i < SERVICE_TAG_LENGTH; i++) {
        const char *found = tag[i] == ' ' ? NULL : strchr(alphabet, tag[i]);
        at = at * SYMBOLS + (found != NULL ? (size_t)(found - alphabet) : ALPHABET);
    }
    return &taken->tag[at];
}

/* First the skeleton, then other last letters of it, then any last two. Beyond 1,296 alike names
 * tags repeat: the details always show the full one. */
static void choose_tag(struct text name, struct taken *taken, char tag[SERVICE_TAG_LENGTH + 1])
{
    char letters[SKELETON_LARGEST] = "x";
    size_t length = skeleton(name, letters);
    length = length > 0 ? length : 1;
    memset(tag, ' ', SERVICE_TAG_LENGTH);
    memcpy(tag, letters, length < SERVICE_TAG_LENGTH ? length : SERVICE_TAG_LENGTH);
    for (size_t i = SERVICE_TAG_LENGTH; i < length && *taken_at(taken, tag); i++) {
        tag[SERVICE_TAG_LENGTH - 1] = letters[i];
    }
    for (size_t i = 0; i < (size_t)ALPHABET * ALPHABET && *taken_at(taken, tag); i++) {
        if (i >= ALPHABET || tag[1] == ' ') {
            tag[1] = alphabet[i / ALPHABET];
        }
        tag[2] = alphabet[(i + ALPHABET - 10) % ALPHABET]; /* digits first */
    }
    *taken_at(taken, tag) = true;
}

uint8_t service_hue(struct text name)
{
    return (uint8_t)(text_hash(name) % SERVICE_HUES);
}

/* The hue of the name's hash, or the next free one while there are free ones. */
static uint8_t choose_hue(struct text name, unsigned *used)
{
    uint8_t hue = service_hue(name);
    for (int i = 0; i < SERVICE_HUES && (*used >> hue & 1) != 0; i++) {
        hue = (uint8_t)((hue + 1) % SERVICE_HUES);
    }
    *used |= 1U << hue;
    return hue;
}

void service_tags_set(struct service_tags *tags, const struct trace *trace)
{
    service_tags_clear(tags);
    tags->count = trace->name_count;
    tags->by_name = mem_zero(tags->count + 1, sizeof *tags->by_name);
    struct named *services = mem_alloc((tags->count + 1) * sizeof *services);
    size_t count = 0;
    for (size_t i = 0; i < trace->count; i++) {
        uint32_t index = trace->spans[i].service;
        if (!tags->by_name[index].used) {
            tags->by_name[index].used = true;
            services[count++] = (struct named){.name = trace->names[index], .index = index};
        }
    }
    qsort(services, count, sizeof *services, by_name);
    unsigned used = 0;
    struct taken *taken = mem_zero(1, sizeof *taken);
    for (size_t i = 0; i < count; i++) {
        choose_tag(services[i].name, taken, tags->by_name[services[i].index].tag);
        tags->by_name[services[i].index].hue = choose_hue(services[i].name, &used);
    }
    free(taken);
    free(services);
}

void service_tags_clear(struct service_tags *tags)
{
    free(tags->by_name);
    *tags = (struct service_tags){0};
}
