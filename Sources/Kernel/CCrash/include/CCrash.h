/* The last words of a kernel that crashes: in C, since only async-signal-safe functions may run
 * in a handler. */
#ifndef CCRASH_H
#define CCRASH_H

/* From now on a fatal signal puts the terminal of descriptor 0 back into the mode that it has
 * now, writes to `errors` what can still be read from `printed` (non-blocking; what the process
 * printed and nobody has read), one line that names the signal, and then ends the process as the
 * signal would have. What other threads write to `output` and `errors` meanwhile is dropped. Call
 * it once, before the terminal is changed. */
void crash_guard_install(int output, int errors, int printed);

#endif
