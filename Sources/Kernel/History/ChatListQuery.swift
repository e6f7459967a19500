import KernelDatabase
import KernelStore

/// A filter as a statement. Its text has few forms, so that it is compiled once for each.
package struct ChatListQuery {
    package let text: String
    let values: [SQLValue]

    package init(_ filter: ChatFilter) {
        var (condition, values) = Self.condition(filter.scope)
        if let tag = filter.tag {
            condition += " AND number IN (SELECT chat FROM chat_tag WHERE tag = ?)"
            values.append(.text(tag))
        }
        if let text = filter.text, !text.isEmpty {
            condition += " AND instr(folded, ?) > 0"
            values.append(.text(ChatRow.folded(text)))
        }
        if let after = filter.after {
            condition += " AND (touched, number) < (?, ?)"
            values.append(.integer(after.touched.milliseconds))
            values.append(.integer(after.chat.number))
        }
        text =
            "SELECT \(ChatRow.columns) FROM chat WHERE state = 0 AND deleted IS "
            + "\(filter.isDeleted ? "NOT " : "")NULL\(condition) "
            + "ORDER BY touched DESC, number DESC LIMIT ?"
        self.values = values + [.integer(min(max(filter.limit, 0), ChatLimits.listMax))]
    }

    static func condition(_ scope: ChatScope) -> (text: String, values: [SQLValue]) {
        switch scope {
        case .all: ("", [])
        case .shared: (" AND owner IS NULL", [])
        case .client(let name): (" AND owner = ?", [.text(name)])
        }
    }
}
