/// A set of byte values.
struct ByteSet: Hashable, Sendable {
    private var words = SIMD4<UInt64>(repeating: 0)

    init() {}

    init(_ range: ClosedRange<UInt8>) {
        insert(range)
    }

    mutating func insert(_ range: ClosedRange<UInt8>) {
        for byte in range { insert(byte) }
    }

    mutating func insert(_ byte: UInt8) {
        words[Int(byte >> 6)] |= 1 << UInt64(byte & 63)
    }

    func contains(_ byte: UInt8) -> Bool {
        words[Int(byte >> 6)] >> UInt64(byte & 63) & 1 == 1
    }

    func union(_ other: ByteSet) -> ByteSet {
        var result = self
        result.words |= other.words
        return result
    }

    var inverted: ByteSet {
        var result = self
        result.words = ~words
        return result
    }

    func intersection(_ other: ByteSet) -> ByteSet {
        var result = self
        result.words &= other.words
        return result
    }

    /// With both cases of each ASCII letter that it holds.
    var withBothCases: ByteSet {
        var result = self
        for upper in UInt8(ascii: "A")...UInt8(ascii: "Z") {
            let lower = upper | 0x20
            if contains(upper) || contains(lower) {
                result.insert(upper)
                result.insert(lower)
            }
        }
        return result
    }

    static let ascii = ByteSet(0x00...0x7F)
    static let digits = ByteSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    static let space: ByteSet = {
        var set = ByteSet(0x09...0x0D)
        set.insert(0x20)
        return set
    }()
    static let word: ByteSet = {
        var set = digits
        set.insert(UInt8(ascii: "A")...UInt8(ascii: "Z"))
        set.insert(UInt8(ascii: "a")...UInt8(ascii: "z"))
        set.insert(UInt8(ascii: "_"))
        return set
    }()
}
