package import KernelWire

/// The calls that this client waits for: a value without I/O.
package struct RunningCalls: Sendable {
    package struct Call: Sendable {
        package let task: String
        /// Those that began before it.
        let earlierCount: Int
        /// The kernel's number, once it has said it.
        var number: UInt64?
        var cancellation = Cancellation.none
        package var pace: ProgressPace
        package var output = OutputLines()
        package var hasPrinted = false
        /// It has ended, and its end is being shown: there is nothing to cancel.
        var hasEnded = false
    }

    enum Cancellation { case none, wanted, sent }

    package struct CancelPlan: Equatable {
        /// To be sent now.
        package var numbers: [UInt64] = []
        /// The tasks that are asked to end for the first time, and those that were before.
        package var newTasks: [String] = []
        package var oldTasks: [String] = []

        package var isEmpty: Bool { newTasks.isEmpty && oldTasks.isEmpty }
    }

    private(set) var calls: [RequestID: Call] = [:]

    private var begunCount = 0

    package var isEmpty: Bool { calls.isEmpty }

    package init() {}

    package mutating func begin(_ request: RequestID, task: String, atNanoseconds now: UInt64) {
        calls[request] = Call(
            task: task, earlierCount: begunCount, pace: ProgressPace(startedNanoseconds: now))
        begunCount += 1
    }

    /// Answers whether the call is to be cancelled at once: somebody wanted it before it had a
    /// number.
    package mutating func started(_ request: RequestID, number: UInt64) -> Bool {
        guard var call = calls[request] else { return false }
        call.number = number
        let isWanted = call.cancellation == .wanted
        if isWanted { call.cancellation = .sent }
        calls[request] = call
        return isWanted
    }

    package mutating func update<Answer>(_ request: RequestID, _ change: (inout Call) -> Answer)
        -> Answer?
    {
        guard var call = calls[request] else { return nil }
        defer { calls[request] = call }
        return change(&call)
    }

    /// The call has ended; until `end` it counts, so that nobody leaves before its end is shown.
    package mutating func beginEnd(_ request: RequestID) -> Call? {
        calls[request]?.hasEnded = true
        return calls[request]
    }

    package mutating func end(_ request: RequestID) { calls[request] = nil }

    package mutating func cancelAll() -> CancelPlan {
        var plan = CancelPlan()
        for (request, var call) in inOrder where !call.hasEnded {
            guard call.cancellation == .none else {
                plan.oldTasks.append(call.task)
                continue
            }
            plan.newTasks.append(call.task)
            if let number = call.number { plan.numbers.append(number) }
            call.cancellation = call.number == nil ? .wanted : .sent
            calls[request] = call
        }
        return plan
    }

    private var inOrder: [(key: RequestID, value: Call)] {
        calls.sorted { $0.value.earlierCount < $1.value.earlierCount }
    }
}
