import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelSandbox
import KernelSystem
package import KernelWorkers
import ModuleJSON

/// What the checks need of the process around them.
package struct CheckTools: Sendable {
    package struct Options: Sendable {
        /// No step of a check takes longer.
        package var stepSeconds: Double = 5
        package var reloads = 50
        /// More tasks than this are not called.
        package var tasksMax = 32
        package var stateBytesMax = 64 << 20

        package init() {}
    }

    let zygote: Zygote
    let output: OutputCollector
    let options: Options
    let violations = CheckViolations()
    let permissions = CheckPermissions()

    package init(zygote: Zygote, output: OutputCollector, options: Options = Options()) {
        self.zygote = zygote
        self.output = output
        self.options = options
    }
}

/// `kernel module check`: everything that the loader asks of a module, and more, each step in a
/// process of its own that may die of it.
package struct ModuleCheck: ~Copyable {
    let tools: CheckTools
    /// Holds the copy that is checked: the file itself may be built anew meanwhile.
    private let folder: String
    var report: CheckReport

    /// `temporaryFolder` is made, and removed at the end.
    package static func run(
        _ file: String, tools: CheckTools, temporaryFolder: String
    ) -> CheckReport {
        var check = ModuleCheck(file, tools, temporaryFolder)
        check.all()
        return check.report
    }

    private init(_ file: String, _ tools: CheckTools, _ folder: String) {
        report = CheckReport(file: file)
        self.tools = tools
        self.folder = folder
    }

    deinit {
        try? Files.removeTree(folder)
    }

    private mutating func all() {
        guard let build = takeIn() else { return }
        checkSymbols()
        guard let manifest = checkManifest(build) else { return }
        var subject = CheckSubject(
            build: build, manifest: manifest, stateFolder: Path.join(folder, "state"))
        try? Files.makeDirectories(subject.stateFolder)
        guard checkSetUp(&subject) else { return }
        checkLife(subject)
        checkState(subject)
        checkProvider(subject)
        checkSchemas(subject)
        checkCalls(subject)
        checkReloads(subject)
        checkContract()
    }

    // MARK: The file

    private mutating func takeIn() -> Build? {
        do throws(IngestFailure) {
            let build = try BuildStore(folder: folder).ingest(report.file)
            let bytes = (try? Files.read(report.file, bytesMax: BuildStore.bytesMax)) ?? []
            let needed = (try? ElfFile(checking: bytes))?.needed ?? []
            report.add(
                "file", .ok,
                "a complete shared library for this machine; needs \(Self.list(needed))")
            return build
        } catch {
            let reason = error == .changing ? "it is missing or is being written" : "\(error)"
            report.add("file", .fail, reason)
            return nil
        }
    }

    private mutating func checkSymbols() {
        let symbols: ElfSymbols
        do {
            // The symbols of the table that is asked lie behind what is copied.
            let bytes = try Files.read(report.file, bytesMax: BuildStore.bytesMax)
            symbols = try ElfSymbols(readingFrom: bytes)
        } catch {
            return report.add("exports", .fail, "\(error)")
        }
        let others = symbols.names.filter { $0 != Self.entry }
        if !symbols.names.contains(Self.entry) {
            report.add(
                "exports", .fail,
                "it does not export \(Self.entry): define it as mod/entry.h says, and see that "
                    + "the version script lets it through")
        } else if !symbols.unique.isEmpty {
            report.add(
                "exports", .fail,
                "it exports \(Self.list(symbols.unique)), of which a process has only one, so that "
                    + "a new build would use the old one's: compile with -fno-gnu-unique, or link "
                    + "with the version script")
        } else if !others.isEmpty {
            report.add(
                "exports", .warn,
                "it exports \(Self.list(others)) besides \(Self.entry): link with the version "
                    + "script (Sources/ModuleABI/Linkage/module.version)")
        } else {
            report.add("exports", .ok, "\(Self.entry) and nothing else")
        }
    }

    private static let entry = "module_entry"
    private static let namesShown = 5

    static func list(_ names: [String]) -> String {
        guard !names.isEmpty else { return "nothing" }
        let more = names.count - namesShown
        return names.prefix(namesShown).joined(separator: ", ")
            + (more > 0 ? " and \(more) more" : "")
    }

    // MARK: The manifest

    private mutating func checkManifest(_ build: Build) -> Manifest? {
        let bytes: [UInt8]
        let second: [UInt8]
        do {
            bytes = try CheckWorker(tools).open(build.path)
            report.add("contract", .ok, "magic, size and ABI version fit this kernel")
            second = try CheckWorker(tools).open(build.path)
        } catch {
            report.add(Self.check(whereOpeningFailed: error), .fail, "\(error)")
            return nil
        }
        guard bytes == second else {
            report.add("manifest", .fail, "it is another one in another process: make it constant")
            return nil
        }
        do throws(ManifestError) {
            let manifest = try Manifest(parsing: bytes)
            try permit(manifest)
            let gaps = Self.gaps(manifest)
            let tasks = Amount.count(manifest.tasks.count, "task")
            report.add(
                "manifest", gaps.isEmpty ? .ok : .warn,
                gaps.isEmpty
                    ? "\(manifest.id) \(manifest.version), \(tasks)"
                    : Self.list(gaps))
            return manifest
        } catch {
            report.add("manifest", .fail, "\(error)")
            return nil
        }
    }

    /// As the loader tells them apart: what ends the process does so while the library is opened.
    private static func check(whereOpeningFailed error: any Error) -> String {
        guard case .refused(let failure)? = error as? WorkerFailure, failure.step != .open else {
            return "open"
        }
        return "contract"
    }

    /// The steps that follow run within the walls of what the manifest asks for.
    private func permit(_ manifest: Manifest) throws(ManifestError) {
        do throws(PermissionProblem) {
            let permissions = try Permissions(manifest: manifest.permissions)
            for kind in PermissionKind.allCases where kind.namesPaths {
                _ = try PathPlaces.ofThisProcess.expand(permissions[kind])
            }
            tools.permissions.set(permissions)
        } catch {
            throw ManifestError("permissions: \(error)")
        }
    }

    /// What a person or a model will miss.
    private static func gaps(_ manifest: Manifest) -> [String] {
        var gaps: [String] = []
        if manifest.about.isEmpty { gaps.append("it does not say what the module is about") }
        if manifest.tasks.isEmpty { gaps.append("it lists no tasks") }
        for task in manifest.tasks {
            if task.about.isEmpty { gaps.append("the task \(task.name) has no about") }
            guard let schema = task.arguments else { continue }
            let properties = schema.json["properties"]
            for name in schema.propertyNames where properties?[name]?["description"] == nil {
                gaps.append("the argument \(name) of \(task.name) has no description")
            }
        }
        return gaps
    }

    private mutating func checkContract() {
        let sentences = tools.violations.sentences
        guard !sentences.isEmpty else {
            return report.add("rules", .ok, "no breach of the contract was seen in any step")
        }
        for sentence in sentences { report.add("rules", .fail, sentence) }
    }
}

/// The module that is checked.
struct CheckSubject: Sendable {
    let build: Build
    let manifest: Manifest
    /// Instead of the module's own folder.
    let stateFolder: String
    var abilities: ModuleInstance.Abilities?

    /// What the configuration says if its author writes nothing.
    var configuration: ModuleConfiguration {
        let own = manifest.configuration?.fillingDefaults(in: [:]) ?? [:]
        return ModuleConfiguration(own: own.serialized(), user: JSON.object([:]).serialized())
    }

    func request(
        state: SavedState? = nil, testsItself: Bool = false, starts: Bool
    ) -> SetUpRequest {
        SetUpRequest(
            configuration: configuration, state: state, testsItself: testsItself, starts: starts,
            stateFolder: stateFolder)
    }
}
