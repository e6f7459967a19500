import Desktop
import DesktopTesting
import Glibc
import Testing

@testable import AppsLogic

struct OpenerTests {
    private let recorder = Recorder()
    private var desktop: DesktopFolder { recorder.desktop }

    private func open(
        _ reference: Reference, _ variables: [String: String] = [:]
    ) throws -> Launcher.Result {
        // Only what the test puts there, whatever is installed here.
        let path = ["PATH": "\(desktop.folder.path)/bin"]
        let environment = desktop.environment(path.merging(variables) { $1 })
        return try Opener(environment, Catalog(environment)).open(reference)
    }

    @Test func `a file is opened with what its name stands for`() throws {
        desktop.folder.write("50:text/x-note:*.note\n", to: "system/mime/globs2")
        let path = desktop.folder.write("hello", to: "files/a.note")
        recorder.add("notes.desktop", "Exec=recorder %f\nPath=/\nMimeType=text/x-note;")
        let result = try open(.file(path: path))
        #expect(result.id == "notes.desktop")
        #expect(recorder.record(of: result.processes[0])?.arguments == [path])
    }

    @Test func `a folder and an address have their applications too`() throws {
        recorder.add("files.desktop", "Exec=recorder %U\nPath=/\nMimeType=inode/directory;")
        recorder.add("web.desktop", "Exec=recorder %U\nPath=/\nMimeType=x-scheme-handler/https;")
        let folder = try open(.file(path: desktop.folder.path))
        #expect(folder.id == "files.desktop")
        _ = recorder.record(of: folder.processes[0])
        let page = try open(.address("HTTPS://example.org/a?b"))
        #expect(page.id == "web.desktop")
        #expect(recorder.record(of: page.processes[0])?.arguments == ["HTTPS://example.org/a?b"])
    }

    @Test func `xdg-open is asked last`() throws {
        let script = ChildProcess.text(of: "\(desktop.folder.path)/bin/recorder")
        desktop.folder.write(script, to: "bin/xdg-open", mode: 0o755)
        _ = desktop.folder.makeFolder("home")
        let result = try open(.address("odd:thing"))
        #expect(result.name == "xdg-open")
        #expect(recorder.record(of: result.processes[0])?.arguments == ["odd:thing"])
    }

    @Test func `what nobody opens is named`() {
        let path = desktop.folder.write("text", to: "files/a")
        let file = #expect(throws: DesktopError.self) { try open(.file(path: path)) }
        #expect(file?.description.contains("files of type text/plain") == true)
        let address = #expect(throws: DesktopError.self) { try open(.address("odd:thing")) }
        #expect(address?.description.contains("links that begin with odd:") == true)
    }

    @Test func `what is not there, or no file, is refused`() {
        let missing = #expect(throws: DesktopError.self) { try open(.file(path: "/nowhere/a")) }
        #expect(missing?.description == "there is no file /nowhere/a")
        let pipe = "\(desktop.folder.path)/pipe"
        mkfifo(pipe, 0o600)
        let device = #expect(throws: DesktopError.self) { try open(.file(path: pipe)) }
        #expect(device?.kind == .invalid)
    }
}
