import ModuleChat

/// What a turn may take before it stops and asks whether to go on. Nil: as much as it likes.
package struct TurnLimits: Sendable, Hashable {
    package var rounds: Int?
    /// The same task with the same arguments.
    package var sameCalls: Int?
    /// Sent and received, over all rounds.
    package var tokens: Int?
    /// In the currency of the model's price.
    package var cost: Double?

    package init(
        rounds: Int? = 40, sameCalls: Int? = 3, tokens: Int? = nil, cost: Double? = nil
    ) {
        self.rounds = rounds
        self.sameCalls = sameCalls
        self.tokens = tokens
        self.cost = cost
    }
}

/// What a turn has taken so far.
package struct TurnMeter: Sendable {
    package private(set) var rounds = 0
    package private(set) var tokens = 0
    package private(set) var cost = 0.0
    private let limits: TurnLimits
    private var seen: [TurnCall.Deed: Int] = [:]
    private var admitted = 0
    private var repeated = 0

    init(_ limits: TurnLimits) {
        self.limits = limits
    }

    /// The first one that is reached.
    var limit: TurnLimit? {
        if let most = limits.rounds, rounds >= most { return .rounds(most) }
        if let most = limits.tokens, tokens >= most { return .tokens(most) }
        if let most = limits.cost, cost >= most { return .cost(most) }
        return nil
    }

    /// The last answer wanted nothing but what was done often enough.
    var onlyRepeats: Bool { admitted == 0 && repeated > 0 }

    mutating func countRound() {
        rounds += 1
        admitted = 0
        repeated = 0
    }

    /// What no server counts takes nothing: nobody could say how much.
    mutating func count(_ usage: ChatUsage, cost: Double) {
        tokens += max(0, usage.input ?? 0) + max(0, usage.output ?? 0)
        if cost.isFinite { self.cost += max(0, cost) }
    }

    mutating func admits(_ call: TurnCall) -> Bool {
        let times = seen[call.deed, default: 0] + 1
        seen[call.deed] = times
        let isNew = limits.sameCalls.map { times <= $0 } ?? true
        if isNew { admitted += 1 } else { repeated += 1 }
        return isNew
    }
}
