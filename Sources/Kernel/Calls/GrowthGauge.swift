/// Whether something that should stay level grows: a value without I/O.
struct GrowthGauge: Sendable, Hashable {
    private let growthMin: Int
    private var level: Int?

    /// Less growth than this is not worth a word, nor is any that does not double it.
    init(growthMin: Int) {
        self.growthMin = growthMin
    }

    /// The level that it has grown from since the last word about it; nil if it need not be told.
    mutating func grew(to value: Int) -> Int? {
        guard let before = level else {
            level = value
            return nil
        }
        guard value >= before + max(growthMin, before) else { return nil }
        level = value
        return before
    }
}
