import KernelStore
import Synchronization

/// What fails: a disk that is full for a while, a row that is damaged, reads that take too long.
final class Faults: Sendable {
    private let isFull = Atomic(false)
    private let refused = Atomic(0)
    private let reads = Atomic(false)
    private let output = Atomic(false)
    private let row = Mutex<TaskID?>(nil)
    /// Another kernel may be alive on the same store.
    let isShared: Bool

    init(isShared: Bool = false) { self.isShared = isShared }

    func set(full: Bool) { isFull.store(full, ordering: .sequentiallyConsistent) }
    func set(refusesReads: Bool) { reads.store(refusesReads, ordering: .sequentiallyConsistent) }
    func set(refusesOutput: Bool) { output.store(refusesOutput, ordering: .sequentiallyConsistent) }
    func set(damagedRow: TaskID?) { row.withLock { $0 = damagedRow } }
    var refusesReads: Bool { reads.load(ordering: .sequentiallyConsistent) }
    var refusesOutput: Bool { output.load(ordering: .sequentiallyConsistent) }
    var damagedRow: TaskID? { row.withLock { $0 } }
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

    var areExclusive: Bool { !faults.isShared }

    func renewLeases(
        of owner: String, until moment: Moment, _ done: @escaping Completion<Void>
    ) {
        records.renewLeases(of: owner, until: moment, done)
    }

    func salvage(_ states: Set<TaskState>, _ done: @escaping Completion<TaskSalvage>) {
        records.salvage(states, done)
    }

    func submit(_ tasks: [NewTask], _ done: @escaping Completion<[TaskRecord]>) {
        unlessFull(done) { records.submit(tasks, $0) }
    }

    func transition(
        _ steps: [TaskTransition], _ durability: Durability,
        _ done: @escaping Completion<[TransitionResult]>
    ) {
        // A row that cannot be written undoes all of its unit.
        if let bad = faults.damagedRow, steps.contains(where: { $0.id == bad }) {
            return done(.failure(StoreError(.damaged, "a row is damaged")))
        }
        unlessFull(done) { records.transition(steps, durability, $0) }
    }

    func askToCancel(
        familyOf id: TaskID, at moment: Moment, _ done: @escaping Completion<[TaskRecord]>
    ) {
        unlessFull(done) { records.askToCancel(familyOf: id, at: moment, $0) }
    }

    func setProgress(
        _ progress: TaskProgress, of id: TaskID, _ done: @escaping Completion<Void>
    ) {
        unlessFull(done) { records.setProgress(progress, of: id, $0) }
    }

    func appendOutput(_ pieces: [Payload], to id: TaskID, _ done: @escaping Completion<Void>) {
        if faults.refusesOutput {
            return done(.failure(StoreError(.busy, "too much waits to be written")))
        }
        unlessFull(done) { records.appendOutput(pieces, to: id, $0) }
    }

    func deleteEnded(before moment: Moment, keeping: Int, _ done: @escaping Completion<Int>) {
        unlessFull(done) { records.deleteEnded(before: moment, keeping: keeping, $0) }
    }

    // MARK: Reading

    func task(_ id: TaskID, _ done: @escaping Completion<TaskRecord>) {
        if faults.refusesReads {
            return done(.failure(StoreError(.busy, "reading took too long")))
        }
        records.task(id, done)
    }

    func openFamily(of id: TaskID, _ done: @escaping Completion<[TaskRecord]>) {
        records.openFamily(of: id, done)
    }

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
