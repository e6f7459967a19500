import ModuleChat
import ModuleJSON

/// How one of Google's models wants to be asked. It is told from the name; one that is newer than
/// this file is taken for the newest kind.
struct GeminiModel: Sendable, Hashable {
    /// As it stands in an address: `models/gemini-3.8-flash`.
    let path: String
    let name: String
    private let generation: Generation

    private enum Generation: Sendable, Hashable {
        /// Does not think, or nobody can say how much.
        case plain
        /// 2.5: thinks as many tokens as it is told.
        case budget
        /// From 3 on: thinks by a level.
        case level
    }

    init(_ id: String) {
        path = id.contains("/") ? id : "models/\(id)"
        name = path.split(separator: "/").last.map(String.init) ?? id
        generation = Self.generation(name)
    }

    private static func generation(_ name: String) -> Generation {
        guard name.hasPrefix("gemini-") else { return .plain }
        let version = name.dropFirst("gemini-".count).prefix { $0.isNumber || $0 == "." }
        if version.hasPrefix("1") || version.hasPrefix("2.0") { return .plain }
        return version.hasPrefix("2") ? .budget : .level
    }

    /// It refuses a call of the turn under way that does not bear its signature.
    var wantsSignatures: Bool { generation == .level }

    /// It numbers its calls, and wants the numbers back.
    var takesCallIDs: Bool { generation == .level }

    /// The older ones take a schema for the answer, or tools.
    var takesSchemaBesideTools: Bool { generation == .level }

    // MARK: Thinking

    /// These can go without; the others of their generation refuse the level.
    private static let takesMinimal = ["gemini-3-flash", "gemini-3.5-flash", "gemini-3.6-flash"]

    func thinking(_ effort: ChatThinkingEffort?) -> JSONObject? {
        guard generation != .plain else { return nil }
        // Without an order the model decides, and its thoughts are shown.
        guard let effort else { return ["includeThoughts": true] }
        var setting: JSONObject = ["includeThoughts": .bool(effort != .off)]
        if generation == .budget {
            setting["thinkingBudget"] = .integer(budget(effort))
        } else {
            setting["thinkingLevel"] = .string(level(effort))
        }
        return setting
    }

    private func level(_ effort: ChatThinkingEffort) -> String {
        switch effort {
        case .off: Self.takesMinimal.contains { name.hasPrefix($0) } ? "MINIMAL" : "LOW"
        case .low: "LOW"
        case .medium: "MEDIUM"
        case .high: "HIGH"
        }
    }

    private func budget(_ effort: ChatThinkingEffort) -> Int64 {
        switch effort {
        // The large one cannot do without: this is its least.
        case .off: name.contains("pro") ? 128 : 0
        case .low: 1024
        case .medium: 8192
        case .high: 24_576
        }
    }
}
