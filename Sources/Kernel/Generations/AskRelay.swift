import KernelBase
package import KernelHosting
import Synchronization

/// Runs what modules ask of each other.
package protocol AskRunner: AnyObject, Sendable {
    func newCallID() -> UInt64
    /// `ask.id` is one of those. The listener hears of the end exactly once, perhaps at once.
    func run(_ ask: ModuleAsk, from module: String, _ listener: any CallListener)
    func cancelAsk(_ id: UInt64)
    /// Whoever gave the errand has room for so many bytes of news more.
    func credit(_ id: UInt64, bytes: UInt64)
    /// Runs a job on a thread that no call from outside waits on.
    func deliver(_ job: @escaping @Sendable () -> Void)
}

/// Hands on what modules ask: the dispatcher, who runs it, is made after the loader, whose
/// instances ask.
package final class AskRelay: Sendable {
    private struct Runner {
        weak var value: (any AskRunner)?
    }

    private let runner = Mutex(Runner())

    init() {}

    package func attach(_ runner: any AskRunner) {
        self.runner.withLock { $0.value = runner }
    }

    fileprivate var current: (any AskRunner)? { runner.withLock { $0.value } }

    /// What the instances of one module ask through.
    func asker(for module: String) -> any ModuleAsker {
        RelayedAsker(module: module, relay: self)
    }
}

private struct RelayedAsker: ModuleAsker {
    let module: String
    let relay: AskRelay

    func newID() -> UInt64 { relay.current?.newCallID() ?? 0 }

    func ask(_ ask: ModuleAsk, _ listener: any CallListener) {
        guard let runner = relay.current else {
            return listener.callFinished(
                .failure(.busy, "\(ask.task): the kernel is starting or stopping"))
        }
        runner.run(ask, from: module, listener)
    }

    func cancel(_ id: UInt64) {
        relay.current?.cancelAsk(id)
    }

    func credit(_ id: UInt64, bytes: UInt64) {
        relay.current?.credit(id, bytes: bytes)
    }

    func deliver(_ job: @escaping @Sendable () -> Void) {
        // Without a runner nothing was asked that could hold a thread.
        if let runner = relay.current { runner.deliver(job) } else { job() }
    }
}
