package import KernelTerminal
package import ModuleJSON

/// JSON as a person reads it: a list of flat objects as a table, a flat object as names and values,
/// all else as JSON.
package struct JSONView {
    private static let tableColumnsMax = 6

    let json: JSON
    let columnsMax: Int

    package init(json: JSON, columnsMax: Int) {
        self.json = json
        self.columnsMax = columnsMax
    }

    package var lines: [StyledText] {
        if let items = json.array, let table = table(items) { return table }
        if let object = json.object, let lines = record(object) { return lines }
        return json.pretty().split(separator: "\n", omittingEmptySubsequences: false)
            .map { StyledText(String($0)) }
    }

    /// Nil where a table would not be read better: values within values, too many columns, or rows
    /// that the screen would break.
    private func table(_ items: [JSON], indent: String = "") -> [StyledText]? {
        var names: [String] = []
        for item in items {
            guard let object = item.object, object.pairs.allSatisfy({ Self.isFlat($0.value) })
            else { return nil }
            for name in object.keys where !names.contains(name) { names.append(name) }
        }
        guard !names.isEmpty, names.count <= Self.tableColumnsMax else { return nil }
        let columns = names.map { name in
            TextTable.Column(
                title: name, isNumber: items.allSatisfy { ($0[name] ?? .null).isNumberOrNull })
        }
        let rows = items.map { item in names.map { Self.text(item[$0]) } }
        let table = TextTable(columns, rows: rows)
        guard table.width + indent.count <= columnsMax else { return nil }
        return table.lines(columnsMax: columnsMax, indent: indent)
    }

    /// Names and values, and at the end at most one table.
    private func record(_ object: JSONObject) -> [StyledText]? {
        let flat = object.pairs.filter { Self.isFlat($0.value) }
        let deep = object.pairs.filter { !Self.isFlat($0.value) }
        guard deep.count <= 1, !object.isEmpty else { return nil }
        let width = flat.reduce(0) { max($0, StyledText($1.key).width) }
        var lines = flat.map { pair in
            let key = StyledText(pair.key)
            let padding = String(repeating: " ", count: width - key.width + 2)
            return StyledText(pair.key + padding, .dim) + Self.text(pair.value)
        }
        guard let inner = deep.first else { return lines }
        guard let items = inner.value.array else { return nil }
        if items.isEmpty {
            lines.append(StyledText(inner.key, .dim) + "  none")
            return lines
        }
        guard let table = table(items, indent: "  ") else { return nil }
        return lines + [StyledText(inner.key, .dim)] + table
    }

    /// A text of several lines has no place in a table.
    private static func isFlat(_ value: JSON) -> Bool {
        switch value {
        case .array, .object: false
        case .string(let text): !text.contains(where: \.isNewline)
        default: true
        }
    }

    private static func text(_ value: JSON?) -> StyledText {
        switch value {
        case nil, .null: ""
        case .string(let text): StyledText(text)
        case .some(let other): StyledText(other.text)
        }
    }
}

extension JSON {
    fileprivate var isNumberOrNull: Bool { isNull || number != nil }
}
