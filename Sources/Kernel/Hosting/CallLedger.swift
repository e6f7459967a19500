import KernelBase
import Synchronization

/// The calls of one instance that are in flight. A call leaves it exactly once: that is what makes
/// its end unique, whoever comes first of the module, the deadline and the drain.
final class CallLedger: Sendable {
    private struct Entry {
        let listener: any CallListener
        var cancellation: CancelReason?
        var outputBytes = 0
    }

    private let entries = Mutex<[UInt64: Entry]>([:])

    /// Partial output beyond this is dropped, and the module is told so.
    static let outputBytesMax = 16 << 20

    func add(_ id: UInt64, _ listener: any CallListener) {
        entries.withLock { $0[id] = Entry(listener: listener) }
    }

    /// Takes the call out; nil if it has ended before.
    func remove(_ id: UInt64) -> (any CallListener)? {
        entries.withLock { $0.removeValue(forKey: id)?.listener }
    }

    func listener(of id: UInt64) -> (any CallListener)? {
        entries.withLock { $0[id]?.listener }
    }

    /// The listener, if `count` more bytes of output are within the bound.
    func listener(of id: UInt64, printing count: Int) -> Printing {
        entries.withLock { entries in
            guard var entry = entries[id] else { return .unknownCall }
            guard entry.outputBytes + count <= Self.outputBytesMax else { return .overLimit }
            entry.outputBytes += count
            entries[id] = entry
            return .allowed(entry.listener)
        }
    }

    enum Printing {
        case allowed(any CallListener)
        case overLimit
        case unknownCall
    }

    /// Marks the call as asked to end; false if it has ended already.
    func cancel(_ id: UInt64, _ reason: CancelReason) -> Bool {
        entries.withLock { entries in
            guard entries[id] != nil else { return false }
            entries[id]?.cancellation = reason
            return true
        }
    }

    /// Why the call was asked to end; nil if it was not, or has ended.
    func cancellation(of id: UInt64) -> CancelReason? {
        entries.withLock { $0[id]?.cancellation }
    }

    func isCancelledOrEnded(_ id: UInt64) -> Bool {
        entries.withLock { entries in
            guard let entry = entries[id] else { return true }
            return entry.cancellation != nil
        }
    }

    var ids: [UInt64] { entries.withLock { $0.keys.sorted() } }

    var count: Int { entries.withLock { $0.count } }
}
