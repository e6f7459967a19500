/* Climbs of the fixture `climber` over a connection that the host has given it. */

static const mod_host_errands *climber_errands;
static atomic_int given = -1, connection_ended;

static mod_status climber_create(void) {
    climber_errands = (const mod_host_errands *)fixture_host->capability(
        fixture_host->context, MOD_HOST_ERRANDS, MOD_HOST_ERRANDS_REVISION);
    return MOD_OK;
}

static void take_connection(void *argument, uint32_t kind, uint32_t number, mod_bytes value) {
    (void)argument, (void)value;
    if (kind == MOD_CONNECT_OPENED) given = (int)number;
}

static void take_connection_end(void *argument, const mod_result *result) {
    (void)argument, (void)result;
    connection_ended = 1;
}

/* The connection; -1 and errno if there is none. */
static int connected(void) {
    static const char order[] = "{\"host\":\"127.0.0.1\",\"port\":1}";
    mod_errand errand = {.size = sizeof errand, .call = climber_call};
    errand.service = fixture_text(MOD_SERVICE_CONNECT);
    errand.order.bytes = order;
    errand.order.length = sizeof order - 1;
    errand.news = take_connection;
    errand.end = take_connection_end;
    given = -1;
    connection_ended = 0;
    if (climber_errands->begin(fixture_host->context, &errand) == 0) connection_ended = 1;
    while (given < 0 && !connection_ended) sched_yield();
    if (given < 0) errno = ENOTCONN;
    return given;
}

static struct sockaddr_in loopback(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)number_of(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return address;
}

/* What a module may do. */

static long talk(const char *text) {
    int file = connected();
    struct pollfd ready = {file, POLLIN, 0};
    if (file < 0 || send(file, text, strlen(text), MSG_NOSIGNAL) < 0) return -1;
    if (shutdown(file, SHUT_WR) != 0 || poll(&ready, 1, 10000) != 1) return -1;
    ssize_t count = read(file, answer, sizeof answer - 1);
    if (count < 0) return -1;
    answer[count] = 0;
    return close(file);
}

static long set_options(const char *what) {
    (void)what;
    int file = connected(), on = 1, error = 0, seconds = 30;
    socklen_t size = sizeof error;
    if (file < 0 || setsockopt(file, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) != 0) return -1;
    if (setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return -1;
    if (setsockopt(file, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds) != 0) return -1;
    if (getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return -1;
    struct sockaddr_in peer;
    size = sizeof peer;
    return getpeername(file, (struct sockaddr *)&peer, &size);
}

/* What it may not. */

/* Takes the connection apart first, as anybody may who may connect. */
static long reconnect(const char *port) {
    int file = connected();
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    struct sockaddr_in other = loopback(port);
    if (file < 0 || connect(file, &none, sizeof none) != 0) return -1;
    return connect(file, (struct sockaddr *)&other, sizeof other);
}

static long send_elsewhere(const char *port) {
    int file = connected();
    struct sockaddr_in other = loopback(port);
    if (file < 0) return -1;
    return sendto(file, "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&other, sizeof other);
}

static long send_fast(const char *port) {
    int file = connected();
    struct sockaddr_in other = loopback(port);
    struct iovec piece = {"x", 1};
    struct msghdr message = {.msg_name = &other, .msg_namelen = sizeof other, .msg_iov = &piece,
                             .msg_iovlen = 1};
    if (file < 0) return -1;
    return sendmsg(file, &message, MSG_FASTOPEN | MSG_NOSIGNAL);
}

static long send_fast_many(const char *port) {
    int file = connected();
    struct sockaddr_in other = loopback(port);
    struct iovec piece = {"x", 1};
    struct mmsghdr message = {{.msg_name = &other, .msg_namelen = sizeof other,
                               .msg_iov = &piece, .msg_iovlen = 1}, 0};
    if (file < 0) return -1;
    return sendmmsg(file, &message, 1, MSG_FASTOPEN | MSG_NOSIGNAL);
}

static long bind_connection(const char *port) {
    int file = connected();
    struct sockaddr_in own = loopback(port);
    return file < 0 ? -1 : bind(file, (struct sockaddr *)&own, sizeof own);
}

static long listen_on_connection(const char *what) {
    (void)what;
    int file = connected();
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    if (file < 0) return -1;
    connect(file, &none, sizeof none);
    return listen(file, 1);
}

static long accept_from_connection(const char *what) {
    (void)what;
    int file = connected();
    return file < 0 ? -1 : accept(file, NULL, NULL);
}

static long filter_connection(const char *what) {
    (void)what;
    int file = connected();
    struct sock_filter step = {0x06 /* BPF_RET */, 0, 0, 0xffffffff};
    struct sock_fprog program = {1, &step};
    return file < 0 ? -1 : setsockopt(file, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* Whoever owns a socket gets signals because of it. */
static long signal_by_connection(const char *victim) {
    int file = connected();
    return file < 0 ? -1 : fcntl(file, F_SETOWN, number_of(victim));
}

static long signal_by_request(const char *victim) {
    int file = connected(), process = number_of(victim);
    return file < 0 ? -1 : ioctl(file, FIOSETOWN, &process);
}

static long other_protocol(const char *what) {
    (void)what;
    int file = connected();
    return file < 0 ? -1 : setsockopt(file, IPPROTO_TCP, TCP_ULP, "tls", 3);
}

static long list_interfaces(const char *what) {
    (void)what;
    char room[1024];
    struct ifconf list = {.ifc_len = sizeof room, .ifc_buf = room};
    int file = connected();
    return file < 0 ? -1 : ioctl(file, SIOCGIFCONF, &list);
}

static long allow_reuse(const char *what) {
    (void)what;
    int file = connected(), on = 1;
    return file < 0 ? -1 : setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}
