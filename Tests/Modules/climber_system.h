/* Climbs of the fixture `climber`: sockets, and the rest of the system. */

static long make_socket(const char *family) {
    return socket(number_of(family), SOCK_STREAM, 0);
}

static long connect_tcp(const char *port) {
    int file = socket(AF_INET, SOCK_STREAM, 0);
    if (file < 0) return -1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)number_of(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return connect(file, (struct sockaddr *)&address, sizeof address);
}

static long send_udp(const char *port) {
    int file = socket(AF_INET, SOCK_DGRAM, 0);
    if (file < 0) return -1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)number_of(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return sendto(file, "x", 1, 0, (struct sockaddr *)&address, sizeof address);
}

static socklen_t unix_address(struct sockaddr_un *address, const char *path) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strncpy(address->sun_path, path, sizeof address->sun_path - 1);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
    if (path[0] != '@') return length;
    address->sun_path[0] = 0;
    return length - 1;
}

static long connect_unix(const char *path) {
    struct sockaddr_un address;
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    if (file < 0) return -1;
    return connect(file, (struct sockaddr *)&address, unix_address(&address, path));
}

/* The channel is a socket that is there already. */
static long connect_channel(const char *path) {
    struct sockaddr_un address;
    return connect(3, (struct sockaddr *)&address, unix_address(&address, path));
}

static long pair_to(const char *path) {
    struct sockaddr_un address;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return -1;
    return sendto(ends[0], "x", 1, 0, (struct sockaddr *)&address, unix_address(&address, path));
}

static long type_into_terminal(const char *path) {
    char letter = 'x';
    int file = path[0] ? open(path, O_RDWR | O_NOCTTY) : 0;
    return ioctl(file, TIOCSTI, &letter);
}

static long open_ring(const char *what) {
    (void)what;
    struct io_uring_params parameters = {0};
    return syscall(SYS_io_uring_setup, 4, &parameters);
}
static long leave_namespaces(const char *what) {
    (void)what;
    return unshare(CLONE_NEWUSER);
}
static long enter_namespaces(const char *process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/ns/net", process);
    int file = open(path, O_RDONLY);
    return setns(file, 0);
}
static long mount_over(const char *path) { return mount("x", path, "tmpfs", 0, NULL); }
static long load_program(const char *what) {
    (void)what;
    union bpf_attr attributes = {0};
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = attributes.value_size = 4;
    attributes.max_entries = 1;
    return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes);
}
static long measure(const char *process) {
    struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attributes};
    return syscall(SYS_perf_event_open, &attributes, number_of(process), -1, -1, 0);
}
static long use_keyring(const char *what) {
    (void)what;
    return syscall(SYS_keyctl, 0 /* get id */, -3 /* session */, 1);
}
static long catch_faults(const char *what) {
    (void)what;
    return syscall(SYS_userfaultfd, 1 /* of the user only */);
}
static long change_personality(const char *what) {
    (void)what;
    return syscall(SYS_personality, 0x0400000 /* reading is executing */);
}
static long share_memory(const char *what) {
    (void)what;
    return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
}
static long make_memory_file(const char *what) {
    (void)what;
    return memfd_create("x", 0);
}
static long outlive_parent(const char *what) {
    (void)what;
    return prctl(PR_SET_PDEATHSIG, 0);
}
static long show_memory(const char *what) {
    (void)what;
    return prctl(PR_SET_DUMPABLE, 1);
}
static long open_by_handle(const char *path) {
    struct { struct file_handle handle; char bytes[128]; } room = {.handle = {.handle_bytes = 128}};
    int mount_id;
    if (name_to_handle_at(AT_FDCWD, path, &room.handle, &mount_id, 0) != 0) return -1;
    return open_by_handle_at(AT_FDCWD, &room.handle, O_RDONLY);
}
