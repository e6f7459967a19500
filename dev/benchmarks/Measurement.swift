import ModuleJSON

/// One number, with what was promised and what somebody else needs for the same.
struct Measurement: Sendable {
    var name: String
    /// What it is, from where to where.
    var what: String
    var unit: String
    /// The one that the promise is about: the median unless `isTail`.
    var value: Double
    var samples = 1
    var median: Double?
    var p95: Double?
    var promise: Double?
    /// Is more better? Times and sizes are better small.
    var wantsMore = false
    var peer: Peer?

    struct Peer: Sendable {
        var name: String
        var value: Double
    }

    init(_ name: String, _ what: String, _ unit: String, _ value: Double, promise: Double? = nil) {
        self.name = name
        self.what = what
        self.unit = unit
        self.value = value
        self.promise = promise
    }

    init(_ name: String, _ what: String, _ unit: String, _ spread: Spread, promise: Double? = nil) {
        self.init(name, what, unit, spread.median, promise: promise)
        samples = spread.count
        median = spread.median
        p95 = spread.p95
    }

    /// The promise is about the slowest twentieth.
    func judgedByTail() -> Measurement {
        var copy = self
        copy.value = p95 ?? value
        return copy
    }

    func beside(_ peer: Peer?) -> Measurement {
        var copy = self
        copy.peer = peer
        return copy
    }

    var isMet: Bool? {
        promise.map { wantsMore ? value >= $0 : value <= $0 }
    }

    /// How many times better than the peer's ours is.
    var ratio: Double? {
        peer.map { peer in
            let (better, worse) = wantsMore ? (peer.value, value) : (value, peer.value)
            return better > 0 ? worse / better : 0
        }
    }

    var json: JSON {
        var members: [(key: String, value: JSON)] = [
            ("value", .number(Figures.rounded(value))), ("unit", .string(unit)),
            ("what", .string(what)), ("samples", .integer(Int64(samples))),
            ("promise", promise.map { .number($0) } ?? .null),
            ("met", isMet.map { .bool($0) } ?? .null),
        ]
        if let median { members.append(("median", .number(Figures.rounded(median)))) }
        if let p95 { members.append(("p95", .number(Figures.rounded(p95)))) }
        if let peer, let ratio {
            members.append(
                (
                    "peer",
                    [
                        "name": .string(peer.name), "value": .number(Figures.rounded(peer.value)),
                        "ratio": .number(Figures.rounded(ratio)),
                    ]
                ))
        }
        return .object(JSONObject(members))
    }
}

/// The middle and the tail of many samples.
struct Spread: Sendable {
    let count: Int
    let median: Double
    let p95: Double

    init(_ samples: [Double]) {
        let sorted = samples.sorted()
        precondition(!sorted.isEmpty, "a spread of nothing")
        count = sorted.count
        median = sorted[sorted.count / 2]
        p95 = sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
    }
}

/// Numbers as people read them.
enum Figures {
    /// Four digits are more than such a measurement knows.
    static func rounded(_ value: Double) -> Double {
        guard value != 0, value.isFinite else { return value }
        var scale = 1.0
        while abs(value) * scale < 1_000 { scale *= 10 }
        return (value * scale).rounded() / scale
    }

    static func text(_ value: Double) -> String {
        let digits = abs(value) < 10 ? 2 : abs(value) < 100 ? 1 : 0
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = Int64((value * scale).rounded())
        guard digits > 0 else { return "\(whole)" }
        let fraction = String(abs(whole) % Int64(scale))
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return "\(whole < 0 ? "-" : "")\(abs(whole) / Int64(scale)).\(zeros)\(fraction)"
    }
}
