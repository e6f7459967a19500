import Synchronization

/// How long things took, in buckets that grow with the time: a quantile is right within an eighth
/// of its value. Counting is one addition, from any number of threads.
package final class LatencyHistogram: Sendable {
    /// Each power of two is cut into this many buckets.
    private static let partsPerPower = 4
    /// The last power holds what took a day or longer.
    private static let powers = 48
    private static let bucketCount = powers * partsPerPower

    private let buckets = InlineArray<192, Atomic<UInt32>> { _ in Atomic(0) }

    package init() {}

    package func count(nanoseconds: UInt64) {
        buckets[Self.bucket(of: nanoseconds)].add(1, ordering: .relaxed)
    }

    package func clear() {
        for index in 0..<Self.bucketCount { buckets[index].store(0, ordering: .relaxed) }
    }

    /// What was counted until now; counting goes on meanwhile.
    package var snapshot: Snapshot {
        Snapshot(counts: (0..<Self.bucketCount).map { buckets[$0].load(ordering: .relaxed) })
    }

    /// A moment of a histogram, or the sum of several.
    package struct Snapshot: Sendable, Hashable {
        private let counts: [UInt32]
        package let total: Int

        fileprivate init(counts: [UInt32]) {
            self.counts = counts
            total = counts.reduce(0) { $0 + Int($1) }
        }

        package static func + (left: Snapshot, right: Snapshot) -> Snapshot {
            Snapshot(counts: zip(left.counts, right.counts).map { $0 &+ $1 })
        }

        /// The time that this share of all stayed under; nil if nothing was counted.
        package func quantileNanoseconds(_ share: Double) -> UInt64? {
            guard total > 0 else { return nil }
            let rank = max(1, Int((share * Double(total)).rounded(.up)))
            var seen = 0
            for (bucket, count) in counts.enumerated() {
                seen += Int(count)
                if seen >= rank { return LatencyHistogram.middle(of: bucket) }
            }
            return nil
        }
    }

    // MARK: Buckets

    private static func bucket(of nanoseconds: UInt64) -> Int {
        guard nanoseconds >= UInt64(partsPerPower) else { return Int(nanoseconds) }
        let power = UInt64.bitWidth - 1 - nanoseconds.leadingZeroBitCount
        let part = Int(nanoseconds >> UInt64(power - 2)) & (partsPerPower - 1)
        return min((power - 1) * partsPerPower + part, bucketCount - 1)
    }

    private static func middle(of bucket: Int) -> UInt64 {
        guard bucket >= partsPerPower else { return UInt64(bucket) }
        let power = UInt64(bucket / partsPerPower + 1)
        let width = UInt64(1) << (power - 2)
        return (UInt64(partsPerPower) + UInt64(bucket % partsPerPower)) * width + width / 2
    }
}
