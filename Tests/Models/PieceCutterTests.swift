import KernelHTTP
import KernelModels
import ModuleChat
import Testing

/// How bodies are cut, wherever their bytes fall.
struct PieceCutterTests {
    private static func pieces(
        _ parts: [[UInt8]], _ framing: ProviderRequest.Framing, isSuccess: Bool = true
    ) throws -> [String] {
        var cutter = PieceCutter(framing, isSuccess: isSuccess)
        let pieces = try parts.flatMap { part throws(LineCutter.Overlong) in try cutter.add(part) }
        return (pieces + cutter.end()).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        (ProviderRequest.Framing.events, "data: a\n\ndata: b\n\ndata: c", ["a", "b"]),
        (.lines, "{}\n\n{1}\r\n{2}", ["{}", "{1}", "{2}"]), (.whole, "a\n\nb", ["a\n\nb"]),
        (.whole, "", [""]),
    ])
    func `a body is cut as its request asked`(
        framing: ProviderRequest.Framing, body: String, wanted: [String]
    ) throws {
        #expect(try Self.pieces([Array(body.utf8)], framing) == wanted)
    }

    @Test(arguments: ProviderRequest.Framing.allCases)
    func `an answer that is no success is one piece`(framing: ProviderRequest.Framing) throws {
        let parts = ["data: a\n\n", "b\n"].map { Array($0.utf8) }
        #expect(try Self.pieces(parts, framing, isSuccess: false) == ["data: a\n\nb\n"])
    }

    @Test func `what is larger than a body may be is refused, not gathered`() throws {
        let mebibyte = [UInt8](repeating: 0x61, count: 1 << 20)
        for framing in ProviderRequest.Framing.allCases {
            #expect(throws: LineCutter.Overlong.self) {
                try Self.pieces(Array(repeating: mebibyte, count: 17), framing)
            }
        }
    }

    private static let words =
        [
            "data:", "data: ", "event: x", ":", "\n", "\r", "\r\n", "\n\n", "{\"a\":1}", "é", "🌍",
            "\u{FEFF}", " ", "x",
        ].map { Array($0.utf8) } + [[0xFF], [0x00], [0xEF], [0xBB, 0xBF]]

    @Test(arguments: ProviderRequest.Framing.allCases)
    func `any bytes in any parts are cut as they are all at once`(
        framing: ProviderRequest.Framing
    ) throws {
        var random = Seeded(state: 7)
        for round in 0..<3_000 {
            let count = Int.random(in: 0...24, using: &random)
            let body = (0..<count).flatMap { _ in Self.words.randomElement(using: &random)! }
            let cuts = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                Int.random(in: 0...body.count, using: &random)
            }
            let places = [0] + cuts.sorted() + [body.count]
            let parts = zip(places, places.dropFirst()).map { Array(body[$0..<$1]) }
            let whole = try Self.pieces([body], framing)
            #expect(try Self.pieces(parts, framing) == whole, "round \(round): \(body)")
            #expect(try Self.pieces(body.map { [$0] }, framing) == whole, "round \(round)")
        }
    }

    /// The same numbers on every machine.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 33)
        }
    }
}
