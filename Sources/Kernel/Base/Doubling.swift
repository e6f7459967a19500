/// Pauses that are twice as long each time, up to a bound.
package enum Doubling {
    /// The pause after so many pauses.
    package static func pause(first: Double, after count: Int, max: Double) -> Double {
        // More doublings than these are beyond any bound.
        (0..<Swift.min(Swift.max(count, 0), 64)).reduce(Swift.min(first, max)) { pause, _ in
            Swift.min(pause * 2, max)
        }
    }
}
