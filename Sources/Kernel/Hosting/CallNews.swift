/// What a module says of a call before it ends: held to the same bounds wherever it lives.
package enum CallNews {
    /// Partial output of one call beyond this is dropped, and the module is told so.
    package static let outputBytesMax = 16 << 20

    /// Nil also for what is no number, which JSON could not say.
    package static func fraction(_ told: Double) -> Double? {
        told >= 0 && told <= 1 ? told : nil
    }
}

/// How much one call has printed: a value.
package struct OutputBudget: Sendable, Hashable {
    private var bytes = 0

    package init() {}

    /// False if it would be too much: then it does not count.
    package mutating func takes(_ count: Int) -> Bool {
        guard bytes + count <= CallNews.outputBytesMax else { return false }
        bytes += count
        return true
    }
}
