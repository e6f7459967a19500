/// How sentences about JSON speak of values.
extension JSON {
    private static let shownCharactersMax = 40

    /// The value as a sentence shows it: short ones themselves, long ones by their kind.
    package var shown: String {
        switch self {
        case .array(let items): items.isEmpty ? "an empty list" : "a list"
        case .object: "an object"
        case .string(let text) where text.count > Self.shownCharactersMax:
            "\(JSON.string(String(text.prefix(Self.shownCharactersMax))).text.dropLast())…\""
        default: text
        }
    }
}

func counted(_ count: Int, _ noun: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
}
