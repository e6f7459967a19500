import KernelBase
import Testing

struct LatencyHistogramTests {
    @Test func `nothing counted has no quantile`() {
        #expect(LatencyHistogram().snapshot.quantileNanoseconds(0.5) == nil)
    }

    @Test(arguments: [0, 1, 3, 4, 5, 7, 8, 100, 999, 12_345, 1_000_000, 86_400_000_000_000])
    func `one time comes back within an eighth`(nanoseconds: UInt64) throws {
        let histogram = LatencyHistogram()
        histogram.count(nanoseconds: nanoseconds)
        let told = try #require(histogram.snapshot.quantileNanoseconds(0.5))
        #expect(max(told, nanoseconds) - min(told, nanoseconds) <= nanoseconds / 8)
    }

    @Test func `quantiles are in order and name the slow ones`() throws {
        let histogram = LatencyHistogram()
        for _ in 0..<98 { histogram.count(nanoseconds: 1_000) }
        for _ in 0..<2 { histogram.count(nanoseconds: 1_000_000) }
        let snapshot = histogram.snapshot
        #expect(snapshot.total == 100)
        let median = try #require(snapshot.quantileNanoseconds(0.5))
        let high = try #require(snapshot.quantileNanoseconds(0.99))
        #expect((900...1_100).contains(median))
        #expect((900_000...1_100_000).contains(high))
    }

    @Test func `a time beyond all bounds is counted in the last bucket`() {
        let histogram = LatencyHistogram()
        histogram.count(nanoseconds: .max)
        #expect(histogram.snapshot.total == 1)
    }

    @Test func `two moments add up, and a cleared one is empty`() {
        let one = LatencyHistogram()
        one.count(nanoseconds: 10)
        let other = LatencyHistogram()
        other.count(nanoseconds: 20)
        #expect((one.snapshot + other.snapshot).total == 2)
        one.clear()
        #expect(one.snapshot.total == 0)
    }
}
