import KernelSystem
import KernelTesting
import Testing

/// What the README has a newcomer type, in the order of its first ten minutes.
struct ReadmeTests {
    private let home: KernelHome
    private let text: String

    init() throws {
        home = try KernelHome()
        let file = Path.join(Fixture.repository, "README.md")
        text = String(decoding: try Files.read(file, bytesMax: 1 << 20), as: UTF8.self)
    }

    /// The indented lines behind the line that ends so.
    private func block(after ending: String) throws -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let begin = try #require(lines.firstIndex { $0.hasSuffix(ending) })
        return lines[(begin + 1)...].drop { $0.isEmpty }.prefix { $0.hasPrefix("    ") }
            .map { String($0.dropFirst(4)) }
    }

    @Test func `every line for the prompt is understood`() throws {
        // Without a model a question is a line that nobody understands.
        let lines = try block(after: "At the prompt of `dev/run`:").filter { !$0.hasSuffix("?") }
        #expect(lines.contains("fs.read README.md"))
        let ended = try home.run(
            ["--dev"], input: .text(lines.joined(separator: "\n") + "\n"),
            in: Fixture.repository)
        // Whether a battery is there is the machine's business.
        #expect([.exited(code: 0), .exited(code: 1)].contains(ended.status), "\(ended.errors)")
        #expect(ended.output.contains("An always-on assistant"), "\(ended.errors)")
    }

    @Test func `the command for a first module makes one`() throws {
        let lines = try block(after: "in another terminal:")
        let command = try #require(lines.first)
        let words = command.split(separator: " ").map {
            $0.hasPrefix("~/") ? home.folder.file(String($0.dropFirst(2))) : String($0)
        }
        #expect(words.first == ".build/debug/kernel")
        let ended = try home.run(Array(words.dropFirst()), in: Fixture.repository)
        #expect(ended.status == .exited(code: 0), "\(ended.errors)")
        #expect(Files.exists(home.folder.file("modules/hello/Package.swift")))
    }
}
