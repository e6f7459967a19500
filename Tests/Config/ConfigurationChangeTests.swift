import KernelConfig
import Testing

/// What a new configuration changes, and when.
struct ConfigurationChangeTests {
    private static func change(_ old: String, _ new: String) throws -> ConfigurationChange {
        ConfigurationChange(from: try configuration(old), to: try configuration(new))
    }

    private static let cases: [(String, String, [String])] = [
        ("", "[modules.fs]\ntasks_running_max = 3", []),
        ("", "[modules.fs]\nproviders = { storage = \"store\" }", []),
        ("", "[modules.fs]\nmemory_mb = 300", ["fs"]),
        ("", "[modules.fs.permissions]\nread = []", ["fs"]),
        ("[modules.fs]\nmemory_mb = 300", "[modules.fs]\nmemory_mb = 300\nenabled = false", []),
        ("", "[kernel]\nworker_memory_mb = 300", ["apps", "fs"]),
        (
            "[modules.fs]\nmemory_mb = 300",
            "[kernel]\nworker_memory_mb = 300\n[modules.fs]\nmemory_mb = 300", ["apps"]
        ),
    ]

    @Test(arguments: cases)
    func `workers are replaced where what they may do changed, and nowhere else`(
        old: String, new: String, wanted: [String]
    ) throws {
        let change = try Self.change(old, new)
        #expect(["apps", "fs"].filter { change.concernsWorkers(ofModule: $0) } == wanted)
    }

    @Test func `what counts after a restart only is told from what counts at once`() throws {
        let new = """
            [kernel]
            workers_max = 3
            tasks_running_max = 3
            worker_disk_mb = 300
            drain_deadline_ms = 100
            [log]
            level = "debug"
            [dev]
            build = false
            configuration = "release"
            """
        let later = try Self.change("", new).laterKeys
        #expect(later == ["dev.build", "dev.configuration", "kernel.workers_max"])
    }

    @Test func `every key that is said to count at once is there`() {
        let names = Set(KernelSettings.keys.map { "kernel.\($0.declaration.name)" })
        #expect(KernelSettings.liveKeys.isSubset(of: names))
    }
}
