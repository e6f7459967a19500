/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#define CURL_DISABLE_TYPECHECK
#include "CHTTP.h"
#include "address.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Connections that are kept open for the next request. */
static const long connections_kept = 32;

static struct {
    CURLcode (*global_init)(long);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    CURLcode (*easy_pause)(CURL *, int);
    const char *(*easy_strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_cleanup)(CURLM *);
    CURLMcode (*multi_setopt)(CURLM *, CURLMoption, ...);
    CURLMcode (*multi_add_handle)(CURLM *, CURL *);
    CURLMcode (*multi_remove_handle)(CURLM *, CURL *);
    CURLMcode (*multi_perform)(CURLM *, int *);
    CURLMcode (*multi_poll)(CURLM *, struct curl_waitfd *, unsigned, int, int *);
    CURLMcode (*multi_wakeup)(CURLM *);
    CURLMsg *(*multi_info_read)(CURLM *, int *);
} curl;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char problem_text[256];
static const char *open_problem;

static const struct {
    const char *name;
    void **place;
} symbols[] = {
    {"curl_global_init", (void **)&curl.global_init},
    {"curl_easy_init", (void **)&curl.easy_init},
    {"curl_easy_cleanup", (void **)&curl.easy_cleanup},
    {"curl_easy_setopt", (void **)&curl.easy_setopt},
    {"curl_easy_getinfo", (void **)&curl.easy_getinfo},
    {"curl_easy_pause", (void **)&curl.easy_pause},
    {"curl_easy_strerror", (void **)&curl.easy_strerror},
    {"curl_slist_append", (void **)&curl.slist_append},
    {"curl_slist_free_all", (void **)&curl.slist_free_all},
    {"curl_multi_init", (void **)&curl.multi_init},
    {"curl_multi_cleanup", (void **)&curl.multi_cleanup},
    {"curl_multi_setopt", (void **)&curl.multi_setopt},
    {"curl_multi_add_handle", (void **)&curl.multi_add_handle},
    {"curl_multi_remove_handle", (void **)&curl.multi_remove_handle},
    {"curl_multi_perform", (void **)&curl.multi_perform},
    {"curl_multi_poll", (void **)&curl.multi_poll},
    {"curl_multi_wakeup", (void **)&curl.multi_wakeup},
    {"curl_multi_info_read", (void **)&curl.multi_info_read},
};

static void open_library(void) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(problem_text, sizeof problem_text, "%s", dlerror());
        open_problem = problem_text;
        return;
    }
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        *symbols[i].place = dlsym(library, symbols[i].name);
        if (*symbols[i].place) continue;
        snprintf(problem_text, sizeof problem_text, "libcurl.so.4 has no %s: it is too old",
                 symbols[i].name);
        open_problem = problem_text;
        return;
    }
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        open_problem = "libcurl could not be initialised";
}

const char *http_open(void) {
    pthread_once(&once, open_library);
    return open_problem;
}

struct http_multi {
    CURLM *handle;
};

struct http_transfer {
    CURL *handle;
    struct curl_slist *headers;
    http_events events;
    void *context;
    char error[CURL_ERROR_SIZE];
    bool connects_only;
    bool checks_address;
    bool was_private;
    /* The last address that was refused, as text. */
    char refused[INET6_ADDRSTRLEN];
    struct in6_addr *named;
    size_t named_count;
};

http_multi *http_multi_create(void) {
    http_multi *multi = calloc(1, sizeof *multi);
    if (!multi) return NULL;
    multi->handle = curl.multi_init();
    if (multi->handle) {
        curl.multi_setopt(multi->handle, CURLMOPT_MAXCONNECTS, connections_kept);
        return multi;
    }
    free(multi);
    return NULL;
}

void http_multi_destroy(http_multi *multi) {
    curl.multi_cleanup(multi->handle);
    free(multi);
}

static void tell_end(http_transfer *transfer, CURLcode code) {
    const char *message = transfer->error[0] ? transfer->error : curl.easy_strerror(code);
    transfer->events.ended(transfer->context, (int)code, message);
}

/* libcurl closes its own descriptor with the handle, and asks nobody. */
static int copy_connection(http_transfer *transfer) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl.easy_getinfo(transfer->handle, CURLINFO_ACTIVESOCKET, &socket);
    return socket == CURL_SOCKET_BAD ? -1 : fcntl(socket, F_DUPFD_CLOEXEC, 3);
}

static void tell_connection(http_transfer *transfer, int descriptor) {
    if (descriptor >= 0) fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
    transfer->events.connected(transfer->context, descriptor);
}

void http_multi_step(http_multi *multi, int milliseconds) {
    int running = 0;
    curl.multi_poll(multi->handle, NULL, 0, milliseconds, NULL);
    curl.multi_perform(multi->handle, &running);
    int left = 0;
    CURLMsg *message;
    while ((message = curl.multi_info_read(multi->handle, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        /* The message is gone once the handle is taken out. */
        CURLcode code = message->data.result;
        char *private = NULL;
        curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        http_transfer *transfer = (http_transfer *)(void *)private;
        bool connects = transfer->connects_only && code == CURLE_OK;
        int connection = connects ? copy_connection(transfer) : -1;
        curl.multi_remove_handle(multi->handle, transfer->handle);
        if (connects) tell_connection(transfer, connection);
        tell_end(transfer, code);
    }
}

void http_multi_wake(http_multi *multi) { curl.multi_wakeup(multi->handle); }

static size_t take_header(char *bytes, size_t size, size_t count, void *user) {
    http_transfer *transfer = user;
    transfer->events.header(transfer->context, bytes, size * count);
    return size * count;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *user) {
    http_transfer *transfer = user;
    switch (transfer->events.body(transfer->context, bytes, size * count)) {
    case HTTP_TAKEN: return size * count;
    case HTTP_LATER: return CURL_WRITEFUNC_PAUSE;
    case HTTP_NO_MORE: break;
    }
    return CURL_WRITEFUNC_ERROR;
}

/* An address whose kind is checked, and that is private: was it named? */
static bool is_named(const http_transfer *transfer, const char *text) {
    struct in6_addr address;
    if (!http_read_address(text, &address)) return false;
    for (size_t i = 0; i < transfer->named_count; i++)
        if (memcmp(&transfer->named[i], &address, sizeof address) == 0) return true;
    return false;
}

static bool is_refused(http_transfer *transfer, const char *text) {
    if (!transfer->checks_address || !http_text_is_private(text) || is_named(transfer, text))
        return false;
    transfer->was_private = true;
    snprintf(transfer->refused, sizeof transfer->refused, "%s", text);
    return true;
}

/* Called for every address before it is connected to, after the name was looked up: a name that
 * changes its address between two look-ups gains nothing. */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
    char text[INET6_ADDRSTRLEN] = "";
    (void)purpose;
    http_write_address(&address->addr, text, sizeof text);
    if (is_refused(user, text)) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Called before each request is sent: on a connection that was kept from a request that could go
 * everywhere, no address was asked about. */
static int look_at_connection(void *user, char *address, char *own, int port, int own_port) {
    (void)own, (void)port, (void)own_port;
    return is_refused(user, address) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static void set_request(http_transfer *transfer, const http_order *order) {
    CURL *handle = transfer->handle;
    curl.easy_setopt(handle, CURLOPT_CUSTOMREQUEST, order->method);
    if (order->has_body) {
        curl.easy_setopt(handle, CURLOPT_POST, 1L);
        curl.easy_setopt(handle, CURLOPT_POSTFIELDS, order->body);
        curl.easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)order->body_length);
    }
    if (strcmp(order->method, "HEAD") == 0) curl.easy_setopt(handle, CURLOPT_NOBODY, 1L);
    curl.easy_setopt(handle, CURLOPT_HTTPHEADER, transfer->headers);
    curl.easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
    curl.easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
}

static void set_connection(http_transfer *transfer, const http_order *order) {
    CURL *handle = transfer->handle;
    curl.easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    /* Or the end of a transfer, and with it all others, would wait for a name server that does not
     * answer: the thread that asks it cleans up by itself. */
    curl.easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
    curl.easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
    bool is_fresh = order->is_fresh || order->connects_only;
    curl.easy_setopt(handle, CURLOPT_FRESH_CONNECT, is_fresh ? 1L : 0L);
    curl.easy_setopt(handle, CURLOPT_CONNECT_ONLY, order->connects_only ? 1L : 0L);
    curl.easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)order->connect_milliseconds);
    curl.easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl.easy_setopt(handle, CURLOPT_OPENSOCKETDATA, transfer);
    curl.easy_setopt(handle, CURLOPT_PREREQFUNCTION, look_at_connection);
    curl.easy_setopt(handle, CURLOPT_PREREQDATA, transfer);
    if (order->proxy) {
        curl.easy_setopt(handle, CURLOPT_PROXY, order->proxy);
        curl.easy_setopt(handle, CURLOPT_NOPROXY, "");
        curl.easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    }
    if (order->certificates) curl.easy_setopt(handle, CURLOPT_CAINFO, order->certificates);
}

static void set_events(http_transfer *transfer) {
    CURL *handle = transfer->handle;
    curl.easy_setopt(handle, CURLOPT_PRIVATE, transfer);
    curl.easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer->error);
    curl.easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
    curl.easy_setopt(handle, CURLOPT_HEADERDATA, transfer);
    curl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl.easy_setopt(handle, CURLOPT_WRITEDATA, transfer);
}

static void destroy(http_transfer *transfer) {
    if (transfer->handle) curl.easy_cleanup(transfer->handle);
    curl.slist_free_all(transfer->headers);
    free(transfer->named);
    free(transfer);
}

static bool copy_headers(http_transfer *transfer, const http_order *order) {
    for (const char *const *line = order->headers; *line; line++) {
        struct curl_slist *longer = curl.slist_append(transfer->headers, *line);
        if (!longer) return false;
        transfer->headers = longer;
    }
    return true;
}

static bool copy_named(http_transfer *transfer, const http_order *order) {
    size_t count = 0;
    while (order->named_addresses && order->named_addresses[count]) count++;
    transfer->named = calloc(count + 1, sizeof *transfer->named);
    if (!transfer->named) return false;
    for (size_t i = 0; i < count; i++)
        if (http_read_address(order->named_addresses[i], &transfer->named[transfer->named_count]))
            transfer->named_count++;
    return true;
}

http_transfer *http_transfer_begin(http_multi *multi, const http_order *order, http_events events,
                                   void *context, const char **problem) {
    *problem = "memory is short";
    http_transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer) return NULL;
    transfer->handle = curl.easy_init();
    transfer->events = events;
    transfer->context = context;
    transfer->connects_only = order->connects_only;
    /* Behind a proxy it is the proxy that connects. */
    transfer->checks_address = !order->allows_private && (!order->proxy || !order->proxy[0]);
    if (!transfer->handle || !copy_headers(transfer, order) || !copy_named(transfer, order)) {
        destroy(transfer);
        return NULL;
    }
    CURLcode code = curl.easy_setopt(transfer->handle, CURLOPT_URL, order->url);
    if (code != CURLE_OK) *problem = curl.easy_strerror(code);
    set_request(transfer, order);
    set_connection(transfer, order);
    set_events(transfer);
    if (code == CURLE_OK && curl.multi_add_handle(multi->handle, transfer->handle) == CURLM_OK)
        return transfer;
    destroy(transfer);
    return NULL;
}

void http_transfer_drop(http_multi *multi, http_transfer *transfer) {
    /* One that has ended was taken out before: then this does nothing. */
    curl.multi_remove_handle(multi->handle, transfer->handle);
    destroy(transfer);
}

bool http_transfer_was_reused(http_transfer *transfer) {
    long connections = 0;
    curl.easy_getinfo(transfer->handle, CURLINFO_NUM_CONNECTS, &connections);
    return connections == 0;
}

bool http_transfer_was_private(http_transfer *transfer) { return transfer->was_private; }

const char *http_transfer_refused_address(http_transfer *transfer) {
    return transfer->was_private && transfer->refused[0] ? transfer->refused : NULL;
}

void http_transfer_resume(http_transfer *transfer) {
    curl.easy_pause(transfer->handle, CURLPAUSE_CONT);
}

bool http_transfer_is_connected(http_transfer *transfer) {
    curl_off_t microseconds = 0;
    curl.easy_getinfo(transfer->handle, CURLINFO_PRETRANSFER_TIME_T, &microseconds);
    return microseconds > 0;
}
