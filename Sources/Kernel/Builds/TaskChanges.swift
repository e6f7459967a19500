/// What a reload changed in the list of tasks.
package struct TaskChanges: Sendable, Hashable, CustomStringConvertible {
    package let added: [String]
    package let removed: [String]
    package let changed: [String]
    package let total: Int

    package init(from old: Manifest?, to new: Manifest) {
        let before = Dictionary(
            uniqueKeysWithValues: (old?.tasks ?? []).map { ($0.name, $0) })
        let after = Dictionary(uniqueKeysWithValues: new.tasks.map { ($0.name, $0) })
        added = new.tasks.map(\.name).filter { before[$0] == nil }
        removed = (old?.tasks ?? []).map(\.name).filter { after[$0] == nil }
        changed = new.tasks.filter { before[$0.name] != nil && before[$0.name] != $0 }.map(\.name)
        total = new.tasks.count
    }

    package var description: String {
        var parts: [String] = []
        if !added.isEmpty { parts.append("+" + added.joined(separator: " +")) }
        if !removed.isEmpty { parts.append("-" + removed.joined(separator: " -")) }
        if !changed.isEmpty { parts.append("~" + changed.joined(separator: " ~")) }
        let count = total == 1 ? "1 task" : "\(total) tasks"
        guard !parts.isEmpty else { return "\(count) as before" }
        return "\(count): " + parts.joined(separator: " ")
    }
}
