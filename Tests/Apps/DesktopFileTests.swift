import Desktop
import Testing

@testable import AppsLogic

struct DesktopFileTests {
    private func file(_ text: String, _ variables: [String: String] = [:]) -> DesktopFile {
        DesktopFile(
            parsing: Array("[Desktop Entry]\n\(text)".utf8),
            locale: MessageLocale(Environment(variables)))
    }

    @Test(arguments: [
        ("Name=Text", "Text"), ("Name = Text \t\r", "Text"), ("# Name=No\nName=Text", "Text"),
        ("Name=a\\sb\\nc\\td\\\\e", "a b\nc\td\\e"), ("Name=\\sx", " x"), ("Name=a\\;b", "a\\;b"),
        ("Name=a=b", "a=b"), ("nonsense\n=\nName=Text", "Text"), ("Name=\\$\\\"", "\\$\\\""),
        ("Name=end\\", "end\\"), ("Name=Zürich 日本", "Zürich 日本"),
    ])
    func `a value is read without its escapes`(text: String, expected: String) {
        #expect(file(text).text("Name") == expected)
    }

    @Test(arguments: [
        ("MimeType=a;b;", ["a", "b"]), ("MimeType=a;b", ["a", "b"]), ("MimeType=", []),
        ("MimeType=a\\;b;c", ["a;b", "c"]), ("MimeType=;;a;;", ["a"]), ("", []),
    ])
    func `a list is split where its separator is not escaped`(text: String, expected: [String]) {
        #expect(file(text).list("MimeType") == expected)
    }

    @Test(arguments: [
        ([:], "plain"), (["LANG": "C.UTF-8"], "plain"), (["LANG": "fr_FR.UTF-8"], "plain"),
        (["LANG": "de_DE.UTF-8"], "de"), (["LANG": "de_AT.UTF-8"], "de_AT"),
        (["LANG": "de_AT@euro"], "de_AT@euro"), (["LANG": "de_DE@euro"], "de@euro"),
        (["LANG": "de", "LC_ALL": "sr@latin"], "sr@latin"),
        (["LANG": "de", "LC_ALL": "C"], "plain"),
        (["LANG": "fr_FR", "LANGUAGE": "sv:de"], "de"), (["LANG": "C", "LANGUAGE": "de"], "plain"),
    ])
    func `the translation that fits best is taken`(
        variables: [String: String], expected: String
    ) {
        let names = ["de_AT@euro", "de", "de_AT", "de@euro", "sr@latin", "sr"]
        let lines = names.map { "Name[\($0)]=\($0)" }
        for text in [["Name=plain"] + lines, lines.reversed() + ["Name=plain"]] {
            #expect(file(text.joined(separator: "\n"), variables).text("Name") == expected)
        }
    }

    @Test func `keys belong to their group`() {
        let file = file("Name=a\n[Desktop Action new]\nName=b\n")
        #expect(file.text("Name") == "a")
        #expect(file.text("Name", in: "Desktop Action new") == "b")
    }

    @Test func `bytes that are no text break nothing`() {
        let bytes = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
        let head = Array("[Desktop Entry]\nName=".utf8)
        _ = DesktopFile(parsing: bytes)
        #expect(DesktopFile(parsing: head + bytes).text("Name") != nil)
    }
}
