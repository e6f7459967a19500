/// How a chat is made to fit a model's window: what tools have printed is shortened first, then the
/// oldest turns are told in short, then left out. A value without I/O: what a step has brought goes
/// in, the next step comes out. Nothing is deleted: all of it is about what the model is sent.
///
/// Each step has to make the chat smaller, or the next kind of step is taken: it comes to an end
/// with any history, any window and any summary.
package struct CompactionLife: Sendable {
    private let room: CompactionRoom
    private var kind = Kind.shortening
    private var before: Int?
    private var first: Int?

    private enum Kind: Int { case shortening, summarising, leavingOut, over }

    package enum Step: Sendable, Hashable {
        /// It fits, or has been made to.
        case fits
        /// Show only the beginning and the end of these results.
        case shorten([Int64], toTokens: Int)
        /// Have all turns up to this one told in short, in at most so many tokens.
        case summarise(throughTurn: Int64, tokensMax: Int)
        /// Do without all turns up to this one, and say so.
        case leaveOut(throughTurn: Int64)
        /// What is left cannot be made smaller.
        case stuck(CompactionProblem)
    }

    package init(_ room: CompactionRoom) {
        self.room = room
    }

    /// What to do with a chat as it is now, the oldest item first. Call it again after each step.
    package mutating func next(_ items: [CompactionItem]) -> Step {
        let size = items.reduce(0) { $0 + $1.tokens }
        first = first ?? size
        if size <= (before == nil ? room.most : room.wanted) { return .fits }
        guard room.most > 0 else { return .stuck(.noRoom) }
        // The same kind of step again only while it brings something.
        if let before, size >= before { kind = Kind(rawValue: kind.rawValue + 1) ?? .over }
        before = size
        while kind != .over {
            if let step = step(items, size) { return step }
            kind = Kind(rawValue: kind.rawValue + 1) ?? .over
        }
        return size <= room.most ? .fits : .stuck(.lastTurn(tokens: size, room: room.most))
    }

    /// No summary could be had, or it was not good enough: turns are left out instead.
    package mutating func summaryFailed() {
        kind = .leavingOut
        before = nil
    }

    private func step(_ items: [CompactionItem], _ size: Int) -> Step? {
        switch kind {
        case .shortening: shortening(items)
        case .summarising: summarising(items, size)
        case .leavingOut: leavingOut(items, size)
        case .over: nil
        }
    }

    private func shortening(_ items: [CompactionItem]) -> Step? {
        let most = room.resultTokens
        let long = items.filter { $0.isToolResult && $0.tokens > most + most / 2 }
        // Those of the last turn are what the model is working with.
        let last = items.last?.turn
        let old = long.filter { $0.turn != last }
        let chosen = old.isEmpty ? long : old
        return chosen.isEmpty ? nil : .shorten(chosen.map(\.id), toTokens: most)
    }

    private func summarising(_ items: [CompactionItem], _ size: Int) -> Step? {
        let tokensMax = room.summaryTokens
        guard let through = cut(items, size + tokensMax) else { return nil }
        let told = items.filter { $0.turn <= through }.reduce(0) { $0 + $1.tokens }
        // A summary that may be as long as what it tells brings nothing.
        guard told > 2 * tokensMax else { return nil }
        return .summarise(throughTurn: through, tokensMax: tokensMax)
    }

    private func leavingOut(_ items: [CompactionItem], _ size: Int) -> Step? {
        cut(items, size).map { .leaveOut(throughTurn: $0) }
    }

    /// The turn up to which all has to go; nil if the last turn would have to.
    private func cut(_ items: [CompactionItem], _ size: Int) -> Int64? {
        guard let last = items.last?.turn else { return nil }
        var left = size
        var through: Int64?
        for item in items where item.turn != last {
            guard left > room.wanted || item.turn == through else { break }
            left -= item.tokens
            through = item.turn
        }
        return through
    }
}

/// A message, or a part of one, as far as its size matters.
package struct CompactionItem: Sendable, Hashable {
    package let id: Int64
    /// Ascending with the chat. All of one turn stay together.
    package let turn: Int64
    package var tokens: Int
    package let isToolResult: Bool

    package init(id: Int64, turn: Int64, tokens: Int, isToolResult: Bool = false) {
        self.id = id
        self.turn = turn
        self.tokens = tokens
        self.isToolResult = isToolResult
    }
}

package enum CompactionProblem: Sendable, Hashable {
    /// Prompt, tools and answer fill the window by themselves.
    case noRoom
    case lastTurn(tokens: Int, room: Int)
}
