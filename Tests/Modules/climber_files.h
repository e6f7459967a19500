/* Climbs of the fixture `climber`: files and folders, and what the system shows as such. */

static long read_file(const char *path) {
    int file = open(path, O_RDONLY);
    if (file < 0) return -1;
    ssize_t count = read(file, answer, sizeof answer - 1);
    close(file);
    if (count < 0) return -1;
    answer[count] = 0;
    return 0;
}

static long write_file(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0) return -1;
    long written = write(file, "x", 1);
    close(file);
    return written < 0 ? -1 : 0;
}

static long list_folder(const char *path) {
    DIR *folder = opendir(path);
    if (!folder) return -1;
    closedir(folder);
    return 0;
}

static long open_for(const char *path, int flags) {
    int file = open(path, flags);
    if (file < 0) return -1;
    close(file);
    return 0;
}
static long open_to_read(const char *path) { return open_for(path, O_RDONLY); }
static long open_to_write(const char *path) { return open_for(path, O_WRONLY); }

/* What the system shows of a process under that name. */
static long of_process(const char *process, const char *name, climb_function *climb) {
    char path[96];
    snprintf(path, sizeof path, "/proc/%s/%s", process, name);
    return climb(path);
}
static long environment_of(const char *process) {
    return of_process(process, "environ", read_file);
}
static long memory_of(const char *process) { return of_process(process, "mem", open_to_read); }
static long descriptors_of(const char *process) { return of_process(process, "fd", list_folder); }
static long command_line_of(const char *process) {
    return of_process(process, "cmdline", read_file);
}
static long other_root(const char *process) {
    return of_process(process, "root/etc/passwd", read_file);
}
/* Its standard error, which every process has. */
static long write_descriptor(const char *process) {
    return of_process(process, "fd/2", open_to_write);
}

static long own_root(const char *path) {
    char under[512];
    snprintf(under, sizeof under, "/proc/self/root%s", path);
    return read_file(under);
}

static long own_memory(const char *what) {
    (void)what;
    return open_for("/proc/self/mem", O_RDWR);
}

static long change_mode(const char *path) { return chmod(path, 0777); }
static long change_mode_at(const char *path) { return fchmodat(AT_FDCWD, path, 0777, 0); }
static long change_owner(const char *path) { return lchown(path, (uid_t)-1, (gid_t)-1); }
static long change_times(const char *path) { return utimes(path, NULL); }
static long list_attributes(const char *path) { return listxattr(path, NULL, 0); }
static long list_own_attributes(const char *path) { return llistxattr(path, NULL, 0); }
static long get_attribute(const char *path) {
    long length = getxattr(path, "user.x", NULL, 0);
    return length < 0 && errno == ENODATA ? 0 : length;
}
static long set_attribute(const char *path) { return setxattr(path, "user.x", "x", 1, 0); }

/* The same on a file that is open for reading only. */
static long on_open_file(const char *path, long (*change)(int)) {
    int file = open(path, O_RDONLY);
    if (file < 0) return -1;
    long result = change(file);
    close(file);
    return result;
}
static long set_open_mode(int file) { return fchmod(file, 0777); }
static long set_open_times(int file) { return futimens(file, NULL); }
static long set_open_attribute(int file) { return fsetxattr(file, "user.x", "x", 1, 0); }
static long change_open_mode(const char *path) { return on_open_file(path, set_open_mode); }
static long change_open_times(const char *path) { return on_open_file(path, set_open_times); }
static long change_open_attribute(const char *path) {
    return on_open_file(path, set_open_attribute);
}
static long cut(const char *path) { return truncate(path, 0); }
static long remove_file(const char *path) { return unlink(path); }
static long make_folder(const char *path) { return mkdir(path, 0700); }
static long make_device(const char *path) { return mknod(path, S_IFCHR | 0600, makedev(1, 3)); }
static long watch_folder(const char *path) {
    int watch = inotify_init();
    return watch < 0 ? -1 : inotify_add_watch(watch, path, IN_ALL_EVENTS);
}

/* "from to" */
static long with_two(const char *both, int (*function)(const char *, const char *)) {
    char from[512];
    const char *space = strchr(both, ' ');
    snprintf(from, sizeof from, "%.*s", (int)(space - both), both);
    return function(from, space + 1);
}
static long move(const char *both) { return with_two(both, rename); }
static long link_hard(const char *both) { return with_two(both, link); }
static long link_soft(const char *both) { return with_two(both, symlink); }
