import Glibc

/// A moment, written as ISO 8601 in UTC.
struct Timestamp: Hashable, Comparable, Sendable {
    let seconds: Int64
    let nanoseconds: Int64

    init(seconds: Int64, nanoseconds: Int64) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    init(_ raw: timespec) {
        self.init(seconds: Int64(raw.tv_sec), nanoseconds: Int64(raw.tv_nsec))
    }

    static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// Such as "2026-03-01T09:30:00Z".
    var text: String { day + "Z" }

    /// Such as "2026-03-01T09:30:00.000000001Z".
    var exactText: String { "\(day).\(Self.padded(nanoseconds, 9))Z" }

    /// Is `text` this moment, exactly or, if it has no fraction, to the second?
    func isWritten(_ text: String) -> Bool {
        text == exactText || text == self.text
    }

    private var day: String {
        var seconds = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { return "@\(self.seconds)" }
        let date =
            "\(Self.padded(Int64(parts.tm_year) + 1900, 4))"
            + "-\(Self.padded(Int64(parts.tm_mon) + 1, 2))-\(Self.padded(Int64(parts.tm_mday), 2))"
        let time =
            "\(Self.padded(Int64(parts.tm_hour), 2))"
            + ":\(Self.padded(Int64(parts.tm_min), 2)):\(Self.padded(Int64(parts.tm_sec), 2))"
        return "\(date)T\(time)"
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
