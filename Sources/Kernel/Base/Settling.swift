/// Turns hints about files into moments to look at them: a value without I/O or clock.
///
/// A file that was moved into place is whole at once. One that was written may be written again
/// by `strip` or `chmod`, so that it is left alone for a little; one that was removed may be
/// about to be linked anew, so that its end is believed later.
package struct Settling: Sendable {
    package enum Hint: Sendable, Hashable {
        case arrived
        case written
        case removed
    }

    /// All times in nanoseconds on one clock.
    package static let writtenQuiet: UInt64 = 20_000_000
    /// However often it is written, it is looked at after this long.
    package static let writtenMax: UInt64 = 200_000_000
    package static let removedQuiet: UInt64 = 1_500_000_000

    private let removedQuiet: UInt64

    private struct Pending {
        /// When it was first written since it was last looked at.
        var firstWritten: UInt64?
        var due: UInt64
    }

    private var pending: [String: Pending] = [:]

    package init(removedQuiet: UInt64 = Settling.removedQuiet) {
        self.removedQuiet = removedQuiet
    }

    package mutating func hint(_ path: String, _ hint: Hint, now: UInt64) {
        var file = pending[path] ?? Pending(due: now)
        switch hint {
        case .arrived:
            file.due = now
        case .written:
            let first = file.firstWritten ?? now
            file.firstWritten = first
            file.due = min(now + Self.writtenQuiet, first + Self.writtenMax)
        case .removed:
            file.firstWritten = nil
            file.due = now + removedQuiet
        }
        pending[path] = file
    }

    /// The file was looked at and is not whole yet.
    package mutating func lookAgain(_ path: String, now: UInt64) {
        if pending[path] == nil {
            pending[path] = Pending(firstWritten: now, due: now + Self.writtenQuiet)
        }
    }

    /// The next moment at which something is due; nil while there is nothing to wait for.
    package var nextDue: UInt64? { pending.values.map(\.due).min() }

    /// The files that are due, each once.
    package mutating func takeDue(now: UInt64) -> [String] {
        let due = pending.filter { $0.value.due <= now }.map(\.key).sorted()
        for path in due { pending[path] = nil }
        return due
    }
}
