import KernelBase

/// What a reload changed in the list of tasks.
package struct TaskChanges: Sendable, Hashable {
    package let added: [String]
    package let removed: [String]
    package let changed: [String]
    package let total: Int
    private let isFirst: Bool

    package init(from old: Manifest?, to new: Manifest) {
        let before = Dictionary(
            uniqueKeysWithValues: (old?.tasks ?? []).map { ($0.name, $0) })
        let after = Dictionary(uniqueKeysWithValues: new.tasks.map { ($0.name, $0) })
        added = new.tasks.map(\.name).filter { before[$0] == nil }
        removed = (old?.tasks ?? []).map(\.name).filter { after[$0] == nil }
        changed = new.tasks.filter { before[$0.name] != nil && before[$0.name] != $0 }.map(\.name)
        total = new.tasks.count
        isFirst = old == nil
    }

    /// `2 tasks: +new -old`; where that takes more, `+new -old`, and if need be `12 tasks: +9 -9`.
    package func text(charactersMax: Int) -> String {
        let count = Amount.count(total, "task")
        guard !isFirst else { return count }
        let signed = [("+", added), ("-", removed), ("~", changed)].filter { !$0.1.isEmpty }
        guard !signed.isEmpty else { return "\(count) as before" }
        let names = signed.flatMap { sign, names in names.map { sign + $0 } }
            .joined(separator: " ")
        let numbers = signed.map { "\($0)\($1.count)" }.joined(separator: " ")
        return ["\(count): \(names)", names].first { $0.count <= charactersMax }
            ?? "\(count): \(numbers)"
    }
}
