/// The keys of one provider, and which of them rest because they met a limit. A value without I/O.
package struct KeyRing: Sendable, Hashable {
    private var restsUntil: [UInt64]
    /// Where the last one that worked stands.
    private var current = 0

    package init(count: Int) {
        restsUntil = Array(repeating: 0, count: count)
    }

    package var count: Int { restsUntil.count }

    /// The one to use now, the last one that worked before others; nil if all that are not in
    /// `without` rest.
    package func next(without: Set<Int>, now: UInt64) -> Int? {
        (0..<count).lazy.map { ($0 + current) % count }.first {
            !without.contains($0) && restsUntil[$0] <= now
        }
    }

    /// When the first of those that rest may be used again.
    package func nextAwake(without: Set<Int>) -> UInt64? {
        (0..<count).filter { !without.contains($0) }.map { restsUntil[$0] }.min()
    }

    package mutating func rest(_ key: Int, untilNanoseconds: UInt64) {
        restsUntil[key] = max(restsUntil[key], untilNanoseconds)
    }

    package mutating func worked(_ key: Int) {
        current = key
        restsUntil[key] = 0
    }
}
