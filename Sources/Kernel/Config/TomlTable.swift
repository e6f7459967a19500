/// The members of a table, in the order of the file.
package struct TomlTable: Sendable {
    package var members: [Member]

    package struct Member: Sendable {
        package let key: String
        package let position: TomlPosition
        package let node: TomlNode
    }

    package init(_ members: [Member] = []) {
        self.members = members
    }

    package var isEmpty: Bool { members.isEmpty }

    package subscript(key: String) -> TomlNode? {
        member(key)?.node
    }

    package func member(_ key: String) -> Member? {
        members.first { $0.key == key }
    }

    package func says(theSameAs other: TomlTable) -> Bool {
        guard members.count == other.members.count else { return false }
        let others = Dictionary(uniqueKeysWithValues: other.members.map { ($0.key, $0.node) })
        return members.allSatisfy { member in
            others[member.key].map { member.node.says(theSameAs: $0) } ?? false
        }
    }
}
