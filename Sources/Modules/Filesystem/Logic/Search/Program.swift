/// A pattern as instructions, each of which names where it goes on.
struct Program: Sendable {
    private(set) var instructions: [Instruction] = []
    private(set) var start = 0

    enum Instruction: Sendable {
        case byte(ByteSet, next: Int)
        case split(Int, Int)
        case edge(Pattern.Edge, next: Int)
        case found
    }

    static let instructionsMax = 20_000

    /// `isWhole`: the whole text must match, not a part of it.
    init(_ pattern: Pattern, isWhole: Bool) throws(Fault) {
        instructions.append(.found)
        let end = isWhole ? try add(.edge(.end), then: 0) : 0
        start = try add(pattern, then: end)
    }

    private mutating func append(_ instruction: Instruction) throws(Fault) -> Int {
        if instructions.count >= Self.instructionsMax {
            throw Fault(.limit, "The pattern is too large; use smaller counts in { }.")
        }
        instructions.append(instruction)
        return instructions.count - 1
    }

    /// Adds what matches `pattern` and then goes on at `next`; returns where it begins.
    private mutating func add(_ pattern: Pattern, then next: Int) throws(Fault) -> Int {
        switch pattern {
        case .nothing: return next
        case .byte(let set): return try append(.byte(set, next: next))
        case .edge(let edge): return try append(.edge(edge, next: next))
        case .sequence(let items):
            var start = next
            for item in items.reversed() { start = try add(item, then: start) }
            return start
        case .either(let choices):
            var start = try add(choices[choices.count - 1], then: next)
            for choice in choices.dropLast().reversed() {
                start = try append(.split(try add(choice, then: next), start))
            }
            return start
        case .repeated(let item, let least, let most):
            return try addRepeated(item, least, most, then: next)
        }
    }

    private mutating func addRepeated(
        _ item: Pattern, _ least: Int, _ most: Int?, then next: Int
    ) throws(Fault) -> Int {
        var start = next
        if let most {
            for _ in least..<most { start = try append(.split(try add(item, then: start), next)) }
        } else {
            let loop = try append(.split(next, next))
            instructions[loop] = .split(try add(item, then: loop), next)
            start = loop
        }
        for _ in 0..<least { start = try add(item, then: start) }
        return start
    }
}
