import KernelBase
import KernelHosting
import KernelSandbox
import KernelSystem
import KernelTesting
import KernelWorkers
import Testing

/// What a worker is like from inside, and what is said where a wall is missing.
@Suite(.blocking) struct WorkerWallTests {
    @Test func `all walls stand, and the kernel is told`() throws {
        let bench = try ClimbingBench()
        let report = try #require(try bench.worker(try bench.walls()).wallReport)
        #expect(report.problem == nil, "\(report)")
        #expect(report.landlockVersion > 0 && report.absentPaths.isEmpty)
    }

    @Test func `walls that are switched off leave what comes from the zygote`() throws {
        let bench = try ClimbingBench()
        let report = try #require(
            try bench.worker(try bench.walls(strength: .off)).wallReport)
        #expect(Set(report.missing.keys) == [.files, .systemCalls, .limits])
        #expect(Set(report.missing.values) == ["switched off"])
    }

    @Test func `a permission that names nothing is told`() throws {
        let bench = try ClimbingBench()
        let missing = bench.folder.file("missing")
        let report = try bench.worker(try bench.walls(read: [missing])).wallReport
        #expect(report?.absentPaths == [missing])
    }

    @Test func `a permission that leads nowhere leaves the others as they are`() throws {
        let bench = try ClimbingBench()
        let circle = bench.folder.file("circle"), outside = bench.folder.file("outside")
        try Shell.run("ln -s circle \(circle)")
        let long = "/" + String(repeating: "x", count: 300)
        let worker = try bench.worker(try bench.walls(read: [circle, long, outside]))
        #expect(worker.wallReport?.problem == nil)
        #expect(worker.wallReport?.absentPaths.sorted() == [long, circle].sorted())
        #expect(try bench.climb("read_file", "\(outside)/file", in: worker).isClimbed)
    }

    @Test func `a worker inherits its channel and nothing else`() throws {
        let bench = try ClimbingBench()
        let walls = try bench.walls()
        let open = try bench.climb("count_descriptors", "", walls).text.split(separator: " ")
        let kinds = open.map { entry in
            String(entry.drop { $0 != "=" }.dropFirst().prefix { $0 != "[" && $0 != ":" })
        }
        let expected: Set = ["/dev/null", "pipe", "socket", "anon_inode"]
        for kind in kinds where !expected.contains(kind) {
            #expect(kind.hasPrefix("/proc/"), "\(open)")
        }
        #expect(
            kinds.filter { $0 == "socket" }.count == 1 && kinds.filter { $0 == "pipe" }.count == 2)
        #expect(try bench.climb("show_session", "", walls) == .climbed("1"))
    }

    @Test func `nothing of the kernel's environment is in a worker`() throws {
        let bench = try ClimbingBench()
        let shown = try bench.climb("show_environment", "", try bench.walls()).text
        let names = shown.split(separator: " ").compactMap { $0.split(separator: "=").first }
        let known: Set = [
            "LANG", "HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
            // What a shell adds: here it starts the zygote.
            "PWD", "OLDPWD", "SHLVL", "_",
        ]
        for name in names { #expect(known.contains(String(name)), "\(name)") }
    }

    @Test(arguments: [
        "start_thread", "signal_itself", "read_status", "pin_itself", "read_file /proc/self/status",
        "read_file /etc/passwd", "read_file /dev/urandom", "list_folder /proc/self/task",
    ])
    func `a module does what modules do`(what: String) throws {
        let bench = try ClimbingBench()
        let words = what.split(separator: " ")
        let end = try bench.climb(
            String(words[0]), words.count > 1 ? String(words[1]) : "", try bench.walls())
        #expect(end.isClimbed, "\(what): \(end)")
    }

    @Test func `what is permitted works: reading, writing, moving, modes and times`() throws {
        let bench = try ClimbingBench()
        let inside = bench.folder.file("inside"), outside = bench.folder.file("outside")
        let walls = try bench.walls(write: [inside])
        for (name, what) in [
            ("read_file", "\(inside)/file"), ("list_folder", inside),
            ("list_attributes", "\(inside)/file"), ("get_attribute", "\(inside)/file"),
            ("change_open_mode", "\(inside)/file"), ("change_open_times", "\(inside)/file"),
            ("write_file", "\(inside)/new"), ("make_folder", "\(inside)/folder"),
            ("move", "\(inside)/new \(inside)/folder/moved"),
            ("link_hard", "\(inside)/file \(inside)/folder/hard"),
            ("link_soft", "file \(inside)/soft"), ("change_mode", "\(inside)/file"),
            ("change_mode_at", "\(inside)/file"), ("change_times", "\(inside)/file"),
            ("cut", "\(inside)/file"), ("remove_file", "\(inside)/folder/hard"),
        ] {
            let end = try bench.climb(name, what, walls)
            #expect(end.isClimbed, "\(name) \(what): \(end)")
        }
        let reading = try bench.walls(read: [outside], write: [inside])
        #expect(try bench.climb("read_file", "\(outside)/file", reading).isClimbed)
        #expect(try bench.climb("write_file", "\(outside)/file", reading).isRefused)
        #expect(try bench.climb("write_file", "\(inside)/other", reading).isClimbed)
        #expect(try Files.status("\(inside)/file").permissions == 0o777)
        #expect(try Files.status("\(inside)/file").bytes == 0)
    }

    /// The system allows it for a file that is open for reading only.
    @Test(arguments: [
        "change_mode", "change_mode_at", "change_times", "change_open_mode", "change_open_times",
        "change_open_attribute",
    ])
    func `what may only be read is not changed by whoever may write elsewhere`(
        climb: String
    ) throws {
        let bench = try ClimbingBench()
        let file = bench.folder.file("outside/file")
        let walls = try bench.walls(
            read: [bench.folder.file("outside")], write: [bench.folder.file("inside")])
        let end = try bench.climb(climb, file, walls)
        #expect(end.isRefused && end.text.contains("changes no modes, times"), "\(end)")
    }

    @Test func `where the file's mode refuses, no permission is named`() throws {
        let bench = try ClimbingBench()
        let file = bench.folder.file("outside/file")
        try Shell.run("chmod 000 \(file)")
        let walls = try bench.walls(read: [bench.folder.file("outside")])
        #expect(try bench.climb("read_file", file, walls) == .refused("Permission denied"))
    }

    @Test func `a link out of a permitted folder leads nowhere`() throws {
        let bench = try ClimbingBench()
        let outside = bench.folder.file("outside")
        try Shell.run("ln -s \(outside) \(bench.folder.file("inside/link"))")
        let walls = try bench.walls(write: [bench.folder.file("inside")])
        let end = try bench.climb("read_file", bench.folder.file("inside/link/file"), walls)
        #expect(end.text.contains("add \"\(outside)/file\" to permissions.read"), "\(end)")
    }

    @Test func `a permission leads where its links lead, unless a module may have put them`() throws
    {
        let bench = try ClimbingBench()
        let file = bench.folder.file("outside/file"), inside = bench.folder.file("inside")
        try Shell.run(
            "ln -s outside \(bench.folder.file("users")) "
                + "&& ln -s \(bench.folder.file("outside")) \(inside)/put")
        func isOpen(_ walls: Walls) throws -> Bool {
            try bench.climb("read_file", file, walls).isClimbed
        }
        #expect(try isOpen(try bench.walls(read: [bench.folder.file("users")])))
        #expect(try isOpen(try bench.walls(read: ["\(inside)/put"])))
        // By another module, by itself, and by itself in its own folder.
        #expect(
            try !isOpen(try bench.walls(read: ["\(inside)/put"], besides: .init(written: [inside])))
        )
        #expect(try !isOpen(try bench.walls(read: ["\(inside)/put/file"], write: [inside])))
        #expect(try !isOpen(try bench.walls(read: ["\(inside)/put"], besides: .init(own: inside))))
    }

    @Test func `constructors run behind the walls`() throws {
        let bench = try ClimbingBench(defining: [
            "CLIMBER_AT_ONCE=start_vfork(\"\")"
        ])
        #expect(
            try bench.climb("constructor", "", try bench.walls()).text
                == "Operation not permitted")
    }

    @Test func `a large answer needs no memory file`() throws {
        let bench = try ClimbingBench()
        let worker = try bench.worker(try bench.walls())
        let request = CallRequest(
            id: 9, task: 0, mode: .process, kind: .bytes, arguments: Array("answer_large".utf8),
            deadlineNanoseconds: 0)
        let outcome = try worker.call(request, EveryListener(), graceSeconds: 1)
        #expect(outcome.value.count == 3_000_000)
        #expect(outcome.value.enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: $0 % 251) })
    }

    // MARK: Missing walls

    @Test func `without a wall that it needs a module is refused, with what to write`() throws {
        let bench = try ClimbingBench(.withoutFilters)
        do {
            _ = try bench.worker(try bench.walls())
            Issue.record("it was opened")
        } catch {
            #expect("\(error)".contains("system calls (seccomp)"), "\(error)")
            #expect("\(error)".contains("sandbox = \"preferred\" to [kernel]"), "\(error)")
        }
    }

    @Test func `where it is preferred, the walls that are left stand`() throws {
        let bench = try ClimbingBench(.withoutFilters)
        let worker = try bench.worker(try bench.walls(strength: .preferred))
        #expect(worker.wallReport?.missing[.systemCalls]?.contains("libseccomp") == true)
        #expect(worker.wallReport?.missing[.files] == nil)
        #expect(
            try bench.climb("read_file", bench.folder.file("outside/file"), in: worker).isRefused)
        #expect(try bench.climb("read_status", in: worker).isClimbed)
        #expect(try bench.climb("start_thread", in: worker).isClimbed)
    }
}

private final class EveryListener: CallListener {
    func callFinished(_ outcome: CallOutcome) {}
    func callProgressed(fraction: Double?, note: String) {}
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}
}
