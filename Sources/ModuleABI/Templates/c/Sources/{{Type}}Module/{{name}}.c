/* {{name}}: one task that counts the lines of the bytes that it is given. */
#include "{{name}}.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char manifest_text[] =
    "{\"id\":\"{{name}}\",\"version\":\"0.1.0\",\"about\":\"Counts lines.\","
    "\"abi\":{\"major\":1,\"minor\":0},\"toolchain\":\"C\","
    "\"tasks\":[{\"name\":\"lines\",\"about\":\"Counts the lines of a text.\","
    "\"arguments\":null,\"accepts\":\"bytes\",\"result\":\"text\",\"mode\":\"thread\","
    "\"risk\":\"read\",\"timeoutSeconds\":30,\"idempotent\":true}],"
    "\"configuration\":null,\"state\":null,\"permissions\":{},\"provides\":[],\"requires\":[]}";

struct instance {
    mod_module module;
    const mod_host *host;
    const mod_host_calls *calls;
};

static void finish(struct instance *self, uint64_t call, mod_status status, const char *text) {
    mod_result result = {.size = sizeof result, .status = status, .kind = MOD_KIND_TEXT};
    if (status == MOD_OK) {
        result.value = (mod_bytes){text, strlen(text)};
    } else {
        result.message = (mod_text){text, strlen(text)};
    }
    self->calls->finish(self->host->context, call, &result);
}

static void call(void *instance, const mod_call *call) {
    struct instance *self = instance;
    if (call->task != 0) {
        finish(self, call->id, MOD_NOT_FOUND, "{{name}} has one task only: lines");
        return;
    }
    const char *bytes = call->arguments.bytes;
    uint64_t lines = 0;
    for (uint64_t at = 0; at < call->arguments.length; at++) lines += bytes[at] == '\n';
    char text[32];
    snprintf(text, sizeof text, "%llu lines", (unsigned long long)lines);
    finish(self, call->id, MOD_OK, text);
}

static const void *capability(void *instance, const char *id, uint32_t revision) {
    static const mod_tasks tasks = {.size = sizeof tasks, .call = call};
    (void)instance;
    return strcmp(id, MOD_TASKS) == 0 && revision == MOD_TASKS_REVISION ? &tasks : NULL;
}

static void destroy(void *instance) { free(instance); }

static const mod_module *create(const mod_host *host) {
    static const char reason[] = "{{name}}: no memory, or a host without calls";
    struct instance *self = calloc(1, sizeof *self);
    const void *calls = host->capability(host->context, MOD_HOST_CALLS, MOD_HOST_CALLS_REVISION);
    if (self == NULL || calls == NULL) {
        free(self);
        host->fail(host->context, MOD_FAILED, (mod_text){reason, sizeof reason - 1});
        return NULL;
    }
    self->host = host;
    self->calls = calls;
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
