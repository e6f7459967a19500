import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// `kernel module new` and `kernel module check`, from the command line to the exit status.
struct ModuleCommandTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    @Test(arguments: [("answer", 0, true), ("HAZARD_CREATE=crash()", 1, false)])
    func `a check says in one status whether a build can serve`(
        fixture: String, status: Int32, isFit: Bool
    ) throws {
        let library = home.folder.file("library.so")
        let isHazard = fixture.contains("=")
        try Fixture.build(
            isHazard ? "hazard" : fixture, defining: isHazard ? [fixture] : [], to: library)
        let ended = try home.run(["module", "check", library])
        #expect(ended.status == .exited(code: status), "\(ended.output)")
        #expect(ended.output.contains("FAIL") == !isFit)
        let json = try home.run(["module", "check", library, "--json"])
        #expect(try JSON(parsing: json.output)["ok"] == .bool(isFit))
        #expect(json.status == .exited(code: status))
    }

    @Test func `what is quarantined is lifted by hand`() throws {
        try home.installTrusted("mischief")
        let kernel = try home.serve()
        for _ in 0..<5 { _ = try home.run(["run", "mischief.process", "exit"]) }
        let refused = try home.run(["run", "mischief.process", "well"])
        #expect(refused.status != .exited(code: 0) && refused.errors.contains("quarantined"))
        let lifted = try home.run(["module", "lift", "mischief", "--json"])
        #expect(lifted.status == .exited(code: 0), "\(lifted.errors)")
        #expect(try JSON(parsing: lifted.output)["wasLifted"] == true)
        #expect(try home.run(["run", "mischief.process", "well"]).output == "one\n")
        #expect(try home.run(["module", "lift", "mischeif"]).status == .exited(code: 3))
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }

    @Test func `a flood of output in the kernel holds nobody up, and is told with who is at work`()
        throws
    {
        try home.installTrusted("mischief")
        let kernel = try home.serve()
        for mode in ["thread", "main"] {
            let flood = try home.start(
                ["run", "mischief.\(mode)", "output"], input: .file("/dev/null"))
            for _ in 0..<3 { #expect(try home.run(["run", "fs.list"]).status == .exited(code: 0)) }
            #expect(try flood.waitForEnd().output == "one\n")
        }
        try kernel.wait(errors: "MiB were printed in the kernel")
        #expect(kernel.errors.contains("more lines") || kernel.errors.utf8.count < 1 << 20)
        kernel.signal(SignalNumber.terminate)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test func `a file that is no module is listed with the reason, until it is gone`() throws {
        let file = Path.join(home.modules, "empty.so")
        try Files.replace(file, with: [])
        let listing = try home.run(["modules"]).output
        #expect(listing.contains("empty.so"))
        #expect(listing.contains("empty.so: take the file in: the file is empty"))
        let script = try home.run([], input: .text("fs.list\n"))
        #expect(script.errors.contains("empty.so is not in service"))
        try Files.remove(file)
        #expect(try !home.run(["modules"]).output.contains("empty.so"))
    }

    @Test func `a new module is a package in a folder of its name, and never overwrites one`()
        throws
    {
        let made = try home.run(["module", "new", "hello"])
        #expect(made.status == .exited(code: 0), "\(made.errors)")
        #expect(Files.exists(home.folder.file("hello/Package.swift")))
        // Nobody was there to be asked.
        #expect(!Files.exists(home.configuration))
        let again = try home.run(["module", "new", "hello"])
        #expect(again.status == .exited(code: 1))
        #expect(again.errors.contains("\(home.folder.path)/hello exists"))
        #expect(made.errors == "")
        let shadow = try home.run(["module", "new", "fs"])
        #expect(shadow.status == .exited(code: 0))
        #expect(shadow.errors.contains("fs is the id of a module that comes with the kernel"))
        let wrong = try home.run(["module", "new", "9 lives"])
        #expect(wrong.errors.hasPrefix("kernel: \"9 lives\" cannot be the name of a module"))
    }
}
