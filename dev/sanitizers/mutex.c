/* Tells ThreadSanitizer how a contended Mutex of Swift's is handed over. libswiftSynchronization is
 * not instrumented: the system gives the lock away, unseen, and each value behind one would be
 * reported. Linked with --wrap, by the names of `_MutexHandle._lockSlow` and `_unlockSlow`. */
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

SWIFT void mutex_lock(uint32_t thread, SELF mutex) __asm__("__real_" LOCK);
SWIFT void mutex_unlock(SELF mutex) __asm__("__real_" UNLOCK);
SWIFT void told_lock(uint32_t thread, SELF mutex) __asm__("__wrap_" LOCK);
SWIFT void told_unlock(SELF mutex) __asm__("__wrap_" UNLOCK);

SWIFT void told_lock(uint32_t thread, SELF mutex) {
    mutex_lock(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT void told_unlock(SELF mutex) {
    __tsan_release(mutex);
    mutex_unlock(mutex);
}
