import Foundation
import ModuleJSON
import ModuleKitTesting
import Testing

/// What the documents quote must be what these tests compile and run.
struct DocumentTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    @Test(arguments: [
        "Tests/ModuleKit/Fixtures/Greeter.swift", "Tests/ModuleKit/Fixtures/Notebook.swift",
        "Tests/ModuleKit/NotebookTests.swift",
    ])
    func `the tutorial quotes the source that is compiled here`(path: String) throws {
        let tutorial = try text("docs/module-tutorial.md")
        let source = try text(path).trimmingCharacters(in: .newlines)
        #expect(tutorial.contains("```swift\n\(source)\n```"))
    }

    @Test func `the tutorial quotes the package and the entry of the template`() throws {
        let tutorial = try text("docs/module-tutorial.md")
        let folder = "Sources/ModuleABI/Templates/swift"
        let package = try text("\(folder)/Package.swift.template").trimmingCharacters(in: .newlines)
        let source = try text("\(folder)/Sources/{{Type}}Module/{{Type}}.swift.template")
        let entry = try #require(source.split(separator: "\n").last)
        for quoted in [package, String(entry)] {
            let filled = quoted.replacing("{{name}}", with: "greeter")
                .replacing("{{Type}}", with: "Greeter")
                .replacing("{{kernelPath}}", with: "/usr/lib/kernel")
            #expect(tutorial.contains("```swift\n\(filled)\n```"))
        }
    }

    @Test func `the complete module of the tutorial is shorter than thirty lines`() throws {
        let lines = try text("Tests/ModuleKit/Fixtures/Greeter.swift").split(separator: "\n")
        #expect(lines.count + 1 < 30)
    }

    @Test func `the example in the manifest's document is the module's own`() throws {
        let document = try text("docs/manifest.md")
        let parts = document.components(separatedBy: "```")
        let example = try #require(parts.first { $0.hasPrefix("json\n") }).dropFirst(5)
        var own = try #require(try TestHost(Greeter.self).manifest.object)
        own["toolchain"] = "Swift 6.3.1"
        #expect(String(example) == JSON.object(own).pretty() + "\n")
    }
}
