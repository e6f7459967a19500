#include "internal.h"

/* The filters let some calls through only when they come from this one instruction. That is no
 * secret and no wall: a module may jump here too, and meets Landlock. */
#if defined(__x86_64__)
__asm__(".text\n"
        ".globl sandbox_raw_call\n"
        ".hidden sandbox_raw_call\n"
        ".type sandbox_raw_call, @function\n"
        "sandbox_raw_call:\n"
        "    movq %rdi, %rax\n"
        "    movq 40(%rsi), %r9\n"
        "    movq 32(%rsi), %r8\n"
        "    movq 24(%rsi), %r10\n"
        "    movq 16(%rsi), %rdx\n"
        "    movq 0(%rsi), %rdi\n"
        "    movq 8(%rsi), %rsi\n"
        "    syscall\n"
        ".globl sandbox_call_site\n"
        ".hidden sandbox_call_site\n"
        "sandbox_call_site:\n"
        "    ret\n"
        ".size sandbox_raw_call, .-sandbox_raw_call\n");
#elif defined(__aarch64__)
__asm__(".text\n"
        ".globl sandbox_raw_call\n"
        ".hidden sandbox_raw_call\n"
        ".type sandbox_raw_call, %function\n"
        "sandbox_raw_call:\n"
        "    mov x8, x0\n"
        "    mov x9, x1\n"
        "    ldp x0, x1, [x9]\n"
        "    ldp x2, x3, [x9, #16]\n"
        "    ldp x4, x5, [x9, #32]\n"
        "    svc #0\n"
        ".globl sandbox_call_site\n"
        ".hidden sandbox_call_site\n"
        "sandbox_call_site:\n"
        "    ret\n"
        ".size sandbox_raw_call, .-sandbox_raw_call\n");
#else
#error "the sandbox knows the system calls of x86_64 and aarch64 only"
#endif

long sandbox_raw_call(long number, const long *arguments);

long sandbox_call(long number, const long arguments[6]) {
    return sandbox_raw_call(number, arguments);
}
