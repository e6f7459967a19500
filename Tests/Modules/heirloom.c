/* Leaves an object in the process, and uses the one that another build has left. */
#define _GNU_SOURCE
#define FIXTURE_CALL heirloom_call
#include "fixture.h"

struct heirloom {
    const char *(*name)(const struct heirloom *self);
    char text[16];
};

static const char *heirloom_name(const struct heirloom *self) { return self->text; }

/* Its address goes through a file: anything else that outlives a build would do. */
static struct heirloom *found(void) {
    void *address = NULL;
    FILE *file = fopen(HEIRLOOM_FILE, "r");
    if (!file) return NULL;
    if (fscanf(file, "%p", &address) != 1) address = NULL;
    fclose(file);
    return address;
}

/* What is left is no leak: who looks for those finds it here. */
static struct heirloom *left;

static void leave(void) {
    struct heirloom *object = left = malloc(sizeof *object);
    FILE *file = fopen(HEIRLOOM_FILE, "w");
    if (!object || !file) abort();
    object->name = heirloom_name;
    snprintf(object->text, sizeof object->text, "%s", FIXTURE_ANSWER);
    fprintf(file, "%p", (void *)object);
    fclose(file);
}

static void heirloom_call(void *instance, const mod_call *call) {
    (void)instance;
    const struct heirloom *other = found();
    char answer[64];
    snprintf(answer, sizeof answer, "%s%s%s", FIXTURE_ANSWER, other ? " after " : "",
             other ? other->name(other) : "");
    if (!other) leave();
    fixture_finish(call->id, answer);
}
