/// What holds for files whatever is in them.
enum TreeRules {
    /// Names of the machine that something was written on help nobody on another one. They are put
    /// together here so that this file does not name them either.
    static let machineNames = [
        "/wor" + "k/", "/tmp/bri" + "ef", "/tmp/w" + "t/", "/ro" + "ot/", "regis" + "try.npmjs",
        "gh" + "cr.io", "docker" + ".io", "artifac" + "tory", "code" + "artifact", "pkg.d" + "ev/",
    ]

    static func machinePaths(_ file: SourceFile) -> [Violation] {
        file.lines.enumerated().flatMap { offset, line in
            machineNames.filter { name in
                guard let range = line.firstRange(of: name) else { return false }
                // A longer path may hold one of these names: only its beginning counts.
                let before = line[..<range.lowerBound].last
                return !name.hasPrefix("/")
                    || !(before.map { $0.isLetter || $0.isNumber || ".-_}$/~*".contains($0) }
                        ?? false)
            }.map { Violation(file, offset + 1, "names \($0), which exists on one machine only.") }
        }
    }

    static func whitespace(_ file: SourceFile) -> [Violation] {
        var found: [Violation] = []
        for (offset, line) in file.lines.enumerated() {
            if line.last == " " || line.last == "\t" || line.last == "\r" {
                found.append(Violation(file, offset + 1, "ends in white space."))
            }
        }
        if !file.text.isEmpty, !file.text.hasSuffix("\n") {
            found.append(Violation(file, file.lines.count, "does not end with a line feed."))
        }
        return found
    }

    /// A Swift file that no target compiles rots unseen. A package inside the repository compiles
    /// its own, and tests build the fixtures.
    static func dead(_ file: SourceFile, _ table: PackageTable, packages: [String]) -> [Violation] {
        let isAlive =
            file.kind != .swift || file.name == "Package.swift"
            || table.row(of: file.path) != nil
            || file.path.hasPrefix("Tests/Modules/")
            || packages.contains { file.path.hasPrefix($0 + "/") }
        return isAlive
            ? []
            : [Violation(file, 0, "belongs to no target of Package.swift: nothing compiles it.")]
    }

    /// The folders of packages inside this one.
    static func packages(_ files: [SourceFile]) -> [String] {
        files.filter { $0.path.hasSuffix("/Package.swift") }
            .map { String($0.path.dropLast("/Package.swift".count)) }
    }

    static func scripts(_ file: SourceFile, isExecutable: Bool) -> [Violation] {
        let isScript = SizeRules.isScript(file)
        if isScript, !isExecutable {
            return [Violation(file, 1, "has a `#!` line but cannot be executed: chmod +x.")]
        }
        if isExecutable, !isScript {
            return [Violation(file, 1, "can be executed but has no `#!` line: chmod -x.")]
        }
        if isScript, file.lines[0].contains("bash"), !file.text.contains("\nset -euo pipefail\n") {
            return [Violation(file, 1, "goes on after an error: `set -euo pipefail`.")]
        }
        return []
    }

    /// Two modules' entries cannot be linked into one test binary, so the entry holds nothing else.
    static func entries(_ paths: Set<String>) -> [String] {
        let entries = paths.filter { $0.contains(#/^Sources/Modules/\w+/Entry/.+\.swift$/#) }
        let folders = Dictionary(grouping: entries) {
            $0.split(separator: "/").dropLast().joined(separator: "/")
        }
        return folders.filter { $0.value.count != 1 }.keys.sorted().map {
            "\($0) has more than one file: everything but the entry belongs into Logic."
        }
    }
}
