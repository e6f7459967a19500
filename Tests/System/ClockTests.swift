import KernelSystem
import Testing

struct ClockTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.007Z"), (951_782_400, "2000-02-29T00:00:00.007Z"),
        (1_763_625_151, "2025-11-20T07:52:31.007Z"), (4_107_542_399, "2100-02-28T23:59:59.007Z"),
        (4_107_542_400, "2100-03-01T00:00:00.007Z"),
    ])
    func `a moment is told in UTC`(seconds: UInt64, text: String) {
        #expect(
            SystemClock.universalTime(ofNanoseconds: seconds * 1_000_000_000 + 7_999_999) == text)
    }

    @Test(
        arguments: [
            (2.5, 2_500_000_000), (0, 0), (-5, 0), (-Double.infinity, 0), (.nan, 0),
            (1e300, 3_153_600_000_000_000_000), (.infinity, 3_153_600_000_000_000_000),
        ] as [(Double, UInt64)])
    func `any number of seconds has its nanoseconds`(seconds: Double, nanoseconds: UInt64) {
        #expect(SystemClock.nanoseconds(ofSeconds: seconds) == nanoseconds)
    }
}
