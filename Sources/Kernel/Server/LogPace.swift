import KernelBase

/// How fast one module may fill the log: a value without I/O.
struct LogPace: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        /// The line is kept, after a note of how many before it were not.
        case keep(dropped: Int)
        case drop
    }

    private var windowStartNanoseconds: UInt64 = 0
    private var linesInWindow = 0
    private var dropped = 0

    /// A longer text is cut.
    static let textBytesMax = 8_192
    /// More lines than this within a second are dropped.
    static let linesMax = 200
    private static let windowNanoseconds: UInt64 = 1_000_000_000

    /// `now` on the monotonic clock; threads may bring it in any order.
    mutating func next(now: UInt64) -> Step {
        if now > windowStartNanoseconds,
            now - windowStartNanoseconds >= Self.windowNanoseconds
        {
            windowStartNanoseconds = now
            linesInWindow = 0
        }
        guard linesInWindow < Self.linesMax else {
            dropped += 1
            return .drop
        }
        linesInWindow += 1
        defer { dropped = 0 }
        return .keep(dropped: dropped)
    }

    /// How many were dropped since the last line that was kept.
    mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }

    /// The text, or its beginning with a note of how long it was.
    static func cut(_ text: String) -> String {
        text.cut(toBytes: textBytesMax, mark: "… (cut: the line had \(text.utf8.count) bytes)")
    }
}
