import KernelSystem
import KernelTesting
import Testing

/// A running kernel takes changes of its configuration as they are saved.
struct LiveConfigurationTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    /// A kernel that is ready, since it has answered.
    private func begin() throws -> LiveProgram {
        let kernel = try home.start(["--dev"])
        try kernel.type("/tasks\n")
        try kernel.wait(output: "No call is running")
        return kernel
    }

    /// Saves a configuration and waits for the line that says so.
    private func change(_ kernel: LiveProgram, _ text: String) throws -> String {
        let before = kernel.errors
        try home.configure(text)
        return try kernel.wait(errors: "\n", after: before)
    }

    /// What a line answers.
    private func ask(_ kernel: LiveProgram, _ line: String) throws -> String {
        let before = kernel.output
        try kernel.type(line + "\n")
        return try kernel.wait(output: "\n", after: before)
    }

    private func end(_ kernel: LiveProgram) throws {
        kernel.closeInput()
        guard case .exited = try kernel.waitForEnd().status else {
            Issue.record("the kernel did not come to its end")
            return
        }
    }

    @Test func `a module's own table and the user's reach it when they are saved`() throws {
        try home.configure("[user]\nname = \"Ann\"\n[modules.configured]\nword = \"first\"\n")
        try home.install("configured")
        let kernel = try begin()
        let first = try ask(kernel, "configured.answer")
        #expect(first.contains(#""first""#) && first.contains(#""Ann""#), "\(first)")
        let line = try change(
            kernel, "[user]\nname = \"Bea\"\n[modules.configured]\nword = \"second\"\n")
        #expect(line == "the configuration has changed: user, modules.configured\n")
        let second = try ask(kernel, "configured.answer")
        #expect(second.contains(#""second""#) && second.contains(#""Bea""#), "\(second)")
        try end(kernel)
    }

    @Test(arguments: [
        ("[modules.configured]\nword = 5\n", ":2:1: [modules.configured] word"),
        ("[modules.configured]\nwrod = \"x\"\n", ":2:1: [modules.configured] wrod"),
        ("[log]\nlevel = \"loud\"\n", ":2:"), ("word = \n", ":1:"),
    ])
    func `a wrong change is refused with its place, and the last good one stays`(
        text: String, place: String
    ) throws {
        let good = "[modules.configured]\nword = \"good\"\n"
        try home.configure(good)
        try home.install("configured")
        let kernel = try begin()
        let before = kernel.errors
        try home.configure(text)
        try kernel.wait(errors: "the last good one stays in force", after: before)
        try kernel.wait(errors: "\(home.configuration)\(place)", after: before)
        #expect(try ask(kernel, "configured.answer").contains(#""good""#))
        #expect(try change(kernel, good).contains("in force"))
        try end(kernel)
    }

    @Test func `the folders that fs may see change at once`() throws {
        let other = home.folder.file("other")
        try Files.makeDirectories(other)
        try Files.replace(Path.join(other, "note"), with: Array("here\n".utf8))
        try home.configure("[modules.fs]\nroots = [\"\(home.folder.file("run"))\"]\n")
        let kernel = try begin()
        let before = kernel.errors
        try kernel.type("fs.read \(other)/note\n")
        try kernel.wait(errors: "outside the allowed roots", after: before)
        _ = try change(kernel, "[modules.fs]\nroots = [\"\(other)\"]\n")
        #expect(try ask(kernel, "fs.read \(other)/note") == "here\n")
        try end(kernel)
    }

    @Test func `a task moves to another mode and back while the kernel runs`() throws {
        try home.installTrusted("whereami")
        let trusted = "[modules.whereami]\nisolation = \"kernel\"\n"
        let kernel = try begin()
        let own = try place(kernel)
        #expect(own.mode == "thread" && own.process != own.thread)
        for mode in ["process", "main", "thread"] {
            let line = try change(
                kernel, trusted + "[modules.whereami.tasks.here]\nmode = \"\(mode)\"\n")
            #expect(line.contains("modules.whereami"))
            let now = try place(kernel)
            #expect(now.mode == mode)
            #expect((now.process == own.process) == (mode != "process"))
            #expect((now.thread == own.process) == (mode == "main"))
        }
        _ = try change(kernel, "")
        #expect(try place(kernel).mode == "thread")
        try end(kernel)
    }

    private func place(
        _ kernel: LiveProgram
    ) throws -> (mode: String, process: String, thread: String) {
        let words = try ask(kernel, "whereami.here").split(whereSeparator: \.isWhitespace)
        return (String(words[0]), String(words[1]), String(words[2]))
    }

    @Test func `a module moves to a process of its own and back while the kernel runs`() throws {
        try home.installTrusted("whereami")
        let kernel = try begin()
        let own = try place(kernel).process
        #expect(own == "\(kernel.process)")
        try home.configure("[modules.whereami]\nisolation = \"process\"\n")
        try waitFor("it to have left the kernel") { try place(kernel).process != own }
        try home.configure("[modules.whereami]\nisolation = \"kernel\"\n")
        try waitFor("it to be back") { try place(kernel).process == own }
        try end(kernel)
    }

    @Test func `a module is switched off and on`() throws {
        try home.install("whereami")
        let kernel = try begin()
        _ = try place(kernel)
        let before = kernel.errors
        try home.configure("[modules.whereami]\nenabled = false\n")
        try kernel.wait(errors: "whereami is out of service: ", after: before)
        try kernel.type("whereami.here\n")
        try kernel.wait(errors: "whereami", after: kernel.errors)
        let off = kernel.errors
        try home.configure("[modules.whereami]\nenabled = true\n")
        try kernel.wait(errors: "whereami 1.0.0 loaded", after: off)
        #expect(try place(kernel).mode == "thread")
        try end(kernel)
    }

    @Test func `a change of what the configuration is a link to is taken`() throws {
        let file = home.folder.file("dotfiles.toml")
        try Files.replace(file, with: Array("".utf8))
        try Shell.run("ln -s \(file) \(home.configuration)")
        let kernel = try begin()
        try Files.replace(file, with: Array("[user]\nname = \"Ann\"\n".utf8))
        try kernel.wait(errors: "the configuration has changed: user\n")
        try end(kernel)
    }

    @Test func `a change of what an entry of dev modules is a link to is taken`() throws {
        let folder = home.folder.file("work")
        try Files.makeDirectories(folder)
        let link = home.folder.file("link.so")
        try home.install("whereami", in: folder)
        try Shell.run("ln -s \(folder)/whereami.so \(link)")
        try home.configure("[dev]\nmodules = [\"\(link)\"]\n")
        let kernel = try begin()
        try home.install("whereami", defining: ["FIXTURE_VERSION=\"1.1.0\""], in: folder)
        try kernel.wait(errors: "whereami 1.1.0 reloaded")
        try end(kernel)
    }

    @Test func `an entry of dev modules counts when it is saved`() throws {
        let folder = home.folder.file("work")
        try Files.makeDirectories(folder)
        try home.install("whereami", in: folder)
        let kernel = try begin()
        try home.configure("[dev]\nmodules = [\"\(folder)/whereami.so\"]\n")
        try kernel.wait(errors: "whereami 1.0.0 loaded")
        #expect(try place(kernel).mode == "thread")
        let before = kernel.errors
        try home.configure("")
        try kernel.wait(errors: "whereami is out of service", after: before)
        try end(kernel)
    }
}
