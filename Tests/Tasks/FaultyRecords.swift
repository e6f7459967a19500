import KernelStore
import Synchronization

/// Which writes fail: a disk that is full for a while.
final class Faults: Sendable {
    private let isFull = Atomic(false)
    private let refused = Atomic(0)

    func set(full: Bool) { isFull.store(full, ordering: .sequentiallyConsistent) }
    var count: Int { refused.load(ordering: .sequentiallyConsistent) }

    var error: StoreError? {
        guard isFull.load(ordering: .sequentiallyConsistent) else { return nil }
        refused.add(1, ordering: .sequentiallyConsistent)
        return StoreError(.full, "the disk is full")
    }
}

/// A real store whose writes fail when the test says so.
struct FaultyRecords: TaskRecords {
    private let records: any TaskRecords
    private let faults: Faults

    init(_ records: any TaskRecords, _ faults: Faults) {
        self.records = records
        self.faults = faults
    }

    private func unlessFull<Value>(
        _ done: @escaping Completion<Value>, _ write: (@escaping Completion<Value>) -> Void
    ) {
        if let error = faults.error { done(.failure(error)) } else { write(done) }
    }

    func submit(_ tasks: [NewTask], _ done: @escaping Completion<[TaskRecord]>) {
        unlessFull(done) { records.submit(tasks, $0) }
    }

    func claim(
        _ claim: TaskClaim, _ durability: Durability, _ done: @escaping Completion<[ClaimedTask]>
    ) {
        unlessFull(done) { records.claim(claim, durability, $0) }
    }

    func renew(_ ids: [TaskID], _ lease: TaskLease, _ done: @escaping Completion<[TaskID]>) {
        unlessFull(done) { records.renew(ids, lease, $0) }
    }

    func transition(
        _ steps: [TaskTransition], _ durability: Durability,
        _ done: @escaping Completion<[TransitionResult]>
    ) {
        unlessFull(done) { records.transition(steps, durability, $0) }
    }

    func askToCancel(
        _ ids: [TaskID], at moment: Moment, _ done: @escaping Completion<[TaskID]>
    ) {
        unlessFull(done) { records.askToCancel(ids, at: moment, $0) }
    }

    func setProgress(
        _ progress: TaskProgress, of id: TaskID, _ done: @escaping Completion<Void>
    ) {
        unlessFull(done) { records.setProgress(progress, of: id, $0) }
    }

    func appendOutput(_ pieces: [Payload], to id: TaskID, _ done: @escaping Completion<Void>) {
        unlessFull(done) { records.appendOutput(pieces, to: id, $0) }
    }

    func deleteEnded(before moment: Moment, keeping: Int, _ done: @escaping Completion<Int>) {
        unlessFull(done) { records.deleteEnded(before: moment, keeping: keeping, $0) }
    }

    // MARK: Reading never fails

    func task(_ id: TaskID, _ done: @escaping Completion<TaskRecord>) { records.task(id, done) }

    func task(matching text: String, _ done: @escaping Completion<TaskRecord>) {
        records.task(matching: text, done)
    }

    func list(_ filter: TaskFilter, _ done: @escaping Completion<[TaskRecord]>) {
        records.list(filter, done)
    }

    func counts(_ done: @escaping Completion<[TaskState: Int]>) { records.counts(done) }

    func arguments(of id: TaskID, _ done: @escaping Completion<Payload>) {
        records.arguments(of: id, done)
    }

    func result(of id: TaskID, _ done: @escaping Completion<Payload?>) {
        records.result(of: id, done)
    }

    func attempts(of id: TaskID, _ done: @escaping Completion<[TaskAttempt]>) {
        records.attempts(of: id, done)
    }

    func dependants(of id: TaskID, _ done: @escaping Completion<[TaskRecord]>) {
        records.dependants(of: id, done)
    }

    func output(
        of id: TaskID, from offset: Int64, bytesMax: Int, _ done: @escaping Completion<TaskOutput>
    ) {
        records.output(of: id, from: offset, bytesMax: bytesMax, done)
    }
}
