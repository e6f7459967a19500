import KernelSandbox
import KernelSystem
import KernelTesting
import Testing

/// Each wall is climbed, by an ordinary user, at what belongs to that user. The same climbs are made
/// without walls, and succeed: it is the wall that holds, and not something else.
@Suite(.blocking) struct ClimbTests {
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

    private static func climbs(_ bench: ClimbingBench) -> [Climb] {
        let victim = "\(bench.victim)"
        let inside = bench.folder.file("inside"), outside = bench.folder.file("outside")
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
            Climb("watch_folder", outside, "inotify_init"),
            Climb("open_by_handle", file, .varies, "name_to_handle_at"),
            Climb("cut", file, "permissions.write"),
            Climb("remove_file", file, "permissions.write"),
            Climb("make_device", "\(inside)/device", .varies, ""),

            Climb("environment_of", victim, .succeedsOutsideNamespaces, "permissions.read"),
            Climb("memory_of", victim, .varies, "permissions.read"),
            Climb("descriptors_of", victim, .succeedsOutsideNamespaces, "permissions.read"),
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

            Climb("make_socket", "1", "a Unix socket"),
            Climb("make_socket", "2", "an Internet socket"),
            Climb("make_socket", "10", "an Internet socket"),
            Climb("make_socket", "16", .varies, "a socket"),
            Climb("connect_tcp", "9", .varies, "an Internet socket"),
            Climb("send_udp", "9", .varies, "an Internet socket"),
            Climb("connect_channel", "/run/x", .varies, "a socket"),
            Climb("pair_to", "/run/x", .varies, "a Unix socket"),

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

            Climb("send_signal", victim, "a signal"),
            Climb("send_queued", victim, "a signal"),
            Climb("send_thread_signal", victim, "a signal"),
            Climb("send_old_thread_signal", victim, "a signal"),
            Climb("send_to_all", "", "a signal"),
            Climb("open_process", victim, "pidfd_open"),
            Climb("own_pipe", victim, "fcntl"),

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
            Climb("make_memory_file", "", "memfd_create"),
            Climb("outlive_parent", "", "prctl"),
            Climb("show_memory", "", "prctl"),
            Climb("raise_limit", "", .varies, ""),
            Climb("take_space", "\(inside)/space", .varies, ""),
        ]
    }

    @Test func `no climb leads over the walls, and each failure names what is missing`() throws {
        let bench = try ClimbingBench()
        let walls = try bench.walls(write: [bench.folder.file("inside")])
        for climb in Self.climbs(bench) {
            let end = try bench.climb(climb.name, climb.what, walls)
            #expect(end.isRefused, "\(climb.name) \(climb.what): \(end)")
            #expect(end.text.contains(climb.words), "\(climb.name) \(climb.what): \(end)")
        }
        #expect(try Files.read(bench.folder.file("outside/file"), bytesMax: 64).count == 6)
    }

    @Test func `without walls the same climbs succeed`() throws {
        let bench = try ClimbingBench()
        let walls = try bench.walls(strength: .off)
        for climb in Self.climbs(bench) where climb.without == .succeeds {
            let end = try bench.climb(climb.name, climb.what, walls)
            #expect(!end.isRefused, "\(climb.name) \(climb.what): \(end)")
        }
    }

    @Test(.enabled(if: ProcessFacts.user == 0, "only root can start a zygote in a changed root"))
    func `without namespaces the other walls hold alone`() throws {
        let bench = try ClimbingBench(.withoutNamespaces)
        let walls = try bench.walls(write: [bench.folder.file("inside")])
        let open = try bench.walls(strength: .off)
        for climb in Self.climbs(bench) where climb.without == .succeedsOutsideNamespaces {
            let end = try bench.climb(climb.name, climb.what, walls)
            #expect(end.isRefused, "\(climb.name) \(climb.what): \(end)")
            let without = try bench.climb(climb.name, climb.what, open)
            #expect(without.isClimbed, "\(climb.name) \(climb.what): \(without)")
        }
    }
}
