/* Says what it likes to the kernel, past its host: HOSTILE_CALL is what happens in a call. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>

#ifndef HOSTILE_TASK_MODE
#define HOSTILE_TASK_MODE "process"
#endif
#define FIXTURE_TASKS FIXTURE_TASK("answer", HOSTILE_TASK_MODE)
#define FIXTURE_CALL hostile_call
#define FIXTURE_CAPABILITY hostile_capability
#include "fixture.h"

/* The worker's end of its conversation with the kernel, and that protocol. */
enum { CHANNEL = 3, PIECE = 64 << 10 };
enum { IN_FILE = 1, HAS_MORE = 2, LAST = 4 };
enum { DONE = 33, FINISHED = 40, PROGRESS = 41, OUTPUT = 42, LOG = 43, WALLS = 45, ASK = 72 };

static char large[PIECE];

__attribute__((unused)) static void say(uint16_t kind, uint16_t flags, uint64_t id,
                                        uint64_t length, int file) {
    struct { uint16_t kind, flags; uint32_t first; uint64_t id, second; } head = {
        kind, flags, 0, id, 0};
    struct iovec parts[2] = {{&head, sizeof head}, {large, length}};
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    if (file >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof file);
        memcpy(CMSG_DATA(header), &file, sizeof file);
    }
    sendmsg(CHANNEL, &message, MSG_NOSIGNAL);
}

/* As `say`, for ever. */
__attribute__((unused)) static void flood(uint16_t kind, uint16_t flags, uint64_t id,
                                          uint64_t length) {
    for (;;) say(kind, flags, id, length, -1);
}

/* A message without a byte, which looks like the end of the conversation. */
__attribute__((unused)) static void say_nothing(void) {
    struct msghdr message = {0};
    sendmsg(CHANNEL, &message, MSG_NOSIGNAL);
}

__attribute__((unused)) static void hang(void) { for (;;) pause(); }

/* Prints from two threads at once, into one call. */
static uint64_t printing;
enum { PRINTED = 100000, PRINTS = 40 };

static void *print_letters(void *letter) {
    char *text = malloc(PRINTED);
    memset(text, *(char *)letter, PRINTED);
    mod_bytes piece = {text, PRINTED};
    for (int i = 0; i < PRINTS; i++)
        fixture_calls->output(fixture_host->context, printing, MOD_KIND_TEXT, piece);
    free(text);
    return NULL;
}

__attribute__((unused)) static void print_from_two_threads(uint64_t call) {
    pthread_t threads[2];
    char letters[2] = {'a', 'b'};
    printing = call;
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, print_letters, &letters[i]);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
}

/* Asks another module once the call has ended; the next call says what came of it. */
static char reply[256];
static int asked;

static void take_reply(void *argument, const mod_result *result) {
    (void)argument;
    mod_bytes value = result->value;
    if (result->status < 0) value = (mod_bytes){result->message.bytes, result->message.length};
    snprintf(reply, sizeof reply, "%.*s", (int)value.length, (const char *)value.bytes);
}

static void *ask_later(void *unused) {
    usleep(100 * 1000);
    mod_request request = {sizeof(mod_request), MOD_KIND_BYTES, 0, 0, {NULL, 0}, {NULL, 0},
                           NULL, NULL, take_reply};
    request.task = fixture_text("storage.echo");
    fixture_modules->ask(fixture_host->context, &request);
    printf("asked\n");
    fflush(stdout);
    return unused;
}

/* True in the second call. */
__attribute__((unused)) static int asked_between_calls(void) {
    pthread_t thread;
    if (asked++ == 0) return pthread_create(&thread, NULL, ask_later, NULL) != 0;
    for (int i = 0; i < 200 && !reply[0]; i++) usleep(10 * 1000);
    return 1;
}

/* A result of so many bytes. */
__attribute__((unused)) static void finish_with(uint64_t call, uint64_t length) {
    char *bytes = calloc(1, length);
    fixture_finish_bytes(call, MOD_KIND_BYTES, bytes, length);
    free(bytes);
}

static void hostile_call(void *instance, const mod_call *call) {
    (void)instance;
    HOSTILE_CALL;
    fixture_finish(call->id, reply[0] ? reply : FIXTURE_ANSWER);
}

#ifdef HOSTILE_SAVE
static mod_status hostile_save(void *instance, const mod_writer *writer) {
    (void)instance, (void)writer;
    HOSTILE_SAVE;
    return MOD_OK;
}
static mod_status hostile_load(void *instance, uint32_t version, mod_bytes state) {
    (void)instance, (void)version, (void)state;
    return MOD_OK;
}
static const mod_state state_table = {sizeof(mod_state), 0, hostile_save, hostile_load};
#endif

static const void *hostile_capability(const char *id, uint32_t revision) {
    (void)id, (void)revision;
#ifdef HOSTILE_SAVE
    if (strcmp(id, MOD_STATE) == 0) return &state_table;
#endif
    return NULL;
}
