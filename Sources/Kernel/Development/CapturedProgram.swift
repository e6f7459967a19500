import KernelSystem
import Synchronization

/// One run of a program whose output is read line by line. It works in a session of its own, so
/// that no signal from a terminal reaches it and all that it starts can be ended with it.
final class CapturedProgram: Sendable {
    private let path: String
    private let arguments: [String]
    private let directory: String
    /// For its temporary files, of which not every program removes its own: emptied after each run.
    private let scratch: String
    private let state = Mutex(State())

    private struct State {
        var process: Int32?
        var isEnded = false
    }

    enum Ending: Sendable, Hashable {
        case ended(ChildProcess.End)
        /// Somebody called `end`.
        case wasEnded
        case tookTooLong

        var isSuccess: Bool { self == .ended(.exited(code: 0)) }

        /// It came to its own end, good or bad.
        var isExit: Bool {
            if case .ended(.exited) = self { return true }
            return false
        }
    }

    init(_ path: String, _ arguments: [String], in directory: String, scratch: String) {
        self.path = path
        self.arguments = arguments
        self.directory = directory
        self.scratch = scratch
    }

    /// Runs it to its end on the calling thread.
    func run(
        seconds: Double, line: (String) -> Void
    ) throws(SystemError) -> Ending {
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        let pipe = try Pipe()
        let reader = try pipe.reader.duplicate()
        try reader.setNonblocking(true)
        defer { try? Files.removeTree(scratch) }
        guard let process = try start(writingTo: consume pipe) else { return .wasEnded }
        let isInTime: Bool
        do throws(SystemError) {
            let handle = try ChildProcess.handle(of: process)
            isInTime = try read(consume reader, untilEndOf: handle, deadline, line)
        } catch {
            end()
            _ = try? reap(process)
            throw error
        }
        if !isInTime { ProcessSession.kill(leader: process) }
        let end = try reap(process)
        if state.withLock({ $0.isEnded }) { return .wasEnded }
        return isInTime ? .ended(end) : .tookTooLong
    }

    /// Ends it and all that it has started, now or as soon as it is started.
    func end() {
        state.withLock { state in
            state.isEnded = true
            if let process = state.process { ProcessSession.kill(leader: process) }
        }
    }

    private func start(writingTo pipe: consuming Pipe) throws(SystemError) -> Int32? {
        let nothing = try FileDescriptor.open("/dev/null", .read)
        var environment = Environment.all
        // Where the folder cannot be made, the program has the common one.
        if (try? Files.makeDirectories(scratch)) != nil {
            environment = environment.filter { !$0.hasPrefix("TMPDIR=") } + ["TMPDIR=\(scratch)"]
        }
        var options = ChildProcess.Options(environment: environment, directory: directory)
        options.descriptors = [
            .init(nothing.raw, as: 0), .init(pipe.writer.raw, as: 1),
            .init(pipe.writer.raw, as: 2),
        ]
        let (path, arguments, chosen) = (path, arguments, options)
        return try state.withLock { state throws(SystemError) -> Int32? in
            guard !state.isEnded else { return nil }
            let process = try ChildProcess.spawn(path, arguments, chosen)
            state.process = process
            return process
        }
    }

    /// With the lock held, so that nobody sends a signal to a number that is free again.
    private func reap(_ process: Int32) throws(SystemError) -> ChildProcess.End {
        try state.withLock { state throws(SystemError) -> ChildProcess.End in
            state.process = nil
            return try ChildProcess.wait(for: process)
        }
    }

    private enum Token {
        static let output: UInt64 = 0
        static let end: UInt64 = 1
    }

    /// Reads until the program itself has ended: what it started may hold its output open for
    /// longer. Returns false if the deadline passes first.
    private func read(
        _ reader: consuming FileDescriptor, untilEndOf handle: borrowing FileDescriptor,
        _ deadline: UInt64, _ line: (String) -> Void
    ) throws(SystemError) -> Bool {
        let poller = try Poller()
        try poller.add(reader.raw, token: Token.output)
        try poller.add(handle.raw, token: Token.end)
        var output = Output(reader)
        while true {
            let now = SystemClock.monotonicNanoseconds
            guard now < deadline else { return false }
            let milliseconds = Int32(clamping: (deadline - now) / 1_000_000 + 1)
            let ready = try poller.wait(timeoutMilliseconds: milliseconds)
            if ready.contains(Token.end) {
                try output.readRest(line)
                return true
            }
            if ready.contains(Token.output), try !output.readOnce(line) {
                try poller.remove(output.reader.raw)
            }
        }
    }
}

/// What a program prints, cut into lines.
private struct Output: ~Copyable {
    let reader: FileDescriptor
    private var lines = OutputLines()
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    /// What the program left behind may go on printing: no more than this is read of it.
    private static let readsMaxAtEnd = 256

    init(_ reader: consuming FileDescriptor) {
        self.reader = reader
    }

    /// False at the end of all output.
    mutating func readOnce(_ line: (String) -> Void) throws(SystemError) -> Bool {
        switch try reader.read(into: &buffer) {
        case .bytes(let count):
            for text in lines.add(buffer[..<count]) { line(text) }
            return true
        case .wouldBlock: return true
        case .endOfFile: return false
        }
    }

    mutating func readRest(_ line: (String) -> Void) throws(SystemError) {
        for _ in 0..<Self.readsMaxAtEnd {
            guard case .bytes(let count) = try reader.read(into: &buffer) else { break }
            for text in lines.add(buffer[..<count]) { line(text) }
        }
        if let rest = lines.rest { line(rest) }
    }
}

/// Cuts output into lines: a value without I/O.
struct OutputLines: Sendable {
    private var pending: [UInt8] = []

    /// A longer line loses its end.
    static let lineBytesMax = 8_192

    mutating func add(_ bytes: ArraySlice<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(String(decoding: pending, as: UTF8.self))
                pending.removeAll(keepingCapacity: true)
            } else if pending.count < Self.lineBytesMax {
                pending.append(byte)
            }
        }
        return lines
    }

    var rest: String? { pending.isEmpty ? nil : String(decoding: pending, as: UTF8.self) }
}
