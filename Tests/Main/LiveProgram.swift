import Glibc
import KernelSystem
import KernelTesting
import Synchronization

/// A program that runs, with what it has written so far.
final class LiveProgram: Sendable {
    struct Ended: Sendable {
        let status: ChildProcess.End
        let output: String
        let errors: String
    }

    struct Late: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var openStreams = 2
        var status: ChildProcess.End?
    }

    private let state = Condition(State())
    private let handle: FileDescriptor
    private let input: Mutex<FileDescriptor?>

    /// More than anything here takes, also on a busy machine.
    private static let patienceSeconds: UInt64 = 60

    /// A program that has ended meanwhile must not end the tests.
    private static let ignoresBrokenPipes = Glibc.signal(SIGPIPE, SIG_IGN) != nil

    /// Without an input the program reads what `type` sends, until `closeInput`.
    init(
        _ command: [String], _ environment: [String], in folder: String,
        _ input: KernelHome.Input?, passing: [Int32] = []
    ) throws {
        let keys = try Pipe()
        let output = try Pipe()
        let errors = try Pipe()
        var options = ChildProcess.Options(environment: environment, directory: folder)
        options.descriptors = [.init(output.writer.raw, as: 1), .init(errors.writer.raw, as: 2)]
        // From the first number on that is nobody's, as systemd passes them.
        options.descriptors += passing.enumerated().map { .init($1, as: Int32(3 + $0)) }
        let process: Int32
        if case .file(let path)? = input {
            let file = try FileDescriptor.open(path, .read)
            options.descriptors.append(.init(file.raw, as: 0))
            process = try ChildProcess.spawn(command[0], Array(command.dropFirst()), options)
        } else {
            options.descriptors.append(.init(keys.reader.raw, as: 0))
            process = try ChildProcess.spawn(command[0], Array(command.dropFirst()), options)
        }
        self.process = process
        handle = try ChildProcess.handle(of: process)
        self.input = Mutex(try keys.writer.duplicate())
        try Self.collect(output.reader.duplicate(), state) { $0.output += $1 }
        try Self.collect(errors.reader.duplicate(), state) { $0.errors += $1 }
        let state = state
        try SystemThread.start(name: "wait") {
            let status = try? ChildProcess.wait(for: process)
            state.withLock { $0.status = status }
            state.broadcast()
        }
        guard case .text(let text)? = input else { return }
        try type(text)
        closeInput()
    }

    deinit {
        ChildProcess.signal(handle, SignalNumber.kill)
        // What it has started may still write to its folder, which is removed after this.
        _ = try? waitForEnd()
    }

    private static func collect(
        _ stream: consuming FileDescriptor, _ state: Condition<State>,
        _ add: @escaping @Sendable (inout State, ArraySlice<UInt8>) -> Void
    ) throws {
        let stream = Stream(stream)
        try SystemThread.start(name: "collect") {
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while case .bytes(let count)? = try? stream.descriptor.read(into: &buffer) {
                state.withLock { add(&$0, buffer[..<count]) }
                state.broadcast()
            }
            state.withLock { $0.openStreams -= 1 }
            state.broadcast()
        }
    }

    private final class Stream: Sendable {
        let descriptor: FileDescriptor

        init(_ descriptor: consuming FileDescriptor) {
            self.descriptor = descriptor
        }
    }

    /// Its number.
    let process: Int32

    // MARK: Towards the program

    func type(_ text: String) throws {
        _ = Self.ignoresBrokenPipes
        try input.withLock { try $0?.write(Array(text.utf8)) }
    }

    func closeInput() {
        input.withLock { $0 = nil }
    }

    func signal(_ number: Int32) {
        ChildProcess.signal(handle, number)
    }

    // MARK: From the program

    /// What it wrote to both streams so far.
    var errors: String { state.withLock { String(decoding: $0.errors, as: UTF8.self) } }
    var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }

    /// Waits until it has written this, after what it had written when `after` was read.
    @discardableResult
    func wait(errors text: String, after: String = "") throws -> String {
        try wait("\"\(text)\" among the errors") { state in
            Self.text(text, in: state.errors, after: after)
        }
    }

    @discardableResult
    func wait(output text: String, after: String = "") throws -> String {
        try wait("\"\(text)\" in the output") { state in
            Self.text(text, in: state.output, after: after)
        }
    }

    private static func text(_ text: String, in bytes: [UInt8], after: String) -> String? {
        let news = String(decoding: bytes.dropFirst(after.utf8.count), as: UTF8.self)
        return news.contains(text) ? news : nil
    }

    /// Waits for the end of the program and of everything that writes to its streams.
    func waitForEnd(withinSeconds seconds: UInt64 = patienceSeconds) throws -> Ended {
        try wait("its end", withinSeconds: seconds) { state in
            guard let status = state.status, state.openStreams == 0 else { return nil }
            return Ended(
                status: status, output: String(decoding: state.output, as: UTF8.self),
                errors: String(decoding: state.errors, as: UTF8.self))
        }
    }

    private func wait<Value>(
        _ what: String, withinSeconds seconds: UInt64 = patienceSeconds,
        _ body: (inout State) -> Value?
    ) throws -> Value {
        let deadline = SystemClock.monotonicNanoseconds + seconds * 1_000_000_000
        if let value = state.wait(untilNanoseconds: deadline, body) { return value }
        throw Late(
            description: "waited in vain for \(what); output: \(output); errors: \(errors)")
    }
}
