import KernelConfig
import Testing

struct ConfigurationStoreTests {
    private static let start = """
        [user]
        name = "Ann"
        [kernel]
        workers_max = 3
        [dev]
        modules = ["a", "b"]
        [modules.fs]
        roots = ["/x"]
        size = 1
        [modules.apps]
        enabled = true
        """

    private func store(_ text: String = start) throws -> ConfigurationStore {
        try ConfigurationStore(source: source(), bytes: Array(text.utf8))
    }

    private func change(to text: String) throws -> ConfigurationChange {
        var store = try store()
        guard case .changed(let change) = store.receive(Array(text.utf8)) else {
            throw NoChange()
        }
        #expect(store.problems == nil)
        return change
    }

    private struct NoChange: Error {}

    @Test func `a module is configured anew just when its view changed`() throws {
        let own = try change(to: Self.start.replacing("\"/x\"", with: "\"/y\""))
        #expect(own.ownTables == ["fs"])
        #expect(own.concernsView(ofModule: "fs") && !own.concernsView(ofModule: "apps"))
        #expect(!own.isUserChanged && own.keys.isEmpty && own.moduleSettings.isEmpty)
        let user = try change(to: Self.start.replacing("Ann", with: "Bob"))
        #expect(user.isUserChanged && user.ownTables.isEmpty)
        #expect(user.concernsView(ofModule: "fs") && user.concernsView(ofModule: "unnamed"))
    }

    @Test func `the kernel's keys in a module's table do not change its view`() throws {
        let settings = try change(
            to: Self.start.replacing(
                "enabled = true", with: "enabled = false\n[modules.fs.tasks.r]\nmode = \"main\""))
        #expect(settings.moduleSettings == ["apps", "fs"])
        #expect(settings.ownTables.isEmpty && !settings.isUserChanged)
    }

    @Test func `changed keys are listed by name`() throws {
        let keys = try change(
            to: Self.start.replacing("workers_max = 3", with: "main_slow_ms = 9")
                .replacing("[\"a\", \"b\"]", with: "[\"b\", \"c\"]"))
        #expect(keys.keys == ["dev.modules", "kernel.main_slow_ms", "kernel.workers_max"])
        #expect(keys.devModulesAdded.map(\.written) == ["c"])
        #expect(keys.devModulesRemoved.map(\.written) == ["a"])
    }

    @Test(arguments: [
        "# a comment\n\n" + start,
        start.replacing("roots = [\"/x\"]\nsize = 1", with: "size = 1\nroots = [ '/x' ]"),
        start + "\n[log]\nlevel = \"info\"",
        start + "\n[modules.other]\n",
    ])
    func `what says the same is no change`(text: String) throws {
        var store = try store()
        guard case .unchanged = store.receive(Array(text.utf8)) else {
            return #expect(Bool(false), "not unchanged")
        }
    }

    @Test(arguments: [
        "[kernel", "[kernel]\nworkers_max = 0", "[modules.fs]\nx = nan", "x = 1", "\u{0}",
        "[user]\nname = \"Eve\"\n[log]\nlevel = 1",
    ])
    func `a bad file never changes what is in force`(text: String) throws {
        var store = try store()
        guard case .refused(let problems) = store.receive(Array(text.utf8)) else {
            return #expect(Bool(false), "not refused")
        }
        #expect(store.problems == problems)
        #expect(ConfigurationChange(from: try configuration(Self.start), to: store.current).isEmpty)
        guard case .recovered = store.receive(Array(Self.start.utf8)) else {
            return #expect(Bool(false), "not recovered")
        }
        #expect(store.problems == nil)
    }

    @Test func `a file that is gone changes nothing, an empty one brings the defaults`() throws {
        var store = try store()
        guard case .refused = store.receive(nil) else { return #expect(Bool(false)) }
        #expect(store.current.kernel.workersMax == 3)
        guard case .changed(let change) = store.receive([]) else { return #expect(Bool(false)) }
        #expect(change.ownTables == ["fs"] && change.isUserChanged)
        #expect(store.current.kernel == KernelSettings())
    }

    @Test func `what a module refuses is refused as a whole`() throws {
        var store = try store()
        let problem = ConfigurationProblem(at: .variable("X"), "Not this.")
        let outcome = store.receive(Array("[kernel]\nworkers_max = 5".utf8)) { new in
            #expect(new.kernel.workersMax == 5)
            return [problem]
        }
        guard case .refused(let problems) = outcome else { return #expect(Bool(false)) }
        #expect(problems.list == [problem])
        #expect(store.current.kernel.workersMax == 3)
    }

    @Test func `at the start a bad file is an error`() {
        #expect(throws: ConfigurationProblems.self) { try store("[kernel]\nx = 1") }
    }
}
