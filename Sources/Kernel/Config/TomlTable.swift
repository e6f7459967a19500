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
}
