import Glibc
import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// A kernel with its parent at a terminal of its own, as a person has it.
final class LiveTerminal: Sendable {
    let terminal: PseudoTerminal
    /// The process that was started, which has become the parent.
    let parent: Int32
    private let home: KernelHome
    private let handle: FileDescriptor
    private let ended = Condition<ChildProcess.End?>(nil)

    static let columns = 150
    static let rows = 200

    init(
        _ home: KernelHome, _ arguments: [String] = ["--dev"],
        variables: [String: String?] = [:], program: String? = nil
    ) throws {
        self.home = home
        let terminal = try PseudoTerminal(columns: UInt16(Self.columns), rows: UInt16(Self.rows))
        var changes = variables
        changes["TERM"] = "xterm-256color"
        if changes["KERNEL_NO_PARENT"] == nil { changes["KERNEL_NO_PARENT"] = .some(nil) }
        self.terminal = terminal
        var options = ChildProcess.Options(
            environment: home.environment(changes), directory: home.folder.path)
        options.descriptors = (0...2).map { .init(terminal.device.raw, as: $0) }
        let parent = try ChildProcess.spawn(
            try program ?? Program.built("kernel"), arguments, options)
        self.parent = parent
        handle = try ChildProcess.handle(of: parent)
        let ended = ended
        try SystemThread.start(name: "wait") {
            let end = try? ChildProcess.wait(for: parent)
            ended.withLock { $0 = end }
            ended.broadcast()
        }
    }

    deinit {
        let kernel = try? kernel
        ChildProcess.signal(handle, SignalNumber.kill)
        _ = try? waitForEnd()
        // Its kernel hears of that, and must be done with its folder before that is removed.
        guard let kernel else { return }
        try? waitFor("the end of the kernel") { !Self.exists(kernel) }
    }

    // MARK: The screen

    func type(_ line: String) throws {
        try terminal.type(line + "\r")
    }

    /// Waits for lines that satisfy the condition, and returns them.
    @discardableResult
    func wait(
        withinSeconds seconds: UInt64 = 60, _ condition: ([String]) -> Bool
    ) throws -> [String] {
        try terminal.wait(columns: Self.columns, rows: Self.rows, withinSeconds: seconds) {
            condition($0.transcript)
        }.transcript
    }

    /// Waits for the prompt of the kernel that is the `count`th in this terminal.
    func waitForPrompt(_ count: Int = 1) throws {
        try wait { lines in
            lines.last == ">" && lines.count { $0.hasPrefix("kernel 0.1.0") } == count
        }
    }

    /// Waits until a line holds the text, and returns it.
    @discardableResult
    func waitForLine(with text: String, withinSeconds seconds: UInt64 = 60) throws -> String {
        try wait(withinSeconds: seconds) { lines in lines.contains { $0.contains(text) } }
            .first { $0.contains(text) } ?? ""
    }

    // MARK: The processes

    struct NoKernel: Error {}

    /// The kernel that runs now.
    var kernel: Int32 {
        get throws {
            let path = "/proc/\(parent)/task/\(parent)/children"
            let text = String(decoding: try Files.read(path, bytesMax: 4_096), as: UTF8.self)
            guard let child = text.split(separator: " ").first.flatMap({ Int32($0) }) else {
                throw NoKernel()
            }
            return child
        }
    }

    func signal(_ number: Int32) {
        ChildProcess.signal(handle, number)
    }

    func killKernel() throws {
        kill(try kernel, SIGKILL)
    }

    /// A process that has ended is listed until its parent has asked how.
    static func exists(_ process: Int32) -> Bool {
        guard let line = try? Files.read("/proc/\(process)/stat", bytesMax: 4_096) else {
            return false
        }
        return String(decoding: line, as: UTF8.self).split(separator: ")").last?.hasPrefix(" Z")
            == false
    }

    func waitForEnd() throws -> ChildProcess.End {
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        return try #require(
            ended.wait(untilNanoseconds: deadline) { $0 }, "the parent has not ended")
    }

    // MARK: What it left

    /// The last report, once there is one.
    func report() throws -> JSON {
        let folder = Path.join(home.developmentState, "crashes")
        func names() -> [String] {
            ((try? Files.names(in: folder)) ?? []).filter { $0.hasSuffix(".json") }
        }
        try waitFor("a report") { !names().isEmpty }
        let last = try #require(names().last)
        return try JSON(parsing: Files.read(Path.join(folder, last), bytesMax: 1 << 20))
    }
}
