import ModuleJSON

/// Which command the words of a command line name, wherever its options stand.
struct CommandSelection {
    /// The first row of the table if no command is named.
    let specification: CommandSpecification
    /// A word with commands behind it, none of which is named: only its help can be shown.
    private(set) var group: String?
    private(set) var asksForHelp: Bool
    /// Where the words of the command stand among the arguments.
    let positions: Set<Int>

    private typealias Word = (text: String, position: Int)

    init(_ arguments: [String]) throws(CommandLineOptions.UsageError) {
        let all = CommandSpecification.all
        var words = Self.leadingWords(arguments)
        let helpPosition = words.first?.text == "help" ? words.removeFirst().position : nil
        asksForHelp =
            helpPosition != nil
            || arguments.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
        let names = words.map(\.text)
        let match = all.dropFirst().first { names.starts(with: $0.path) }
        specification = match ?? all[0]
        var used = Set(words.prefix(match?.path.count ?? 0).map(\.position))
        if let helpPosition { used.insert(helpPosition) }
        positions = used
        guard match == nil, let first = names.first else { return }
        let isGroup = all.contains { $0.path.first == first }
        guard isGroup, names.count == 1, asksForHelp else {
            throw Self.unknown(names, isGroup: isGroup)
        }
        group = first
    }

    var help: String { group.map { HelpText.group($0) } ?? HelpText(specification).text }

    /// The first words that are neither options nor values of global ones.
    private static func leadingWords(_ arguments: [String]) -> [Word] {
        let longest = 3  // help, and a command of two words
        var words: [Word] = []
        var position = 0
        while position < arguments.count, words.count < longest {
            let text = arguments[position]
            if text == "--" { break }
            if text.hasPrefix("-") {
                let option = CommandSpecification.globalOptions.first { $0.name == text }
                position += option?.value == nil ? 1 : 2
            } else {
                words.append((text, position))
                position += 1
            }
        }
        return words
    }

    private static func unknown(
        _ names: [String], isGroup: Bool
    ) -> CommandLineOptions.UsageError {
        let paths = CommandSpecification.all.map(\.path)
        guard isGroup else {
            let candidates = Set(paths.compactMap(\.first)).sorted()
            return CommandLineOptions.UsageError(
                "there is no command \"\(names[0])\""
                    + Spelling.hint(for: names[0], among: candidates), usage: nil)
        }
        let commands = paths.filter { $0.first == names[0] }.compactMap(\.last)
        let list = commands.joined(separator: " | ")
        guard names.count > 1 else {
            return CommandLineOptions.UsageError(
                "\(names[0]) needs to know what to do: kernel \(names[0]) \(list)",
                usage: nil, topic: names[0])
        }
        let hint = Spelling.hint(for: names[1], among: commands)
        return CommandLineOptions.UsageError(
            "there is no command \"\(names[0]) \(names[1])\""
                + (hint.isEmpty ? ": kernel \(names[0]) \(list)" : hint),
            usage: nil, topic: names[0])
    }
}
