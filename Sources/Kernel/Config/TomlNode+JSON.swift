package import ModuleJSON

extension TomlNode {
    package var json: JSON {
        switch value {
        case .string(let text): .string(text)
        case .integer(let value): .integer(value)
        case .number(let value): .number(value)
        case .boolean(let value): .bool(value)
        case .array(let elements): .array(elements.map(\.json))
        case .table(let table): table.json
        }
    }
}

extension TomlTable {
    package var json: JSON {
        .object(JSONObject(members.map { (key: $0.key, value: $0.node.json) }))
    }

    /// Where the value at a path stands, or as much of the way to it as there is; nil for the
    /// table itself.
    func position(of path: JSONPath) -> TomlPosition? {
        var found: TomlPosition?
        var value = TomlNode.Value.table(self)
        for step in path.steps {
            switch (step, value) {
            case (.key(let key), .table(let table)):
                guard let member = table.member(key) else { return found }
                (found, value) = (member.position, member.node.value)
            case (.index(let index), .array(let elements)):
                guard elements.indices.contains(index) else { return found }
                (found, value) = (elements[index].position, elements[index].value)
            default: return found
            }
        }
        return found
    }
}
