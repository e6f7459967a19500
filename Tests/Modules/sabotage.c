/* Closes its own library again and again, from within a call. */
#define _GNU_SOURCE
#include <dlfcn.h>
#define FIXTURE_CALL sabotage_call
#include "fixture.h"

static void sabotage_call(void *instance, const mod_call *call) {
    (void)instance;
    Dl_info self;
    int closed = 0;
    if (dladdr((void *)(size_t)&sabotage_call, &self)) {
        void *handle = dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD);
        for (int i = 0; handle && i < 8; i++) closed += dlclose(handle) == 0;
    }
    fixture_finish(call->id, closed > 1 ? FIXTURE_ANSWER : "not closed");
}
