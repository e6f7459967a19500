import KernelBase
package import KernelSystem
import Synchronization

/// Reads what modules print on descriptors 1 and 2, and hands it on in lines with a label: it
/// never lands on the terminal, and a flood of it is cut and counted.
package final class OutputCollector: Sendable {
    package typealias Sink = @Sendable (String) -> Void
    /// Told how many bytes were read, those too of lines that are dropped.
    package typealias Gauge = @Sendable (Int) -> Void

    private let reader: OutputReader

    package init() throws(SystemError) {
        let reader = try OutputReader()
        self.reader = reader
        try SystemThread.start(name: "output") { reader.work() }
    }

    deinit {
        close()
    }

    /// Reads from `source` until its writers are gone; each line goes to `sink`.
    package func add(
        _ source: consuming FileDescriptor, gauge: Gauge? = nil, sink: @escaping Sink
    ) throws(SystemError) {
        try source.setNonblocking(true)
        try reader.add(OutputReader.Source(source, sink, gauge))
    }

    /// Reads no more: what is printed from now on is lost.
    package func close() {
        reader.close()
    }
}

/// What the thread works with. It does not hold the collector, whose end is the thread's.
private final class OutputReader: Sendable {
    private let poller: Poller
    private let wakeUp: WakeUp
    private let state = Mutex(State())

    /// The token of the wake-up; those of the sources begin at 1.
    private static let wakeUpToken: UInt64 = 0

    private struct State {
        var isClosed = false
        var sources: [UInt64: Source] = [:]
        var lastToken: UInt64 = 0
    }

    final class Source: Sendable {
        let reader: FileDescriptor
        let sink: OutputCollector.Sink
        let gauge: OutputCollector.Gauge?
        let lines: Mutex<LineSplitter>

        init(
            _ reader: consuming FileDescriptor, _ sink: @escaping OutputCollector.Sink,
            _ gauge: OutputCollector.Gauge?
        ) {
            self.reader = reader
            self.sink = sink
            self.gauge = gauge
            lines = Mutex(LineSplitter())
        }
    }

    init() throws(SystemError) {
        poller = try Poller()
        wakeUp = try WakeUp()
        try poller.add(wakeUp.descriptor.raw, token: Self.wakeUpToken)
    }

    func add(_ source: Source) throws(SystemError) {
        let token = state.withLock { state in
            state.lastToken += 1
            state.sources[state.lastToken] = source
            return state.lastToken
        }
        do throws(SystemError) {
            try poller.add(source.reader.raw, token: token)
        } catch {
            _ = state.withLock { $0.sources.removeValue(forKey: token) }
            throw error
        }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.signal()
    }

    func work() {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while let tokens = try? poller.wait(), !state.withLock({ $0.isClosed }) {
            for token in tokens { drain(token, &buffer) }
        }
        // Their sinks may hold whoever holds us: freed when the lock is not held any more.
        _ = state.withLock { state in
            defer { state.sources = [:] }
            return state.sources
        }
    }

    /// One read for each turn, so that a flood from one does not starve the others.
    private func drain(_ token: UInt64, _ buffer: inout [UInt8]) {
        guard let source = state.withLock({ $0.sources[token] }) else { return }
        switch try? source.reader.read(into: &buffer) {
        case .bytes(let count):
            let now = SystemClock.monotonicNanoseconds
            let lines = source.lines.withLock {
                $0.add(buffer[..<count], nowNanoseconds: now)
            }
            source.gauge?(count)
            for line in lines { source.sink(line) }
        case .wouldBlock:
            break
        case .endOfFile, nil:
            for line in source.lines.withLock({ $0.end() }) { source.sink(line) }
            try? poller.remove(source.reader.raw)
            _ = state.withLock { $0.sources.removeValue(forKey: token) }
        }
    }
}

/// Cuts a stream of bytes into lines, within bounds of length and rate: a value without I/O.
package struct LineSplitter: Sendable {
    private var pending: [UInt8] = []
    /// The line so far was cut: its end alone is not another line.
    private var goesOn = false
    private var windowStartNanoseconds: UInt64 = 0
    private var linesInWindow = 0
    private var dropped = 0

    /// A longer line is cut here and goes on as the next.
    package static let lineBytesMax = 4_096
    /// More lines than this within a second are dropped and counted.
    package static let linesMax = 200
    private static let windowNanoseconds: UInt64 = 1_000_000_000

    package init() {}

    package mutating func add(_ bytes: ArraySlice<UInt8>, nowNanoseconds: UInt64) -> [String] {
        var lines: [String] = []
        if nowNanoseconds - windowStartNanoseconds >= Self.windowNanoseconds {
            windowStartNanoseconds = nowNanoseconds
            linesInWindow = 0
            if let notice = takeNotice() { lines.append(notice) }
        }
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(Self.lineBytesMax - pending.count)
            let newline = part.firstIndex(of: UInt8(ascii: "\n"))
            pending += part[..<(newline ?? part.endIndex)]
            rest = rest[(newline.map { $0 + 1 } ?? part.endIndex)...]
            if newline != nil {
                if !pending.isEmpty || !goesOn { emit(&lines) }
                goesOn = false
            } else if pending.count == Self.lineBytesMax {
                emit(&lines)
                goesOn = true
            }
        }
        return lines
    }

    package mutating func end() -> [String] {
        var lines: [String] = []
        if !pending.isEmpty { emit(&lines) }
        if let notice = takeNotice() { lines.append(notice) }
        return lines
    }

    private mutating func emit(_ lines: inout [String]) {
        defer { pending.removeAll(keepingCapacity: true) }
        linesInWindow += 1
        guard linesInWindow <= Self.linesMax else {
            dropped += 1
            return
        }
        lines.append(String(decoding: pending, as: UTF8.self))
    }

    private mutating func takeNotice() -> String? {
        guard dropped > 0 else { return nil }
        defer { dropped = 0 }
        return "(\(dropped) more lines were dropped)"
    }
}
