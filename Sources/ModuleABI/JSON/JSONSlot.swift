/// The place that a value is encoded into. Containers of one value share it; nested containers
/// may be written to in any order, so that the tree is only put together at the end.
final class JSONSlot {
    var content: Content = .empty

    enum Content {
        case empty
        case value(JSON)
        case object(JSONObject, nested: [(key: String, slot: JSONSlot)])
        case list([JSON], nested: [(index: Int, slot: JSONSlot)])
    }

    /// A type that encodes nothing at all is an empty object, as the standard coders have it.
    var tree: JSON {
        switch content {
        case .empty: return .object(JSONObject())
        case .value(let value): return value
        case .object(var object, let nested):
            for (key, slot) in nested { object[key] = slot.tree }
            return .object(object)
        case .list(var items, let nested):
            for (index, slot) in nested { items[index] = slot.tree }
            return .array(items)
        }
    }

    func becomeObject() {
        if case .object = content { return }
        content = .object(JSONObject(), nested: [])
    }

    func becomeList() {
        if case .list = content { return }
        content = .list([], nested: [])
    }

    var itemCount: Int {
        if case .list(let items, _) = content { items.count } else { 0 }
    }

    func set(_ key: String, _ value: JSON) {
        // Taken out while it is changed: the array inside would be copied otherwise.
        guard case .object(var object, let nested) = content else { return }
        content = .empty
        object[key] = value
        content = .object(object, nested: nested)
    }

    func append(_ value: JSON) {
        guard case .list(var items, let nested) = content else { return }
        content = .empty
        items.append(value)
        content = .list(items, nested: nested)
    }

    func nest(_ key: String) -> JSONSlot {
        let inner = JSONSlot()
        set(key, .null)
        if case .object(let object, let nested) = content {
            content = .object(object, nested: nested + [(key, inner)])
        }
        return inner
    }

    func nestItem() -> JSONSlot {
        let inner = JSONSlot()
        append(.null)
        if case .list(let items, let nested) = content {
            content = .list(items, nested: nested + [(items.count - 1, inner)])
        }
        return inner
    }
}
