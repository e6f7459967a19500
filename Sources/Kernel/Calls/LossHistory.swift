/// How often calls of each build in the kernel kept their threads, or the main loop, lately: a
/// value without I/O.
struct LossHistory: Sendable {
    /// With so many within the window the build is to leave the kernel: who holds threads for ever
    /// takes them from all others, a few at a time.
    static let lossesMax = 5
    static let windowSeconds = 300.0

    private var losses: [String: [UInt64]] = [:]

    /// Whether that was one too many. It begins anew then.
    mutating func isTooMuch(adding build: String, nowNanoseconds now: UInt64) -> Bool {
        let window = UInt64(Self.windowSeconds * 1e9)
        let begin = now > window ? now - window : 0
        losses = losses.compactMapValues { moments in
            let recent = moments.filter { $0 >= begin }
            return recent.isEmpty ? nil : recent
        }
        losses[build, default: []].append(now)
        guard losses[build, default: []].count >= Self.lossesMax else { return false }
        losses[build] = nil
        return true
    }
}
