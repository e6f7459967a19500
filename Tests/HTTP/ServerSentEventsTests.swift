import Testing

@testable import KernelHTTP

struct ServerSentEventsTests {
    typealias Event = ServerSentEvents.Event

    private static func events(_ pieces: [[UInt8]]) throws -> [Event] {
        var reader = ServerSentEvents()
        return try pieces.flatMap { try reader.add($0) }
    }

    private static func event(_ data: String, _ name: String = "message") -> Event {
        Event(name: name, data: Array(data.utf8))
    }

    private static let streams: [(String, [Event])] = [
        ("data: one\n\n", [event("one")]),
        ("data:one\ndata: two\n\n", [event("one\ntwo")]),
        ("event: ping\ndata\n\ndata: x\n\n", [event("", "ping"), event("x")]),
        (": a comment\nid: 7\nretry: 10\ndata: x\n\n", [event("x")]),
        ("\u{FEFF}data: x\r\n\r\ndata: y\r\rdata: z\n\n", [event("x"), event("y"), event("z")]),
        ("event: lost\n\ndata: kept\n\n", [event("kept")]),
        ("data: not finished", []),
        ("data:  two spaces\n\n", [event(" two spaces")]),
        ("data: héllo 🌍\n\n", [event("héllo 🌍")]),
        ("\n\n\n", []),
    ]

    @Test(arguments: streams)
    func `events are read, at once and at every split`(text: String, wanted: [Event]) throws {
        let bytes = Array(text.utf8)
        #expect(try Self.events([bytes]) == wanted)
        #expect(try Self.events(bytes.map { [$0] }) == wanted)
        for cut in 0...bytes.count {
            #expect(try Self.events([Array(bytes[..<cut]), Array(bytes[cut...])]) == wanted)
        }
    }

    @Test func `a line without end is refused at the limit, not gathered`() throws {
        var reader = ServerSentEvents(eventBytesMax: 100)
        _ = try reader.add(Array("data: \(String(repeating: "x", count: 80))".utf8))
        #expect(throws: LineCutter.Overlong(bytesMax: 100)) {
            try reader.add(Array(repeating: UInt8(ascii: "x"), count: 100))
        }
    }

    @Test func `an event of too many lines is refused at the limit`() throws {
        var reader = ServerSentEvents(eventBytesMax: 100)
        let line = Array("data: 12345678901234567890\n".utf8)
        #expect(throws: LineCutter.Overlong(bytesMax: 100)) {
            for _ in 0..<10 { _ = try reader.add(line) }
        }
    }
}

struct LineCutterTests {
    private static func lines(_ pieces: [String], rest: inout String) throws -> [String] {
        var cutter = LineCutter(lineBytesMax: 1_000)
        var lines: [String] = []
        for piece in pieces {
            try cutter.add(Array(piece.utf8)) { lines.append(String(decoding: $0, as: UTF8.self)) }
        }
        rest = String(decoding: cutter.takeRest(), as: UTF8.self)
        return lines
    }

    private static let cases: [([String], [String], String)] = [
        (["{\"a\":1}\n{\"b\"", ":2}\n"], ["{\"a\":1}", "{\"b\":2}"], ""),
        (["one\r", "\ntwo"], ["one"], "two"),
        (["one\r", "two\n"], ["one", "two"], ""),
        (["\r\n\r\n"], ["", ""], ""),
        (["", "a", "", "\n"], ["a"], ""),
    ]

    @Test(arguments: cases)
    func `lines are cut wherever the pieces fall`(
        pieces: [String], wanted: [String], wantedRest: String
    ) throws {
        var rest = ""
        #expect(try Self.lines(pieces, rest: &rest) == wanted)
        #expect(rest == wantedRest)
    }
}
