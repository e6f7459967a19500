package import KernelBase
import KernelBuilds
import KernelConfig
import KernelGenerations
import KernelLoader
import KernelSystem
package import KernelWire
import Synchronization

/// The log: the last lines in memory for clients, and all of them in a file if one is set.
package final class LogStore: Sendable {
    private struct State {
        var lines: [LogEntry] = []
        var settings = LogSettings()
        var file: DescriptorHolder?
        var filePath: String?
        var paces: [String: LogPace] = [:]

        func wants(_ line: LogLine) -> Bool {
            line.level >= LogLevel(settings.level(ofModule: line.module))
        }
    }

    private final class DescriptorHolder: Sendable {
        let descriptor: FileDescriptor

        init(_ descriptor: consuming FileDescriptor) {
            self.descriptor = descriptor
        }
    }

    /// What is kept in memory; older lines make room.
    package static let linesMax = 2_000

    private let state = Mutex(State())
    private let listener: @Sendable (LogEntry) -> Void

    /// `listener` is told of every line that passes the level.
    package init(listener: @escaping @Sendable (LogEntry) -> Void) {
        self.listener = listener
    }

    /// Takes new levels and a new file into use. Throws if the file cannot be opened; the log then
    /// goes on without one.
    func configure(_ settings: LogSettings) throws(SystemError) {
        state.withLock { $0.settings = settings }
        let path = settings.file?.absolute
        guard path != state.withLock({ $0.filePath }) else { return }
        state.withLock { state in
            state.file = nil
            state.filePath = nil
        }
        guard let path else { return }
        let file = DescriptorHolder(try FileDescriptor.open(path, .append, creating: .ifMissing()))
        state.withLock { state in
            state.file = file
            state.filePath = path
        }
    }

    /// Takes a line in, cut to what a line may be. What one module says too fast is dropped, and
    /// counted before its next line, or when somebody looks.
    package func add(_ line: LogLine) {
        let now = SystemClock.monotonicNanoseconds
        let step = state.withLock { state -> LogPace.Step in
            // What nobody wants to see takes no room from what somebody does.
            guard state.wants(line) else { return .drop }
            return state.paces[line.module, default: LogPace()].next(now: now)
        }
        guard case .keep(let dropped) = step else { return }
        noteDropped(dropped, line.module)
        keep(line, tells: true)
    }

    private func noteDropped(_ count: Int, _ module: String) {
        guard count > 0 else { return }
        let text = "(\(count) more lines were dropped: it says too much at once)"
        keep(LogLine(module: module, level: .warning, text: text), tells: true)
    }

    /// Takes news in, which clients are told in another way. Nothing is dropped of it: it is the
    /// kernel that speaks.
    func note(_ news: KernelNews) {
        let module = news.module ?? "kernel"
        let level = LogLevel(ofTone: news.tone)
        // A line of the log begins with the name of the module anyway.
        let text = ["\(module): ", "\(module) "].first { news.text.hasPrefix($0) }
            .map { String(news.text.dropFirst($0.count)) }
        for line in [text ?? news.text] + news.details.map({ "  \($0)" }) {
            keep(LogLine(module: module, level: level, text: line), tells: false)
        }
    }

    private func keep(_ line: LogLine, tells: Bool) {
        // A breach of the contract may be told with any number; JSON cannot say them all.
        let isCall = line.call > 0 && line.call <= UInt64(Int64.max)
        let entry = LogEntry(
            time: SystemClock.localTimeOfDay, level: line.level.name, module: line.module,
            call: isCall ? line.call : nil, text: LogPace.cut(line.text))
        let (isWanted, file) = state.withLock { state -> (Bool, DescriptorHolder?) in
            guard state.wants(line) else { return (false, nil) }
            state.lines.append(entry)
            if state.lines.count > Self.linesMax * 2 {
                state.lines.removeFirst(state.lines.count - Self.linesMax)
            }
            return (true, state.file)
        }
        guard isWanted else { return }
        if let file {
            let text = "\(entry.time) \(entry.level) \(entry.module): \(entry.text)\n"
            // A full disk must not stop the work; the line is still in memory.
            try? file.descriptor.write(text.utf8)
        }
        if tells { listener(entry) }
    }

    /// The last lines, of one module if it is named.
    package func recent(_ count: Int, module: String?) -> [LogEntry] {
        let dropped = state.withLock { state in
            state.paces.keys.sorted().map { ($0, state.paces[$0]?.takeDropped() ?? 0) }
        }
        for (module, count) in dropped { noteDropped(count, module) }
        return state.withLock { state in
            let matching = module.map { id in state.lines.filter { $0.module == id } }
            return (matching ?? state.lines).suffix(min(count, Self.linesMax))
        }
    }
}

extension LogLevel {
    /// Of news: how bad it is says its tone.
    fileprivate init(ofTone tone: String) {
        self =
            switch tone {
            case "error": .error
            case "warning": .warning
            default: .info
            }
    }

    fileprivate init(_ threshold: LogThreshold) {
        self =
            switch threshold {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
    }
}
