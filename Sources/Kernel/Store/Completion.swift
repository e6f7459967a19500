import KernelSystem
import Synchronization

/// How the store answers: once, on a thread of its own, where nobody may block, and which is never
/// the one that asked. What it says of a write is said after the commit.
package typealias Completion<Value> = @Sendable (Result<Value, StoreError>) -> Void

/// The other two forms of every function of the store, and of others that answer like it.
package enum Answer {
    /// For threads that may block; never the main thread, and never one of the store's.
    package static func wait<Value: Sendable, Failure: Error>(
        _ start: (@escaping @Sendable (Result<Value, Failure>) -> Void) -> Void
    ) throws(Failure) -> Value {
        let answer = Condition<Result<Value, Failure>?>(nil)
        start { result in
            answer.withLock { $0 = result }
            answer.signal()
        }
        guard let result = answer.wait({ $0 }) else {
            preconditionFailure("a wait without a deadline ends with an answer")
        }
        return try result.get()
    }

    /// For functions that suspend.
    package static func value<Value: Sendable>(
        _ start: (@escaping Completion<Value>) -> Void
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            start { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
