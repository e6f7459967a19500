import CHTTP
import KernelSystem

/// The work of the thread for HTTP: libcurl's multi handle, and the deadlines that it does not
/// keep.
@safe final class HTTPLoop {
    private let multi: OpaquePointer
    private var transfers: [UInt64: HTTPTransfer] = [:]

    /// The longest wait, in milliseconds, if no deadline comes before: a wake ends it.
    private static let waitMilliseconds = 3_600_000

    init() throws(HTTPFailure) {
        if let problem = unsafe http_open() {
            let sentence = unsafe String(cString: problem)
            throw HTTPFailure(
                .unavailable, "libcurl cannot be used: \(sentence); install the package libcurl4")
        }
        guard let multi = unsafe http_multi_create() else {
            throw HTTPFailure(.unavailable, "memory is short for HTTP")
        }
        unsafe self.multi = unsafe multi
    }

    /// Ends the wait of this loop from any thread.
    var waker: HTTPWaker { unsafe HTTPWaker(multi) }

    func take(_ orders: HTTPOrders) {
        for begin in orders.begins {
            let transfer = HTTPTransfer(begin.request, begin.listener)
            if start(transfer) { transfers[begin.number] = transfer }
        }
        for number in orders.resumes { transfers[number]?.resume() }
        for number in orders.cancels {
            guard let transfer = transfers[number] else { continue }
            end(transfer, number, HTTPFailure(.cancelled, "it was cancelled"))
        }
    }

    private func start(_ transfer: HTTPTransfer) -> Bool {
        do throws(HTTPFailure) {
            try unsafe transfer.begin(multi)
            return true
        } catch {
            transfer.listener.ended(error)
            return false
        }
    }

    /// Waits for the network or a wake, and deals with what came.
    func step() {
        unsafe http_multi_step(multi, Int32(wait()))
        let now = SystemClock.monotonicNanoseconds
        for (number, transfer) in transfers {
            transfer.look(now: now)
            if let failure = transfer.overdue(now: now) {
                end(transfer, number, failure)
            } else if let outcome = transfer.outcome {
                finish(transfer, number, outcome)
            }
        }
    }

    private func finish(
        _ transfer: HTTPTransfer, _ number: UInt64, _ outcome: HTTPTransfer.Outcome
    ) {
        guard case .again = outcome else {
            return end(transfer, number, outcome.failure)
        }
        unsafe transfer.drop(multi)
        if !start(transfer) { transfers[number] = nil }
    }

    private func end(_ transfer: HTTPTransfer, _ number: UInt64, _ failure: HTTPFailure?) {
        unsafe transfer.drop(multi)
        transfers[number] = nil
        transfer.listener.ended(failure)
    }

    private func wait() -> Int {
        guard let due = transfers.values.compactMap(\.dueNanoseconds).min() else {
            return Self.waitMilliseconds
        }
        let now = SystemClock.monotonicNanoseconds
        guard due > now else { return 0 }
        // Rounded up: a wait that ends just before the deadline would be followed by another.
        return min(Int((due - now) / 1_000_000) + 1, Self.waitMilliseconds)
    }

    func close() {
        for (number, transfer) in transfers {
            end(transfer, number, HTTPFailure(.cancelled, "the kernel is stopping"))
        }
        unsafe http_multi_destroy(multi)
    }
}

/// Ends the wait of a loop, from any thread. To be used only while the loop lives: its owner
/// holds the lock that guards both.
@safe struct HTTPWaker: @unchecked Sendable {
    // @unchecked: libcurl allows this one function on any thread.
    private let multi: OpaquePointer

    @unsafe init(_ multi: OpaquePointer) {
        unsafe self.multi = unsafe multi
    }

    func wake() {
        unsafe http_multi_wake(multi)
    }
}
