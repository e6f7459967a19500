import KernelBase
package import ModuleChat
package import ModuleJSON

/// A server's list as its provider has read it: the models, and what of it is none.
package struct ListedModels: Sendable, Hashable {
    package var models: [ModelInfo] = []
    /// What was left out, those of one reason together.
    package var leftOut: [LeftOut] = []

    package struct LeftOut: Sendable, Hashable {
        /// What follows the count: `without a name`.
        package let reason: String
        package fileprivate(set) var count: Int
        /// Of the first ones, as far as they can be shown.
        package fileprivate(set) var names: [String]
    }

    /// More reasons than these are told as one.
    private static let reasonsMax = 8
    private static let namesMax = 3
    private static let textBytesMax = 100
    private static let others = "for other reasons"
    static let noName = "with a name that is too long or cannot be typed"

    package init(_ models: [ModelInfo] = []) {
        self.models = models
    }

    /// Of what the provider made of the list.
    package init(_ entries: [JSON]) {
        for entry in entries {
            if let odd = LeftOutModel(entry) {
                leave(odd.id, odd.reason)
            } else if let model = try? ModelInfo(entry) {
                models.append(model)
            } else {
                let id = entry["id"]?.string ?? ""
                leave(id, id.isEmpty ? LeftOutModel.noName : Self.noName)
            }
        }
    }

    mutating func leave(_ name: String, _ reason: String, count: Int = 1) {
        var reason = Self.shown(reason)
        if reason.isEmpty { reason = Self.others }
        if leftOut.count >= Self.reasonsMax, !leftOut.contains(where: { $0.reason == reason }) {
            reason = Self.others
        }
        let index = leftOut.firstIndex { $0.reason == reason } ?? leftOut.count
        if index == leftOut.count { leftOut.append(LeftOut(reason: reason, count: 0, names: [])) }
        leftOut[index].count += count
        let name = Self.shown(name)
        if !name.isEmpty, leftOut[index].names.count < Self.namesMax {
            leftOut[index].names.append(name)
        }
    }

    /// Of what servers and modules say, what a person can read.
    private static func shown(_ text: String) -> String {
        var text = text
        text.unicodeScalars.removeAll { $0.properties.generalCategory == .control }
        guard text.utf8.count > textBytesMax else { return text }
        return text.prefix(textBytesMax / 2) + "…"
    }

    /// `3 without a name, 40 that are no models for chats (text-embedding-3-small, …)`; nil: none.
    package static func sentence(_ leftOut: [LeftOut]) -> String? {
        guard !leftOut.isEmpty else { return nil }
        return leftOut.map { group in
            let more = group.names.count < group.count ? ", …" : ""
            let names = group.names.joined(separator: ", ")
            return "\(Amount.grouped(group.count)) \(group.reason)"
                + (names.isEmpty ? "" : " (\(names)\(more))")
        }.joined(separator: "; ")
    }
}

// MARK: In the cache

extension ListedModels.LeftOut {
    init?(_ json: JSON) {
        guard let reason = json["reason"]?.string,
            let count = json["count"]?.integer, (1...(1 << 32)).contains(count)
        else { return nil }
        let names = (json["names"]?.array ?? []).compactMap(\.string)
        self.init(reason: reason, count: Int(count), names: names)
    }

    var json: JSON {
        [
            "reason": .string(reason), "count": .integer(Int64(count)),
            "names": .array(names.map { .string($0) }),
        ]
    }
}
