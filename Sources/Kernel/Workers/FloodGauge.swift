/// How much a worker says of its own accord, in its output and in messages that nobody asked for:
/// beyond the bound it does nothing else. A value without I/O.
package struct FloodGauge: Sendable, Hashable {
    /// Lines above the pace are dropped long before; this is what it costs to read them.
    package static let bytesMax = 32 << 20
    package static let windowSeconds = 10.0

    private let bytesMax: Int
    private let windowNanoseconds: UInt64
    private var windowStartNanoseconds: UInt64 = 0
    private var bytes = 0

    package init(
        bytesMax: Int = Self.bytesMax, windowSeconds: Double = Self.windowSeconds
    ) {
        self.bytesMax = bytesMax
        windowNanoseconds = UInt64(windowSeconds * 1e9)
    }

    /// True once the bound is passed.
    package mutating func isFlooded(adding count: Int, nowNanoseconds now: UInt64) -> Bool {
        if now >= windowStartNanoseconds + windowNanoseconds {
            windowStartNanoseconds = now
            bytes = 0
        }
        bytes += count
        return bytes > bytesMax
    }
}
