import KernelClient
import KernelWire

extension TaskInput {
    /// What the words, or the JSON, of a command line ask for.
    func run(_ given: Command.RunRequest.Input) throws(CommandProblem) -> RunCall {
        switch given {
        case .json(let text): try run(json: text)
        case .words(let words) where takesText: run(text: words.joined(separator: " "))
        case .words(let words): try run(words: words.map { .init(argument: $0) })
        }
    }
}
