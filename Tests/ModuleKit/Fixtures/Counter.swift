import ModuleJSON
import ModuleKit
import Synchronization

/// A module with everything that outlives a call: configuration, state, start, health.
final class Counter: Configurable, Stateful, Startable, HealthChecking {
    static let manifest = Manifest(id: "counter", version: "1.0.0", about: "Counts.")
    static let tasks: [TaskOf<Counter>] = [
        TaskOf("add", "Adds the step.", risk: .write, run: add),
        TaskOf("describe", "Says what it knows.", risk: .read, run: describe),
    ]
    static let stateVersion = 2

    struct Configuration: Arguments {
        @Argument("Added by each call.", default: 1, in: 1...100) var step: Int
        @Argument("What the health check says.") var trouble: String?
    }

    struct State: Codable {
        var count: Int
    }

    private let memory = Mutex(Memory())

    private struct Memory {
        var count = 0
        var step = 0
        var trouble: String?
        var user = ""
        var life: [String] = []
    }

    init(_ host: Host) throws {}

    func add(_ call: Call) async throws -> Int {
        memory.withLock { memory in
            memory.count += memory.step
            return memory.count
        }
    }

    func describe(_ call: Call) async throws -> String {
        memory.withLock { "\($0.user) \($0.step) \($0.life.joined(separator: ","))" }
    }

    func configure(_ configuration: Configuration, user: JSON) throws {
        if configuration.step == 13 { throw Failure("13 brings bad luck", .invalid) }
        memory.withLock { memory in
            memory.step = configuration.step
            memory.trouble = configuration.trouble
            memory.user = user["name"]?.string ?? ""
        }
    }

    func saveState() throws -> State { State(count: memory.withLock { $0.count }) }

    func loadState(_ state: State, version: Int) throws {
        memory.withLock { memory in
            memory.count = state.count
            memory.life.append("loaded \(version)")
        }
    }

    static func migrateState(_ state: JSON, from version: Int) throws -> JSON {
        guard version == 1, let count = state.integer else {
            throw Failure("version \(version) is not known", .unsupported)
        }
        return ["count": .integer(count)]
    }

    func start() throws { memory.withLock { $0.life.append("started") } }
    func stop() { memory.withLock { $0.life.append("stopped") } }

    func selfTest() throws {
        if memory.withLock({ $0.step }) == 99 { throw Failure("99 fails the test", .failed) }
    }

    func checkHealth() throws {
        if let trouble = memory.withLock({ $0.trouble }) { throw Failure(trouble, .busy) }
    }
}
