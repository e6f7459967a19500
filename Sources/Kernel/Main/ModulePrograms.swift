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
