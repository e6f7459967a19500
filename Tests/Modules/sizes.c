/* Its tables come from older or later headers: SIZES is the number of bytes that each of them
 * lacks (negative) or has beyond ours. */
#define FIXTURE_TABLES_ONLY
#ifdef SIZES_DEAF
#define FIXTURE_CALL sized_call
#endif
#include "fixture.h"

#ifdef SIZES_DEAF
/* Ends only the calls that say something. */
static void sized_call(void *instance, const mod_call *call) {
    (void)instance;
    if (call->arguments.length) fixture_finish(call->id, FIXTURE_ANSWER);
}
#endif

static void late_cancel(void *instance, uint64_t call, mod_cancel_reason reason) {
    (void)instance, (void)call, (void)reason;
    /* Where the table ends before this field, nobody may come here. */
    abort();
}
static mod_status never_start(void *instance) {
    (void)instance;
    abort();
}
static void never(void *instance) {
    (void)instance;
    abort();
}
static void fine(void *instance) { (void)instance; }

/* Beyond what a smaller size covers lie functions that end the process. */
static struct {
    mod_tasks tasks;
    char later[64];
} longer_tasks;
static struct {
    mod_module module;
    char later[64];
} longer_module;

static const void *sized_capability(void *instance, const char *id, uint32_t revision) {
    (void)instance, (void)revision;
    return strcmp(id, MOD_TASKS) == 0 ? &longer_tasks.tasks : NULL;
}

static const mod_module *sized_create(const mod_host *host) {
    fixture_host = host;
    fixture_calls = (const mod_host_calls *)host->capability(host->context, MOD_HOST_CALLS, 1);
    memset(&longer_tasks, 0x5A, sizeof longer_tasks);
    memset(&longer_module, 0x5A, sizeof longer_module);
    mod_tasks tasks = {sizeof(mod_tasks), 0, FIXTURE_CALL, SIZES < 0 ? late_cancel : NULL};
    mod_module module = {sizeof(mod_module), 0, NULL, sized_capability, NULL, NULL, fine};
    longer_tasks.tasks = tasks;
    longer_module.module = module;
    if (SIZES < 0) {
        longer_tasks.tasks.size = offsetof(mod_tasks, cancel);
    } else {
        longer_tasks.tasks.size += SIZES;
        longer_module.module.size += SIZES;
    }
#ifdef SIZES_WITHOUT_DESTROY
    longer_module.module.size = offsetof(mod_module, destroy);
    longer_module.module.destroy = never;
#else
    (void)never;
#endif
    (void)never_start;
    return &longer_module.module;
}

const mod_entry *module_entry(void) {
    static struct {
        mod_entry entry;
        char later[64];
    } entry = {{MOD_MAGIC, sizeof(mod_entry) + (SIZES > 0 ? SIZES : 0), MOD_ABI_MAJOR,
                MOD_ABI_MINOR + (SIZES > 0), 0, 0, 0, fixture_manifest, sized_create, NULL},
               {0x5A}};
    return &entry.entry;
}
