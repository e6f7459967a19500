/* What the files of this target share. */
#ifndef CSANDBOX_INTERNAL_H
#define CSANDBOX_INTERNAL_H

#include "CSandbox.h"
#include <sys/syscall.h>

/* Calls the system from the one instruction that the filters know. Returns a negative errno on
 * failure, and leaves errno alone. */
long sandbox_call(long number, const long arguments[6]);
/* The address behind that instruction. */
extern const char sandbox_call_site[];

/* Takes over SIGSYS, by which the filters report what they refuse. */
int sandbox_catch_traps(void);

/* The calls that the handler of SIGSYS makes again in the caller's place: what they reach is
 * bounded by Landlock, and the handler only sees what became of them. */
extern const int sandbox_reissued[];
extern const size_t sandbox_reissued_count;

/* What may be asked of sockets, which are given to a worker, and which of it may be set. */
struct sandbox_socket_option {
    uint64_t level, option;
    int can_be_set;
};
extern const struct sandbox_socket_option sandbox_socket_options[];
extern const size_t sandbox_socket_options_count;

#endif
