import ModuleKit
import Synchronization

final class Notebook: Configurable, Stateful {
    static let manifest = Manifest(id: "notebook", version: "1.0.0", about: "Keeps notes.")
    static let tasks: [TaskOf<Notebook>] = [
        TaskOf("add", "Adds a note.", risk: .write, run: add),
        TaskOf("read", "Reads all notes, slowly.", risk: .read, run: read),
    ]
    static let stateVersion = 1

    struct Add: Arguments {
        @Argument("What to remember.", length: 1...200) var text: String
        @Argument("How much it matters.", default: .normal) var weight: Weight
    }

    enum Weight: String, Choice { case normal, high }

    struct Configuration: Arguments {
        @Argument("Most notes that are kept.", default: 100, in: 1...10_000) var capacity: Int
    }

    struct State: Codable {
        var notes: [String] = []
    }

    private let memory = Mutex((state: State(), capacity: 0))

    init(_ host: Host) {}

    func configure(_ configuration: Configuration, user: JSON) throws {
        memory.withLock { $0.capacity = configuration.capacity }
    }

    func saveState() throws -> State { memory.withLock { $0.state } }

    func loadState(_ state: State, version: Int) throws { memory.withLock { $0.state = state } }

    func add(_ arguments: Add, _ call: Call) async throws -> Int {
        try memory.withLock { memory in
            guard memory.state.notes.count < memory.capacity else {
                throw Failure("the notebook holds \(memory.capacity) notes; raise capacity", .limit)
            }
            let mark = arguments.weight == .high ? "! " : ""
            memory.state.notes.append(mark + arguments.text)
            return memory.state.notes.count
        }
    }

    func read(_ call: Call) async throws -> String {
        let notes = memory.withLock { $0.state.notes }
        for (position, note) in notes.enumerated() {
            call.progress(Double(position) / Double(notes.count), "note \(position + 1)")
            try call.output(note + "\n")
            try await Task.sleep(for: .milliseconds(10))
        }
        return "\(notes.count) notes"
    }
}
