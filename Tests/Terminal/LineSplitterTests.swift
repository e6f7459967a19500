import Testing

@testable import KernelTerminal

struct LineSplitterTests {
    private static let input = "one\r\ntwo\n\nthree \\\nfour\\\\\nfi\u{FF}ve"
    private static let lines = ["one", "two", "", "three \nfour\\\\", "fi\u{FF}ve"]

    @Test func `lines are the same wherever the input is cut`() {
        let bytes = Array(Self.input.utf8)
        for cut in 0...bytes.count {
            var splitter = LineSplitter()
            let lines =
                splitter.feed(Array(bytes[..<cut])) + splitter.feed(Array(bytes[cut...]))
                + splitter.finish()
            #expect(lines == Self.lines.map { .line($0) })
        }
    }

    @Test func `a line over the limit is named by its number and the next one is read`() {
        var splitter = LineSplitter()
        let large = [UInt8](repeating: 0x61, count: TextBuffer.bytesMax)
        #expect(splitter.feed(Array("a\n".utf8)) == [.line("a")])
        #expect(splitter.feed(large) == [])
        #expect(splitter.feed(Array("b\nc\n".utf8)) == [.tooLong(number: 2), .line("c")])
        #expect(splitter.feed(large + [0x0A]).count == 1)
    }

    @Test func `input that ends in a continuation is a line`() {
        var splitter = LineSplitter()
        #expect(splitter.feed(Array("a\\\n".utf8)) == [])
        #expect(splitter.finish() == [.line("a\n")])
        #expect(splitter.finish() == [])
    }
}
