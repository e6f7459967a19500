package import KernelWire
import ModuleJSON

/// The modules and tasks as this client last heard of them.
package struct KnownModules: Sendable, Equatable {
    package let modules: [ModuleDescription]
    /// Files that are no module; each has only its own name.
    private let refused: [ModuleDescription]

    /// A task with the name by which it is called.
    package struct Task: Sendable, Equatable {
        /// `fs.read`
        package let address: String
        package let listing: TaskListing

        package init(address: String, listing: TaskListing) {
            self.address = address
            self.listing = listing
        }

        /// Of a module that is not in service, so that nobody knows what the task takes.
        package init(unseen address: String) {
            self.address = address
            listing = TaskListing(
                name: address, about: "", mode: "", risk: "", accepts: "json", arguments: [:],
                timeoutSeconds: 0)
        }
    }

    package init(_ modules: [ModuleDescription] = []) {
        let sorted = modules.sorted { $0.id < $1.id }
        self.modules = sorted.filter { !Self.isNone($0) }
        refused = sorted.filter(Self.isNone)
    }

    /// A file that is no module, or a place where there is none.
    private static func isNone(_ module: ModuleDescription) -> Bool {
        ["refused", "missing"].contains(module.state)
    }

    package var tasks: [Task] {
        modules.flatMap { module in
            module.tasks.map { Task(address: "\(module.id).\($0.name)", listing: $0) }
        }
    }

    package func module(_ id: String) -> ModuleDescription? { modules.first { $0.id == id } }

    package func taskIfKnown(_ address: String) -> Task? { tasks.first { $0.address == address } }

    package func task(_ address: String) throws(CommandProblem) -> Task {
        if let task = taskIfKnown(address) { return task }
        throw CommandProblem(whyUnknown(address), isOutOfService: isOutOfService(address))
    }

    package func requireModule(_ id: String) throws(CommandProblem) -> ModuleDescription {
        if let module = module(id) { return module }
        throw CommandProblem(unknownModule(id))
    }

    /// Is there a module of this task, that serves nothing?
    package func isOutOfService(_ address: String) -> Bool {
        let parts = address.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let module = module(String(parts[0])) else { return false }
        return module.state != "serving"
    }

    package func whyUnknown(_ address: String) -> String {
        let parts = address.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count == 2 else {
            let hint = Spelling.hint(for: address, among: tasks.map(\.address))
            return "there is no task \"\(address)\"\(hint.isEmpty ? "; /help lists all" : hint)"
        }
        let id = String(first)
        guard let module = module(id) else {
            let hint = Spelling.hint(for: address, among: tasks.map(\.address))
            if !hint.isEmpty { return "there is no task \"\(address)\"\(hint)" }
            return unknownModule(id)
        }
        guard module.state == "serving" else {
            let reason = module.problem.map { ": \($0)" } ?? ""
            return "the module \"\(id)\" is not in service (\(module.state))\(reason)"
        }
        let hint = Spelling.hint(for: String(parts[1]), among: module.tasks.map(\.name))
        let list = module.tasks.map(\.name).joined(separator: ", ")
        return "the module \"\(id)\" has no task \"\(parts[1])\""
            + (hint.isEmpty ? "; it has \(list)" : hint)
    }

    private func unknownModule(_ id: String) -> String {
        guard !modules.isEmpty else {
            let reason = refused.first.map { "\($0.id): \($0.problem ?? "refused")" }
            return "there is no module \"\(id)\": none is in service. "
                + (reason ?? "kernel module new \(id) makes one")
        }
        let hint = Spelling.hint(for: id, among: modules.map(\.id))
        let list = modules.map(\.id).joined(separator: ", ")
        return "there is no module \"\(id)\"" + (hint.isEmpty ? "; there are \(list)" : hint)
    }
}
