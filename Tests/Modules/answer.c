/* Behaves: says its answer. */
#include "fixture.h"
