import Testing

@testable import KernelPrompts

@Suite struct CompactionTests {
    private func items(_ turns: [[Int]], results: Set<Int> = []) -> [CompactionItem] {
        var id: Int64 = 0
        return turns.enumerated().flatMap { turn, sizes in
            sizes.map { size in
                id += 1
                return CompactionItem(
                    id: id, turn: Int64(turn), tokens: size, isToolResult: results.contains(Int(id))
                )
            }
        }
    }

    private let room = CompactionRoom(window: 10_000, fixed: 500, answer: 1_000)

    @Test func `what fits is left alone`() {
        #expect(room.most == 8_000)
        var life = CompactionLife(room)
        #expect(life.next(items([[4_000], [4_000]])) == .fits)
        #expect(life.next([]) == .fits)
    }

    @Test func `what tools have printed is shortened first, the old ones before the new`() {
        var life = CompactionLife(room)
        let chat = items([[100, 5_000], [100, 6_000]], results: [2, 4])
        #expect(life.next(chat) == .shorten([2], toTokens: 250))
        var shorter = chat
        shorter[1].tokens = 250
        #expect(life.next(shorter) == .shorten([4], toTokens: 250))
        shorter[3].tokens = 250
        #expect(life.next(shorter) == .fits)
    }

    @Test func `then the oldest turns are told in short`() {
        var life = CompactionLife(room)
        let chat = items(Array(repeating: [1_000, 1_000], count: 6))
        #expect(life.next(chat) == .summarise(throughTurn: 4, tokensMax: 1_000))
        let told = [CompactionItem(id: 99, turn: 4, tokens: 700)] + chat.suffix(2)
        #expect(life.next(told) == .fits)
    }

    @Test func `without a summary they are left out`() {
        var life = CompactionLife(room)
        let chat = items(Array(repeating: [1_000, 1_000], count: 6))
        _ = life.next(chat)
        life.summaryFailed()
        #expect(life.next(chat) == .leaveOut(throughTurn: 3))
        #expect(life.next(Array(chat.suffix(4))) == .fits)
    }

    @Test func `a step that brings nothing is not taken again`() {
        var life = CompactionLife(room)
        let chat = items([[100, 9_000], [100, 100]], results: [2])
        #expect(life.next(chat) == .shorten([2], toTokens: 250))
        #expect(life.next(chat) == .summarise(throughTurn: 0, tokensMax: 1_000))
        #expect(life.next(chat) == .leaveOut(throughTurn: 0))
        #expect(life.next(chat) == .stuck(.lastTurn(tokens: 9_300, room: 8_000)))
    }

    @Test func `a last turn that is too large, and a window without room, are said`() {
        var life = CompactionLife(room)
        #expect(life.next(items([[9_000]])) == .stuck(.lastTurn(tokens: 9_000, room: 8_000)))
        var tight = CompactionLife(CompactionRoom(window: 2_000, fixed: 1_500, answer: 1_000))
        #expect(tight.next(items([[10]])) == .stuck(.noRoom))
    }

    /// Summaries that are empty, too long, or fail; tools that print much; windows from 2k to 1M.
    @Test func `every history fits in the end, or it is said why not`() {
        for seed in 0..<3_000 {
            var random = SplitMix(seed: UInt64(seed))
            let window = 2_048 << random.below(10)
            let room = CompactionRoom(
                window: window, fixed: random.below(window / 4), answer: random.below(window / 4))
            var id: Int64 = 0
            var chat = (0..<random.below(40)).flatMap { turn in
                (0...random.below(6)).map { _ in
                    id += 1
                    return CompactionItem(
                        id: id, turn: Int64(turn), tokens: random.below(window / 4),
                        isToolResult: random.below(3) == 0)
                }
            }
            var life = CompactionLife(room)
            var steps = 0
            loop: while true {
                steps += 1
                #expect(steps < 200, "seed \(seed)")
                guard steps < 200 else { break }
                let size = chat.reduce(0) { $0 + $1.tokens }
                switch life.next(chat) {
                case .fits:
                    #expect(size <= room.most, "seed \(seed)")
                    break loop
                case .stuck(.noRoom):
                    #expect(room.most == 0, "seed \(seed)")
                    break loop
                case .stuck(.lastTurn):
                    #expect(Set(chat.map(\.turn)).count <= 1 || steps > 3, "seed \(seed)")
                    #expect(size > room.most, "seed \(seed)")
                    break loop
                case .shorten(let ids, let tokens):
                    guard random.below(5) > 0 else { continue }
                    for index in chat.indices where ids.contains(chat[index].id) {
                        chat[index].tokens = min(chat[index].tokens, tokens)
                    }
                case .summarise(let turn, let most):
                    guard random.below(3) > 0 else {
                        life.summaryFailed()
                        continue
                    }
                    chat.removeAll { $0.turn <= turn }
                    id += 1
                    chat.insert(
                        CompactionItem(id: id, turn: turn, tokens: random.below(most + 1)), at: 0)
                case .leaveOut(let turn):
                    #expect(turn < chat.last?.turn ?? 0, "seed \(seed)")
                    chat.removeAll { $0.turn <= turn }
                }
            }
        }
    }

    // MARK: Summaries

    private let text = """
        Look at src/main.c and fix call-17. src/main.c has 120 lines. call-17 fails with E404,
        and E404 again. The word is plain, the word is plain.
        """

    @Test func `names, numbers and paths are what must be kept`() {
        #expect(SummaryCheck.landmarks(of: text) == ["E404", "call-17", "src/main.c"])
    }

    @Test(arguments: [
        ("", 0, SummaryCheck.Fault.empty), (" \n", 1, .empty),
        ("fine", 200, .tooLong(tokens: 200, most: 100)),
        ("Somebody wanted something mended.", 8, .lost(["E404", "call-17", "src/main.c"])),
    ])
    func `a summary that would lose something is refused`(
        summary: String, tokens: Int, fault: SummaryCheck.Fault
    ) {
        #expect(SummaryCheck.fault(of: summary, for: text, tokens: tokens, most: 100) == fault)
    }

    @Test func `one that keeps most of them is taken`() {
        let summary = "call-17 in `src/main.c` fails."
        #expect(SummaryCheck.fault(of: summary, for: text, tokens: 9, most: 100) == nil)
        #expect(SummaryCheck.fault(of: "Hello.", for: "Hi, hi!", tokens: 2, most: 9) == nil)
    }
}

/// The same numbers for the same seed.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ count: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, count)))
    }
}
