import Desktop
import DesktopTesting
import Glibc

@testable import AppsLogic

/// An application that writes down how it was started.
struct Recorder {
    let desktop = DesktopFolder()

    struct Record {
        let arguments: [String]
        let environment: [String: String]
        let folder: String
        /// What its descriptors lead to, without the script itself.
        let descriptors: [String]
        /// Fields of /proc/self/stat and /proc/self/status.
        let process: Int32
        let parent: Int32
        let session: Int32
        let terminal: Int32
        let status: [String: String]
    }

    init() {
        // A redirection would add descriptors of the shell's own: the links are copied as they are.
        // While it starts a program the shell blocks signals: it reads its status itself.
        desktop.folder.write(
            """
            #!/bin/sh
            out="\(desktop.folder.path)/out"
            /bin/mkdir "$out.$$"
            /bin/cp -dR /proc/$$/fd "$out.$$/descriptors"
            /bin/cat /proc/$$/stat >"$out.$$/stat"
            while read -r line; do echo "$line"; done </proc/$$/status >"$out.$$/status"
            /bin/cat /proc/$$/environ >"$out.$$/environment"
            /bin/readlink /proc/$$/cwd >"$out.$$/folder"
            printf '%s\\n' "$@" >"$out.$$/arguments"
            /bin/touch "$out.$$/done"

            """, to: "bin/recorder", mode: 0o755)
    }

    func add(_ id: String = "recorder.desktop", _ lines: String = "Exec=recorder %U") {
        desktop.add(id, "Name=Recorder\n\(lines)")
    }

    func record(of process: Int32) -> Record? {
        let folder = "\(desktop.folder.path)/out.\(process)"
        guard eventually({ SmallFile.kind(of: "\(folder)/done") == .file }) else { return nil }
        func text(_ name: String) -> String { ChildProcess.text(of: "\(folder)/\(name)") }
        func lines(_ name: String) -> [Substring] { text(name).split(separator: "\n") }
        let stat = text("stat").split(separator: ")").last?.split(separator: " ") ?? []
        func field(_ index: Int) -> Int32 { stat.count > index ? Int32(stat[index]) ?? -1 : -1 }
        return Record(
            arguments: lines("arguments").map(String.init),
            environment: pairs(text("environment").split(separator: "\0"), "="),
            folder: lines("folder").first.map(String.init) ?? "",
            descriptors: SmallFile.names(in: "\(folder)/descriptors")
                .map { destination(ofLink: "\(folder)/descriptors/\($0)") }
                .filter { !$0.hasSuffix("/bin/recorder") },
            process: process, parent: field(1), session: field(3), terminal: field(4),
            status: pairs(lines("status"), ":"))
    }

    private func pairs(_ texts: [Substring], _ separator: String) -> [String: String] {
        var result: [String: String] = [:]
        for text in texts {
            guard let range = text.firstRange(of: separator) else { continue }
            result[String(text[..<range.lowerBound])] = String(
                text[range.upperBound...].drop(while: \.isWhitespace))
        }
        return result
    }
}
