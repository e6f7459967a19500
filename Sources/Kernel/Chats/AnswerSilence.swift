/// How long a model that was asked has said nothing that is part of its answer: a value without
/// I/O. Thoughts are no part of it, since not every client shows them.
struct AnswerSilence: Sendable, Hashable {
    private var model = ""
    private var last = Word.none
    /// Nil: no model is being asked.
    private var sinceNanoseconds: UInt64?

    private enum Word { case none, thought, text }

    struct Notice: Sendable, Hashable {
        let sentence: String
        let seconds: UInt64
    }

    /// Nobody wonders before.
    private static let patienceSeconds: UInt64 = 5
    private static let second: UInt64 = 1_000_000_000

    mutating func asked(_ model: String, now: UInt64) {
        self.model = model
        last = .none
        sinceNanoseconds = now
    }

    mutating func heard(isThinking: Bool, now: UInt64) {
        guard sinceNanoseconds != nil else { return }
        last = isThinking ? .thought : .text
        if !isThinking { sinceNanoseconds = now }
    }

    /// Something else is told meanwhile, or nothing more.
    mutating func end() {
        sinceNanoseconds = nil
    }

    /// When the next notice is; nil: nothing is waited for.
    func dueNanoseconds(now: UInt64) -> UInt64? {
        sinceNanoseconds.map { since in
            let whole = max(seconds(now: now) + 1, Self.patienceSeconds)
            return since + whole * Self.second
        }
    }

    /// Nil: too little time has passed.
    func notice(now: UInt64) -> Notice? {
        let seconds = seconds(now: now)
        guard sinceNanoseconds != nil, seconds >= Self.patienceSeconds else { return nil }
        let sentence =
            switch last {
            case .none: "\(model) is working on it, \(seconds) s"
            case .thought: "\(model) is thinking, \(seconds) s"
            case .text: "\(model) is still at it, nothing new for \(seconds) s"
            }
        return Notice(sentence: sentence, seconds: seconds)
    }

    private func seconds(now: UInt64) -> UInt64 {
        let since = sinceNanoseconds ?? now
        return (max(now, since) - since) / Self.second
    }
}
