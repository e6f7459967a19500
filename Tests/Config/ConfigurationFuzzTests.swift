import KernelConfig
import Testing

struct ConfigurationFuzzTests {
    private static let seeds = [
        ConfigurationText.example(),
        uncommentedExample(),
        "[user]\na.b.c = { d = [1, 2.5e3, 0xFF, -0b0], e = '''x''' }\n"
            + "[[user.t.u]]\nk = \"\"\"\\u00e9\\\n  z\"\"\"\n",
        "[modules.fs.tasks.read]\nmode = \"main\"\n[user]\nd = 1979-05-27T07:32:00.999-07:00\n",
    ]
    private static let pieces: [[UInt8]] =
        [
            "[", "]", "[[", "]]", "{", "}", ".", ",", "=", "\"", "\"\"\"", "'", "'''", "\\", "\\u",
            "\\U0010FFFF",
            "#", "\n", "\r\n", "\t", " ", "-", "+", "_", "e", "inf", "nan", "true", "1979-05-27",
            "99999999999999999999",
            "0x", "\u{FEFF}", "é", "a.a.a.a.a", "[modules.", "env:", "file:", "tasks",
        ].map { Array($0.utf8) } + [
            [0], [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        ]

    @Test func `mutated documents are read or refused with a place, and nothing else`() throws {
        var random = SplitMix(state: 20_260_401)
        var store = try ConfigurationStore(source: source(), bytes: [])
        var refused = 0
        for round in 0..<6_000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0...Int.random(in: 0..<4, using: &random) { mutate(&bytes, &random) }
            let before = store.current
            switch store.receive(bytes) {
            case .refused(let problems):
                refused += 1
                #expect(ConfigurationChange(from: before, to: store.current).isEmpty)
                for problem in problems.list {
                    guard case .file(_, .some(let position)) = problem.place else {
                        Issue.record("no place: \(problem)")
                        continue
                    }
                    #expect(position.line >= 1 && position.column >= 1)
                }
            case .changed(let change): #expect(!change.isEmpty)
            case .unchanged, .recovered: break
            }
            let shown = try configuration(ConfigurationText.show(store.current))
            if round % 16 == 0 {
                #expect(ConfigurationChange(from: store.current, to: shown).isEmpty)
            }
        }
        #expect(refused > 1_000 && refused < 6_000, "\(refused)")
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random)!, at: place)
        case 1:
            bytes.removeSubrange(
                place..<min(bytes.count, place + Int.random(in: 0..<20, using: &random)))
        case 2 where place < bytes.count:
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 3: bytes.removeSubrange(place...)
        default:
            let end = min(bytes.count, place + Int.random(in: 0..<40, using: &random))
            bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
        }
    }
}

/// The same numbers on every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
