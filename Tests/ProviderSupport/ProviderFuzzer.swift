import ModuleChat
package import ModuleProviderKit

/// Has a provider read recordings that were damaged: the same damage for the same seed.
package struct ProviderFuzzer<Provider: ModelProvider> {
    private let replay: Replay<Provider>
    private var random: SplitMix

    package init(_ provider: Provider, seed: UInt64) {
        replay = Replay(provider)
        random = SplitMix(state: seed)
    }

    /// What a reader did that none may do. That it ends without a trap is shown by coming back.
    package mutating func problems(
        in recordings: [Recording], rounds: Int
    ) throws -> [String] {
        var problems: [String] = []
        for round in 0..<rounds {
            guard let recording = recordings.randomElement(using: &random) else { return [] }
            var body = recording.body
            for _ in 0..<Int.random(in: 1...4, using: &random) { damage(&body) }
            var head = recording.head
            if Int.random(in: 0..<16, using: &random) == 0 {
                head.status = [200, 204, 302, 400, 404, 429, 500, 599].randomElement(
                    using: &random)!
            }
            // A stream that its cutter refuses never reaches a provider.
            let found = try? replay.pieces(of: [body], in: recording)
            if (try? replay.pieces(of: split(body), in: recording)) != found {
                problems.append(
                    "round \(round), \(recording.testDescription): other pieces are "
                        + "cut where the bytes fall otherwise")
            }
            guard var pieces = found else { continue }
            if Int.random(in: 0..<4, using: &random) == 0 { pieces.shuffle(using: &random) }
            let events = replay.events(
                pieces, of: recording.order, head, isWhole: Bool.random(using: &random))
            for problem in Self.problems(events, pieces: pieces.count) {
                problems.append("round \(round), \(recording.testDescription): \(problem)")
            }
        }
        return problems
    }

    private static func problems(_ events: [ProviderEvent], pieces: Int) -> [String] {
        var problems: [String] = []
        let failure = events.firstIndex { if case .chat(.failure) = $0 { true } else { false } }
        if let failure, failure != events.count - 1 {
            problems.append("something follows the failure: \(events[failure + 1])")
        }
        let finishes = events.count { if case .chat(.finish) = $0 { true } else { false } }
        if finishes > 1 { problems.append("the answer finished \(finishes) times") }
        if events.contains(where: { $0 == .chat(.text("")) || $0 == .chat(.thinking("")) }) {
            problems.append("an empty piece was said")
        }
        if events.count > pieces * eventsPerPieceMax + eventsPerPieceMax {
            problems.append("\(events.count) events were read off \(pieces) pieces")
        }
        return problems
    }

    /// A piece may hold a few calls; damage does not make many of them.
    private static var eventsPerPieceMax: Int { 64 }

    /// In parts of any size, also none.
    private mutating func split(_ body: [UInt8]) -> [[UInt8]] {
        let cuts = (0..<Int.random(in: 0...8, using: &random)).map { _ in
            Int.random(in: 0...body.count, using: &random)
        }
        let places = [0] + cuts.sorted() + [body.count]
        return zip(places, places.dropFirst()).map { Array(body[$0..<$1]) }
    }

    private mutating func damage(_ body: inout [UInt8]) {
        guard !body.isEmpty else { return }
        let start = Int.random(in: 0..<body.count, using: &random)
        let end = min(body.count, start + Int.random(in: 1...24, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: body[start] = UInt8.random(in: 0...255, using: &random)
        case 1: body.removeSubrange(start..<end)
        case 2: body.insert(contentsOf: body[start..<end], at: start)
        case 3: body.removeSubrange(start...)
        case 4: body[start] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        default: body.replaceSubrange(start..<end, with: Self.words.randomElement(using: &random)!)
        }
    }

    private static var words: [[UInt8]] {
        [
            "null", "{}", "[]", "\"", "\\", "\\ud83d", "1e999", "-1", "9223372036854775808",
            "[DONE]", "\n\n", "\ndata: ", "true", ":", ",", "}", "]", "{\"error\":\"x\"}",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0x00]]
    }
}

/// A small generator whose numbers are the same on every machine.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
