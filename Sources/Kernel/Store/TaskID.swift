import Synchronization

/// The name of a durable task: a letter and eleven digits of base 32, which sort by time. The same
/// as a number is its place in the order of tasks.
package struct TaskID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 35 bits of time in steps of 32 ms since 2025, which last until 2059, and 20 bits of chance.
    package let number: Int64

    package init(number: Int64) {
        self.number = number
    }

    /// Nil unless `text` is a whole id.
    package init?(_ text: String) {
        guard let range = TaskID.range(ofPrefix: text), range.lowerBound == range.upperBound else {
            return nil
        }
        self = range.lowerBound
    }

    /// A new id, greater than all that this process has made.
    package static func make(at moment: Moment = .now) -> TaskID {
        let fromClock = (max(moment.milliseconds - epochMilliseconds, 0) >> 5) << 20
        let number = source.withLock { source in
            // Steps within one tick are random, so that an id tells nothing about its neighbours.
            let next = source.last + 1 + Int64(source.chance() & 1_023)
            source.last = max(next, fromClock + Int64(source.chance() >> 45))
            return source.last
        }
        return TaskID(number: number & largest)
    }

    /// New ids will be greater than this one, of another process: it may have made them faster than
    /// the time goes by that they begin with, or by a clock that has been put back since.
    static func stay(above other: TaskID) {
        source.withLock { $0.last = max($0.last, other.number) }
    }

    private static let source = Mutex(Source())

    private struct Source {
        var last: Int64 = 0
        private var seed = UInt64.random(in: 0...UInt64.max)

        /// SplitMix64: asking the system each time would cost more than the rest of a submission.
        mutating func chance() -> UInt64 {
            seed &+= 0x9e37_79b9_7f4a_7c15
            var mixed = seed
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    /// 2025-01-01T00:00:00Z.
    private static let epochMilliseconds: Int64 = 1_735_689_600_000
    private static let largest: Int64 = (1 << 55) - 1

    package var description: String {
        var digits: [UInt8] = [Self.letter]
        for place in (0..<Self.digitCount).reversed() {
            digits.append(Self.alphabet[Int(number >> (5 * Int64(place))) & 31])
        }
        return String(decoding: digits, as: UTF8.self)
    }

    package static func < (left: TaskID, right: TaskID) -> Bool { left.number < right.number }

    /// All ids that begin with `text`, of which upper and lower case are the same. Nil if no id
    /// can.
    package static func range(ofPrefix text: String) -> ClosedRange<TaskID>? {
        let characters = Array(text.utf8)
        let digits = characters.dropFirst()
        guard let first = characters.first, first | 0x20 == letter, digits.count <= digitCount
        else { return nil }
        var number: Int64 = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            number = number << 5 | value
        }
        let open = 5 * Int64(digitCount - digits.count)
        let low = number << open
        return TaskID(number: low)...TaskID(number: low | (1 << open - 1))
    }

    private static let letter = UInt8(ascii: "t")
    private static let digitCount = 11
    /// Crockford's: without the letters that look like a digit or make words.
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    private static func value(of digit: UInt8) -> Int64? {
        switch digit | 0x20 {
        case UInt8(ascii: "o"): 0
        case UInt8(ascii: "i"), UInt8(ascii: "l"): 1
        case let digit: alphabet.firstIndex(of: digit).map { Int64($0) }
        }
    }
}
