package import ModuleChat

/// The keys of one provider, and which of them rest: because they met a limit, or because the
/// server refused them. A value without I/O.
package struct KeyRing: Sendable, Hashable {
    private var rests: [Rest?]
    /// Where the last one that worked stands.
    private var current = 0

    package struct Rest: Sendable, Hashable {
        package let untilNanoseconds: UInt64
        package let because: ChatFailure

        /// A key that is wrong, and not one that has had its share.
        package var isRefused: Bool { because.kind == .authentication }
    }

    package init(count: Int) {
        rests = Array(repeating: nil, count: count)
    }

    package var count: Int { rests.count }

    /// Where a key rests in either of the two, it rests; the longer rest counts.
    package func with(_ other: KeyRing) -> KeyRing {
        var both = self
        for (key, rest) in other.rests.prefix(count).enumerated() {
            if let rest {
                both.rest(key, untilNanoseconds: rest.untilNanoseconds, because: rest.because)
            }
        }
        return both
    }

    /// The one to use now, the last one that worked before others; nil if all that are not in
    /// `without` rest. Where every key was refused the first is tried again: it may have been
    /// allowed since.
    package func next(without: Set<Int>, now: UInt64) -> Int? {
        let order = (0..<count).map { ($0 + current) % count }.filter { !without.contains($0) }
        if let awake = order.first(where: { rest(of: $0, now: now) == nil }) { return awake }
        let areAllRefused = (0..<count).allSatisfy { rest(of: $0, now: now)?.isRefused == true }
        return areAllRefused ? order.first : nil
    }

    /// Until when that one rests, and why; nil: it is awake.
    package func rest(of key: Int, now: UInt64) -> Rest? {
        guard rests.indices.contains(key) else { return nil }
        return rests[key].flatMap { $0.untilNanoseconds > now ? $0 : nil }
    }

    /// Of those that rest after a limit, the one that may be used first.
    package func firstToWake(without: Set<Int>, now: UInt64) -> Rest? {
        (0..<count).filter { !without.contains($0) }
            .compactMap { rest(of: $0, now: now) }.filter { !$0.isRefused }
            .min { $0.untilNanoseconds < $1.untilNanoseconds }
    }

    package mutating func rest(
        _ key: Int, untilNanoseconds: UInt64, because failure: ChatFailure
    ) {
        guard untilNanoseconds > (rests[key]?.untilNanoseconds ?? 0) else { return }
        rests[key] = Rest(untilNanoseconds: untilNanoseconds, because: failure)
    }

    package mutating func worked(_ key: Int) {
        current = key
        rests[key] = nil
    }
}
