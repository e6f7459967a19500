/* The last words of a kernel that crashes: in C, since only async-signal-safe functions may run
 * in a handler. */
#ifndef CCRASH_H
#define CCRASH_H

#include "flight.h"

/* From now on a fatal signal is noted in the flight recorder, puts the terminal of descriptor 0
 * back into the mode that it has now, writes to `errors` what can still be read from `printed`
 * (non-blocking; what the process printed and nobody has read) and one line that names the signal
 * and the module, and then ends the process as the signal would have. What other threads write to
 * `output` and `errors` meanwhile is dropped. An exit() or _exit() before the phase is
 * FLIGHT_LEAVING is noted too. Call it once, on the main thread, before the terminal is changed. */
void crash_guard_install(int output, int errors, int printed);

/* Ends the process because its main thread does not come back, as a crash of the main thread. */
_Noreturn void crash_guard_end_hanging(void);

/* The end of this process, without the handlers that libraries registered. What module code calls
 * under the name _exit() comes through here too. */
_Noreturn void crash_guard_exit(int status);

#endif
