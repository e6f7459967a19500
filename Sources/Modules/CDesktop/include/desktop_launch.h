/* Starts a program that is not ours: no descriptor, signal disposition or terminal of this process
 * reaches it, and it is no child of this process, which therefore never has to wait for it.
 *
 * In C, since Swift may not fork, and since posix_spawn leaves a child that somebody must reap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DESKTOP_LAUNCH_H
#define DESKTOP_LAUNCH_H

#include <stdint.h>

/* Which step failed; the errno is beside it. */
typedef enum desktop_launch_step {
    DESKTOP_LAUNCH_STEP_NONE = 0,
    DESKTOP_LAUNCH_STEP_PROCESS = 1,
    DESKTOP_LAUNCH_STEP_FOLDER = 2,
    DESKTOP_LAUNCH_STEP_PROGRAM = 3,
} desktop_launch_step;

typedef struct desktop_launch {
    int32_t process; /* the process id of the program to be */
    int gate;        /* it waits for a byte here */
    int report;      /* it says here why it could not start; closed by a successful start */
} desktop_launch;

typedef struct desktop_launch_failure {
    desktop_launch_step step;
    int error;
} desktop_launch_failure;

/* Makes the process, which then waits: the caller may move it to a control group of its own before
 * the program runs. program is a path, folder its working folder; both arrays end with NULL. All
 * are borrowed for the call. Any thread. Every launch that was prepared must be finished. */
desktop_launch_failure desktop_launch_prepare(
    const char *program, char *const arguments[], char *const environment[], const char *folder,
    desktop_launch *launch);

/* Lets the program start, and returns once it has, or could not. Closes the launch. */
desktop_launch_failure desktop_launch_finish(desktop_launch *launch);

#endif
