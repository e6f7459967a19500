import KernelWire
import Testing

struct WireFramingTests {
    private static let stream = Array("{\"a\":1}\r\n\n\r\nzwölf\n{}\nrest".utf8)
    private static let lines = ["{\"a\":1}", "zwölf", "{}"].map { Array($0.utf8) }

    @Test func `lines are the same wherever the reads fall`() throws {
        for first in 0...Self.stream.count {
            for second in first...Self.stream.count {
                var framing = WireFraming()
                var lines = try framing.add(Self.stream[..<first])
                lines += try framing.add(Self.stream[first..<second])
                lines += try framing.add(Self.stream[second...])
                #expect(lines == Self.lines, "cut at \(first) and \(second)")
            }
        }
    }

    @Test func `a line without an end is no line yet`() throws {
        var framing = WireFraming()
        #expect(try framing.add("half".utf8) == [])
        #expect(try framing.add(" a line\n".utf8) == [Array("half a line".utf8)])
    }

    @Test func `a line beyond the limit ends the conversation`() throws {
        var framing = WireFraming()
        let piece = [UInt8](repeating: 32, count: WireFraming.lineBytesMax)
        #expect(try framing.add(piece) == [])
        #expect(throws: WireFraming.LineTooLong.self) { try framing.add([32]) }
    }
}
