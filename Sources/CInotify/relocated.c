#define _GNU_SOURCE
#include "CInotify.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

/* The pages that glibc has made read-only: it leaves the last one out if it is not whole. */
static size_t relocated_pages(void *library, char **start) {
    const ElfW(Phdr) *headers = NULL;
    struct link_map *map = NULL;
    int count = dlinfo(library, RTLD_DI_PHDR, &headers);
    if (count < 0 || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) return 0;
    ElfW(Addr) page = (ElfW(Addr))sysconf(_SC_PAGESIZE);
    for (int index = 0; index < count; index++) {
        if (headers[index].p_type != PT_GNU_RELRO) continue;
        ElfW(Addr) first = map->l_addr + headers[index].p_vaddr;
        ElfW(Addr) end = (first + headers[index].p_memsz) & ~(page - 1);
        first &= ~(page - 1);
        *start = (char *)first;
        return end > first ? end - first : 0;
    }
    return 0;
}

ssize_t linux_settle_relocated(void *library, int file, off_t place) {
    char *start = NULL;
    size_t bytes = relocated_pages(library, &start);
    for (size_t written = 0; written < bytes;) {
        ssize_t count = pwrite(file, start + written, bytes - written, place + (off_t)written);
        if (count <= 0) return -1;
        written += (size_t)count;
    }
    if (bytes == 0) return 0;
    void *mapped = mmap(start, bytes, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, place);
    return mapped == MAP_FAILED ? -1 : (ssize_t)bytes;
}
