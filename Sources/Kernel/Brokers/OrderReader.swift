import KernelBase
import ModuleJSON

/// Reads the members of an order, each of which has to be known.
struct OrderReader {
    let json: JSON

    init(_ bytes: [UInt8], members: Set<String>) throws(ErrandRefusal) {
        do {
            json = try JSON(parsing: bytes)
        } catch {
            throw ErrandRefusal(.invalid, "the order is not JSON: \(error)")
        }
        guard let all = json.object else {
            throw ErrandRefusal(.invalid, "the order is no JSON object")
        }
        for (name, _) in all where !members.contains(name) {
            throw ErrandRefusal(
                .invalid, "the order has the member \"\(name)\", which is unknown")
        }
    }

    private func member<Value>(
        _ name: String, _ what: String, _ read: (JSON) -> Value?
    ) throws(ErrandRefusal) -> Value? {
        guard let value = json[name], value != .null else { return nil }
        guard let read = read(value) else {
            throw ErrandRefusal(.invalid, "\"\(name)\" is not \(what)")
        }
        return read
    }

    func text(_ name: String) throws(ErrandRefusal) -> String? {
        let text = try member(name, "a text", \.string)
        guard text?.utf8.contains(0) != true else {
            throw ErrandRefusal(.invalid, "\"\(name)\" has a zero in it")
        }
        return text
    }

    func flag(_ name: String) throws(ErrandRefusal) -> Bool? {
        try member(name, "true or false", \.bool)
    }

    func list(_ name: String, of what: String) throws(ErrandRefusal) -> [JSON]? {
        try member(name, "a list of \(what)", \.array)
    }

    /// At most that many, however many are asked for.
    func bytes(_ name: String, usual: Int, max: Int) throws(ErrandRefusal) -> Int {
        let wanted = try member(name, "a whole number", \.integer)
        return Int(min(Swift.max(wanted ?? Int64(usual), 0), Int64(max)))
    }

    func port(_ name: String) throws(ErrandRefusal) -> UInt16? {
        try member(name, "a port from 1 to 65535") { json in
            json.integer.flatMap { UInt16(exactly: $0) }.flatMap { $0 > 0 ? $0 : nil }
        }
    }

    func seconds(
        _ name: String, usual: Double, max: Double = 86_400
    ) throws(ErrandRefusal) -> Double {
        guard let seconds = try member(name, "a number", \.number) else { return usual }
        guard seconds > 0, seconds <= max else {
            throw ErrandRefusal(.invalid, "\"\(name)\" is not between 0 and \(max)")
        }
        return seconds
    }
}
