/* text: counts what is in a text, as wc does, but in characters too. A whole module in C. */
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char manifest_text[] =
    "{\"id\":\"text\",\"version\":\"1.0.0\",\"about\":\"Counts what is in a text.\","
    "\"abi\":{\"major\":1,\"minor\":0},\"toolchain\":\"C\","
    "\"tasks\":[{\"name\":\"count\","
    "\"about\":\"Counts the lines, words, characters and bytes of a text in UTF-8.\","
    "\"accepts\":\"bytes\",\"result\":\"json\",\"mode\":\"thread\",\"risk\":\"read\","
    "\"timeoutSeconds\":30,\"idempotent\":true}]}";

struct instance {
    mod_module module;
    const mod_host *host;
    const mod_host_calls *calls;
};

struct counts {
    uint64_t lines, words, characters;
    int in_word;
};

static int is_space(unsigned char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static void count(struct counts *counts, const unsigned char *bytes, uint64_t length) {
    for (uint64_t at = 0; at < length; at++) {
        int space = is_space(bytes[at]);
        counts->lines += bytes[at] == '\n';
        counts->words += !space && !counts->in_word;
        /* Every byte of a character but its first has the form 10xxxxxx. */
        counts->characters += (bytes[at] & 0xC0) != 0x80;
        counts->in_word = !space;
    }
}

static void refuse(struct instance *self, uint64_t call, mod_status status, const char *why) {
    mod_result result = {.size = sizeof result, .status = status, .kind = MOD_KIND_TEXT,
                         .message = {why, strlen(why)}};
    self->calls->finish(self->host->context, call, &result);
}

/* Between pieces of this size it looks whether it is still wanted. */
enum { PIECE_BYTES = 1 << 20 };

static void call(void *instance, const mod_call *call) {
    struct instance *self = instance;
    if (call->task != 0) {
        refuse(self, call->id, MOD_NOT_FOUND, "text has one task only: count");
        return;
    }
    const unsigned char *bytes = call->arguments.bytes;
    uint64_t length = call->arguments.length;
    struct counts counts = {0};
    for (uint64_t at = 0; at < length; at += PIECE_BYTES) {
        if (self->calls->is_cancelled(self->host->context, call->id)) {
            refuse(self, call->id, MOD_CANCELLED, "stopped before the end of the text");
            return;
        }
        count(&counts, bytes + at, length - at < PIECE_BYTES ? length - at : PIECE_BYTES);
    }
    char json[160];
    int written = snprintf(json, sizeof json,
                           "{\"lines\":%" PRIu64 ",\"words\":%" PRIu64 ",\"characters\":%" PRIu64
                           ",\"bytes\":%" PRIu64 "}",
                           counts.lines, counts.words, counts.characters, length);
    mod_result result = {.size = sizeof result, .status = MOD_OK, .kind = MOD_KIND_JSON,
                         .value = {json, (uint64_t)written}};
    self->calls->finish(self->host->context, call->id, &result);
}

static const void *capability(void *instance, const char *id, uint32_t revision) {
    static const mod_tasks tasks = {.size = sizeof tasks, .call = call};
    (void)instance;
    return strcmp(id, MOD_TASKS) == 0 && revision == MOD_TASKS_REVISION ? &tasks : NULL;
}

static void destroy(void *instance) { free(instance); }

static const mod_module *create(const mod_host *host) {
    struct instance *self = calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    self->host = host;
    self->calls = host->capability(host->context, MOD_HOST_CALLS, MOD_HOST_CALLS_REVISION);
    self->module = (mod_module){.size = sizeof self->module, .instance = self,
                                .capability = capability, .destroy = destroy};
    return &self->module;
}

static mod_text manifest(void) { return (mod_text){manifest_text, sizeof manifest_text - 1}; }

const mod_entry *module_entry(void) {
    static const mod_entry entry = {.magic = MOD_MAGIC, .size = sizeof entry,
                                    .abi_major = MOD_ABI_MAJOR, .abi_minor = MOD_ABI_MINOR,
                                    .manifest = manifest, .create = create};
    return &entry;
}
