import Testing

/// The repository keeps its own rules. That each rule can fail is shown in the other suites.
struct TidyTests {
    static let tree = Tree.repository
    static let table = PackageTable(
        tree.files.first { $0.path == "Package.swift" }?.text ?? "")

    @Test(arguments: Rule.all(table, tree))
    func `every file keeps the rule`(rule: Rule) {
        let violations = Self.tree.files.flatMap(rule.violations)
        report(violations.map(\.description))
    }

    @Test func `the table of layers and the folders are found`() {
        #expect(Self.table.layers.first?.target == "KernelBase")
        #expect(Self.table.row(of: "Sources/Kernel/Main/main.swift")?.target == "KernelMain")
        #expect(Self.table.row(of: "Sources/Modules/Apps/Logic/A.swift")?.target == "AppsLogic")
        #expect(Self.tree.files.count > 50)
        for row in Self.table.targets {
            #expect(Self.tree.paths.contains(row.path), "\(row.target) has no folder \(row.path)")
        }
    }

    @Test func `layers use what lies below them`() {
        report(ImportRules(table: Self.table).problems())
    }

    @Test func `a layer is small enough to be read`() {
        let layers = SizeRules.layers(Self.table, Self.tree.files)
        print("Lines per layer, of \(SizeRules.linesPerLayer) allowed:")
        for layer in layers {
            print("  \(layer.name): \(layer.lines)")
            #expect(
                layer.lines <= SizeRules.linesPerLayer,
                "\(layer.name) has \(layer.lines) lines: it is two layers.")
        }
    }

    @Test func `escape hatches stay within their budget`() {
        let counts = EscapeHatches.count(Self.tree.files, Self.table)
        let file = Self.tree.files.first { $0.path == "dev/escape-hatches" }
        print("Escape hatches: \(counts.values.reduce(0, +))")
        for (target, count) in counts.sorted(by: { $0.key < $1.key }) {
            print("  \(target): \(count)")
        }
        report(EscapeHatches.problems(counts, EscapeHatches.budget(file?.text ?? "")))
    }

    @Test func `a bundled module's entry is one file`() {
        report(TreeRules.entries(Self.tree.paths))
    }

    private func report(_ problems: [String]) {
        if !problems.isEmpty {
            Issue.record("\(problems.map { "\n  " + $0 }.joined())")
        }
    }
}
