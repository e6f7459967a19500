package import KernelClient
package import KernelWire
import ModuleJSON

/// A line of the REPL, understood.
package enum ReplLine: Equatable, Sendable {
    /// Empty, or a comment: `#` and what follows.
    case nothing
    case call(RunCall)
    /// Said to the model.
    case chat(String)
    case newChat
    case model(ModelLine)
    case modules
    case module(String)
    case reload(String)
    case lift(String)
    case health(String?)
    case tasks
    /// Handed in as a durable task.
    case submit(RunCall)
    case task(TaskAction, id: String)
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

    package enum TaskAction: String, Equatable, Sendable, CaseIterable {
        case show, output, wait, cancel, retry
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
            self = try Self.callOrTask(line, first, known)
            return
        }
        if first.text == "/task", cut.words.count > 1, cut.words[1].text == "submit" {
            self = .submit(try Self.submitted(line, Array(cut.words.dropFirst(2)), known))
            return
        }
        let rest = try CommandWords.finished(line).dropFirst().map(\.text)
        self = try Self.command(first.text, rest, known)
    }

    // MARK: Calls

    /// As in a shell, a lone & at the end has the work done beside the line.
    private static func callOrTask(
        _ line: String, _ first: CommandWords.Word, _ known: KnownModules
    ) throws(CommandProblem) -> ReplLine {
        let words = CommandWords(line).words
        if known.taskIfKnown(first.text) == nil, !isMeantAsTask(words, known) {
            return .chat(line)
        }
        guard words.count > 1, let last = words.last, last.isPlainAmpersand else {
            return .call(try call(line, first, known))
        }
        let kept = String(decoding: line.utf8.prefix(last.range.lowerBound), as: UTF8.self)
        return .submit(try call(kept, first, known))
    }

    /// `/task submit` and what follows it.
    private static func submitted(
        _ line: String, _ words: [CommandWords.Word], _ known: KnownModules
    ) throws(CommandProblem) -> RunCall {
        guard let first = words.first else {
            throw CommandProblem(
                "write /task submit <module>.<task> …, such as /task submit fs.list path=.")
        }
        return try call(line, first, known)
    }

    private static func call(
        _ line: String, _ first: CommandWords.Word, _ known: KnownModules
    ) throws(CommandProblem) -> RunCall {
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
        case "/model": return try model(words)
        case "/module": return try module(words, known)
        case "/cancel":
            // The number of a call has no letters; the id of a task always does.
            if words.count == 1, words[0].hasPrefix("t") { return .task(.cancel, id: words[0]) }
            return .cancel(try callNumber(words, command))
        case "/task": return try task(words, command)
        case "/log": return try log(words, known)
        case "/help":
            try limit(words, to: 1, command)
            return .help(try topic(words.first, known))
        default:
            try limit(words, to: 0, command)
            switch name {
            case "/tasks": return .tasks
            case "/config": return .configuration
            case "/new": return .newChat
            default: return .quit
            }
        }
    }

    private static func limit(
        _ words: [String], to count: Int, _ command: ReplCommand
    ) throws(CommandProblem) {
        guard words.count > count else { return }
        throw CommandProblem("\"\(words[count])\" is too much: \(command.usage)")
    }

    private static func module(
        _ words: [String], _ known: KnownModules
    ) throws(CommandProblem) -> ReplLine {
        guard words.count == 2, ["reload", "lift"].contains(words[0]) else {
            throw CommandProblem(
                "write /module reload <id> or /module lift <id>; /modules \(words.first ?? "") "
                    + "tells about modules")
        }
        let id = try known.requireModule(words[1]).id
        return words[0] == "reload" ? .reload(id) : .lift(id)
    }

    private static func task(
        _ words: [String], _ command: ReplCommand
    ) throws(CommandProblem) -> ReplLine {
        guard let name = words.first else { return .tasks }
        guard let action = TaskAction(rawValue: name) else {
            let names = ["submit"] + TaskAction.allCases.map(\.rawValue)
            let hint = Spelling.hint(for: name, among: names)
            throw CommandProblem(
                "there is no \"/task \(name)\"\(hint.isEmpty ? ": \(command.usage)" : hint)")
        }
        try limit(words, to: 2, command)
        guard words.count == 2 else {
            throw CommandProblem("/task \(name) needs the id of a task, as /tasks lists it")
        }
        return .task(action, id: words[1])
    }

    private static func callNumber(
        _ words: [String], _ command: ReplCommand
    ) throws(CommandProblem) -> UInt64 {
        try limit(words, to: 1, command)
        guard let number = words.first.flatMap({ UInt64($0) }) else {
            throw CommandProblem(
                "\(command.usage) takes the number of a call or the id of a task, as "
                    + "/tasks lists them")
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

extension CommandWords.Word {
    /// Not within quotes, and not behind a backslash.
    fileprivate var isPlainAmpersand: Bool { text == "&" && range.count == 1 }
}
