/* What the desktop modules need of C: two libraries that are opened on first use, and the start
 * of a program that outlives its starter. No logic beyond that.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CDESKTOP_H
#define CDESKTOP_H

#include "desktop_bus.h"
#include "desktop_launch.h"
#include "desktop_sound.h"

/* The environment of this process, as execve wants it; owned by libc. Swift cannot read the global
 * itself: it sees a variable that is not safe to share. */
char *const *desktop_environment(void);

#endif
