import KernelBase
package import KernelCalls
import KernelHosting
import KernelStore
package import KernelSystem
import ModuleJSON

/// Runs durable tasks as calls of the dispatcher: on the generation that serves when they begin,
/// which stays theirs, in the mode that the module or the configuration says.
package struct DispatcherRunner: TaskRunner {
    private let dispatcher: Dispatcher
    private let pool: ThreadPool

    package init(dispatcher: Dispatcher, pool: ThreadPool) {
        self.dispatcher = dispatcher
        self.pool = pool
    }

    package func look(_ name: String) -> Dispatcher.Target { dispatcher.look(name) }

    package func begin(_ run: TaskRun, _ listener: any TaskListener) -> UInt64 {
        let number = dispatcher.newCallID()
        dispatcher.board.announce(number)
        pool.run { [dispatcher] in
            dispatcher.call(Self.order(run, listener), id: number, listener)
        }
        return number
    }

    package func cancel(_ call: UInt64) {
        _ = dispatcher.board.cancel(call)
    }

    private static func order(_ run: TaskRun, _ listener: any TaskListener) -> CallOrder {
        var order = CallOrder(
            run.name, arguments(run.arguments), timeoutSeconds: run.timeoutSeconds)
        if let seconds = run.secondsLeft {
            order.latestNanoseconds =
                SystemClock.monotonicNanoseconds + UInt64(min(max(0, seconds), 1e9) * 1e9)
        }
        order.durableTask = run.task.description
        order.settled = { listener.callSettled(.init(mode: $0.mode, build: $0.build)) }
        return order
    }

    private static func arguments(_ arguments: Payload) -> CallOrder.Arguments {
        guard arguments.kind == .json, let json = try? JSON(parsing: arguments.bytes) else {
            return .bytes(arguments.bytes)
        }
        return .json(json)
    }
}
