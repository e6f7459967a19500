import KernelClient
import KernelCommands
import KernelConfig
import KernelDevelopment
import KernelSystem
import KernelWorkers
import ModuleJSON

/// `kernel module new | check`
enum ModulePrograms {
    static func make(
        _ startup: Startup, _ request: Command.ModuleNew, printsJSON: Bool
    ) throws -> Int32 {
        let kit = try KitFolder.find()
        let here = Files.currentDirectory
        let parent = request.path.map {
            Path.absolute($0, in: here, home: startup.paths.home)
        }
        let module = try NewModule.make(
            request.name, request.isC ? .c : .swift, in: parent ?? here, kit: kit)
        if ModulePlaces.isBundled(request.name) {
            StandardStreams.complain(
                "\(request.name) is the id of a module that comes with the kernel: where this one "
                    + "is found, it serves in its place")
        }
        let file = startup.paths.configurationFile
        guard !printsJSON else {
            if request.isAdded { _ = try DevModulesFile.add(module.folder, to: file) }
            return Program.say([
                "folder": .string(module.folder),
                "files": .array(module.files.map { .string($0) }),
                "library": .string(Path.join(module.folder, module.library)),
                "added": .bool(request.isAdded),
            ])
        }
        let streams = CommandStreams()
        streams.say(
            "made \(module.folder)\n"
                + module.files.map { "  \($0)\n" }.joined() + "\nnext:\n\(module.nextSteps)\n")
        if request.isAdded || wantsAdding(to: file, streams) {
            try add(module.folder, to: file, streams)
        }
        return streams.finish(.ok).rawValue
    }

    /// Asks a person; a script has said what it wants on the command line.
    private static func wantsAdding(to file: String, _ streams: CommandStreams) -> Bool {
        guard TerminalDevice.isTerminal(0), TerminalDevice.isTerminal(1) else { return false }
        streams.say("\nAdd it to [dev] modules of \(file)? [Y/n] ")
        let answer = StandardStreams.readLine() ?? "n"
        return ["", "y", "yes"].contains(answer.lowercased())
    }

    private static func add(
        _ folder: String, to file: String, _ streams: CommandStreams
    ) throws {
        switch try DevModulesFile.add(folder, to: file) {
        case .added: streams.say("added to [dev] modules of \(file)\n")
        case .created: streams.say("made \(file), with it in [dev] modules\n")
        case .wasThere: streams.say("it is in [dev] modules already\n")
        }
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
        let status: ExitStatus = report.hasFailed ? .failed : .ok
        return printsJSON
            ? Program.say(report.json, status)
            : Program.say(report.lines.joined(separator: "\n") + "\n", status)
    }
}
