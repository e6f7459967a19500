import KernelSystem
import KernelTesting
import Testing

@testable import KernelLocal

struct GGUFHeaderTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func header(_ bytes: [UInt8], name: String = "m.gguf") throws -> GGUFHeader {
        let file = folder.file(name)
        try Files.replace(file, with: bytes)
        return try GGUFHeader(file)
    }

    private func problem(_ bytes: [UInt8]) throws -> String {
        do {
            _ = try header(bytes)
            return "none"
        } catch let problem as GGUFProblem {
            return problem.description
        }
    }

    @Test func `a head says what the model needs`() throws {
        let bytes = GGUFBytes.model()
        let header = try header(bytes)
        #expect(header.architecture == "llama" && header.name == "Small")
        #expect(header.contextTokens == 2_048 && header.hasChatTemplate)
        #expect(header.fileBytes == bytes.count)
        // 2 layers × 2 heads × (8 + 8) numbers × 2 bytes
        #expect(header.bytesPerToken == 128)
        let more = header.memoryBytes(contextTokens: 1_000) - header.memoryBytes(contextTokens: 0)
        #expect(more == 128_000)
        #expect(header.memoryBytes(contextTokens: .max) == .max)
    }

    @Test func `layers may have heads of their own`() throws {
        let header = try header(
            GGUFBytes([
                ("general.architecture", .text("x")), ("x.block_count", .number(3)),
                ("x.embedding_length", .number(64)), ("x.attention.head_count", .number(8)),
                ("x.attention.head_count_kv", .list([4, 0, 2])),
                ("x.attention.key_length", .number(16)),
                ("x.attention.value_length", .number(4)),
            ]).bytes)
        #expect(header.bytesPerToken == 6 * (16 + 4) * 2)
        #expect(!header.hasChatTemplate && header.contextTokens == nil)
    }

    @Test func `the parts of a split model count together`() throws {
        let bytes = GGUFBytes.model()
        try Files.replace(
            folder.file("m-00002-of-00002.gguf"), with: [UInt8](repeating: 0, count: 1_000))
        try Files.replace(
            folder.file("n-00002-of-00002.gguf"), with: [UInt8](repeating: 0, count: 1_000))
        let header = try header(bytes, name: "m-00001-of-00002.gguf")
        #expect(header.fileBytes == bytes.count + 1_000)
    }

    @Test func `a file that is cut anywhere is refused or read as far as it is whole`() throws {
        let bytes = GGUFBytes.model()
        for count in 0..<bytes.count {
            let problem = try problem(Array(bytes.prefix(count)))
            #expect(problem.contains(count < 24 ? "not in the GGUF format" : "in the middle"))
        }
    }

    @Test func `bytes that are no head are refused, whatever they claim`() throws {
        let sound = GGUFBytes.model()
        var hugeText = sound
        hugeText.replaceSubrange(24..<32, with: [UInt8](repeating: 0xFF, count: 8))
        var manyValues = sound
        manyValues.replaceSubrange(16..<24, with: [UInt8](repeating: 0xFF, count: 8))
        #expect(try problem(Array("no model at all, but a text".utf8)).contains("GGUF format"))
        #expect(try problem(GGUFBytes([], version: 9).bytes).contains("version 9"))
        #expect(try problem(GGUFBytes([]).bytes).contains("which kind of model"))
        #expect(try problem(hugeText).contains("bytes in a text"))
        #expect(try problem(manyValues).contains("values"))
        // Each byte in turn is another one: an answer or a reason, and never a crash.
        for index in sound.indices {
            var bytes = sound
            bytes[index] ^= 0x80
            _ = try problem(bytes)
        }
    }

    @Test func `tensors beyond the end of the file show that it was not fetched whole`() throws {
        let bytes = GGUFBytes(
            [("general.architecture", .text("llama"))], tensors: [("a", 0), ("b", 4_096)]
        ).bytes
        #expect(try problem(bytes).contains("not fetched to its end"))
        #expect(try problem(bytes + [UInt8](repeating: 0, count: 8_192)) == "none")
    }

    @Test func `a folder or nothing at all is refused by its name`() {
        #expect(throws: GGUFProblem.self) { _ = try GGUFHeader(folder.path) }
        #expect(throws: GGUFProblem.self) { _ = try GGUFHeader(folder.file("none.gguf")) }
    }
}
