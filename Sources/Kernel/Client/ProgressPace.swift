/// Says which reports of progress are shown: none of a call that is over at once, then few enough
/// to be read.
package struct ProgressPace {
    private static let patienceNanoseconds: UInt64 = 200_000_000
    private static let pauseNanoseconds: UInt64 = 1_000_000_000

    private var nextNanoseconds: UInt64
    private var lastText: String?

    init(startedNanoseconds: UInt64) {
        nextNanoseconds = startedNanoseconds + Self.patienceNanoseconds
    }

    package mutating func shows(_ text: String, atNanoseconds now: UInt64) -> Bool {
        guard now >= nextNanoseconds, text != lastText else { return false }
        nextNanoseconds = now + Self.pauseNanoseconds
        lastText = text
        return true
    }

    /// `45 % copying`
    package static func text(fraction: Double?, note: String?) -> String {
        let percent = fraction.flatMap { $0.isFinite ? "\(Int(min(max($0, 0), 1) * 100)) %" : nil }
        return [percent, note].compactMap { $0?.isEmpty ?? true ? nil : $0 }
            .joined(separator: " ")
    }
}
