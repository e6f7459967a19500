import KernelBase
import KernelBrokers
import KernelGenerations
package import KernelHosting
import KernelLoader
import KernelSystem
import ModuleJSON

/// What modules ask of each other: a call like any other, on behalf of the one who asks.
extension Dispatcher: AskRunner {
    package func run(_ ask: ModuleAsk, from module: String, _ listener: any CallListener) {
        if let part = ask.errand { return runErrand(ask, part, from: module, listener) }
        do throws(AskRefusal) {
            call(try order(for: ask, from: module), id: ask.id, listener)
        } catch {
            listener.callFinished(.failure(error.status, "\(ask.task): \(error.sentence)"))
        }
    }

    package func cancelAsk(_ id: UInt64) {
        if !board.cancel(id) { brokers.cancel(id) }
    }

    package func credit(_ id: UInt64, bytes: UInt64) {
        brokers.credit(id, bytes: bytes)
    }

    package func deliver(_ job: @escaping @Sendable () -> Void) {
        pools.idle.run(job)
    }

    struct AskRefusal: Error {
        let status: CallStatus
        let sentence: String

        init(_ status: CallStatus, _ sentence: String) {
            self.status = status
            self.sentence = sentence
        }
    }

    private func order(
        for ask: ModuleAsk, from module: String
    ) throws(AskRefusal) -> CallOrder {
        guard let dot = ask.task.lastIndex(of: ".") else {
            throw AskRefusal(
                .invalid, "write the name of an interface, a dot and the name of a task")
        }
        let interface = String(ask.task[..<dot])
        let parent = try parent(of: ask, module)
        let callers = callers(parent, module)
        let provider: String
        switch loader.relations.route(from: module, to: interface) {
        case .to(let found): provider = found
        case .refused(let status, let reason): throw AskRefusal(status, reason)
        }
        try check(callers, before: provider)
        let task = ask.task[ask.task.index(after: dot)...]
        var order = CallOrder("\(provider).\(task)", try arguments(of: ask))
        order.callers = callers
        order.latestNanoseconds = Self.earlier(
            ask.deadlineNanoseconds, parent?.deadlineNanoseconds ?? 0)
        return order
    }

    /// The call that the request is part of; nil if the module asks of its own accord.
    func parent(
        of ask: ModuleAsk, _ module: String
    ) throws(AskRefusal) -> RunningCall? {
        guard ask.call != 0 else { return nil }
        // A worker may name any number.
        guard let parent = board.call(ask.call), parent.slot.id == module else {
            throw AskRefusal(.misuse, "the call \(ask.call) that asks for it is not in flight")
        }
        guard !parent.isAskedToEnd else {
            throw AskRefusal(.cancelled, "the call that asks for it was cancelled")
        }
        return parent
    }

    private func callers(_ parent: RunningCall?, _ module: String) -> [CallFacts.Caller] {
        guard let facts = parent?.facts else { return [.init(call: 0, address: module)] }
        return facts.callers + [.init(call: facts.id, address: facts.address)]
    }

    /// A row of calls that comes back to a module would wait for itself.
    private func check(
        _ callers: [CallFacts.Caller], before provider: String
    ) throws(AskRefusal) {
        let row = callers.map(\.address).joined(separator: ", ")
        if callers.contains(where: { $0.module == provider }) {
            throw AskRefusal(
                .misuse,
                "\(provider) is at work on this already (\(row)), and cannot be asked again "
                    + "before it has ended")
        }
        guard callers.count <= CallPools.depthMax else {
            throw AskRefusal(
                .limit, "at most \(CallPools.depthMax) modules ask each other in a row (\(row))")
        }
    }

    private func arguments(of ask: ModuleAsk) throws(AskRefusal) -> CallOrder.Arguments {
        guard ask.kind == .json else { return .bytes(ask.arguments) }
        do {
            return .json(ask.arguments.isEmpty ? [:] : try JSON(parsing: ask.arguments))
        } catch {
            throw AskRefusal(.invalid, "the arguments are not JSON: \(error)")
        }
    }

    /// 0 stands for none.
    static func earlier(_ one: UInt64, _ other: UInt64) -> UInt64 {
        one == 0 || other == 0 ? max(one, other) : min(one, other)
    }
}
