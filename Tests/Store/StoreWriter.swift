import KernelStore
import KernelSystem
import KernelTesting

/// The program that hands in tasks, as a process that may die.
struct StoreWriter: ~Copyable {
    private let process: Int32
    private let handle: FileDescriptor
    private let output: FileDescriptor
    private var text = ""

    /// What it said was acknowledged.
    struct Acknowledged {
        var submitted: [TaskID] = []
        var began: [TaskID] = []
        var ended: [TaskID] = []
        var errors: [String] = []
    }

    /// `prefix` is a command that starts it: a shell with limits, another user.
    init(
        _ folder: String, tasks: Int? = nil, environment: [String] = [],
        through prefix: [String] = []
    ) throws {
        let program = try Program.built("KernelStoreWriter")
        let command = prefix + [program, folder] + (tasks.map { ["\($0)"] } ?? [])
        let pipe = try Pipe()
        let output = try pipe.reader.duplicate()
        var options = ChildProcess.Options(environment: Environment.all + environment)
        options.descriptors = [.init(pipe.writer.raw, as: 1), .init(pipe.writer.raw, as: 2)]
        let process = try ChildProcess.spawn(
            try Program.path(command[0]), Array(command.dropFirst()), options)
        handle = try ChildProcess.handle(of: process)
        self.process = process
        self.output = output
        Self.close(consume pipe)
    }

    private static func close(_ pipe: consuming Pipe) {}

    /// Waits until it has said so many lines, or has ended.
    mutating func read(lines: Int) throws {
        while text.utf8.count(where: { $0 == 10 }) < lines, try readMore() {}
    }

    private mutating func readMore() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        guard case .bytes(let count) = try output.read(into: &buffer) else { return false }
        text += String(decoding: buffer[..<count], as: UTF8.self)
        return true
    }

    /// All that it says until it ends by itself, or at once if it is killed.
    consuming func end(killing: Bool) throws -> (Acknowledged, ChildProcess.End) {
        if killing { ChildProcess.signal(handle, SignalNumber.kill) }
        while try readMore() {}
        return (acknowledged, try ChildProcess.wait(for: process))
    }

    private var acknowledged: Acknowledged {
        var all = Acknowledged()
        // A kill may cut the last line.
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2 else { continue }
            if words[0] == "error:" { all.errors.append(words[1]) }
            guard let id = TaskID(words[1]) else { continue }
            switch words[0] {
            case "submitted": all.submitted.append(id)
            case "began": all.began.append(id)
            case "ended": all.ended.append(id)
            default: continue
            }
        }
        return all
    }
}

extension Program {
    fileprivate static func path(_ name: String) throws -> String {
        name.hasPrefix("/") ? name : try inPath(name)
    }
}
