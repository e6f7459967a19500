/// Runs a program over text, one table look-up for each byte. The tables are made as they are
/// needed, and thrown away when there are too many of them, so that both time and memory stay
/// bounded whatever the pattern.
final class Automaton {
    private let program: Program
    /// Look for a match that begins anywhere, not only at the start.
    private let isFloating: Bool
    private var states: [State] = []
    private var known: [State: Int] = [:]
    /// For each state, where each byte leads; the column after the bytes is the end of the text.
    private var table: [Int32] = []
    private var startState = 0
    private var marks: [Bool]

    /// The instructions that may come next, before the edges between the byte that was read and
    /// the next one are looked at.
    private struct State: Hashable {
        let instructions: [Int]
        let before: Before
    }

    private enum Before: Hashable { case start, word, other }

    private static let columns = 257
    private static let statesMax = 2000
    private static let unknown: Int32 = -1
    private static let found: Int32 = -2
    private static let lost: Int32 = -3

    init(_ program: Program, isFloating: Bool) {
        self.program = program
        self.isFloating = isFloating
        marks = [Bool](repeating: false, count: program.instructions.count)
        startState = makeStart()
    }

    private func makeStart() -> Int {
        index(of: State(instructions: [program.start], before: .start))
    }

    /// The offset where the earliest match ends; nil if there is none. (The edges at the end of a
    /// match are seen only with the byte that follows it.)
    func end(in text: UnsafeRawBufferPointer) -> Int? {
        var state = startState
        var position = 0
        while true {
            let next = follow(text, &state, &position)
            switch next == Self.unknown ? step(from: &state, Self.column(text, position)) : next {
            case Self.found: return position
            case Self.lost: return nil
            case let known: state = Int(known)
            }
            position += 1
        }
    }

    /// Goes from state to state as far as the tables say where to; returns what stopped it, which
    /// is never a state. The end of the text leads nowhere, so `position` stays within the text.
    private func follow(
        _ text: UnsafeRawBufferPointer, _ state: inout Int, _ position: inout Int
    ) -> Int32 {
        table.withUnsafeBufferPointer { table in
            var current = state
            var index = position
            defer { (state, position) = (current, index) }
            while index < text.count {
                let next = table[current &* Self.columns &+ Int(text[index])]
                if next < 0 { return next }
                current = Int(next)
                index &+= 1
            }
            return table[current &* Self.columns &+ Self.columns &- 1]
        }
    }

    private static func column(_ text: UnsafeRawBufferPointer, _ position: Int) -> Int {
        position < text.count ? Int(text[position]) : columns - 1
    }

    func matches(_ name: [UInt8]) -> Bool {
        name.withUnsafeBytes { end(in: $0) } != nil
    }

    private func index(of state: State) -> Int {
        if let index = known[state] { return index }
        states.append(state)
        known[state] = states.count - 1
        table += [Int32](repeating: Self.unknown, count: Self.columns)
        return states.count - 1
    }

    private func step(from index: inout Int, _ column: Int) -> Int32 {
        if states.count >= Self.statesMax {
            let current = states[index]
            states.removeAll(keepingCapacity: true)
            known.removeAll(keepingCapacity: true)
            table.removeAll(keepingCapacity: true)
            startState = makeStart()
            index = self.index(of: current)
        }
        let result = target(states[index], column)
        table[index * Self.columns + column] = result
        return result
    }

    private func target(_ state: State, _ column: Int) -> Int32 {
        let byte = column < 256 ? UInt8(column) : nil
        var waiting = state.instructions
        var seen: [Int] = []
        var next: [Int] = []
        defer { for instruction in seen { marks[instruction] = false } }
        while let instruction = waiting.popLast() {
            if marks[instruction] { continue }
            marks[instruction] = true
            seen.append(instruction)
            switch program.instructions[instruction] {
            case .found: return Self.found
            case .split(let first, let second): waiting += [second, first]
            case .edge(let edge, let following):
                if Self.holds(edge, state.before, byte) { waiting.append(following) }
            case .byte(let set, let following):
                if let byte, set.contains(byte) { next.append(following) }
            }
        }
        guard let byte else { return Self.lost }
        if isFloating { next.append(program.start) }
        if next.isEmpty { return Self.lost }
        let before: Before = ByteSet.word.contains(byte) ? .word : .other
        return Int32(self.index(of: State(instructions: Set(next).sorted(), before: before)))
    }

    private static func holds(_ edge: Pattern.Edge, _ before: Before, _ next: UInt8?) -> Bool {
        let isNextWord = next.map { ByteSet.word.contains($0) } ?? false
        return switch edge {
        case .start: before == .start
        case .end: next == nil
        case .word: (before == .word) != isNextWord
        case .noWord: (before == .word) == isNextWord
        }
    }
}
