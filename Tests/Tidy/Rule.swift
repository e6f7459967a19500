import Testing

/// One rule about one file.
struct Rule: Sendable, CustomTestStringConvertible {
    let name: String
    let violations: @Sendable (SourceFile) -> [Violation]

    var testDescription: String { name }

    init(_ name: String, _ violations: @escaping @Sendable (SourceFile) -> [Violation]) {
        self.name = name
        self.violations = violations
    }

    static func all(_ table: PackageTable, _ tree: Tree) -> [Rule] {
        let packages = TreeRules.packages(tree.files)
        let bans = Ban.all.map { ban in Rule("no \(ban.what)", ban.violations) }
        let paths = tree.paths
        let executables = tree.executables
        return bans + [
            Rule("imports go down the table of layers", ImportRules(table: table).violations),
            Rule("a file is short", SizeRules.fileLength),
            Rule("a function is short and takes few parameters", SizeRules.functions),
            Rule("a line is narrow", SizeRules.lineWidth),
            Rule("nothing is left unfinished", CommentRules.unfinished),
            Rule("no code is commented out", CommentRules.commentedOutCode),
            Rule("an escape hatch says why", EscapeHatches.withoutReason),
            Rule("a document has one title", MarkdownRules.title),
            Rule("links lead somewhere") { MarkdownRules.links($0, paths: paths) },
            Rule("no machine is named", TreeRules.machinePaths),
            Rule("no white space at the end", TreeRules.whitespace),
            Rule("every Swift file is compiled") {
                TreeRules.dead($0, table, packages: packages)
            },
            Rule("scripts can be executed and are strict") {
                TreeRules.scripts($0, isExecutable: executables.contains($0.path))
            },
        ]
    }
}
