import ModuleJSON
import ModuleKitTesting
import Testing

/// What the documents quote must be what these tests compile and run.
struct DocumentTests {
    @Test(arguments: [
        "Tests/ModuleKit/Fixtures/Greeter.swift", "Tests/ModuleKit/Fixtures/Notebook.swift",
        "Tests/ModuleKit/NotebookTests.swift", "Tests/ModuleKit/Fixtures/Diary.swift",
        "Tests/ModuleKit/DiaryTests.swift", "Tests/ModuleKit/Fixtures/Weather.swift",
        "Tests/ModuleKit/WeatherTests.swift", "Tests/ModuleKit/Fixtures/Battery.swift",
        "Tests/ModuleKit/Fixtures/Larder.swift",
    ])
    func `the tutorial quotes the source that is compiled here`(path: String) throws {
        let tutorial = try Quotable.text("docs/module-tutorial.md")
        #expect(tutorial.contains("```swift\n\(try Quotable.text(path))\n```"))
    }

    @Test func `the tutorial quotes the package and the entry of the template`() throws {
        let tutorial = try Quotable.text("docs/module-tutorial.md")
        let folder = "Sources/ModuleABI/Templates/swift"
        let package = try Quotable.text("\(folder)/Package.swift.template")
        let source = try Quotable.text(
            "\(folder)/Sources/{{Type}}Module/{{Type}}.swift.template")
        let entry = try #require(source.split(separator: "\n").last)
        for quoted in [package, String(entry)] {
            let filled = quoted.replacing("{{name}}", with: "greeter")
                .replacing("{{Type}}", with: "Greeter")
                .replacing("{{kernelPath}}", with: "/usr/local/share/kernel/kit")
            #expect(tutorial.contains("```swift\n\(filled)\n```"))
        }
    }

    @Test func `the complete module of the tutorial is shorter than thirty lines`() throws {
        let source = try Quotable.text("Tests/ModuleKit/Fixtures/Greeter.swift")
        #expect(source.split(separator: "\n").count + 1 < 30)
    }

    @Test func `the example in the manifest's document is the module's own`() throws {
        let document = try Quotable.text("docs/manifest.md")
        var own = try #require(try TestHost(Greeter.self).manifest.object)
        own["toolchain"] = "Swift 6.3.1"
        #expect(document.contains("```json\n\(JSON.object(own).pretty())\n```"))
    }
}
