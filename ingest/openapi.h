/* openapi — the description of the HTTP interface, for programs. */
#ifndef TRACETUI_INGEST_OPENAPI_H
#define TRACETUI_INGEST_OPENAPI_H

struct reply;
struct request;

/* Answers with ingest/openapi.json. */
void openapi_answer(const struct request *request, struct reply *reply);

#endif
