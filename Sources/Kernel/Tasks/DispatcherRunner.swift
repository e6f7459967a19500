import KernelBase
import KernelBuilds
package import KernelCalls
package import KernelHosting
package import KernelLoader
package import KernelStore
package import KernelSystem
import ModuleJSON

/// Runs durable tasks as calls of the dispatcher: on the generation that serves when they begin,
/// which stays theirs, in the mode that the module or the configuration says.
package struct DispatcherRunner: TaskRunner {
    private let dispatcher: Dispatcher
    private let loader: ModuleLoader
    private let pool: ThreadPool

    package init(dispatcher: Dispatcher, loader: ModuleLoader, pool: ThreadPool) {
        self.dispatcher = dispatcher
        self.loader = loader
        self.pool = pool
    }

    package func look(_ name: String) -> TaskTarget {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            return .unknown("\"\(name)\" is no task: write <module>.<task>, such as fs.read")
        }
        guard let slot = loader.slot(parts[0]) else {
            let hint = Spelling.hint(for: parts[0], among: loader.slots.map(\.id))
            return .unknown("there is no module \"\(parts[0])\"\(hint)")
        }
        guard let generation = slot.current else {
            let why = slot.problem.map { ": \($0)" } ?? ""
            return .absent("\(parts[0]) is not in service\(why)")
        }
        guard let index = generation.taskIndex(parts[1]) else {
            let names = generation.manifest.tasks.map(\.name)
            let hint = Spelling.hint(for: parts[1], among: names)
            return .unknown("\(parts[0]) has no task \"\(parts[1])\"\(hint)")
        }
        let task = generation.manifest.tasks[index]
        return .ready(
            mode: dispatcher.mode(of: task, in: slot.id), build: generation.build.hash,
            isIdempotent: task.isIdempotent)
    }

    package func problem(_ name: String, _ arguments: Payload) -> String? {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let generation = loader.slot(parts[0])?.current,
            let index = generation.taskIndex(parts[1])
        else { return nil }
        let task = generation.manifest.tasks[index]
        return dispatcher.problem(CallOrder(name, order(arguments)), task)
    }

    package func begin(_ run: TaskRun, _ listener: any CallListener) -> UInt64 {
        let number = dispatcher.newCallID()
        var order = CallOrder(
            run.name, order(run.arguments), timeoutSeconds: run.timeoutSeconds)
        if let seconds = run.secondsLeft {
            order.latestNanoseconds =
                SystemClock.monotonicNanoseconds + UInt64(min(max(0, seconds), 1e9) * 1e9)
        }
        order.durableTask = run.task.description
        let ready = order
        pool.run { dispatcher.call(ready, id: number, listener) }
        return number
    }

    package func cancel(_ call: UInt64) -> Bool {
        dispatcher.board.cancel(call)
    }

    private func order(_ arguments: Payload) -> CallOrder.Arguments {
        guard arguments.kind == .json, let json = try? JSON(parsing: arguments.bytes) else {
            return .bytes(arguments.bytes)
        }
        return .json(json)
    }
}
