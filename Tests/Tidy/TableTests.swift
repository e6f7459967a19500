import Testing

/// The rules about the tree as a whole.
struct TableTests {
    @Test func `a layer may not use what stands above it`() {
        let table = PackageTable(
            """
            Layer("Base", uses: ["System"]),
            Layer("System", uses: ["Base"]),
            """)
        #expect(
            ImportRules(table: table).problems()
                == ["KernelBase uses KernelSystem, which is not below it in the table."])
    }

    @Test func `a module sees the kit and its own C only`() {
        let table = PackageTable(#"bundledModule("Apps", uses: ["CDesktop", "KernelBase"])"#)
        #expect(
            ImportRules(table: table).problems()
                == ["AppsLogic uses KernelBase: a module sees the kits and its own C only."])
    }

    @Test func `modules may share a row`() {
        let table = PackageTable(
            #"["Apps", "Sound"].flatMap { bundledModule($0, uses: ["CBus"], testUses: ["Bus"]) }"#)
        #expect(
            table.row(of: "Sources/Modules/Sound/Logic/A.swift")?.uses == ["ModuleKit", "CBus"])
        #expect(table.row(of: "Tests/Apps/A.swift")?.uses.suffix(2) == ["CBus", "Bus"])
    }

    @Test func `what every module may use is read from the function`() {
        let table = PackageTable(
            #"""
            .target(name: "\(name)Logic", dependencies: ["ModuleKit", "ModuleJSON"] + uses),
            bundledModule("Apps", uses: ["CBus"])
            """#)
        #expect(
            table.row(of: "Sources/Modules/Apps/Logic/A.swift")?.uses
                == ["ModuleKit", "ModuleJSON", "CBus"])
    }

    @Test func `a row that is a comment is no row`() {
        #expect(PackageTable(#"// Layer("Base", uses: [])"#).layers.isEmpty)
    }

    @Test func `lines are counted per layer`() {
        let table = PackageTable(#"Layer("Base", uses: []), Layer("Wire", uses: ["Base"])"#)
        let layers = SizeRules.layers(
            table,
            [
                SourceFile(path: "Sources/Kernel/Base/A.swift", text: "a\nb\n"),
                SourceFile(path: "Sources/Kernel/Base/Deep/B.swift", text: "c\n"),
                SourceFile(path: "Sources/Kernel/Wire/C.swift", text: "d\n"),
            ])
        #expect(layers.map(\.name) == ["KernelBase", "KernelWire"])
        #expect(layers.map(\.lines) == [3, 1])
    }

    @Test func `escape hatches are counted per target and compared with the budget`() {
        let table = PackageTable(#"Layer("Base", uses: []), Layer("Wire", uses: ["Base"])"#)
        let hatch = "final class A: @unchecked Sendable {}  // \"nonisolated(unsafe)\"\n"
        let files = [
            SourceFile(path: "Sources/Kernel/Base/A.swift", text: hatch + hatch),
            SourceFile(path: "Sources/Kernel/Wire/A.swift", text: "// @unchecked Sendable\n"),
        ]
        let counts = EscapeHatches.count(files, table)
        #expect(counts == ["KernelBase": 2])
        #expect(EscapeHatches.problems(counts, EscapeHatches.budget("# why\nKernelBase 2\n")) == [])
        #expect(EscapeHatches.problems(counts, [:]).count == 1)
        #expect(EscapeHatches.problems(counts, ["KernelBase": 3]).count == 1)
        #expect(EscapeHatches.problems(counts, ["KernelBase": 2, "KernelWire": 1]).count == 1)
    }

    @Test func `a second file beside a module's entry is found`() {
        let one = "Sources/Modules/Apps/Entry/Apps.swift"
        let logic = "Sources/Modules/Apps/Logic/B.swift"
        #expect(TreeRules.entries([one, logic]) == [])
        #expect(TreeRules.entries([one, "Sources/Modules/Apps/Entry/B.swift"]).count == 1)
    }
}
