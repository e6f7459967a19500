import KernelWire
import Testing

struct WireFramingTests {
    private static let stream = Array("{\"a\":1}\r\n\n\r\nzwölf\n{}\nrest".utf8)
    private static let lines = ["{\"a\":1}", "zwölf", "{}"].map { Array($0.utf8) }

    @Test func `lines are the same wherever the reads fall`() {
        for first in 0...Self.stream.count {
            for second in first...Self.stream.count {
                var framing = WireFraming()
                var lines = framing.add(Self.stream[..<first])
                lines += framing.add(Self.stream[first..<second])
                lines += framing.add(Self.stream[second...])
                #expect(lines == Self.lines, "cut at \(first) and \(second)")
            }
        }
    }

    @Test func `a line without an end is no line yet`() {
        var framing = WireFraming()
        #expect(framing.add(Array("half".utf8)) == [])
        #expect(framing.pendingBytes == 4)
        #expect(framing.add(Array(" a line\n".utf8)) == [Array("half a line".utf8)])
        #expect(framing.pendingBytes == 0)
    }

    @Test(arguments: 1...12)
    func `a line beyond the limit ends the conversation, wherever the reads fall`(piece: Int) {
        let stream = Array("one\n12345678\ntwo\n123456789\nthree\n".utf8)
        var framing = WireFraming(lineBytesMax: 8)
        var lines: [[UInt8]] = []
        for start in stride(from: 0, to: stream.count, by: piece) {
            lines += framing.add(stream[start..<min(start + piece, stream.count)])
        }
        #expect(lines == ["one", "12345678", "two"].map { Array($0.utf8) })
        #expect(framing.hasFailed && framing.pendingBytes == 0)
    }
}
