/* The one symbol that a module exports.
 *
 * The host looks up module_entry, calls it, and refuses the module, naming each field that
 * differs, what it expected and what to do, unless magic, size and versions fit. It first does so
 * in a process that may die; a module is mapped into the kernel only after that went well. */
#ifndef MOD_ENTRY_H
#define MOD_ENTRY_H

#include "types.h"
#include "host.h"
#include "module.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "kernelmo", read as a little-endian number. */
#define MOD_MAGIC UINT64_C(0x6f6d6c656e72656b)

typedef struct mod_entry {
    uint64_t magic;
    uint32_t size;
    /* MOD_ABI_MAJOR and MOD_ABI_MINOR of the headers that the module was built with. */
    uint16_t abi_major;
    uint16_t abi_minor;
    /* The lowest minor version of the host that the module can work with. */
    uint16_t abi_minor_required;
    uint16_t reserved;
    uint32_t reserved_too;

    /* The manifest: one JSON object (docs/manifest.md). Always the same bytes, in static storage
     * that is valid for as long as the library is mapped. It must not need an instance and must
     * have no side effect.
     * [any-thread] */
    mod_text (*manifest)(void);

    /* Makes an instance. `host` is valid until destroy() has returned. Returns a table owned by
     * the module and valid until destroy() is called, or NULL after host->fail(). Several
     * instances may exist at once: during a reload, the old one beside the new one.
     * [lifecycle-thread] */
    const mod_module *(*create)(const mod_host *host);

    /* A number that stands for the manifest: where it is the same, so is the manifest. A host that
     * has read the manifest of this library in another process compares the number, and need not
     * have the manifest worked out again. May be NULL: then it compares the manifests. Has no side
     * effect.
     * [any-thread] */
    uint64_t (*manifest_mark)(void);
} mod_entry;

/* Returns the module's entry, in static storage that is valid for as long as the library is
 * mapped. Must have no side effect.
 * [any-thread] */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const mod_entry *module_entry(void);

#ifdef __cplusplus
}
#endif
#endif
