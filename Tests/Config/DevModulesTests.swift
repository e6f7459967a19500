import KernelSystem
import KernelTesting
import Testing

@testable import KernelConfig

struct DevModulesTests {
    struct Case: Sendable {
        let before: String
        let after: String
    }

    static let cases: [Case] = [
        Case(before: "", after: "[dev]\nmodules = [\"/new\"]\n"),
        Case(
            before: "[user]\nname = \"Ann\"",
            after: "[user]\nname = \"Ann\"\n\n[dev]\nmodules = [\"/new\"]\n"),
        Case(
            before: "# mine\n[dev] # table\nbuild = true # yes\n\n[log]\nlevel = \"info\"\n",
            after: "# mine\n[dev] # table\nmodules = [\"/new\"]\nbuild = true # yes\n\n[log]\n"
                + "level = \"info\"\n"),
        Case(before: "[dev]\nmodules = []\n", after: "[dev]\nmodules = [\"/new\"]\n"),
        Case(
            before: "[dev]\nmodules = [ # none yet\n]\n",
            after: "[dev]\nmodules = [\"/new\" # none yet\n]\n"),
        Case(
            before: "[dev]\nmodules = [\"/a\", '/b'] # two\n",
            after: "[dev]\nmodules = [\"/a\", '/b', \"/new\"] # two\n"),
        Case(
            before: "[dev]\nmodules = [\"/a\\\"]\", ]\n",
            after: "[dev]\nmodules = [\"/a\\\"]\", \"/new\", ]\n"),
        Case(
            before: "[dev]\nmodules = [\n  \"/a\", # the first\n  \"/b\" # the last\n]\n",
            after:
                "[dev]\nmodules = [\n  \"/a\", # the first\n  \"/b\", # the last\n  \"/new\"\n]\n"),
        Case(
            before: "[dev]\nmodules = [\n\t\"/ä\",\n]\nbuild = false\n",
            after: "[dev]\nmodules = [\n\t\"/ä\",\n\t\"/new\",\n]\nbuild = false\n"),
        Case(
            before: "dev.modules = [\"/a\"]\n", after: "dev.modules = [\"/a\", \"/new\"]\n"),
    ]

    @Test(arguments: cases)
    func `an entry is added, and nothing else changes`(of file: Case) throws {
        let edited = try DevModulesText(adding: "/new", to: file.before)
        #expect(edited.text == file.after)
        #expect(edited.isChanged)
    }

    @Test(arguments: [
        "dev = { build = true }\n", "dev.build = true\n", "[dev]\nmodules = [\"\"\"/a\"\"\"]\n",
        "[dev]\nmodules = \"/a\"\n", "dev = 3\n",
    ])
    func `what cannot be changed mechanically is left to its author`(text: String) {
        let failure = #expect(throws: DevModulesText.Failure.self) {
            try DevModulesText(adding: "/new", to: text)
        }
        #expect(failure?.description.contains("by hand") == true)
    }

    @Test func `a file with a mistake is not touched`() {
        let failure = #expect(throws: DevModulesText.Failure.self) {
            try DevModulesText(adding: "/new", to: "[dev\nmodules = []\n")
        }
        #expect(failure?.description.contains("1:") == true)
    }

    @Test func `a path with odd characters is quoted`() throws {
        let edited = try DevModulesText(adding: "/a \"b\"\\c", to: "")
        let document = try TomlDocument(parsing: Array(edited.text.utf8))
        guard case .array(let entries) = document.root["dev"]?.table?["modules"]?.value else {
            Issue.record("there is no list")
            return
        }
        #expect(entries.map(\.string) == ["/a \"b\"\\c"])
    }

    @Test func `a file is made, added to once, and keeps its link and its permissions`() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("kernel/config.toml")
        #expect(try DevModulesFile.add("/one", to: file) == .created)
        #expect(try DevModulesFile.add("/one", to: file) == .wasThere)
        #expect(try DevModulesFile.add("/two", to: file) == .added)
        #expect(try Files.status(file).permissions == 0o600)
        let bytes = try Files.read(file, bytesMax: 1_000)
        #expect(
            String(decoding: bytes, as: UTF8.self) == "[dev]\nmodules = [\"/one\", \"/two\"]\n")
    }

    @Test func `a file that cannot be changed is named`() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("config.toml")
        try Files.replace(file, with: Array("dev = 3".utf8))
        let failure = #expect(throws: DevModulesFile.Failure.self) {
            try DevModulesFile.add("/one", to: file)
        }
        #expect(failure?.description.hasPrefix("\(file) was not changed: ") == true)
        #expect(try Files.read(file, bytesMax: 100) == Array("dev = 3".utf8))
    }
}
