/// Imports against the table of layers. SwiftPM itself accepts the import of a dependency's
/// dependency, so nobody else would notice.
struct ImportRules {
    let table: PackageTable

    /// Modules that come with the system or the toolchain, and the targets that may import them.
    /// `Sources/Modules/` stands for every bundled module: each has a small door of its own.
    static let system: [String: [String]] = [
        "Glibc": [
            "KernelSystem", "KernelZygote", "ModuleKit", "ModuleKitTesting", "Sources/Modules/",
        ],
        "Dispatch": ["KernelSystem", "KernelZygote", "ModuleKit", "ModuleKitTesting"],
        "Testing": ["ModuleKitTesting"],
        "Foundation": [],
        "FoundationEssentials": [],
        "FoundationNetworking": [],
        "Synchronization": ["Sources/"],
    ]

    static let advice: [String: String] = [
        "Glibc": "ask KernelSystem, the one door to the operating system",
        "Dispatch": "ask KernelSystem, the one door to the operating system",
        "Testing": "only tests and ModuleKitTesting may",
        "Foundation": "it doubles the start time; use ModuleJSON, KernelBase or KernelSystem",
        "FoundationEssentials":
            "prefer ModuleJSON or KernelBase; if it is truly wanted, allow it in ImportRules",
        "FoundationNetworking": "it loads fifty libraries; HTTP has a layer of its own",
    ]

    struct Import: Equatable {
        let module: String
        let line: Int
    }

    static func imports(of file: SourceFile) -> [Import] {
        let pattern =
            #/
            ^\s*(?:@\w+(?:\([^)]*\))?\s+)*
            (?:(?:public|package|internal|fileprivate|private)\s+)?import\s+
            (?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)
            /#
        return (file.source?.codeLines ?? []).enumerated().compactMap { offset, line in
            guard line.contains("import") else { return nil }
            return line.firstMatch(of: pattern).map {
                Import(module: String($0.1), line: offset + 1)
            }
        }
    }

    func violations(in file: SourceFile) -> [Violation] {
        guard file.kind == .swift, let row = table.row(of: file.path) else { return [] }
        return Self.imports(of: file).compactMap { found in
            refusal(of: found.module, in: row).map { Violation(file, found.line, $0) }
        }
    }

    private func refusal(of module: String, in row: PackageTable.Row) -> String? {
        if let allowed = Self.system[module] {
            let isTest = row.path.hasPrefix("Tests/")
            let isAllowed = allowed.contains {
                $0 == row.target || $0.hasSuffix("/") && row.path.hasPrefix($0)
            }
            if isTest || isAllowed {
                return nil
            }
            let advice = Self.advice[module].map { ": \($0)" } ?? ""
            return "\(row.target) may not import \(module)\(advice)."
        }
        if row.uses.contains(module) {
            return nil
        }
        let uses = row.uses.isEmpty ? "nothing" : row.uses.joined(separator: ", ")
        return "\(row.target) may not import \(module): its row in Package.swift names \(uses)."
    }

    /// What is wrong with the table itself.
    func problems() -> [String] {
        var below: Set<String> = []
        var problems: [String] = []
        let layerNames = Set(table.layers.map(\.target))
        for layer in table.layers {
            for use in layer.uses where layerNames.contains(use) && !below.contains(use) {
                problems.append("\(layer.target) uses \(use), which is not below it in the table.")
            }
            below.insert(layer.target)
        }
        let modules = table.targets.filter { $0.path.hasPrefix("Sources/Modules/") }
        let own = Set(modules.map(\.target))
            .union(["ModuleKit", "ModuleProviderKit", "ModuleChat", "ModuleJSON"])
        for module in modules {
            for use in module.uses where !own.contains(use) && !use.hasPrefix("C") {
                problems.append(
                    "\(module.target) uses \(use): a module sees the kits and its own C only.")
            }
        }
        return problems
    }
}
