import ModuleChat
import ProviderSupport

/// The calls of one answer, as far as they have been told.
struct CallTable: Sendable {
    private var known: [Known] = []

    private struct Known: Sendable {
        let index: Int
        var id: String?
        var hasName: Bool
    }

    var isEmpty: Bool { known.isEmpty }

    /// What is new in the piece; nil if nothing is.
    mutating func piece(of call: ChatDelta.Call, _ names: ToolNames) -> ChatToolCallPiece? {
        var id = call.id.flatMap { $0.isEmpty ? nil : $0 }
        var name = call.name.flatMap { $0.isEmpty ? nil : names.name($0) }
        // A piece without a number goes on with the last call, or begins one.
        let place = known.lastIndex { $0.index == call.index ?? known.last?.index }
        if let place, !begins(id, name, isNumbered: call.index != nil, after: known[place]) {
            // Servers repeat both with each piece, some with an id that changes.
            id = known[place].id == nil ? id : nil
            name = known[place].hasName ? nil : name
            known[place].id = known[place].id ?? id
            known[place].hasName = known[place].hasName || name != nil
            guard id != nil || name != nil || !call.arguments.isEmpty else { return nil }
            return ChatToolCallPiece(
                index: known[place].index, id: id, name: name, arguments: call.arguments)
        }
        guard id != nil || name != nil || !call.arguments.isEmpty else { return nil }
        // The number may be taken: servers exist that number every call 0.
        let isFree = call.index.map { index in !known.contains { $0.index == index } } ?? false
        let index = isFree ? call.index ?? 0 : (known.map(\.index).max() ?? -1) + 1
        known.append(Known(index: index, id: id, hasName: name != nil))
        return ChatToolCallPiece(index: index, id: id, name: name, arguments: call.arguments)
    }

    /// Both a name and another id begin a call of their own.
    private func begins(
        _ id: String?, _ name: String?, isNumbered: Bool, after call: Known
    ) -> Bool {
        guard name != nil, call.hasName else { return false }
        guard let id, let before = call.id else { return !isNumbered }
        return id != before
    }
}
