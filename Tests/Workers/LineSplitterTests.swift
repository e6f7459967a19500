import KernelWorkers
import Testing

@Suite struct LineSplitterTests {
    private func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    @Test func `lines are found however the bytes are cut`() {
        let text = "one\n\ntwö\nlast"
        for size in 1...text.utf8.count {
            var splitter = LineSplitter()
            var lines: [String] = []
            let whole = Array(text.utf8)
            for start in stride(from: 0, to: whole.count, by: size) {
                lines += splitter.add(
                    whole[start..<min(start + size, whole.count)], nowNanoseconds: 1)
            }
            #expect(lines + splitter.end() == ["one", "", "twö", "last"], "pieces of \(size)")
        }
    }

    @Test func `a long line is cut and goes on, without an empty line at the end`() {
        var splitter = LineSplitter()
        let long = String(repeating: "x", count: LineSplitter.lineBytesMax)
        #expect(splitter.add(bytes(long + "\n"), nowNanoseconds: 1) == [long])
        #expect(splitter.add(bytes(long + "yz\n"), nowNanoseconds: 1) == [long, "yz"])
        #expect(splitter.add(bytes("\n"), nowNanoseconds: 1) == [""])
    }

    @Test func `a flood is cut, counted and told of in the next second`() {
        var splitter = LineSplitter()
        let flood = String(repeating: "x\n", count: 1_000)
        #expect(splitter.add(bytes(flood), nowNanoseconds: 1).count == LineSplitter.linesMax)
        let later = splitter.add(bytes("y\n"), nowNanoseconds: 2_000_000_000)
        #expect(later == ["(800 more lines were dropped)", "y"])
        #expect(splitter.end().isEmpty)
    }

    @Test func `what was dropped at the end is told of at the end`() {
        var splitter = LineSplitter()
        let flood = String(repeating: "x\n", count: LineSplitter.linesMax + 5)
        _ = splitter.add(bytes(flood), nowNanoseconds: 1)
        #expect(splitter.end() == ["(5 more lines were dropped)"])
    }

    @Test func `bytes that are not text are repaired`() {
        var splitter = LineSplitter()
        #expect(splitter.add([0x61, 0xFF, 0x0A], nowNanoseconds: 1) == ["a\u{FFFD}"])
    }
}
