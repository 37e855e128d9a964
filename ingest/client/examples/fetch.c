/* fetch — gets a URL with libcurl, the trace in its headers. usage: fetch URL */
#include <stdio.h>
#include <tracetui_curl.h>

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: fetch URL\n");
        return 2;
    }
    struct tt_options options = {.service = "fetch", .client_version = "1.0"};
    struct tt_tracer *tracer = tt_open(&options);
    struct tt_span *look = tt_start(tracer, "look.up");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
    curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
    CURLcode code = tt_curl_perform(tracer, easy, headers);
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    curl_global_cleanup();
    if (code == CURLE_OK) {
        tt_end(look);
    } else {
        tt_end_error(look, curl_easy_strerror(code));
    }
    tt_close(tracer, 2000);
    return code == CURLE_OK ? 0 : 1;
}
