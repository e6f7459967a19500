import Desktop
import Testing

@testable import AppsLogic

struct CommandTemplateTests {
    private let subject = CommandTemplate.Subject(
        name: "My App", icon: "app-icon", path: "/apps/my.desktop")
    private let file = Reference.file(path: "/tmp/a b.txt")
    private let other = Reference.file(path: "/tmp/c.txt")
    private let page = Reference.address("https://example.org/?q=1")

    @Test(arguments: [
        ("app", ["app"]), ("app  -x\t-y", ["app", "-x", "-y"]),
        ("app \"a b\" c", ["app", "a b", "c"]),
        ("\"my app\" \"\"", ["my app", ""]), ("app \"\\\"\\$\\`\\\\\"", ["app", "\"$`\\"]),
        ("app 100%%", ["app", "100%"]), ("app \"100%% %f\"", ["app", "100% %f"]),
        ("app %i", ["app", "--icon", "app-icon"]), ("app -n %c", ["app", "-n", "My App"]),
        ("app --k=%k", ["app", "--k=/apps/my.desktop"]), ("app %d %D %n %N %v %m x", ["app", "x"]),
        ("app %f", ["app"]), ("app %U", ["app"]), ("app a\\ b", ["app", "a b"]),
    ])
    func `a command is split and its codes are filled in`(text: String, expected: [String]) throws {
        #expect(try CommandTemplate(text).commands(for: [], of: subject) == [expected])
    }

    @Test(arguments: [
        ("app %f", [["app", "/tmp/a b.txt"], ["app", "/tmp/c.txt"]]),
        ("app %F", [["app", "/tmp/a b.txt", "/tmp/c.txt"]]),
        ("app %u", [["app", "file:///tmp/a%20b.txt"], ["app", "file:///tmp/c.txt"]]),
        ("app %U -v", [["app", "file:///tmp/a%20b.txt", "file:///tmp/c.txt", "-v"]]),
        ("app --file=%f", [["app", "--file=/tmp/a b.txt"], ["app", "--file=/tmp/c.txt"]]),
        ("app", [["app", "/tmp/a b.txt", "/tmp/c.txt"]]),
    ])
    func `files are handed over as the command wants them`(
        text: String, expected: [[String]]
    ) throws {
        #expect(try CommandTemplate(text).commands(for: [file, other], of: subject) == expected)
    }

    @Test func `a program for files gets no URL`() throws {
        #expect(
            try CommandTemplate("app %U").commands(for: [page], of: subject)
                == [["app", "https://example.org/?q=1"]])
        let error = #expect(throws: DesktopError.self) {
            try CommandTemplate("app %F").commands(for: [page], of: subject)
        }
        #expect(error?.description == "My App opens only files of this machine, not URLs")
    }

    @Test(arguments: ["", "  ", "app \"x", "app %", "app %z"])
    func `a command that is not well formed is refused`(text: String) {
        #expect(throws: DesktopError.self) { try CommandTemplate(text) }
    }

    @Test(arguments: [
        ("/tmp/a", Reference.file(path: "/tmp/a")), ("~/a", .file(path: "/home/ann/a")),
        ("~", .file(path: "/home/ann")), ("file:///tmp/a%20b", .file(path: "/tmp/a b")),
        ("file:/tmp/a", .file(path: "/tmp/a")), ("FILE://localhost/a", .file(path: "/a")),
        ("https://x.org", .address("https://x.org")), ("mailto:a@b", .address("mailto:a@b")),
    ])
    func `a reference is a path or an address`(text: String, expected: Reference) throws {
        #expect(try Reference(text, home: "/home/ann") == expected)
    }

    @Test(arguments: [
        "", "README.md", "../x", "-rf", "C:\\x", "file://other/x", "file:///%zz", "file:///a%00b",
        "https://x\nrm", "1http:x", ":x", String(repeating: "/", count: 40_000),
    ])
    func `what is neither is refused`(text: String) {
        let error = #expect(throws: DesktopError.self) { try Reference(text, home: "/home/ann") }
        #expect(error?.kind == .invalid)
    }
}
