import KernelDatabase
import KernelSystem
import KernelTesting
import Synchronization
import Testing

@Suite(.blocking) struct WriterTests {
    @Test func `what is answered can be read`() throws {
        let scratch = try Scratch()
        let (writer, readers) = try scratch.open()
        try writer.write { try $0.run("INSERT INTO note VALUES (1, 'a')") }
        #expect(try readers.notes() == ["a"])
        readers.close()
        writer.close()
    }

    @Test func `a function that suspends gets its answer`() async throws {
        let scratch = try Scratch()
        let (writer, readers) = try scratch.open()
        let changes = try await writer.write { try $0.run("INSERT INTO note VALUES (1, 'a')") }
        #expect(changes == 1)
        readers.close()
        writer.close()
    }

    @Test func `a unit that throws undoes itself and no other one`() throws {
        let scratch = try Scratch()
        let (writer, readers) = try scratch.open()
        let begin = Condition(false)
        let answers = Condition<[Bool]>([])
        // The first one keeps the writer busy, so that the others share a transaction.
        writer.submit { _ in
            _ = begin.wait { $0 ? true : nil }
        } _: { _ in
        }
        for number in 0..<30 {
            writer.submit {
                try $0.run("INSERT INTO note VALUES (?, 'x')", .integer(number))
                if number % 3 == 0 { throw Refusal() }
            } _: { result in
                answers.withLock { $0.append((try? result.get()) != nil) }
                answers.signal()
            }
        }
        begin.withLock { $0 = true }
        begin.signal()
        let all = answers.wait { $0.count == 30 ? $0 : nil }
        #expect(all == (0..<30).map { $0 % 3 != 0 })
        #expect(try readers.notes().count == 20)
        readers.close()
        writer.close()
    }

    private struct Refusal: Error {}

    @Test func `units of many threads are all committed, and once`() throws {
        let scratch = try Scratch()
        let (writer, readers) = try scratch.open()
        let left = Condition(8)
        for thread in 0..<8 {
            try SystemThread.start(name: "submitter") {
                for number in 0..<100 {
                    _ = try? writer.write {
                        try $0.run(
                            "INSERT INTO note VALUES (?, 'x')", .integer(thread * 100 + number))
                    }
                }
                left.withLock { $0 -= 1 }
                left.signal()
            }
        }
        _ = left.wait { $0 == 0 ? true : nil }
        #expect(try readers.notes().count == 800)
        readers.close()
        writer.close()
    }
}
