import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelWorkers
import ModuleJSON

// Calls that can do no harm: tasks that only read and may be repeated.
extension ModuleCheck {
    /// Wrong arguments are refused by the schema, before the module sees them.
    mutating func checkSchemas(_ subject: CheckSubject) {
        let tasks = subject.manifest.tasks.filter { $0.arguments != nil }
        guard !tasks.isEmpty else { return }
        let unnoticed = tasks.filter { task in
            task.arguments?.problems(in: ["no-such-argument": 1]).isEmpty ?? false
        }
        guard unnoticed.isEmpty else {
            return report.add(
                "arguments", .warn,
                "a misspelt argument of \(Self.list(unnoticed.map(\.name))) is not noticed: "
                    + "say \"additionalProperties\": false in the schema")
        }
        let example = tasks.first?.arguments?.problems(in: ["no-such-argument": 1]).first
        report.add("arguments", .ok, "wrong ones are refused: \(example.map { "\($0)" } ?? "")")
    }

    mutating func checkCalls(_ subject: CheckSubject) {
        checkUnknownTask(subject)
        let harmless = subject.manifest.tasks.enumerated().filter { _, task in
            task.risk == .read && task.isIdempotent
        }
        let callable = harmless.compactMap { index, task -> HarmlessCall? in
            HarmlessCall(index, task)
        }
        for call in callable.prefix(tools.options.tasksMax) {
            checkCall(subject, call)
            checkCancelling(subject, call)
        }
        let left = subject.manifest.tasks.count - min(callable.count, tools.options.tasksMax)
        if left > 0 {
            report.add(
                "calls", .ok,
                "\(left) tasks were not called: they need arguments, change something, or may not "
                    + "be repeated")
        }
    }

    private mutating func checkUnknownTask(_ subject: CheckSubject) {
        let tools = tools
        let index = subject.manifest.tasks.count
        step("unknown task") {
            let outcome = try tools.servingWorker(subject).call(
                task: index, .json, Array("{}".utf8), mode: .process)
            guard !outcome.succeeded else {
                throw CheckWarning("a task that is not in the manifest was answered as if it were")
            }
            return "refused: \(outcome.status.name)"
        }
    }

    private mutating func checkCall(_ subject: CheckSubject, _ call: HarmlessCall) {
        let tools = tools
        step("call \(call.task.name)") {
            let worker = try tools.servingWorker(subject)
            let outcome = try worker.call(
                task: call.index, call.task.accepts, call.arguments, mode: call.task.mode)
            // What the module does wrong after the end of the call is told with these answers.
            try worker.step(.checkHealth)
            try worker.step(.stop)
            guard outcome.succeeded else {
                guard outcome.status != .deadline else { throw CheckWarning(Self.tooSlow) }
                guard !outcome.message.isEmpty else {
                    throw CheckFailure("it failed without a sentence that says why")
                }
                throw CheckWarning("it failed: \(outcome.message)")
            }
            if let problem = Self.problem(with: outcome, call.task) { throw CheckFailure(problem) }
            return "\(outcome.value.count) bytes"
        }
    }

    private static let tooSlow = "it did not end within the time that a check has"

    /// Does the result keep what the manifest says of it?
    private static func problem(with outcome: CallOutcome, _ task: TaskDescription) -> String? {
        guard outcome.kind == task.result else {
            return "its result is \(outcome.kind), but the manifest says \(task.result)"
        }
        switch outcome.kind {
        case .bytes: return nil
        case .text:
            return String(validating: outcome.value, as: UTF8.self) == nil
                ? "its result is not UTF-8" : nil
        case .json:
            do {
                _ = try JSON(parsing: outcome.value)
                return nil
            } catch {
                return "its result is not JSON: \(error)"
            }
        }
    }

    private mutating func checkCancelling(_ subject: CheckSubject, _ call: HarmlessCall) {
        let tools = tools
        step("cancel \(call.task.name)") {
            let worker = try tools.servingWorker(subject)
            let outcome = try worker.call(
                task: call.index, call.task.accepts, call.arguments, mode: call.task.mode,
                cancelling: true)
            try worker.step(.checkHealth)
            let stopped = outcome.status == .cancelled || outcome.status == .deadline
            return stopped ? "it stopped" : "it was done already"
        }
    }
}

/// A call that needs nothing but the defaults.
private struct HarmlessCall {
    let index: Int
    let task: TaskDescription
    let arguments: [UInt8]

    init?(_ index: Int, _ task: TaskDescription) {
        self.index = index
        self.task = task
        guard task.accepts == .json else {
            // Every value that a byte can have.
            arguments = Array(0...UInt8.max)
            return
        }
        let filled = task.arguments?.fillingDefaults(in: [:]) ?? [:]
        guard task.arguments?.problems(in: filled).isEmpty ?? true else { return nil }
        arguments = filled.serialized()
    }
}

/// Something that a step found, that makes the module unfit.
private struct CheckFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
