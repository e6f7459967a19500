import ModuleJSON

/// A chat in JSON that cannot be read: where, and why.
public struct ChatReadingError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ place: String, _ problem: String) {
        description = "\(place) \(problem)"
    }
}

/// Reads members of one object and names the place of what is wrong.
struct ChatReader {
    let json: JSON
    let place: String

    init(_ json: JSON, _ place: String) throws(ChatReadingError) {
        guard json.object != nil else { throw ChatReadingError(place, "must be an object") }
        self.json = json
        self.place = place
    }

    func text(_ name: String) throws(ChatReadingError) -> String {
        guard let text = json[name]?.string else { throw error(name, "must be a string") }
        return text
    }

    func optionalText(_ name: String) throws(ChatReadingError) -> String? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let text = value.string else { throw error(name, "must be a string") }
        return text
    }

    func flag(_ name: String) throws(ChatReadingError) -> Bool {
        guard let value = json[name], !value.isNull else { return false }
        guard let flag = value.bool else { throw error(name, "must be true or false") }
        return flag
    }

    func number(_ name: String) throws(ChatReadingError) -> Double? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let number = value.number else { throw error(name, "must be a number") }
        return number
    }

    func count(_ name: String) throws(ChatReadingError) -> Int? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let number = value.integer, let count = Int(exactly: number), count >= 0 else {
            throw error(name, "must be a whole number of 0 or more")
        }
        return count
    }

    func object(_ name: String) throws(ChatReadingError) -> JSONObject {
        guard let object = json[name]?.object else { throw error(name, "must be an object") }
        return object
    }

    func list<Item>(
        _ name: String, _ read: (ChatReader) throws(ChatReadingError) -> Item
    ) throws(ChatReadingError) -> [Item] {
        guard let value = json[name], !value.isNull else { return [] }
        guard let items = value.array else { throw error(name, "must be a list") }
        var list: [Item] = []
        list.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            list.append(try read(try ChatReader(item, "\(path(name))[\(index)]")))
        }
        return list
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, of _: Choice.Type = Choice.self
    ) throws(ChatReadingError) -> Choice {
        let text = try text(name)
        guard let choice = Choice(rawValue: text) else {
            let all = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw error(name, "is \"\(text)\", and must be one of \(all)")
        }
        return choice
    }

    func path(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }

    func error(_ name: String, _ problem: String) -> ChatReadingError {
        ChatReadingError(path(name), problem)
    }
}
