import Testing

/// A rule that cannot fail is a defect: each is shown to fire, and not to fire on its neighbours.
struct RuleTests {
    struct Example: CustomTestStringConvertible {
        let rule: String
        let path: String
        let source: String
        /// The lines that the rule names.
        let lines: [Int]

        var testDescription: String { "\(rule): \(source.prefix(60).replacing("\n", with: " ⏎ "))" }

        init(
            _ rule: String, in path: String = "Sources/Kernel/Base/A.swift", _ source: String,
            _ lines: Int...
        ) {
            self.rule = rule
            self.path = path
            self.source = source
            self.lines = lines
        }
    }

    static let table = PackageTable(
        """
        let layers = [
            Layer("Base", uses: ["ModuleJSON"]),
            Layer("System", uses: ["Base", "CInotify"], safety: .strict),
            Layer("Wire", uses: [
                "Base", "ModuleJSON",
            ]),
        ]
        .executableTarget(
            name: "KernelMain",
            dependencies: layers.map { .byName(name: "Kernel\\($0.name)") } + ["ModuleJSON"],
            path: "Sources/Kernel/Main"),
        bundledModule("Apps") + bundledModule("Desktop", uses: ["CDesktop"])
        """)

    static let rules = Rule.all(
        table, Tree(paths: ["README.md", "docs/guide.md"], executables: ["dev/run", "dev/notes"]))

    static let bans = [
        Example("no A trap without a sentence", "fatalError()", 1),
        Example("no A trap without a sentence", "fatalError(\"The queue is empty.\")"),
        Example("no print", "print(1)\nfile.print(1)\nfunc print(_ text: String) {}", 1),
        Example("no print", in: "Sources/Kernel/Main/A.swift", "print(1)"),
        Example("no print", "let text = \"\"\"\n  print(1)\n  \\(print(2))\n  \"\"\"", 3),
        Example("no try!", "let a = try! b()\nlet c = try? b() // try!", 1),
        Example("no as!", "let a = b as! C\nlet d = b as? C", 1),
        Example("no dlclose", "_ = dlclose(handle)\n_ = dlopen(path, 0)", 1),
        Example("no sleep", in: "Tests/Base/A.swift", "try await Task.sleep(for: .seconds(1))", 1),
        Example("no sleep", in: "Tests/Modules/Slow/A.swift", "sleep(10)"),
        Example("no sleep", in: "Tests/Base/Fixtures/A.swift", "sleep(10)"),
        Example("no Thread", "Thread.sleep(forTimeInterval: 1)", 1),
        Example("no @_cdecl", "@_cdecl(\"module_entry\") func entry() {}\n@c func other() {}", 1),
        Example(
            "no Dropping a value under a lock",
            "state.withLock { _ = $0.remove(1) }\n_ = state.withLock { $0.remove(1) }", 1),
        Example("no Process", "let child = Process()\nlet other = Subsystem.Process()", 1),
    ]

    static let imports: [Example] = {
        let rule = "imports go down the table of layers"
        let entry = "Sources/Modules/Apps/Entry/A.swift"
        return [
            Example(rule, "import ModuleJSON\nimport KernelSystem", 2),
            Example(rule, "@preconcurrency package import struct KernelWire.Frame", 1),
            Example(rule, "import Glibc\nimport Foundation\nimport Synchronization", 1, 2),
            Example(rule, "import FoundationEssentials", 1),
            Example(
                rule, in: "Sources/Kernel/System/A.swift", "import Glibc\nimport ModuleJSON", 2),
            Example(
                rule, in: "Sources/Kernel/Wire/A.swift", "import ModuleJSON\nimport KernelBase"),
            Example(rule, in: "Sources/Kernel/Main/A.swift", "import KernelWire\nimport Glibc", 2),
            Example(
                rule, in: "Sources/Modules/Desktop/Logic/A.swift", "import CDesktop\nimport Glibc"),
            Example(rule, in: "Sources/Modules/Apps/Logic/A.swift", "import CDesktop", 1),
            Example(rule, in: entry, "import ModuleKit\nimport AppsLogic\nimport KernelBase", 3),
            Example(rule, in: "Tests/Wire/A.swift", "import Testing\nimport Foundation"),
            Example(
                rule, in: "Tests/Base/A.swift", "@testable import KernelBase\nimport CToml", 2),
            Example(
                rule, "// import KernelSystem\nlet text = \"\"\"\n  import KernelWire\n  \"\"\""),
        ]
    }()

    static let sizes: [Example] = {
        let long = String(repeating: "    work()\n", count: 68)
        let rule = "a function is short and takes few parameters"
        let six = "a: Int, b: [Int: Int], c: Int = f(x: 1), d: (Int) -> Void = { (e: Int) in }"
        return [
            Example("a file is short", String(repeating: "\n", count: 401), 0),
            Example("a file is short", String(repeating: "\n", count: 400)),
            Example("a file is short", in: "README.md", String(repeating: "\n", count: 401)),
            Example("a line is narrow", "\n" + String(repeating: "ä", count: 101) + "\n", 2),
            Example("a line is narrow", String(repeating: "ä", count: 100) + "\n"),
            Example(rule, "func a() {\n\(long)}\n\nfunc b() {\n\(long)\n}", 72),
            Example(rule, "struct A {\n  init() {\n\(long)\n\n}\n}", 2),
            Example(rule, "protocol A {\n  func a()\n  init()\n}\nstruct B {\n\(long)\n\n}"),
            Example(rule, "func a() {\n  let b = \"{\"  // {\n}\n\n\(long)"),
            Example(rule, "func a(\(six)) {}\nfunc b(\(six), f: Int, g: Int) {}", 2),
            Example(rule, "init(\(six), f: Int, g: Int) {}"),
            Example(
                rule, in: "Sources/Kernel/CToml/a.c",
                "extern \"C\" {\nint a(void) {\n\(long)}\n\nint b(void) {\n\(long)\n}\n}", 73),
        ]
    }()

    static let comments: [Example] = {
        let hatch = "an escape hatch says why"
        let dead = "no code is commented out"
        return [
            Example("nothing is left unfinished", "// TO" + "DO: later\nlet a = \"TO" + "DO\"", 1),
            Example(
                "nothing is left unfinished", in: "dev/run", "# FIX" + "ME\nmktemp -t XXXXXX", 1),
            Example(dead, "// let a = compute();\n// return early if it is empty, since\n", 1),
            Example(dead, "    // store.close()\n    // if it is closed (which it may be)", 1),
            Example(dead, "// for example read(2)\n// let the caller decide.\n}"),
            Example(
                dead, "/// let a = Store()\n// The rest is up to the caller.\n//   count = 3", 3),
            Example(hatch, "final class A: @unchecked Sendable {}", 1),
            Example(
                hatch, "// Confined to the loop's thread.\nfinal class A: @unchecked Sendable {}"),
            Example(hatch, "nonisolated(unsafe) var a = 0  // Guarded by the lock of B."),
            Example(
                hatch,
                "// Both are one pointer.\n@inline(__always)\nlet a = unsafeBitCast(b, to: C.self)"
            ),
            Example(
                hatch,
                "// Guarded by B.\nnonisolated(unsafe) var a = 0\nnonisolated(unsafe) var b = 0"),
            Example(hatch, "// Guarded by the lock.\n\nlet a = unsafeBitCast(b, to: C.self)", 3),
        ]
    }()

    static let files: [Example] = {
        let links = "links lead somewhere"
        let scripts = "scripts can be executed and are strict"
        let strict = "#!/usr/bin/env bash\nset -euo pipefail\n"
        return [
            Example("a document has one title", in: "docs/a.md", "text\n## Part", 1),
            Example("a document has one title", in: "docs/a.md", "# A\n\n# B", 3),
            Example("a document has one title", in: "docs/a.md", "# A\n```\n# B\n```"),
            Example(links, in: "docs/a.md", "[a](guide.md#part)\n[b](../README.md)\n[c](b.md)", 3),
            Example(links, in: "docs/a.md", "[a](https://swift.org) [b](#part) `[c](d)`"),
            Example(
                "no machine is named", in: "docs/a.md", "cd /wor" + "k/main\ncd ~/wor" + "k/main", 1
            ),
            Example("no machine is named", in: "dev/run", "pull gh" + "cr.io/a", 1),
            Example("no white space at the end", "let a = 1 \nlet b = 2", 1, 2),
            Example("no white space at the end", "let a = 1\n"),
            Example(
                "every Swift file is compiled", in: "Sources/Kernel/Bass/A.swift", "let a = 1", 0),
            Example("every Swift file is compiled", in: "Tests/Modules/Slow/A.swift", "let a = 1"),
            Example(scripts, in: "dev/run", "#!/usr/bin/env bash\necho a", 1),
            Example(scripts, in: "dev/run", strict),
            Example(scripts, in: "dev/test", strict, 1),
            Example(scripts, in: "dev/notes", "text", 1),
        ]
    }()

    @Test(arguments: bans + imports + sizes + comments + files)
    func `a rule names what breaks it and nothing else`(example: Example) throws {
        let rule = try #require(Self.rules.first { $0.name == example.rule })
        let file = SourceFile(path: example.path, text: example.source)
        #expect(rule.violations(file).map(\.line) == example.lines)
    }

    @Test func `every rule is shown to fire`() {
        let examples = Self.bans + Self.imports + Self.sizes + Self.comments + Self.files
        let shown = Set(examples.filter { !$0.lines.isEmpty }.map(\.rule))
        #expect(Set(Self.rules.map(\.name)) == shown)
    }
}

extension Tree {
    /// A repository with a package of its own at `Tests/Modules`, for examples.
    init(paths: Set<String>, executables: Set<String>) {
        files = [SourceFile(path: "Tests/Modules/Package.swift", text: "")]
        self.paths = paths
        self.executables = executables
    }
}
