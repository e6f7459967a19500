import KernelClient
import KernelTerminal
import KernelWire

/// How a line could go on, from what this client knows; folders are read as they are typed.
struct ReplCompletion {
    private let known: KnownModules
    private let recent: RecentTasks
    private let folders: FolderNames

    private let models: [ModelView]

    init(
        _ known: KnownModules, _ recent: RecentTasks, _ folders: FolderNames,
        models: [ModelView] = []
    ) {
        self.models = models
        self.known = known
        self.recent = recent
        self.folders = folders
    }

    func complete(_ text: String, at cursor: Int) -> CompletionResult {
        let before = String(decoding: text.utf8.prefix(cursor), as: UTF8.self)
        var words = CommandWords(before).words
        let isInWord = words.last?.range.upperBound == cursor
        let word = isInWord ? words.removeLast() : nil
        let range = word?.range ?? cursor..<cursor
        let typed = word?.text ?? ""
        let isSubmitted = words.prefix(2).map(\.text) == ["/task", "submit"]
        if isSubmitted { words.removeFirst(2) }
        guard let first = words.first else {
            let candidates = isSubmitted ? addresses(typed) : beginnings(typed)
            return CompletionResult(replacing: range, candidates: candidates)
        }
        if first.text.hasPrefix("/") {
            let rest = words.dropFirst().map(\.text)
            let candidates = parameters(of: first.text, rest, typed)
            return CompletionResult(replacing: range, candidates: candidates)
        }
        guard let task = known.taskIfKnown(first.text), task.listing.accepts != "bytes" else {
            return .none(at: cursor)
        }
        return arguments(of: task, given: words.dropFirst(), word, at: cursor)
    }

    // MARK: - Commands

    private func beginnings(_ typed: String) -> [CompletionCandidate] {
        if typed.hasPrefix("/") { return commands(typed) }
        return addresses(typed) + (typed.isEmpty ? commands(typed) : [])
    }

    private func addresses(_ typed: String) -> [CompletionCandidate] {
        typed.contains(".") ? tasks(typed) : modules(typed, suffix: ".")
    }

    // MARK: - Durable tasks

    private func taskActions(_ typed: String) -> [CompletionCandidate] {
        let names = ["submit"] + ReplLine.TaskAction.allCases.map(\.rawValue)
        return names.filter { $0.hasPrefix(typed) }.map { CompletionCandidate($0) }
    }

    /// The newest first.
    private func ids(_ typed: String, _ fits: (TaskView) -> Bool = { _ in true })
        -> [CompletionCandidate]
    {
        recent.tasks.filter { $0.id.hasPrefix(typed) && fits($0) }.map {
            CompletionCandidate($0.id, about: "\($0.task) \($0.state)")
        }
    }

    private func commands(_ typed: String) -> [CompletionCandidate] {
        ReplCommand.all.filter { $0.name.hasPrefix(typed) }.map { command in
            let suffix = command.parameters.isEmpty ? "" : " "
            return CompletionCandidate(command.name, about: command.about, suffix: suffix)
        }
    }

    private func tasks(_ typed: String) -> [CompletionCandidate] {
        known.tasks.filter { $0.address.hasPrefix(typed) }.map {
            CompletionCandidate($0.address, about: $0.listing.about)
        }
    }

    /// With a dot behind it, a module is the beginning of its tasks.
    private func modules(_ typed: String, suffix: String = "") -> [CompletionCandidate] {
        known.modules.filter { $0.id.hasPrefix(typed) }.map { module in
            CompletionCandidate(
                module.id + suffix, about: module.about ?? module.problem ?? "",
                suffix: suffix.isEmpty ? " " : "")
        }
    }

    // MARK: - Models

    private func models(named typed: String) -> [CompletionCandidate] {
        models.filter { $0.name.hasPrefix(typed) }.map { model in
            CompletionCandidate(Self.escaped(model.name), about: model.title ?? "", suffix: "")
        }
    }

    private func isModelAction(_ word: String) -> Bool {
        ReplLine.ModelLine.actions.contains(word)
    }

    private func modelActions(_ typed: String) -> [CompletionCandidate] {
        ReplLine.ModelLine.actions.filter { $0.hasPrefix(typed) }.map { CompletionCandidate($0) }
    }

    private func parameters(
        of command: String, _ words: [String], _ typed: String
    ) -> [CompletionCandidate] {
        switch (command, words) {
        case ("/modules", []), ("/health", []): modules(typed)
        case ("/model", []): models(named: typed) + modelActions(typed)
        case ("/model", let words) where words.count == 1 && isModelAction(words[0]):
            models(named: typed)
        case ("/module", []):
            ["lift", "reload"].filter { $0.hasPrefix(typed) }.map { CompletionCandidate($0) }
        case ("/module", ["reload"]), ("/module", ["lift"]): modules(typed)
        case ("/task", []): taskActions(typed)
        case ("/task", ["cancel"]), ("/cancel", []): ids(typed) { !$0.hasEnded }
        case ("/task", ["retry"]): ids(typed, \.hasEnded)
        case ("/task", let words) where words.count == 1: ids(typed)
        case ("/log", _) where words.count < 2: modules(typed)
        case ("/help", []):
            if typed.contains(".") { tasks(typed) } else { modules(typed) + commands(typed) }
        default: []
        }
    }

    // MARK: - Arguments

    private func arguments(
        of task: KnownModules.Task, given: ArraySlice<CommandWords.Word>,
        _ word: CommandWords.Word?, at cursor: Int
    ) -> CompletionResult {
        let schema = ArgumentSchema(task.listing.arguments)
        if let word, let name = word.name {
            return value(of: schema.argument(name), word, name)
        }
        let typed = word?.text ?? ""
        let names = Set(given.compactMap(\.name))
        let open = schema.arguments.filter { !names.contains($0.name) }
        var candidates = (open.filter(\.isRequired) + open.filter { !$0.isRequired })
            .filter { $0.name.hasPrefix(typed) }
            .map { CompletionCandidate($0.name + "=", about: $0.summary, suffix: "") }
        let hasUnnamed = given.contains { $0.name == nil }
        if !typed.isEmpty, !hasUnnamed, let place = open.first(where: \.isRequired) ?? open.first {
            candidates += values(of: place, typed)
        }
        if given.isEmpty, typed.hasPrefix("-"), "--json".hasPrefix(typed) {
            candidates.append(CompletionCandidate("--json", about: "All arguments as JSON."))
        }
        return CompletionResult(
            replacing: word?.range ?? cursor..<cursor, candidates: candidates)
    }

    /// A name within quotes is written anew with its value.
    private func value(
        of argument: ArgumentSchema.Argument?, _ word: CommandWords.Word, _ name: String
    ) -> CompletionResult {
        let candidates = argument.map { values(of: $0, word.value) } ?? []
        guard !word.nameIsPlain else {
            let start = word.range.lowerBound + name.utf8.count + 1
            return CompletionResult(
                replacing: start..<word.range.upperBound, candidates: candidates)
        }
        let whole = candidates.map { candidate in
            var candidate = candidate
            candidate.text = "\(name)=\(candidate.text)"
            return candidate
        }
        return CompletionResult(replacing: word.range, candidates: whole)
    }

    private func values(
        of argument: ArgumentSchema.Argument, _ typed: String
    ) -> [CompletionCandidate] {
        guard argument.isPath else {
            return argument.choices.filter { $0.hasPrefix(typed) }
                .map { CompletionCandidate(Self.escaped($0)) }
        }
        return paths(typed)
    }

    /// Names that begin with a dot are offered to those who type one.
    private func paths(_ typed: String) -> [CompletionCandidate] {
        let slash = typed.lastIndex(of: "/")
        let folder = slash.map { String(typed[...$0]) } ?? ""
        let name = slash.map { String(typed[typed.index(after: $0)...]) } ?? typed
        let matching = folders.entries(in: folder).filter { entry in
            entry.name.hasPrefix(name) && (name.hasPrefix(".") || !entry.name.hasPrefix("."))
        }
        return matching.map { entry in
            CompletionCandidate(
                Self.escaped(folder + entry.name + (entry.isFolder ? "/" : "")),
                suffix: entry.isFolder ? "" : " ")
        }
    }

    /// As it must be typed to be one word.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if character.isWhitespace || "\"'\\".contains(character) { result.append("\\") }
            result.append(character)
        }
    }
}

extension ArgumentSchema.Argument {
    fileprivate var summary: String {
        let needed = isRequired ? "required" : nil
        return [about.isEmpty ? kind : about, needed.map { "(\($0))" }].compactMap(\.self)
            .joined(separator: " ")
    }
}
