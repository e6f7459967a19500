// A server that speaks as OpenAI's chat completions do and has nothing to think about, so that it
// is never what is measured: one thread, epoll, keep-alive, answers made beforehand.
//
// usage: model_server PORT
//
// The model's name says how it answers:
//   once       one piece, at once
//   burst-N    N pieces of one token, as fast as they are taken
//   drip-N     a piece every N milliseconds, until nobody listens
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_MAX = 1 << 20, BLOCK_PIECES = 128, EVENTS_MAX = 256, PIECE_MAX = 512 };

struct connection {
    int descriptor;
    char *request;
    size_t received;
    // What is being sent, and how many blocks of pieces follow it.
    const char *out;
    size_t out_left;
    char *own;
    long pieces_left;
    long drip_milliseconds;
    long next_drip;
    int ends;
    struct connection *next;
};

static char piece[PIECE_MAX], block[BLOCK_PIECES * PIECE_MAX], last[PIECE_MAX * 2];
static size_t piece_length, block_length, last_length;
static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n";
static int poller;
static struct connection *connections;

static long now_milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// One event as a chunk of its own, as llama-server sends it.
static size_t chunk(char *out, const char *event) {
    return (size_t)sprintf(out, "%zx\r\n%s\r\n", strlen(event), event);
}

static void make_answers(void) {
    static const char event[] =
        "data: {\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"content\":\" word\"}}"
        "],\"created\":1795173448,\"id\":\"chatcmpl-uT3nNfuGLv00oUBHFYiySkJIUQkWoZUb\",\"model\":"
        "\"bench\",\"system_fingerprint\":\"b1-7e4c0a9\",\"object\":\"chat.completion.chunk\"}\n\n";
    static const char finish[] =
        "data: {\"choices\":[{\"finish_reason\":\"stop\",\"index\":0,\"delta\":{}}],"
        "\"model\":\"bench\",\"object\":\"chat.completion.chunk\"}\n\n";
    piece_length = chunk(piece, event);
    for (int index = 0; index < BLOCK_PIECES; index++)
        memcpy(block + (size_t)index * piece_length, piece, piece_length);
    block_length = BLOCK_PIECES * piece_length;
    last_length = chunk(last, finish);
    last_length += chunk(last + last_length, "data: [DONE]\n\n");
    last_length += (size_t)sprintf(last + last_length, "0\r\n\r\n");
}

static void watch(struct connection *connection, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.ptr = connection};
    epoll_ctl(poller, operation, connection->descriptor, &event);
}

static void end(struct connection *connection) {
    close(connection->descriptor);
    for (struct connection **link = &connections; *link; link = &(*link)->next)
        if (*link == connection) {
            *link = connection->next;
            break;
        }
    free(connection->request);
    free(connection->own);
    free(connection);
}

// What is to be sent next; 0 if there is nothing.
static int refill(struct connection *connection) {
    if (connection->pieces_left >= BLOCK_PIECES) {
        connection->out = block;
        connection->out_left = block_length;
        connection->pieces_left -= BLOCK_PIECES;
    } else if (connection->pieces_left > 0) {
        connection->out = block;
        connection->out_left = (size_t)connection->pieces_left * piece_length;
        connection->pieces_left = 0;
    } else if (connection->ends) {
        connection->out = last;
        connection->out_left = last_length;
        connection->ends = 0;
    } else {
        return 0;
    }
    return 1;
}

// -1 if the other side is gone.
static int flush(struct connection *connection) {
    do {
        while (connection->out_left > 0) {
            ssize_t sent =
                send(connection->descriptor, connection->out, connection->out_left, MSG_NOSIGNAL);
            if (sent < 0 && errno == EAGAIN) {
                watch(connection, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
                return 0;
            }
            if (sent <= 0) return -1;
            connection->out += sent;
            connection->out_left -= (size_t)sent;
        }
    } while (refill(connection));
    watch(connection, EPOLLIN, EPOLL_CTL_MOD);
    return 0;
}

// A short answer leaves in one packet.
static int answer(struct connection *connection) {
    const char *model = strstr(connection->request, "\"model\":\"");
    model = model ? model + strlen("\"model\":\"") : "once";
    long number = 1;
    connection->drip_milliseconds = 0;
    if (strncmp(model, "burst-", 6) == 0) number = atol(model + 6);
    if (strncmp(model, "drip-", 5) == 0) {
        connection->drip_milliseconds = atol(model + 5);
        connection->next_drip = now_milliseconds() + connection->drip_milliseconds;
    }
    free(connection->own);
    connection->own = malloc(sizeof head + piece_length + last_length);
    size_t length = sizeof head - 1;
    memcpy(connection->own, head, length);
    memcpy(connection->own + length, piece, piece_length);
    length += piece_length;
    connection->pieces_left = number - 1;
    connection->ends = connection->drip_milliseconds == 0;
    if (connection->ends && number == 1) {
        memcpy(connection->own + length, last, last_length);
        length += last_length;
        connection->ends = 0;
    }
    connection->out = connection->own;
    connection->out_left = length;
    return flush(connection);
}

// -1 if the other side is gone or says too much.
static int receive(struct connection *connection) {
    ssize_t count = recv(
        connection->descriptor, connection->request + connection->received,
        REQUEST_MAX - connection->received, 0);
    if (count < 0 && errno == EAGAIN) return 0;
    if (count <= 0) return -1;
    connection->received += (size_t)count;
    if (connection->received == REQUEST_MAX) return -1;
    connection->request[connection->received] = 0;
    char *body = strstr(connection->request, "\r\n\r\n");
    if (!body) return 0;
    char *length = strcasestr(connection->request, "\r\ncontent-length:");
    size_t wanted = length && length < body ? (size_t)atol(length + 17) : 0;
    if (connection->received < (size_t)(body + 4 - connection->request) + wanted) return 0;
    connection->received = 0;
    return answer(connection);
}

static void take(int listening) {
    for (;;) {
        int descriptor = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) return;
        int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection *connection = calloc(1, sizeof *connection);
        connection->descriptor = descriptor;
        connection->request = malloc(REQUEST_MAX + 1);
        connection->next = connections;
        connections = connection;
        watch(connection, EPOLLIN, EPOLL_CTL_ADD);
    }
}

// How long until the next one is due; -1: none is.
static int drip(void) {
    long now = now_milliseconds(), soonest = -1;
    struct connection *next;
    for (struct connection *connection = connections; connection; connection = next) {
        next = connection->next;
        if (!connection->drip_milliseconds) continue;
        if (connection->next_drip <= now) {
            connection->next_drip = now + connection->drip_milliseconds;
            // Who does not take what there was gets no more.
            if (connection->out_left == 0) {
                connection->out = piece;
                connection->out_left = piece_length;
                if (flush(connection) < 0) {
                    end(connection);
                    continue;
                }
            }
        }
        long wait = connection->next_drip - now;
        if (soonest < 0 || wait < soonest) soonest = wait;
    }
    return (int)soonest;
}

int main(int count, char **arguments) {
    if (count != 2) return 64;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    make_answers();
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)atoi(arguments[1]));
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) != 0
        || listen(listening, 4096) != 0)
        return 1;
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, listening, &event);
    struct epoll_event events[EVENTS_MAX];
    for (;;) {
        int ready = epoll_wait(poller, events, EVENTS_MAX, drip());
        for (int index = 0; index < ready; index++) {
            struct connection *connection = events[index].data.ptr;
            if (!connection) {
                take(listening);
                continue;
            }
            int state = 0;
            if (events[index].events & EPOLLOUT) state = flush(connection);
            if (state == 0 && (events[index].events & ~(uint32_t)EPOLLOUT))
                state = receive(connection);
            if (state < 0) end(connection);
        }
    }
}
