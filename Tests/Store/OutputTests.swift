import KernelBase
import KernelStore
import KernelTesting
import Testing

@Suite(.blocking) struct OutputTests {
    private func read(
        _ scratch: ScratchStore, _ id: TaskID, from offset: Int64 = 0, bytesMax: Int = 1 << 30
    ) throws -> TaskOutput {
        try Answer.wait { scratch.tasks.output(of: id, from: offset, bytesMax: bytesMax, $0) }
    }

    private func append(_ scratch: ScratchStore, _ id: TaskID, _ pieces: Payload...) throws {
        try Answer.wait { scratch.tasks.appendOutput(pieces, to: id, $0) }
    }

    @Test func `output is read in pieces from where one was`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        #expect(try read(scratch, id) == TaskOutput(pieces: [], cut: nil, next: 0, total: 0))
        try append(scratch, id, .text("one"), .text(""), Payload(.bytes, [1, 2]))
        try append(scratch, id, .text("three"))
        let first = try read(scratch, id, bytesMax: 4)
        #expect(first.pieces.map(\.payload) == [.text("one")])
        #expect(first.next == 3 && first.total == 10)
        let second = try read(scratch, id, from: first.next, bytesMax: 4)
        #expect(second.pieces.map(\.payload) == [Payload(.bytes, [1, 2])])
        let third = try read(scratch, id, from: second.next, bytesMax: 4)
        #expect(third.pieces.map(\.payload) == [.text("three")])
        let end = try read(scratch, id, from: third.next)
        #expect(end.pieces.isEmpty && end.next == 10)
        #expect(try read(scratch, id, from: 1).pieces.first?.offset == 0)
        #expect(try read(scratch, id, from: 1 << 40).pieces.isEmpty)
    }

    @Test func `the beginning and the end of long output are kept`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        let piece = [UInt8](repeating: 7, count: 300_000)
        for _ in 0..<5 { try append(scratch, id, Payload(.bytes, piece)) }
        let output = try read(scratch, id)
        #expect(output.total == 1_500_000)
        let cut = try #require(output.cut)
        #expect(cut.lowerBound >= StoreLimits.outputHeadBytesMax)
        #expect(output.total - cut.upperBound <= StoreLimits.outputTailBytesMax)
        #expect(output.total - cut.upperBound > StoreLimits.outputTailBytesMax / 2)
        #expect(output.pieces.first?.offset == 0)
        #expect(try read(scratch, id, from: cut.lowerBound).pieces.first?.offset == cut.upperBound)
        #expect(output.pieces.allSatisfy { $0.payload.bytes.count <= StoreLimits.pieceBytesMax })
        let kept = output.pieces.reduce(0) { $0 + $1.payload.bytes.count }
        #expect(Int64(kept) == output.total - Int64(cut.count))
    }

    @Test func `text is not split within a character`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        let text = "x" + String(repeating: "€", count: 50_000)
        try append(scratch, id, .text(text))
        let pieces = try read(scratch, id).pieces
        #expect(pieces.count > 1)
        let whole = pieces.map { String(validating: $0.payload.bytes, as: UTF8.self) ?? "broken" }
        #expect(whole.joined() == text)
    }
}
