/// How far the worker has come with what an exchange gives it: a value without I/O.
struct ExchangeProgress: Sendable, Hashable {
    private var fed: UInt64 = 0
    /// Those before it the module has returned from.
    private var returned: UInt64 = 0
    private var sinceNanoseconds: UInt64
    private var toldBytes = 0

    /// Messages about one exchange, each counted as this many bytes at least: far more than a
    /// worker sends that keeps to the bound of its events.
    private static let toldBytesMax = 256 << 20
    private static let messageBytesMin = 128

    init(now: UInt64) {
        sinceNanoseconds = now
    }

    mutating func feed(_ place: UInt64, now: UInt64) {
        if returned > fed { sinceNanoseconds = now }
        fed = place
    }

    /// False if it is too much.
    mutating func tell(_ bytes: Int, returnedFrom place: UInt64?, now: UInt64) -> Bool {
        toldBytes += max(bytes, Self.messageBytesMin)
        if let place, place >= returned, place <= fed {
            returned = place + 1
            sinceNanoseconds = now
        }
        return toldBytes <= Self.toldBytesMax
    }

    var stalledSince: UInt64? { returned > fed ? nil : sinceNanoseconds }
}
