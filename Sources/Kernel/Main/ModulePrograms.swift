import ModuleJSON
import KernelClient
import KernelConfig
import KernelDevelopment
import KernelSystem
import KernelWorkers

/// `kernel module new | check`
enum ModulePrograms {
    static func make(_ startup: Startup, _ request: Command.ModuleNew) throws -> Int32 {
        let kit = try KitFolder.find()
        let here = Files.currentDirectory
        let parent = request.path.map {
            Path.absolute($0, in: here, home: startup.paths.home)
        }
        let module = try NewModule.make(
            request.name, request.isC ? .c : .swift, in: parent ?? here, kit: kit)
        StandardStreams.say(
            "made \(module.folder)\n"
                + module.files.map { "  \($0)\n" }.joined() + "\nnext:\n\(module.nextSteps)\n")
        let file = startup.paths.configurationFile
        guard request.isAdded || wantsAdding(to: file) else { return ExitStatus.ok.rawValue }
        return try add(module.folder, to: file)
    }

    /// Asks a person; a script has said what it wants on the command line.
    private static func wantsAdding(to file: String) -> Bool {
        guard TerminalDevice.isTerminal(0), TerminalDevice.isTerminal(1) else { return false }
        StandardStreams.say("\nAdd it to [dev] modules of \(file)? [Y/n] ")
        let answer = StandardStreams.readLine() ?? "n"
        return ["", "y", "yes"].contains(answer.lowercased())
    }

    private static let configurationBytesMax = 1 << 20

    private static func add(_ folder: String, to file: String) throws -> Int32 {
        let exists = Files.exists(file)
        let bytes = exists ? try Files.read(file, bytesMax: configurationBytesMax) : []
        do {
            let edited = try DevModulesText(
                adding: folder, to: String(decoding: bytes, as: UTF8.self))
            guard edited.isChanged else {
                StandardStreams.say("it is in [dev] modules already\n")
                return ExitStatus.ok.rawValue
            }
            try Files.makeDirectories(Path.directory(of: file))
            // A link to the file stays a link.
            let target = Files.resolved(file) ?? file
            let permissions = exists ? try Files.status(target).permissions : 0o600
            try Files.replace(target, with: Array(edited.text.utf8), permissions: permissions)
        } catch let failure as DevModulesText.Failure {
            StandardStreams.complain("kernel: \(file) was not changed: \(failure)")
            return ExitStatus.failed.rawValue
        }
        StandardStreams.say("added to [dev] modules of \(file)\n")
        return ExitStatus.ok.rawValue
    }

    static func check(
        _ startup: Startup, _ file: String, printsJSON: Bool
    ) throws -> Int32 {
        try startup.prepareFolders()
        let zygote = try Zygote(executable: try LazyZygote.executable()) { _ in }
        defer { zygote.stop() }
        let report = ModuleCheck.run(
            Path.absolute(file, in: Files.currentDirectory, home: startup.paths.home),
            tools: CheckTools(zygote: zygote, output: try OutputCollector()),
            temporaryFolder: Path.join(startup.paths.runFolder, "check-\(ProcessFacts.id)"))
        if printsJSON {
            StandardStreams.say(report.json.pretty() + "\n")
        } else {
            StandardStreams.say(report.lines.joined(separator: "\n") + "\n")
        }
        return report.exitStatus
    }
}
