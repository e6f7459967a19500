import KernelClient
import KernelCommands
import KernelConfig
import KernelDevelopment
import KernelSystem
import KernelWorkers
import ModuleJSON

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

    private static func add(_ folder: String, to file: String) throws -> Int32 {
        switch try DevModulesFile.add(folder, to: file) {
        case .added: StandardStreams.say("added to [dev] modules of \(file)\n")
        case .created: StandardStreams.say("made \(file), with it in [dev] modules\n")
        case .wasThere: StandardStreams.say("it is in [dev] modules already\n")
        }
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
