/* Uses initial-exec thread-local storage, of which a process has little and never gets any back. */
#include "fixture.h"

__attribute__((tls_model("initial-exec"))) static __thread char reserve[64];

__attribute__((used)) static char touch(void) { return reserve[0]++; }
