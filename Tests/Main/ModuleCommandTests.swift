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
