import Desktop
import DesktopTesting
import Testing

@testable import AppsLogic

struct MimeTypesTests {
    private let desktop = DesktopFolder()
    static let hasDatabase = installed("/usr/share/mime/magic", "/usr/share/mime/globs2")

    private func addDatabase() {
        desktop.folder.write(
            """
            # comment
            60:application/x-special:special-*.dat
            50:text/x-c++src:*.C:cs
            50:text/x-csrc:*.c
            50:application/gzip:*.gz
            50:application/x-compressed-tar:*.tar.gz
            50:text/x-makefile:Makefile
            50:text/x-readme:readme*
            50:audio/x-one:*.dup
            50:video/x-two:*.dup
            50:text/x-old:*.old

            """, to: "system/mime/globs2")
        desktop.folder.write(
            "50:text/x-old:__NOGLOBS__\n50:text/x-old:*.new\n", to: "home/.local/share/mime/globs2")
        desktop.folder.write("text/x-csrc text/plain\n", to: "system/mime/subclasses")
        desktop.folder.write("text/c text/x-csrc\n", to: "system/mime/aliases")
        let magic: [UInt8] =
            Array("MIME-Magic\0\n[50:video/x-two]\n>4=".utf8) + [0, 3] + Array("TWO\n".utf8)
            + Array("[80:audio/x-one]\n>0=".utf8) + [0, 2] + Array("ON\n1>8=".utf8) + [0, 1]
            + Array("E+4\n".utf8)
            + Array("[60:image/x-masked]\n>0=".utf8) + [0, 2, 0x12, 0x34]
            + Array("&".utf8) + [0xff, 0xf0] + Array("~2\n".utf8)
        desktop.folder.write(magic, to: "system/mime/magic")
    }

    @Test(arguments: [
        ("main.c", "text/x-csrc"), ("main.C", "text/x-c++src"), ("MAIN.GZ", "application/gzip"),
        ("a.tar.gz", "application/x-compressed-tar"), ("Makefile", "text/x-makefile"),
        ("README.txt", "text/x-readme"), ("special-1.dat", "application/x-special"),
        ("a.new", "text/x-old"),
    ])
    func `a name tells the type`(name: String, expected: String) {
        addDatabase()
        #expect(MimeTypes(desktop.environment()).types(ofName: name) == [expected])
    }

    @Test(arguments: [
        ("a.dup", "xxxxTWO", "video/x-two"), ("a.dup", "ON......xxE", "audio/x-one"),
        ("a.dup", "ON......xxxxE", "audio/x-one"), ("a", "ON......xxxxE", "text/plain"),
        ("a", "ON......E", "audio/x-one"), ("a", "4\u{12}", "image/x-masked"),
        ("a", "", "text/plain"),
        ("a", "x\u{0}y", "application/octet-stream"), ("a.old", "text", "text/plain"),
    ])
    func `the content tells where the name does not`(
        name: String, content: String, expected: String
    ) {
        addDatabase()
        let path = desktop.folder.write(content, to: "files/\(name)")
        #expect(MimeTypes(desktop.environment()).type(ofFile: path) == expected)
    }

    @Test func `a type is also what it descends from`() {
        addDatabase()
        let types = MimeTypes(desktop.environment())
        #expect(
            types.lineage(of: "text/c") == [
                "text/x-csrc", "text/plain", "application/octet-stream",
            ])
        #expect(types.lineage(of: "inode/directory") == ["inode/directory"])
        #expect(types.lineage(of: "x-scheme-handler/http") == ["x-scheme-handler/http"])
    }

    @Test func `a magic file that is cut short anywhere breaks nothing`() {
        addDatabase()
        let path = "\(desktop.folder.path)/system/mime/magic"
        let whole = SmallFile.read(path) ?? []
        for length in 0..<whole.count {
            _ = MagicRules([Array(whole.prefix(length))]).types(of: Array("ON......E".utf8))
        }
        #expect(MagicRules([whole]).types(of: Array("ON......E".utf8)) == ["audio/x-one"])
    }

    @Test(
        .enabled(if: hasDatabase),
        arguments: [
            ("a.html", "", "text/html"), ("a.pdf", "", "application/pdf"),
            ("a.md", "", "text/markdown"),
            ("noise", "\u{1}\u{2}", "application/octet-stream"),
            ("doc", "%PDF-1.7", "application/pdf"),
            ("script", "#!/bin/sh\n", "application/x-shellscript"),
            ("page", "<!DOCTYPE html><html>", "text/html"), ("gif", "GIF89a", "image/gif"),
        ])
    func `the database of this machine is understood`(
        name: String, content: String, expected: String
    ) {
        let path = desktop.folder.write(content, to: "files/\(name)")
        let environment = desktop.environment(["XDG_DATA_DIRS": "/usr/share"])
        #expect(MimeTypes(environment).type(ofFile: path) == expected)
    }
}
