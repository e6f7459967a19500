/// The architecture as `Package.swift` states it: the table of layers, and what the other targets
/// may use. Read as text, since the rows are what people read and edit.
struct PackageTable: Sendable {
    struct Row: Equatable {
        let target: String
        let path: String
        let uses: [String]
    }

    /// In the order of the file, which is from the bottom to the top.
    let layers: [Row]
    let targets: [Row]

    init(_ packageText: String) {
        let text = SourceText(packageText).uncommentedText
        let row =
            #/
            Layer\(\s*"(\w+)",\s*uses:\s*\[([^\]]*)\](?:,\s*testUses:\s*\[([^\]]*)\])?
            /#
        let rows = text.matches(of: row)
        let names = Set(rows.map { String($0.1) })
        /// A row names layers without what the names of their modules begin with.
        func used(_ list: Substring) -> [String] {
            Self.quoted(list).map { names.contains($0) ? "Kernel\($0)" : $0 }
        }
        let layers = rows.map { match in
            Row(
                target: "Kernel\(match.1)", path: "Sources/Kernel/\(match.1)",
                uses: used(match.2))
        }
        self.layers = layers
        let layerTests = zip(layers, rows).map { layer, match in
            Row(
                target: "\(match.1)Tests", path: "Tests/\(match.1)",
                uses: layer.uses + [layer.target, "KernelTesting"] + used(match.3 ?? ""))
        }
        let literal =
            #/
            \.(?:target|executableTarget|testTarget|systemLibrary)\(
            \s*name:\s*"(\w+)"((?s).*?)path:\s*"([^"]+)"
            /#
        let others = text.matches(of: literal).map { match in
            // A list that is computed from the layers may use them all.
            let computed = match.2.contains("layers.map") ? layers.map(\.target) : []
            return Row(
                target: String(match.1), path: String(match.3),
                uses: Self.quoted(match.2) + computed)
        }
        let call =
            #/
            (?:\[([^\]]*)\]\s*\.flatMap\s*\{\s*)?bundledModule\(\s*(?:"(\w+)"|\$0)([^)]*)\)
            /#
        // What every module may use is said once, in the function that the rows call.
        let shared = text.firstMatch(of: #/"\\\(name\)Logic",\s*dependencies:\s*\[([^\]]*)\]/#)
        let kit = Self.quoted(shared?.1 ?? #""ModuleKit""#)
        let modules = text.matches(of: call).flatMap { match in
            let names = match.2.map { [String($0)] } ?? Self.quoted(match.1 ?? "")
            let uses = Self.quoted(match.3.firstMatch(of: #/\buses:\s*\[([^\]]*)\]/#)?.1 ?? "")
            let testUses = Self.quoted(
                match.3.firstMatch(of: #/testUses:\s*\[([^\]]*)\]/#)?.1 ?? "")
            return names.flatMap { Self.module($0, uses: kit + uses, testUses: testUses) }
        }
        targets = layers + layerTests + others + modules
    }

    /// The row that a file belongs to: the one with the longest path.
    func row(of path: String) -> Row? {
        targets.filter { path.hasPrefix($0.path + "/") }.max { $0.path.count < $1.path.count }
    }

    private static func quoted(_ text: Substring) -> [String] {
        text.matches(of: #/"(\w+)"/#).map { String($0.1) }
    }

    private static func module(_ name: String, uses: [String], testUses: [String]) -> [Row] {
        let folder = "Sources/Modules/\(name)"
        return [
            Row(target: "\(name)Logic", path: "\(folder)/Logic", uses: uses),
            Row(
                target: "\(name)Entry", path: "\(folder)/Entry",
                uses: ["ModuleKit", "\(name)Logic"]),
            Row(
                target: "\(name)Tests", path: "Tests/\(name)",
                uses: ["\(name)Logic", "ModuleKitTesting"] + uses + testUses),
        ]
    }
}
