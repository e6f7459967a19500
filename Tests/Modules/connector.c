/* Talks over connections that the host makes. The argument is the order. */
#ifndef CONNECTOR_PERMISSIONS
#define CONNECTOR_PERMISSIONS ""
#endif
#define FIXTURE_TASKS                                                                             \
    FIXTURE_TASK("talk", "thread") "," FIXTURE_TASK("talk_process", "process") ","                \
    FIXTURE_TASK("hold", "thread") "," FIXTURE_TASK("wait", "thread") ","                         \
    FIXTURE_TASK("wait_process", "process")
#define FIXTURE_EXTRA ",\"permissions\":{\"network\":[" CONNECTOR_PERMISSIONS "]}"
#define FIXTURE_CALL connector_call
#define FIXTURE_CREATE connector_create
#define FIXTURE_CANCEL connector_cancel
#include "fixture.h"
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>

static const mod_host_errands *errands;

static mod_status connector_create(void) {
    errands = (const mod_host_errands *)fixture_host->capability(
        fixture_host->context, MOD_HOST_ERRANDS, MOD_HOST_ERRANDS_REVISION);
    return errands ? MOD_OK : MOD_UNSUPPORTED;
}

struct connection {
    uint64_t id;
    atomic_int descriptor, has_ended;
    mod_status status;
    char message[1024];
};

static void take_news(void *argument, uint32_t kind, uint32_t number, mod_bytes value) {
    struct connection *connection = argument;
    (void)value;
    if (kind == MOD_CONNECT_OPENED) connection->descriptor = (int)number;
}

static void take_end(void *argument, const mod_result *result) {
    struct connection *connection = argument;
    connection->status = result->status;
    snprintf(connection->message, sizeof connection->message, "%.*s",
             (int)result->message.length, result->message.bytes);
    connection->has_ended = 1;
}

/* Waits until there is one, or it is known that there will be none. It is never freed. */
static struct connection *connected(const mod_call *call, uint64_t part_of) {
    struct connection *connection = calloc(1, sizeof *connection);
    mod_errand errand = {.size = sizeof errand, .call = part_of, .order = call->arguments};
    errand.service = fixture_text(MOD_SERVICE_CONNECT);
    errand.argument = connection;
    errand.news = take_news;
    errand.end = take_end;
    connection->descriptor = -1;
    connection->id = errands->begin(fixture_host->context, &errand);
    while (connection->id && connection->descriptor < 0 && !connection->has_ended) sched_yield();
    return connection;
}

static void talk(const mod_call *call, struct connection *connection) {
    char answer[256];
    ssize_t count = -1;
    if (send(connection->descriptor, "ping", 4, MSG_NOSIGNAL) == 4)
        count = recv(connection->descriptor, answer, sizeof answer, 0);
    close(connection->descriptor);
    errands->cancel(fixture_host->context, connection->id);
    fixture_finish_bytes(call->id, MOD_KIND_TEXT, answer, count < 0 ? 0 : (uint64_t)count);
}

/* Until there is nothing more to read. */
static void wait_for_end(const mod_call *call, struct connection *connection) {
    char piece[256];
    while (recv(connection->descriptor, piece, sizeof piece, 0) > 0) {}
    while (!connection->has_ended) sched_yield();
    close(connection->descriptor);
    fixture_refuse(call->id, connection->status, connection->message);
}

static void connector_call(void *instance, const mod_call *call) {
    (void)instance;
    struct connection *connection = connected(call, call->task == 2 ? 0 : call->id);
    if (connection->descriptor < 0)
        fixture_refuse(call->id, connection->status, connection->message);
    else if (call->task < 2)
        talk(call, connection);
    else if (call->task == 2)
        fixture_finish(call->id, "held");
    else
        wait_for_end(call, connection);
}

static void connector_cancel(void *instance, uint64_t call, mod_cancel_reason reason) {
    (void)instance, (void)call, (void)reason;
}
