/* Providers of models: how a chat becomes a request to a server, and its bytes an answer.
 *
 * A provider is pure. It opens no connection, reads no clock and never sees a key: the host sends
 * what encode() made, over its own connections and under its own deadlines, and hands over what
 * came back. What the bytes of orders, requests, heads and events are says docs/providers.md; all
 * of it is JSON, except the text of an answer, which passes by the thousand.
 *
 * One exchange with a server is: encode(), then, once the head of the answer is there, open(), then
 * read() for each piece, then close(). An answer is read by one thread at a time, different answers
 * by several. The exchange ends on the instance that it began on, also if the module is replaced
 * meanwhile. */
#ifndef MOD_PROVIDER_H
#define MOD_PROVIDER_H

#include "state.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Capability of the module. */
#define MOD_PROVIDER "mod.provider"
/* Revision 1 had a function more, and no module of it is in use. */
#define MOD_PROVIDER_REVISION 2

typedef uint32_t mod_event_kind;
enum {
    /* More text of the answer, in UTF-8 and never cut within a character. */
    MOD_EVENT_TEXT = 1,
    /* More of what the model thinks before it answers. */
    MOD_EVENT_THINKING = 2,
    /* The provider's signature of the thinking that was said last. */
    MOD_EVENT_SEAL = 3,
    /* A tool call begins, or more of it is known: {"id", "name", "seal"}, each if it is known.
     * `index` tells the calls of one answer apart. */
    MOD_EVENT_CALL = 4,
    /* More of the arguments of the call `index`: text that is JSON once it is whole. */
    MOD_EVENT_ARGUMENTS = 5,
    /* Tokens, as the server counts them: {"input", "cached", "output", "thinking"}. */
    MOD_EVENT_USAGE = 6,
    /* The model has said all that it will: {"reason", "detail"}. */
    MOD_EVENT_FINISH = 7,
    /* The server refused or failed: {"kind", "message", "retryAfterSeconds"}. */
    MOD_EVENT_FAILURE = 8,
    /* What came of an order that is no chat. */
    MOD_EVENT_VALUE = 9,
    /* How far an order has come that takes long: {"fraction", "note"}. */
    MOD_EVENT_PROGRESS = 10
};

/* Takes what the provider read. */
typedef struct mod_events {
    uint32_t size;
    uint32_t reserved;
    /* Given back as the first argument of take(). */
    void *context;
    /* Takes one event; `value` is borrowed. An answer that tells too much is ended.
     * [the thread that read() or close() was called on, before it returns] */
    void (*take)(void *context, mod_event_kind kind, uint32_t index, mod_bytes value);
} mod_events;

typedef struct mod_provider {
    uint32_t size;
    uint32_t reserved;

    /* Writes what the provider is: the same for every instance of one build, whatever it is
     * configured with. A host keeps it, and need not ask again. A failure is said with
     * host->fail(). `writer` is borrowed.
     * [lifecycle-thread & created] */
    mod_status (*describe)(void *instance, const mod_writer *writer);

    /* Writes the request that carries out `order`, which is borrowed. An order that this provider
     * cannot carry out is MOD_UNSUPPORTED, and one that makes no sense MOD_INVALID; the reason is
     * then written instead of a request.
     * [any-thread & active] */
    mod_status (*encode)(void *instance, mod_bytes order, const mod_writer *writer);

    /* Begins to read the answer to `order`. `answer` is the host's number for it, never 0 and never
     * used twice for one instance; `order` and `head` are borrowed. After MOD_OK close() follows in
     * any case.
     * [any-thread & active] */
    mod_status (*open)(void *instance, uint64_t answer, mod_bytes order, mod_bytes head);

    /* Reads one piece, cut as the request asked for: the data of one event of the stream, one line,
     * or the whole body. `piece` and `events` are borrowed.
     * [any-thread & active, one at a time for an answer] */
    void (*read)(void *instance, uint64_t answer, mod_bytes piece, const mod_events *events);

    /* Ends the answer: no piece will come any more. `is_whole` is 1 if the server had said all, and
     * 0 if the connection broke or nobody listens any more. `events` is borrowed.
     * [any-thread & active, one at a time for an answer] */
    void (*close)(void *instance, uint64_t answer, int32_t is_whole, const mod_events *events);
} mod_provider;

#ifdef __cplusplus
}
#endif
#endif
