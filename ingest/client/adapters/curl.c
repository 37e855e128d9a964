/* curl — a libcurl transfer as a client span, with the trace in its headers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/client/adapters/tracetui_curl.h"

struct tt_span *tt_curl_start(struct tt_tracer *tracer)
{
    struct tt_span *span = tt_detach(tt_start(tracer, "http:request"));
    tt_set_type(span, "http");
    tt_set_kind(span, TT_CLIENT);
    return span;
}

static void append(const char *name, const char *value, void *ctx)
{
    struct curl_slist **headers = ctx;
    size_t size = strlen(name) + strlen(value) + 3;
    char *line = malloc(size);
    if (line == NULL) {
        return;
    }
    snprintf(line, size, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(*headers, line);
    *headers = longer != NULL ? longer : *headers;
    free(line);
}

struct curl_slist *tt_curl_headers(const struct tt_span *span, struct curl_slist *headers)
{
    tt_headers(span, append, &headers);
    return headers;
}

/* Names and passwords in a URL are nobody's business. */
static void set_url(struct tt_span *span, const char *url)
{
    const char *host = strstr(url, "://");
    host = host != NULL ? host + 3 : url;
    size_t authority = strcspn(host, "/?#");
    const char *at = NULL;
    for (size_t i = 0; i < authority; i++) {
        at = host[i] == '@' ? host + i : at;
    }
    if (at == NULL) {
        tt_set_string(span, "url.full", url);
        return;
    }
    size_t size = strlen(url) + 1;
    char *clean = malloc(size);
    if (clean != NULL) {
        snprintf(clean, size, "%.*s%s", (int)(host - url), url, at + 1);
        tt_set_string(span, "url.full", clean);
        free(clean);
    }
}

void tt_curl_end(struct tt_span *span, CURL *easy, CURLcode code)
{
    const char *url = NULL;
    const char *method = NULL;
    long status = 0;
    curl_off_t received = 0;
    char text[64];
    if (curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_METHOD, &method) == CURLE_OK && method != NULL) {
        snprintf(text, sizeof text, "http:%s", method);
        tt_set_name(span, text);
        tt_set_string(span, "http.request.method", method);
    }
    if (curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url != NULL) {
        set_url(span, url);
    }
    if (curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status != 0) {
        tt_set_int(span, "http.response.status_code", status);
    }
    if (curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &received) == CURLE_OK) {
        tt_set_int(span, "http.response.body.size", received);
    }
    if (code != CURLE_OK) {
        tt_end_error(span, curl_easy_strerror(code));
    } else if (status >= 400) {
        snprintf(text, sizeof text, "HTTP %ld", status);
        tt_end_error(span, text);
    } else {
        tt_end(span);
    }
}

CURLcode tt_curl_perform(struct tt_tracer *tracer, CURL *easy, struct curl_slist *headers)
{
    struct curl_slist *all = NULL;
    for (const struct curl_slist *at = headers; at != NULL; at = at->next) {
        struct curl_slist *longer = curl_slist_append(all, at->data);
        if (longer == NULL) { /* rather an untraced request than one without its headers */
            curl_slist_free_all(all);
            return curl_easy_perform(easy);
        }
        all = longer;
    }
    struct tt_span *span = tt_curl_start(tracer);
    all = tt_curl_headers(span, all);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, all);
    CURLcode code = curl_easy_perform(easy);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_slist_free_all(all);
    tt_curl_end(span, easy, code);
    return code;
}
