/// The rules of one .gitignore file. Git's own text on them: https://git-scm.com/docs/gitignore
struct IgnoreRules {
    private let rules: [Rule]

    static let bytesMax = 262_144
    static let rulesMax = 2000

    private struct Rule {
        let automaton: Automaton
        /// Matches the name alone, in whatever folder.
        let isNameOnly: Bool
        let isFolderOnly: Bool
        let keeps: Bool
    }

    init(_ bytes: [UInt8]) {
        let lines = bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
        rules = lines.prefix(Self.rulesMax).compactMap { Self.rule($0) }.reversed()
    }

    /// True or false if a rule speaks of the path, which is relative to the folder of the file.
    func ignores(_ components: ArraySlice<[UInt8]>, isFolder: Bool) -> Bool? {
        guard let name = components.last else { return nil }
        let path = Array(components.joined(separator: [RawPath.slash]))
        let rule = rules.first { rule in
            (isFolder || !rule.isFolderOnly)
                && rule.automaton.matches(rule.isNameOnly ? name : path)
        }
        return rule.map { !$0.keeps }
    }

    private static func rule(_ line: ArraySlice<UInt8>) -> Rule? {
        guard var text = String(validating: line, as: UTF8.self) else { return nil }
        while text.hasSuffix(" ") && !text.hasSuffix("\\ ") { text.removeLast() }
        if text.isEmpty || text.hasPrefix("#") { return nil }
        let keeps = text.hasPrefix("!")
        if keeps { text.removeFirst() }
        let isFolderOnly = text.hasSuffix("/")
        if isFolderOnly { text.removeLast() }
        let isNameOnly = !text.contains("/")
        if text.hasPrefix("/") { text.removeFirst() }
        if text.isEmpty { return nil }
        do {
            let pattern = try Glob.parse(text, allowsBraces: false)
            let program = try Program(pattern, isWhole: true)
            return Rule(
                automaton: Automaton(program, isFloating: false), isNameOnly: isNameOnly,
                isFolderOnly: isFolderOnly, keeps: keeps)
        } catch {
            // A rule that is too large to be kept ignores nothing.
            return nil
        }
    }
}
