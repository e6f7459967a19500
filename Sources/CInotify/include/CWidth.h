/* How many terminal columns a Unicode scalar takes. Glibc's wcwidth answers by the locale of the
   process, which is "C" until somebody calls setlocale; this one always answers for UTF-8. */
#ifndef CWIDTH_H
#define CWIDTH_H

#include <stdint.h>

/* 0, 1 or 2; -1 for a control character or a scalar that Unicode has not assigned. Any thread. */
int linux_scalar_width(uint32_t scalar);

#endif
