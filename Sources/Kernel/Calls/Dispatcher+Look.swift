package import KernelBase
import KernelBuilds
import KernelGenerations
import KernelLoader
import ModuleJSON

/// What is known of a call before it is made.
extension Dispatcher {
    /// Who would run a task now.
    package enum Target: Sendable, Hashable {
        case ready(mode: RunMode, build: String, isIdempotent: Bool)
        /// The module is known, but takes no calls now; a sentence says why.
        case absent(String)
        /// Nobody has such a task; a sentence says so.
        case unknown(String)
    }

    package func look(_ address: String) -> Target {
        let parts = address.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let slot = loader.slot(String(parts[0])) else {
            return .unknown(unknownModule(address))
        }
        guard let generation = slot.current else {
            let why = slot.problem.map { ": \($0)" } ?? ""
            return .absent("\(slot.id) is not in service\(why)")
        }
        guard let index = generation.taskIndex(String(parts[1])) else {
            return .unknown(unknownTask(String(parts[1]), generation.manifest))
        }
        let task = generation.manifest.tasks[index]
        let mode = options.override(slot.id, task.name)?.mode ?? task.mode
        if let why = idleness(generation, mode) { return .absent("\(slot.id) is \(why)") }
        return .ready(
            mode: mode, build: generation.build.hash, isIdempotent: task.isIdempotent)
    }

    /// Why a build that is in service takes no calls of this mode for now.
    private func idleness(_ generation: Generation, _ mode: RunMode) -> String? {
        switch mode {
        case .process: loader.quarantineOfTasks(generation)
        case .main, .thread: generation.rest?.words
        }
    }

    /// What is wrong with an order, as far as it is known before the call; nil if nothing is, or
    /// while nobody would run it.
    package func problem(with order: CallOrder) -> String? {
        let parts = order.address.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let generation = loader.slot(String(parts[0]))?.current,
            let index = generation.taskIndex(String(parts[1]))
        else { return nil }
        do throws(Refusal) {
            _ = try checkedArguments(order, generation.manifest.tasks[index])
            return nil
        } catch {
            return error.outcome.message
        }
    }

    func unknownModule(_ address: String) -> String {
        guard address.contains(".") else {
            return "\"\(address)\" is no task: write <module>.<task>, such as fs.read"
        }
        let id = String(address.prefix { $0 != "." })
        let hint = Spelling.hint(for: id, among: loader.slots.map(\.id))
        return "there is no module \"\(id)\"\(hint)"
    }

    func unknownTask(_ name: String, _ manifest: Manifest) -> String {
        let names = manifest.tasks.map(\.name)
        let hint =
            Spelling.closest(to: name, among: names)
            .map { "; did you mean \(manifest.id).\($0)?" }
            ?? "; it has " + names.map { "\(manifest.id).\($0)" }.joined(separator: ", ")
        return "\(manifest.id) has no task \"\(name)\"\(hint)"
    }
}
