import KernelConfig
import KernelHTTP
import KernelSystem
import KernelTesting
import ModelTesting
import ModuleChat
import Synchronization
import Testing

@testable import KernelModels

/// When the desk takes up what has changed.
@Suite(.timeLimit(.minutes(1)))
struct ModelDeskTests {
    private let folder: TemporaryFolder
    private let desk: ModelDesk
    private let world: World

    /// What the desk looks at.
    private final class World: Sendable {
        let reads = Atomic(0)
        let configuration: Mutex<Configuration>

        init(_ configuration: Configuration) {
            self.configuration = Mutex(configuration)
        }

        func read() -> Int { reads.load(ordering: .relaxed) }
    }

    init() throws {
        folder = try TemporaryFolder("kernel-desk")
        let world = World(try Self.configuration(key: folder.file("key")))
        self.world = world
        let system = SecretSource.system(environment: [:])
        let secrets = SecretSource(
            variable: system.variable,
            file: { path in
                world.reads.add(1, ordering: .relaxed)
                return try system.file(path)
            }, status: system.status)
        desk = ModelDesk(
            providers: LineProvider(), alarms: try Alarms(), cacheFolder: folder.file("models")
        ) { ModelConfiguration(world.configuration.withLock { $0 }, secrets, environment: [:]) }
        try write("first")
    }

    private static func configuration(key: String) throws -> Configuration {
        let source = ConfigurationSource(
            file: "/home/ann/kernel.toml", home: "/home/ann", environment: [:])
        let text = "[providers.lines]\nkeys = [\"file:\(key)\"]\n[chat]\nmodel = \"lines/m\""
        return try source.read(Array(text.utf8))
    }

    private func write(_ key: String) throws {
        try Files.replace(folder.file("key"), with: Array("\(key)\n".utf8))
    }

    private var keys: [String]? { desk.directory.setup.endpoints["lines"]?.keys }

    @Test(arguments: [
        ("http://127.0.0.1:9", true), ("http://192.168.1.5:9", true), ("", false),
    ])
    func `a server that the user named is asked for a window that is not known`(
        base: String, isAsked: Bool
    ) throws {
        var endpoint = ModelEndpoint(
            name: "lan", module: "describing", preset: "describing",
            base: base.isEmpty ? "https://vendor.example" : base)
        endpoint.reach = base.isEmpty ? .worldOnly : .everything
        func needs(_ window: Int?) -> Bool {
            var info = ModelInfo(id: "m")
            info.windowTokens = window
            return desk.needsDetails(ModelTarget(info, at: endpoint, dialect: "lines"))
        }
        #expect(needs(nil) == isAsked && !needs(4_096))
    }

    @Test func `a key is read once, and again when its file has changed`() throws {
        for _ in 0..<3 { desk.refresh() }
        #expect(keys == ["first"] && world.read() == 1)
        try write("second")
        // Looking at the models reads nothing, wherever that is done.
        #expect(keys == ["first"] && world.read() == 1)
        desk.refresh()
        #expect(keys == ["second"] && world.read() == 2)
    }

    @Test func `a key whose file is not there yet counts as soon as it is`() throws {
        Files.removeIfPresent(folder.file("key"))
        desk.refresh()
        #expect(desk.directory.setup.problems["lines"]?.contains("does not exist") == true)
        try write("late")
        desk.refresh()
        #expect(keys == ["late"])
    }

    @Test func `another configuration is taken up, and what was chosen over the old one goes`()
        throws
    {
        desk.refresh()
        desk.choose(desk.choice(of: "lines/other"))
        #expect(desk.directory.setup.standard == "lines/other")
        let text = "[providers.lines]\n[chat]\nmodel = \"lines/new\""
        let source = ConfigurationSource(
            file: "/home/ann/kernel.toml", home: "/home/ann", environment: [:])
        let new = try source.read(Array(text.utf8))
        world.configuration.withLock { $0 = new }
        desk.refresh()
        #expect(desk.directory.setup.standard == "lines/new" && keys == [])
    }
}
