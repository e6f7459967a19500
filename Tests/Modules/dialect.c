/* A provider of models whose servers say what it is to do: a piece is told as it came, with the
 * build's answer before it, or does what its words say. So does the model that an order names. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>

#define FIXTURE_CAPABILITY dialect_capability
#ifdef DIALECT_STARTS
#define FIXTURE_START dialect_start
#endif
#include "fixture.h"

#ifndef DIALECT_DESCRIPTION
#define DIALECT_DESCRIPTION                                                                       \
    "{\"name\":\"Dialect " FIXTURE_ANSWER "\",\"dialect\":\"dialect\",\"presets\":[{\"id\":"      \
    "\"here\",\"name\":\"Here\",\"base\":\"http://127.0.0.1\"}],\"orders\":[\"chat\",\"model\"]}"
#endif

static mod_status write_text(const mod_writer *writer, const char *text) {
    mod_bytes bytes = {text, strlen(text)};
    return writer->write(writer->context, bytes);
}

static int holds(mod_bytes bytes, const char *word) {
    return memmem(bytes.bytes, bytes.length, word, strlen(word)) != NULL;
}

static int is(mod_bytes bytes, const char *word) {
    return bytes.length == strlen(word) && memcmp(bytes.bytes, word, bytes.length) == 0;
}

static void tell(const mod_events *events, mod_event_kind kind, const char *text) {
    mod_bytes value = {text, strlen(text)};
    events->take(events->context, kind, 0, value);
}

static mod_status describe(void *instance, const mod_writer *writer) {
    (void)instance;
    return write_text(writer, DIALECT_DESCRIPTION);
}

static mod_status encode(void *instance, mod_bytes order, const mod_writer *writer) {
    (void)instance;
    if (holds(order, "refused-model")) {
        write_text(writer, "there is no such model here");
        return MOD_UNSUPPORTED;
    }
    if (holds(order, "crashing-model")) abort();
    if (holds(order, "nonsense-model")) return write_text(writer, "nonsense");
    if (holds(order, "slow-model")) sleep(2);
    if (holds(order, "large-model")) {
        static char body[1 << 20];
        mod_bytes part = {body, sizeof body};
        mod_status status = MOD_OK;
        while (status >= 0) status = writer->write(writer->context, part);
        return status;
    }
    write_text(writer, "{\"method\":\"POST\",\"url\":\"http://127.0.0.1/" FIXTURE_ANSWER
                       "\",\"headers\":[],\"framing\":\"lines\"}\n");
    return writer->write(writer->context, order);
}

static mod_status open_answer(void *instance, uint64_t answer, mod_bytes order, mod_bytes head) {
    (void)instance, (void)answer, (void)order;
    return holds(head, "418") ? MOD_INVALID : MOD_OK;
}

static mod_events kept;

static void *tell_elsewhere(void *events) {
    tell(events, MOD_EVENT_TEXT, "from another thread");
    return NULL;
}

static void read_piece(void *instance, uint64_t answer, mod_bytes piece,
                       const mod_events *events) {
    (void)instance, (void)answer;
    if (is(piece, "crash")) abort();
    if (is(piece, "sleep")) sleep(2);
    if (is(piece, "flood")) {
        static char text[64 << 10];
        memset(text, 'a', sizeof text - 1);
        for (int i = 0; i < 2000; i++) tell(events, MOD_EVENT_TEXT, text);
        return;
    }
    if (is(piece, "large")) {
        mod_bytes value = {calloc(1, 9 << 20), 9 << 20};
        events->take(events->context, MOD_EVENT_TEXT, 0, value);
        free((void *)value.bytes);
        return;
    }
    if (is(piece, "many")) {
        for (int i = 0; i < 10000; i++) tell(events, MOD_EVENT_TEXT, "0123456789");
        return;
    }
    if (is(piece, "odd")) return tell(events, 77, "of a newer provider");
    if (is(piece, "unreadable")) return tell(events, MOD_EVENT_USAGE, "no JSON");
    if (is(piece, "keep")) kept = *events;
    if (is(piece, "kept")) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, tell_elsewhere, (void *)events) == 0)
            pthread_join(thread, NULL);
    }
    char text[4096];
    snprintf(text, sizeof text, FIXTURE_ANSWER ":%.*s;", (int)piece.length,
             (const char *)piece.bytes);
    tell(events, MOD_EVENT_TEXT, text);
}

static void close_answer(void *instance, uint64_t answer, int32_t is_whole,
                         const mod_events *events) {
    (void)instance, (void)answer;
    if (kept.take) tell(&kept, MOD_EVENT_TEXT, "too late");
    if (is_whole) tell(events, MOD_EVENT_FINISH, "{\"reason\":\"stop\"}");
}

static const mod_provider provider = {sizeof(mod_provider), 0,          describe,    encode,
                                      open_answer,          read_piece, close_answer};

#ifdef DIALECT_STARTS
static mod_status dialect_start(void *instance) {
    (void)instance;
    return MOD_OK;
}
#endif

static const void *dialect_capability(const char *id, uint32_t revision) {
    (void)revision;
    return strcmp(id, MOD_PROVIDER) == 0 ? &provider : NULL;
}
