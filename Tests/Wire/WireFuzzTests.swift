import KernelWire
import ModuleJSON
import Testing

/// Whatever bytes come, in whatever pieces: the same lines are read the same way, and nothing that
/// is wrong with one line is felt by the next.
struct WireFuzzTests {
    private static let whole: [WireMessage] = [
        .request(id: 1, method: "module.list", params: [:]),
        .request(id: RequestID("x\n\u{0}y"), method: "a", params: ["t": "zwölf\r\n\u{1F600}"]),
        .reply(id: 2, result: .array((0..<200).map { .integer($0) })),
        .failure(id: nil, .badMessage("no")),
        .notification(
            method: "log.line", params: ["text": .string(String(repeating: "ü", count: 999))]),
    ]
    private static let broken: [[UInt8]] = [
        [0], [0xFF, 0xFE], Array("[1,2]".utf8), Array("{".utf8), Array("\"".utf8),
        Array(String(repeating: "[", count: 3_000).utf8),
        Array("{\"jsonrpc\":\"2.0\",\"id\":3}".utf8), Array("\r".utf8), [],
    ]

    /// SplitMix64: the same run every time.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private func pieces(
        of stream: [UInt8], _ numbers: inout Numbers
    ) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < stream.count {
            let longest = [1, 3, 40, 5_000].randomElement(using: &numbers) ?? 1
            let end = min(stream.count, start + Int.random(in: 1...longest, using: &numbers))
            pieces.append(stream[start..<end])
            start = end
        }
        return pieces
    }

    @Test(arguments: UInt64(1)...40)
    func `a stream is read the same in any pieces`(seed: UInt64) {
        var numbers = Numbers(state: seed)
        var stream: [UInt8] = []
        var expected: [WireMessage] = []
        for _ in 0..<60 {
            if Bool.random(using: &numbers), let message = Self.whole.randomElement(using: &numbers)
            {
                stream += message.line
                expected.append(message)
            } else if let bytes = Self.broken.randomElement(using: &numbers) {
                stream += bytes + Array("\r\n".utf8)
            }
        }
        var framing = WireFraming()
        let lines = pieces(of: stream, &numbers).flatMap { framing.add($0) }
        var atOnce = WireFraming()
        #expect(lines == atOnce.add(stream))
        let messages = lines.compactMap { line -> WireMessage? in
            if case .message(let message) = WireMessage.receive(line) { message } else { nil }
        }
        #expect(messages == expected)
    }

    @Test(arguments: UInt64(1)...40)
    func `a damaged message is refused or is another one, and never more`(seed: UInt64) {
        var numbers = Numbers(state: seed)
        for message in Self.whole {
            for _ in 0..<50 {
                var line = Array(message.line.dropLast())
                for _ in 0...Int.random(in: 0...3, using: &numbers) {
                    let place = Int.random(in: 0..<line.count, using: &numbers)
                    line[place] = UInt8.random(in: 0...255, using: &numbers)
                }
                switch WireMessage.receive(line) {
                case .message(let read): #expect((try? WireMessage(read.json)) == read)
                case .answer(let answer):
                    guard case .failure = answer else {
                        Issue.record("answered with \(answer)")
                        return
                    }
                }
            }
        }
    }
}
