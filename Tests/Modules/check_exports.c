/* Linked without the version script, it shows everything. */
#include "fixture.h"

int something_else(void);
int something_else(void) { return 1; }
