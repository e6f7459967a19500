import KernelClient
import KernelWire
import ModuleJSON

/// What tells a line for a model from the mistake in a line for the kernel.
extension ReplLine {
    /// `/model` and what follows it.
    package enum ModelLine: Equatable, Sendable {
        /// All, or the one that is named, or those with this in their name.
        case choose(String?)
        /// Nil: as the configuration says.
        case standard(String?)
        case show(String?)
        case test(String?)
        case pull(String)
        case load(String)
        case unload(String)

        static let actions = ["default", "load", "pull", "show", "test", "unload"]
    }

    static func model(_ words: [String]) throws(CommandProblem) -> ReplLine {
        guard let first = words.first else { return .model(.choose(nil)) }
        let isAction = ModelLine.actions.contains(first)
        guard words.count <= (isAction ? 2 : 1) else {
            throw CommandProblem("\"\(words[words.count - 1])\" is too much: /model [name]")
        }
        let name = words.count > 1 ? words[1] : nil
        switch (first, name) {
        case ("default", _): return .model(.standard(name))
        case ("show", _): return .model(.show(name))
        case ("test", _): return .model(.test(name))
        case ("pull", let name?): return .model(.pull(name))
        case ("load", let name?): return .model(.load(name))
        case ("unload", let name?): return .model(.unload(name))
        case (_, _) where isAction:
            throw CommandProblem("/model \(first) needs the name of a model; /model lists them")
        default: return .model(.choose(first))
        }
    }

    /// Whether a line that names no task was meant as one all the same: by its module, by a
    /// spelling close to a task's, or by what follows.
    static func isMeantAsTask(_ words: [CommandWords.Word], _ known: KnownModules) -> Bool {
        guard let first = words.first?.text else { return false }
        guard isAddress(first) else {
            // A word that a command or a module is called by, and nothing else.
            let isCommand = ReplCommand.all.contains { $0.name == "/" + first } || first == "exit"
            return words.count == 1 && (isCommand || known.module(first) != nil)
        }
        let module = String(first.prefix { $0 != "." })
        let close = Spelling.closest(to: first, among: known.tasks.map(\.address)) != nil
        let takesArguments = words.dropFirst().allSatisfy { $0.name != nil || $0.text == "--json" }
        return known.modules.isEmpty || known.module(module) != nil || close || takesArguments
    }

    /// Whether a line that was taken for words may name a task of a module that is not known yet.
    var mayBeTask: Bool {
        guard case .chat(let text) = self else { return false }
        return CommandWords(text).words.first.map { Self.isAddress($0.text) } == true
    }

    /// `fs.read`
    private static func isAddress(_ word: String) -> Bool {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                part.first?.isLetter == true
                    && part.utf8.allSatisfy { byte in
                        switch byte {
                        case UInt8(ascii: "a")...UInt8(ascii: "z"),
                            UInt8(ascii: "A")...UInt8(ascii: "Z"),
                            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                            UInt8(ascii: "-"):
                            true
                        default: false
                        }
                    }
            }
    }
}
