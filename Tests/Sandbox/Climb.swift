import KernelTesting

/// One try to get over a wall.
struct Climb {
    let name: String
    let what: String
    let without: Without
    /// In the message of the failure.
    let words: String

    /// What becomes of it without walls.
    enum Without {
        case succeeds
        /// The namespaces alone refuse it as well.
        case succeedsOutsideNamespaces
        /// Some systems refuse it to ordinary users anyway.
        case varies
    }

    init(_ name: String, _ what: String, _ words: String) {
        self.init(name, what, .succeeds, words)
    }

    init(_ name: String, _ what: String, _ without: Without, _ words: String) {
        self.name = name
        self.what = what
        self.without = without
        self.words = words
    }
}

// MARK: All of them

extension Climb {
    static func all(_ bench: ClimbingBench) -> [Climb] {
        let victim = "\(bench.victim)"
        let inside = bench.folder.file("inside"), outside = bench.folder.file("outside")
        return files(inside: inside, outside: outside) + processes(victim: victim)
            + sockets(bench.listener) + newProcesses + signals(victim: victim)
            + system(victim: victim, inside: inside)
    }

    private static func files(inside: String, outside: String) -> [Climb] {
        let file = "\(outside)/file"
        return [
            Climb("read_file", file, "add \"\(file)\" to permissions.read"),
            Climb("own_root", file, "does not have the permission"),
            Climb("list_folder", outside, "does not have the permission"),
            Climb("write_file", file, "add \"\(file)\" to permissions.write"),
            Climb("write_file", "\(outside)/new", "permissions.write"),
            Climb("make_folder", "\(outside)/folder", "permissions.write"),
            Climb("link_soft", "/etc \(outside)/link", "permissions.write"),
            Climb("link_hard", "\(file) \(inside)/hard", "permissions.write"),
            Climb("link_hard", "\(inside)/file \(outside)/hard2", "permissions.write"),
            Climb("move", "\(inside)/file \(outside)/moved", "permissions.write"),
            Climb("change_mode", file, "does not have the permission"),
            Climb("change_mode_at", file, "does not have the permission"),
            Climb("change_times", file, "does not have the permission"),
            Climb("change_owner", file, "lchown"),
            Climb("set_attribute", file, .varies, "setxattr"),
            Climb("list_attributes", file, "add \"\(file)\" to permissions.read"),
            Climb("list_own_attributes", file, "add \"\(file)\" to permissions.read"),
            Climb("get_attribute", file, "add \"\(file)\" to permissions.read"),
            Climb("watch_folder", outside, "inotify_init"),
            Climb("open_by_handle", file, .varies, "name_to_handle_at"),
            Climb("cut", file, "permissions.write"),
            Climb("remove_file", file, "permissions.write"),
            Climb("make_device", "\(inside)/device", .varies, ""),
        ]
    }

    private static func processes(victim: String) -> [Climb] {
        [
            Climb("environment_of", victim, .succeedsOutsideNamespaces, "permissions.read"),
            Climb("memory_of", victim, .varies, "permissions.read"),
            Climb("descriptors_of", victim, .succeedsOutsideNamespaces, "permissions.read"),
            Climb("write_descriptor", victim, .varies, "permissions.write"),
            Climb("command_line_of", victim, "permissions.read"),
            Climb("other_root", victim, .succeedsOutsideNamespaces, ""),
            Climb("own_memory", "", "does not have the permission"),
            Climb("trace", victim, .varies, "ptrace"),
            Climb("seize", victim, .varies, "ptrace"),
            Climb("read_memory", victim, .varies, "process_vm_readv"),
            Climb("write_memory", victim, .varies, "process_vm_writev"),
            Climb("limit_other", victim, .succeedsOutsideNamespaces, "prlimit64"),
            Climb("pin_other", victim, .succeeds, "sched_setaffinity"),
            Climb("calm_other", victim, .succeeds, "setpriority"),
            Climb("calm_user", "\(ClimbingBench.user)", .succeeds, "setpriority"),
        ]
    }

    private static func sockets(_ listener: ClimbingBench.Listener) -> [Climb] {
        [
            Climb("make_socket", "1", "a Unix socket"),
            Climb("make_socket", "2", "an Internet socket"),
            Climb("make_socket", "10", "an Internet socket"),
            Climb("make_socket", "16", .varies, "a socket"),
            Climb("connect_unix", listener.path, "a Unix socket"),
            Climb("connect_unix", listener.abstract, .succeedsOutsideNamespaces, "a Unix socket"),
            Climb("connect_tcp", listener.port, .succeedsOutsideNamespaces, "an Internet socket"),
            Climb("send_udp", listener.port, .succeedsOutsideNamespaces, "an Internet socket"),
            Climb("connect_channel", "/run/x", .varies, "a socket"),
            Climb("pair_to", "/run/x", .varies, "a Unix socket"),
        ]
    }

    private static let newProcesses = [
        Climb("run_program", "/bin/true", "starting /bin/true"),
        Climb("run_at", "/bin/true", "starting"),
        Climb("run_from_memory", "", .varies, "memfd_create"),
        Climb("spawn", "/bin/true", "starting another process"),
        Climb("start_process", "", "starting another process"),
        Climb("start_vfork", "", "starting another process"),
        Climb("start_clone", "", "starting another process"),
        Climb("start_clone3", "", ""),
        Climb("start_with_namespace", "", .varies, "starting another process"),
        Climb("block_and_fork", "", "starting another process"),
        Climb("take_the_trap", "", "starting another process"),
    ]

    private static func signals(victim: String) -> [Climb] {
        [
            Climb("send_signal", victim, "a signal"),
            Climb("send_queued", victim, "a signal"),
            Climb("send_thread_signal", victim, "a signal"),
            Climb("send_old_thread_signal", victim, "a signal"),
            Climb("send_to_all", "", "a signal"),
            Climb("open_process", victim, "pidfd_open"),
            Climb("own_pipe", victim, "fcntl"),
        ]
    }

    private static func system(victim: String, inside: String) -> [Climb] {
        [
            Climb("type_into_terminal", "", .varies, "ioctl"),
            Climb("open_ring", "", .varies, ""),
            Climb("leave_namespaces", "", .varies, "unshare"),
            Climb("enter_namespaces", victim, .varies, "setns"),
            Climb("mount_over", inside, .varies, "mount"),
            Climb("load_program", "", .varies, "bpf"),
            Climb("measure", victim, .varies, "perf_event_open"),
            Climb("use_keyring", "", .varies, "keyctl"),
            Climb("catch_faults", "", .varies, "userfaultfd"),
            Climb("change_personality", "", "personality"),
            Climb("share_memory", "", "shmget"),
            Climb("map_shared", "", "mmap"),
            Climb("map_downwards", "", "mmap"),
            Climb("make_memory_file", "", "memfd_create"),
            Climb("outlive_parent", "", "prctl"),
            Climb("show_memory", "", "prctl"),
            Climb("raise_limit", "", .varies, ""),
            Climb("take_space", "\(inside)/space", .varies, ""),
        ]
    }
}
