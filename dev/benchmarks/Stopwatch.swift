import KernelSystem

/// Times work, in the unit that is asked for.
enum Stopwatch {
    enum Unit: Double {
        case microseconds = 1e3
        case milliseconds = 1e6
    }

    /// How long each of `count` runs took.
    static func each(
        _ count: Int, in unit: Unit, _ body: () throws -> Void
    ) rethrows -> Spread {
        var samples: [Double] = []
        samples.reserveCapacity(count)
        for _ in 0..<count { samples.append(try once(in: unit, body)) }
        return Spread(samples)
    }

    /// The mean of each of `rounds` batches, for work that is too short to be timed alone. A
    /// first batch is not counted.
    static func batches(
        _ rounds: Int, of count: Int, in unit: Unit, _ body: () throws -> Void
    ) rethrows -> Spread {
        var samples: [Double] = []
        for round in 0...rounds {
            let whole = try once(in: unit) { for _ in 0..<count { try body() } }
            if round > 0 { samples.append(whole / Double(count)) }
        }
        return Spread(samples)
    }

    static func once(in unit: Unit, _ body: () throws -> Void) rethrows -> Double {
        let begin = SystemClock.monotonicNanoseconds
        try body()
        return Double(SystemClock.monotonicNanoseconds - begin) / unit.rawValue
    }
}
