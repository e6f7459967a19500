package import KernelClient
package import KernelWire

/// A line of the REPL, understood.
package enum ReplLine: Equatable, Sendable {
    /// Empty, or a comment: `#` and what follows.
    case nothing
    case call(RunTask)
    case modules
    case module(String)
    case reload(String)
    case health(String?)
    case tasks
    case cancel(UInt64)
    case configuration
    case log(count: Int, module: String?)
    case help(HelpTopic)
    case quit

    package enum HelpTopic: Equatable, Sendable {
        case everything
        case command(String)
        case module(String)
        case task(String)
    }

    private static let logCount = 20
    private static let logCountMax = 2_000

    package init(_ line: String, _ known: KnownModules) throws(CommandProblem) {
        let cut = CommandWords(line)
        guard let first = cut.words.first, !first.text.hasPrefix("#") else {
            self = .nothing
            return
        }
        guard first.text.hasPrefix("/") else {
            self = .call(try Self.call(line, first, known))
            return
        }
        let rest = try CommandWords.finished(line).dropFirst().map(\.text)
        self = try Self.command(first.text, rest, known)
    }

    // MARK: Calls

    private static func call(
        _ line: String, _ first: CommandWords.Word, _ known: KnownModules
    ) throws(CommandProblem) -> RunTask {
        let input = TaskInput(try known.task(first.text))
        let rest = String(decoding: line.utf8.dropFirst(first.range.upperBound), as: UTF8.self)
        if input.takesText { return input.run(text: String(rest.drop(while: \.isWhitespace))) }
        let words = CommandWords(rest).words
        if words.first?.text == "--json" {
            return try input.run(json: try json(rest, after: words[0]))
        }
        return try input.run(words: try CommandWords.finished(rest))
    }

    /// The rest of the line; quotes around all of it are not needed, but a shell's habit.
    private static func json(
        _ line: String, after option: CommandWords.Word
    ) throws(CommandProblem) -> String {
        let rest = String(decoding: line.utf8.dropFirst(option.range.upperBound), as: UTF8.self)
        let text = rest.drop(while: \.isWhitespace)
        guard let quote = text.first, quote == "'" || quote == "\"" else { return String(text) }
        let words = try CommandWords.finished(String(text))
        guard words.count == 1 else {
            throw CommandProblem("--json takes one object: \"\(words[1].text)\" is too much")
        }
        return words[0].text
    }

    // MARK: Commands

    private static func command(
        _ name: String, _ words: [String], _ known: KnownModules
    ) throws(CommandProblem) -> ReplLine {
        let command = try ReplCommand.named(name)
        switch name {
        case "/modules":
            try limit(words, to: 1, command)
            guard let id = words.first else { return .modules }
            return .module(try known.requireModule(id).id)
        case "/health":
            try limit(words, to: 1, command)
            guard let id = words.first else { return .health(nil) }
            return .health(try known.requireModule(id).id)
        case "/module": return .reload(try reloaded(words, known))
        case "/cancel": return .cancel(try callNumber(words, command))
        case "/log": return try log(words, known)
        case "/help":
            try limit(words, to: 1, command)
            return .help(try topic(words.first, known))
        default:
            try limit(words, to: 0, command)
            return name == "/tasks" ? .tasks : name == "/config" ? .configuration : .quit
        }
    }

    private static func limit(
        _ words: [String], to count: Int, _ command: ReplCommand
    ) throws(CommandProblem) {
        guard words.count > count else { return }
        throw CommandProblem("\"\(words[count])\" is too much: \(command.usage)")
    }

    private static func reloaded(
        _ words: [String], _ known: KnownModules
    ) throws(CommandProblem) -> String {
        guard words.first == "reload", words.count == 2 else {
            throw CommandProblem(
                "write /module reload <id>; /modules \(words.first ?? "") tells about modules")
        }
        return try known.requireModule(words[1]).id
    }

    private static func callNumber(
        _ words: [String], _ command: ReplCommand
    ) throws(CommandProblem) -> UInt64 {
        try limit(words, to: 1, command)
        guard let number = words.first.flatMap({ UInt64($0) }) else {
            throw CommandProblem("\(command.usage) takes the number of a call, as /tasks lists it")
        }
        return number
    }

    private static func log(
        _ words: [String], _ known: KnownModules
    ) throws(CommandProblem) -> ReplLine {
        var count = logCount
        var module: String?
        for word in words {
            if let number = Int(word) {
                guard (1...logCountMax).contains(number) else {
                    throw CommandProblem("/log shows 1 to \(logCountMax) lines, not \(word)")
                }
                count = number
            } else if module == nil {
                // The log also has lines of the kernel's own parts and of modules that are gone.
                module = word
            } else {
                throw CommandProblem("\"\(word)\" is too much: /log [count] [module]")
            }
        }
        return .log(count: count, module: module)
    }

    private static func topic(
        _ word: String?, _ known: KnownModules
    ) throws(CommandProblem) -> HelpTopic {
        guard let word else { return .everything }
        if word.hasPrefix("/") { return .command(try ReplCommand.named(word).name) }
        if word.contains(".") { return .task(try known.task(word).address) }
        if known.module(word) != nil { return .module(word) }
        if ReplCommand.all.contains(where: { $0.name == "/\(word)" }) {
            return .command("/\(word)")
        }
        return .module(try known.requireModule(word).id)
    }
}
