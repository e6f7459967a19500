/* The contract between the kernel and a module: include this one header.
 *
 * A module is a shared library that exports exactly one symbol, module_entry (mod/entry.h).
 * Everything else is reached from there, in both directions, by asking for a capability by id.
 * mod/types.h explains the tags in brackets that every function carries.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MODULE_ABI_H
#define MODULE_ABI_H

#include "mod/types.h"
#include "mod/host.h"
#include "mod/module.h"
#include "mod/entry.h"
#include "mod/tasks.h"
#include "mod/configuration.h"
#include "mod/state.h"
#include "mod/health.h"
#include "mod/threads.h"
#include "mod/modules.h"
#include "mod/folders.h"
#include "mod/provider.h"
#include "mod/errands.h"
#include "mod/http.h"
#include "mod/connect.h"
#include "mod/run.h"
#include "mod/bus.h"

#endif
