/* Running programs: a service for errands (mod/errands.h).
 *
 * Permission: `execute`, a list of absolute paths of programs or folders of them. Links are
 * followed before a path is compared. A program runs behind the walls of the module that has it
 * run, wherever that lives: it reads and writes what the module's permissions name, starts only
 * what `execute` names, and has no sockets. What a script begins with (#!) is a program too.
 *
 * The order:
 *   "program"       the absolute path
 *   "arguments"     ["a", "b"], without the program's own name; there is no shell
 *   "folder"        where it runs; "/" if left out
 *   "bytesMax"      of what it prints, both streams together: 16 MiB if left out, at most 1 GiB.
 *                   One that prints more is ended
 *   "graceSeconds"  between SIGTERM and SIGKILL, once it is to end: 2 if left out, at most 30
 * The body of the errand is what it reads. Its environment is the host's, not the module's: PATH,
 * LANG, HOME, where the user's folders are, and TMPDIR, the module's own folder.
 * All bytes are borrowed, as mod/errands.h says.
 *
 * News: MOD_RUN_OUTPUT and MOD_RUN_ERRORS as they come. The end is MOD_OK once the program has
 * ended, however that was: {"exit": status} or {"signal": number}. At its deadline and when the
 * errand is cancelled it gets SIGTERM, then SIGKILL with all that it has started. What it leaves
 * behind when it ends is ended too. */
#ifndef MOD_RUN_H
#define MOD_RUN_H

#ifdef __cplusplus
extern "C" {
#endif

#define MOD_SERVICE_RUN "run"

enum {
    /* The value is what the program wrote to descriptor 1. */
    MOD_RUN_OUTPUT = 1,
    /* The value is what it wrote to descriptor 2. */
    MOD_RUN_ERRORS = 2
};

#ifdef __cplusplus
}
#endif
#endif
