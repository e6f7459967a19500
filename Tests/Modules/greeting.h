/* Between greeting.swift and the module around it. */
#include <stdint.h>

/* Ends a call with a text. */
void greeting_finish(uint64_t call, const char *text);
/* What this build answers. */
const char *greeting_answer(void);
