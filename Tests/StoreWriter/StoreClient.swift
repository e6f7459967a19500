import KernelBase
import KernelStore
import KernelSystem

/// One client that hands in tasks and takes each through its life.
struct StoreClient {
    static let count = 4

    private let store: SQLiteStore
    private let name: String

    init(_ store: SQLiteStore, _ number: Int) {
        self.store = store
        name = "client-\(number)"
    }

    func work(_ tasksMax: Int) {
        do throws(StoreError) {
            for number in 0..<tasksMax { try live(number) }
        } catch {
            StandardStreams.say("error: \(error)\n")
        }
    }

    private func live(_ number: Int) throws(StoreError) {
        let tasks = store.tasks
        let task = NewTask("test.work", .json(#"{"number":\#(number)}"#), submitter: name)
        _ = try Answer.wait { tasks.submit([task], $0) }
        StandardStreams.say("submitted \(task.id)\n")
        var begin = TaskTransition(task.id, from: [.queued], to: .running, at: .now)
        begin.begins = AttemptStart(owner: name, mode: .thread)
        _ = try Answer.wait { tasks.transition([begin], .durable, $0) }
        StandardStreams.say("began \(task.id)\n")
        let output = Payload.text(String(repeating: "output ", count: 200))
        try Answer.wait { tasks.appendOutput([output], to: task.id, $0) }
        var end = TaskTransition(task.id, from: [.running], to: .done, at: .now)
        end.ends = AttemptEnd(.succeeded)
        end.outcome = CallOutcome(status: .ok, kind: .text, value: [65], message: "")
        _ = try Answer.wait { tasks.transition([end], .durable, $0) }
        StandardStreams.say("ended \(task.id)\n")
    }
}
