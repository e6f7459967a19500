import KernelSystem
import KernelTesting
import ModuleJSON

/// The program `kernel`, as a user starts it, in folders of its own.
struct KernelProgram: Sendable {
    let folder: TemporaryFolder
    let executable: String
    private let environment: [String]

    /// In its place with the bundled modules beside it, or as a copy that has none.
    init(withBundledModules: Bool) throws {
        folder = try TemporaryFolder("kernel-bench")
        let folder = folder
        environment =
            [
                ("HOME", "home"), ("XDG_STATE_HOME", "state"), ("XDG_RUNTIME_DIR", "run"),
                ("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data"),
                ("XDG_CACHE_HOME", "cache"),
            ].map { "\($0.0)=\(folder.file($0.1))" } + ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"]
        let built = try Program.built("kernel")
        guard !withBundledModules else {
            executable = built
            try prepare()
            return
        }
        executable = folder.file("bin/kernel")
        try Files.makeDirectories(folder.file("bin"))
        for name in ["kernel", "kernel-zygote", "kernel-parent"] {
            let program = try Program.built(name)
            let bytes = try Files.read(program, bytesMax: 1 << 28)
            try Files.replace(
                folder.file("bin/\(Path.name(of: program))"), with: bytes, permissions: 0o700)
        }
        try prepare()
    }

    private func prepare() throws {
        for name in ["home", "run", "data/kernel/modules"] {
            try Files.makeDirectories(folder.file(name))
        }
    }

    /// Where a user puts modules.
    func install(_ bytes: [UInt8], as name: String) throws {
        try Files.replace(
            folder.file("data/kernel/modules/\(name)"), with: bytes, permissions: 0o700)
    }

    func configure(_ text: String) throws {
        try Files.makeDirectories(folder.file("config/kernel"))
        try Files.replace(folder.file("config/kernel/kernel.toml"), with: Array(text.utf8))
    }

    /// Runs it to its end, with its output thrown away.
    func run(_ arguments: [String]) throws {
        let nothing = try FileDescriptor.open("/dev/null", .write)
        var options = ChildProcess.Options(environment: environment, directory: folder.path)
        options.descriptors = (0...2).map { .init(nothing.raw, as: $0) }
        let process = try ChildProcess.spawn(executable, arguments, options)
        guard try ChildProcess.wait(for: process) == .exited(code: 0) else {
            throw BenchFailure("kernel \(arguments.joined(separator: " ")) failed")
        }
    }

    /// How many modules it says are in service.
    func servingCount() throws -> Int {
        let pipe = try Pipe()
        let nothing = try FileDescriptor.open("/dev/null", .write)
        var options = ChildProcess.Options(environment: environment, directory: folder.path)
        options.descriptors = [
            .init(nothing.raw, as: 0), .init(pipe.writer.raw, as: 1), .init(nothing.raw, as: 2),
        ]
        let process = try ChildProcess.spawn(executable, ["modules", "--json"], options)
        let reader = try pipe.reader.duplicate()
        Self.close(consume pipe)
        let printed = try Files.read(reader, path: "the modules' list", bytesMax: 1 << 24)
        _ = try ChildProcess.wait(for: process)
        let modules = try JSON(parsing: printed).array ?? []
        return modules.count { $0["state"]?.string == "serving" }
    }

    private static func close(_ pipe: consuming Pipe) {}

    // MARK: At its socket

    /// Runs `kernel serve` while `body` works with the process that was started, and the socket.
    /// `endsWell`: it may not have to be killed, or say that something was wrong.
    func serving<Value>(
        endsWell: Bool = true, _ body: (Int32, String) throws -> Value
    ) throws -> Value {
        let nothing = try FileDescriptor.open("/dev/null", .write)
        var options = ChildProcess.Options(environment: environment, directory: folder.path)
        options.descriptors = (0...2).map { .init(nothing.raw, as: $0) }
        let process = try ChildProcess.spawn(executable, ["serve"], options)
        let result = Result { try body(process, folder.file("run/kernel/kernel.sock")) }
        ChildProcess.signal(try ChildProcess.handle(of: process), SignalNumber.terminate)
        let end = try ChildProcess.wait(for: process)
        let value = try result.get()
        guard end == .exited(code: 0) || !endsWell else {
            throw BenchFailure("kernel serve did not end well: it \(end)")
        }
        return value
    }

    /// From the start of `kernel serve`, in milliseconds.
    func timeToServe() throws -> (accepting: Double, welcomed: Double) {
        let begin = SystemClock.monotonicNanoseconds
        func elapsed() -> Double { Double(SystemClock.monotonicNanoseconds - begin) / 1e6 }
        return try serving { _, socket in
            let greeting = try Greeting.waiting(for: socket)
            let accepting = elapsed()
            _ = try greeting.answer()
            return (accepting, elapsed())
        }
    }

    /// Types lines into `kernel --dev`, waits until it has printed `end`, lets it rest, and looks
    /// at it before it ends.
    func atRest<Value>(
        after lines: [String], until end: String, _ look: (Int32) throws -> Value
    ) throws -> Value {
        let toKernel = try Pipe()
        let fromKernel = try Pipe()
        var options = ChildProcess.Options(environment: environment, directory: folder.path)
        options.descriptors = [
            .init(toKernel.reader.raw, as: 0), .init(fromKernel.writer.raw, as: 1),
            .init(fromKernel.writer.raw, as: 2),
        ]
        let process = try ChildProcess.spawn(executable, ["--dev"], options)
        defer {
            if let handle = try? ChildProcess.handle(of: process) {
                ChildProcess.signal(handle, SignalNumber.terminate)
            }
            _ = try? ChildProcess.wait(for: process)
        }
        try toKernel.writer.write(Array(lines.map { $0 + "\n" }.joined().utf8))
        try fromKernel.reader.setNonblocking(true)
        try Self.wait(for: end, fromKernel.reader)
        SystemThread.sleep(nanoseconds: 1_000_000_000)
        return try look(process)
    }

    private static func wait(for end: String, _ reader: borrowing FileDescriptor) throws {
        let deadline = SystemClock.monotonicNanoseconds + 20_000_000_000
        var printed = ""
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while !printed.contains(end) {
            switch try reader.read(into: &buffer) {
            case .bytes(let count): printed += String(decoding: buffer[..<count], as: UTF8.self)
            case .endOfFile: throw BenchFailure("kernel --dev ended: \(printed)")
            case .wouldBlock: SystemThread.sleep(nanoseconds: 5_000_000)
            }
            guard SystemClock.monotonicNanoseconds < deadline else {
                throw BenchFailure("kernel --dev did not answer within 20 s: \(printed)")
            }
        }
    }
}
