import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem
import KernelTesting
import KernelWorkers
import ModuleJSON
import Testing

@testable import KernelDevelopment

@Suite(.serialized) struct ModuleCheckTests {
    private let folder: TemporaryFolder
    private let zygote: Zygote
    private let output: OutputCollector

    init() throws {
        folder = try TemporaryFolder()
        zygote = try Zygote(executable: try Program.built("kernel-zygote")) { _ in }
        output = try OutputCollector()
    }

    private func check(_ file: String, stepSeconds: Double = 5, reloads: Int = 10) -> CheckReport {
        defer { zygote.stop() }
        var options = CheckTools.Options()
        options.stepSeconds = stepSeconds
        options.reloads = reloads
        let tools = CheckTools(zygote: zygote, output: output, options: options)
        return ModuleCheck.run(file, tools: tools, temporaryFolder: folder.file("check"))
    }

    private func fixture(_ name: String, defining: [String] = []) throws -> String {
        let path = folder.file("\(name).so")
        // What a macro takes out of a fixture leaves something unused.
        try Fixture.build(name, defining: defining, linking: ["-Wno-error"], to: path)
        return path
    }

    @Test(.withoutSanitizer)
    func `a good module passes every check, and leaves nothing behind`() throws {
        let report = check(try fixture("answer"), reloads: 50)
        #expect(!report.hasFailed, "\(report.lines)")
        #expect(!report.hasFailed)
        #expect(
            report.findings.filter { $0.verdict != .ok }.map(\.check) == [
                "self-test", "unknown task",
            ],
            "\(report.lines)")
        #expect(
            report.findings.map(\.check) == [
                "file", "exports", "contract", "manifest", "create", "self-test", "start",
                "destroy", "unknown task", "call answer", "cancel answer", "reloads", "rules",
            ])
        #expect(!Files.exists(folder.file("check")))
    }

    @Test func `a provider of models is asked what it is`() throws {
        let good = check(try fixture("dialect"), reloads: 1)
        let finding = try #require(good.findings.first { $0.check == "provider" })
        #expect(finding.verdict == .ok && "\(finding)".contains("Dialect one: here"), "\(finding)")
    }

    @Test func `a provider whose description cannot be read fails the check`() throws {
        let report = check(
            try fixture("dialect", defining: ["DIALECT_DESCRIPTION=\"{}\""]), reloads: 1)
        let finding = try #require(report.findings.first { $0.check == "provider" })
        #expect(finding.verdict == .fail && "\(finding)".contains("name must be a string"))
    }

    @Test func `the report can be read by a script`() throws {
        let report = check(try fixture("answer"), reloads: 1)
        let json = try JSON(parsing: report.json.text)
        #expect(json["ok"]?.bool == true)
        #expect(json["checks"]?.array?.count == report.findings.count)
        #expect(json["checks"]?.array?.first?["check"]?.string == "file")
        #expect(json["checks"]?.array?.first?["verdict"]?.string == "ok")
    }

    struct Refused: Sendable {
        let fixture: String
        var defining: [String] = []
        let check: String
        let sentence: String
    }

    static let refused: [Refused] = [
        Refused(
            fixture: "answer", defining: ["FIXTURE_MAGIC=7"], check: "contract",
            sentence: "magic is 0x7"),
        Refused(
            fixture: "answer", defining: ["FIXTURE_MAJOR=9", "FIXTURE_ENTRY_SIZE=8"],
            check: "contract", sentence: "size is 8"),
        Refused(
            fixture: "answer", defining: ["FIXTURE_MAJOR=9"], check: "contract",
            sentence: "abi_major is 9"),
        Refused(
            fixture: "hazard", defining: ["HAZARD_CONSTRUCTOR=crash()"], check: "open",
            sentence: "its process"),
        Refused(
            fixture: "answer", defining: ["FIXTURE_VERSION=\"new\""], check: "manifest",
            sentence: "version of the manifest must be a version like 1.2.3"),
        Refused(
            fixture: "answer", defining: ["FIXTURE_NO_TASKS"], check: "create",
            sentence: "no capability mod.tasks"),
        Refused(fixture: "check_bad_life", check: "self-test", sentence: "2 + 2 is 5"),
        Refused(fixture: "check_bad_life", check: "start", sentence: "the port is taken"),
    ]

    @Test(arguments: refused)
    func `what is wrong with a module is said at its step`(of module: Refused) throws {
        let report = check(try fixture(module.fixture, defining: module.defining), reloads: 1)
        let finding = report.findings.first { $0.check == module.check }
        #expect(finding?.verdict == .fail, "\(report.lines)")
        #expect(finding?.sentence.contains(module.sentence) == true, "\(report.lines)")
        #expect(report.hasFailed)
    }

    @Test func `a file that is no library is refused at once`() throws {
        try Files.replace(folder.file("text.so"), with: Array("hello".utf8))
        let report = check(folder.file("text.so"))
        #expect(report.findings.map(\.check) == ["file"])
        #expect(report.hasFailed)
    }

    @Test func `a file that is not there is refused at once`() {
        let report = check(folder.file("nothing.so"))
        #expect(report.findings.map(\.check) == ["file"])
        #expect(report.hasFailed)
    }

    @Test func `every task that is safe to call is called, and its result is judged`() throws {
        let report = check(try fixture("check_bad_calls"), stepSeconds: 0.5, reloads: 1)
        func finding(_ check: String) -> CheckReport.Finding? {
            report.findings.first { $0.check == check }
        }
        #expect(finding("call not-json")?.verdict == .fail)
        #expect(finding("call not-json")?.sentence.contains("not JSON") == true)
        #expect(finding("call other-kind")?.sentence.contains("bytes") == true)
        #expect(finding("call crash")?.sentence.contains("SIGABRT") == true)
        #expect(finding("call hang")?.verdict == .fail)
        #expect(finding("cancel hang")?.verdict == .fail)
        let breaches = report.findings.filter { $0.check == "rules" && $0.verdict == .fail }
        #expect(breaches.contains { $0.sentence.contains("not in flight") }, "\(report.lines)")
    }

    @Test func `a state that changes on its way is noticed`() throws {
        let report = check(try fixture("check_bad_state"), reloads: 1)
        let finding = report.findings.first { $0.check == "state" }
        #expect(finding?.verdict == .warn, "\(report.lines)")
        #expect(finding?.sentence.contains("differs") == true)
    }

    /// Without the version script.
    private func exports(defining: String) throws -> CheckReport.Finding? {
        let file = folder.file("check_exports.so")
        try Fixture.compile([
            "-shared", "-fPIC", "-D\(defining)",
            "-I\(Fixture.repository)/Sources/ModuleABI/C/include",
            Path.join(Fixture.repository, "Tests/Modules/check_exports.c"), "-o", file,
        ])
        return check(file, reloads: 1).findings.first { $0.check == "exports" }
    }

    @Test func `more than one exported symbol is noticed`() throws {
        let finding = try exports(defining: "ENTRY")
        #expect(finding?.verdict == .warn)
        #expect(finding?.sentence.contains("something_else") == true)
    }

    @Test func `a library without the one symbol is refused`() throws {
        let finding = try exports(defining: "module_entry=other_entry")
        #expect(finding?.verdict == .fail)
        #expect(finding?.sentence.contains("does not export module_entry") == true)
    }
}
