import KernelBase
import KernelBuilds
import KernelStore
import KernelSystem
package import KernelTasks
import KernelWire
import ModuleJSON
import Synchronization

/// What clients ask of durable tasks.
package final class TaskDesk: Sendable {
    let engine: TaskEngine
    private let lastSequence = Atomic<UInt64>(0)

    package init(_ engine: TaskEngine) {
        self.engine = engine
    }

    var records: any TaskRecords { engine.records }

    var sequence: UInt64 { lastSequence.load(ordering: .acquiring) }

    func note(_ event: TaskEvent) {
        lastSequence.store(event.sequence, ordering: .releasing)
    }

    typealias Answer<Value> = @Sendable (Result<Value, WireError>) -> Void

    /// The task that is meant: an id, a beginning of one, or the end of a recent one.
    func find(_ text: String, _ done: @escaping Answer<TaskRecord>) {
        records.task(matching: text) { answer in
            switch answer {
            case .success(let record): done(.success(record))
            case .failure(let error): self.findEnd(text.lowercased(), error, done)
            }
        }
    }

    /// So many of the newest tasks are looked through.
    private static let recentMax = 1_000
    private static let endLengthMin = 3

    /// Ids begin with the time, so that it is their ends which tell recent ones apart.
    private func findEnd(
        _ text: String, _ error: StoreError, _ done: @escaping Answer<TaskRecord>
    ) {
        guard error.kind == .unknown || error.kind == .ambiguous,
            text.utf8.count >= Self.endLengthMin
        else { return done(.failure(WireError(error))) }
        var filter = TaskFilter()
        filter.limit = Self.recentMax
        records.list(filter) { answer in
            let recent = (try? answer.get()) ?? []
            let matching = recent.filter { $0.id.description.hasSuffix(text) }
            if matching.count == 1 { return done(.success(matching[0])) }
            done(.failure(Self.unknown(text, error, recent.map(\.id.description))))
        }
    }

    private static func unknown(
        _ text: String, _ error: StoreError, _ recent: [String]
    ) -> WireError {
        guard error.kind == .unknown, let close = Spelling.closest(to: text, among: recent) else {
            return WireError(error)
        }
        return .notFound("there is no task \(text); did you mean \(close)?")
    }

    // MARK: Lists

    func list(_ request: ListTasks, _ done: @escaping Answer<TaskList>) {
        let filter: TaskFilter
        do throws(WireError) {
            filter = try Self.filter(request)
        } catch {
            return done(.failure(error))
        }
        records.list(filter) { answer in
            switch answer {
            case .failure(let error) where error.kind == .damaged: self.listSalvage(filter, done)
            case .failure(let error): done(.failure(WireError(error)))
            case .success(let records): self.list(records, done)
            }
        }
    }

    private func list(_ records: [TaskRecord], _ done: @escaping Answer<TaskList>) {
        self.records.counts { counts in
            self.views(records) { views in
                var list = TaskList(views)
                list.counts = (try? counts.get()).map { counts in
                    Dictionary(uniqueKeysWithValues: counts.map { ($0.name, $1) })
                }
                done(.success(list))
            }
        }
    }

    /// Of a damaged store, whatever can be read.
    private func listSalvage(_ filter: TaskFilter, _ done: @escaping Answer<TaskList>) {
        let states = filter.states.isEmpty ? Set(TaskState.allCases) : filter.states
        records.salvage(states) { answer in
            switch answer {
            case .failure(let error): done(.failure(WireError(error)))
            case .success(let found):
                let shown = found.tasks.reversed().filter { filter.shows($0) }
                self.list(Array(shown.prefix(filter.limit)), done)
            }
        }
    }

    private static func filter(_ request: ListTasks) throws(WireError) -> TaskFilter {
        var filter = TaskFilter()
        for name in request.states ?? [] {
            guard let state = TaskState(name: name) else {
                let hint = Spelling.hint(for: name, among: TaskView.states)
                throw .badParameters("there is no state \"\(name)\"\(hint)")
            }
            filter.states.insert(state)
        }
        filter.module = request.module
        filter.submitter = request.submitter
        filter.parent = try request.parent.map { text throws(WireError) in try id(text) }
        filter.after = try request.after.map { text throws(WireError) in try id(text) }
        let limit = request.limit ?? 100
        guard (1...ListTasks.limitMax).contains(limit) else {
            throw .badParameters(
                "\"limit\" must be from 1 to \(ListTasks.limitMax), but is \(limit)")
        }
        filter.limit = limit
        return filter
    }

    static func id(_ text: String) throws(WireError) -> TaskID {
        guard let id = TaskID(text) else {
            throw .badParameters(
                "\"\(text)\" is no id of a task: those have a t and eleven letters")
        }
        return id
    }

    /// With what the engine knows besides.
    func views(_ records: [TaskRecord], _ done: @escaping @Sendable ([TaskView]) -> Void) {
        engine.notes(records.filter { !$0.state.isEnd }) { notes in
            done(
                records.map { record in
                    var view = TaskView(record)
                    view.note = notes[record.id] ?? view.note
                    return view
                })
        }
    }

    // MARK: One task

    func show(_ record: TaskRecord, _ done: @escaping Answer<TaskDetails>) {
        let records = records
        let id = record.id
        let reading = Reading(done)
        records.arguments(of: id) { arguments in
            reading.take(arguments) { arguments in
                var details = TaskDetails(task: TaskView(record), arguments: .init(arguments))
                details.isResultCut = record.end?.isResultCut ?? false
                let known = details
                records.result(of: id) { result in
                    reading.take(result) { result in
                        var details = known
                        details.result = result.map { TaskDetails.Value($0) }
                        self.showAttempts(of: record, details, reading)
                    }
                }
            }
        }
    }

    private func showAttempts(
        of record: TaskRecord, _ details: TaskDetails, _ reading: Reading<TaskDetails>
    ) {
        records.attempts(of: record.id) { attempts in
            reading.take(attempts) { attempts in
                var details = details
                details.attempts = attempts.map { TaskDetails.Attempt($0) }
                self.showFamily(of: record, details, reading)
            }
        }
    }

    private func showFamily(
        of record: TaskRecord, _ details: TaskDetails, _ reading: Reading<TaskDetails>
    ) {
        let id = record.id
        var filter = TaskFilter()
        filter.parent = id
        filter.order = .oldestFirst
        records.list(filter) { children in
            reading.take(children) { children in
                self.records.dependants(of: id) { dependants in
                    reading.take(dependants) { dependants in
                        var details = details
                        details.children = children.map { TaskView($0) }
                        details.dependants = dependants.map { TaskView($0) }
                        self.showRest(of: record, details, reading)
                    }
                }
            }
        }
    }

    private func showRest(
        of record: TaskRecord, _ details: TaskDetails, _ reading: Reading<TaskDetails>
    ) {
        records.output(of: record.id, from: .max, bytesMax: 1) { output in
            reading.take(output) { output in
                self.engine.notes([record]) { notes in
                    var details = details
                    details.outputBytes = output.total
                    details.task.note = notes[record.id] ?? details.task.note
                    reading.done(.success(details))
                }
            }
        }
    }

    private static let outputBytesMax = 1 << 20

    func output(
        _ record: TaskRecord, _ request: ReadTaskOutput, _ done: @escaping Answer<TaskOutputPage>
    ) {
        let bytesMax = min(max(request.bytesMax ?? Self.outputBytesMax, 1), Self.outputBytesMax)
        records.output(of: record.id, from: max(0, request.from ?? 0), bytesMax: bytesMax) {
            answer in
            done(
                answer.map { TaskOutputPage(record, $0) }.mapError { WireError($0) })
        }
    }
}

/// Goes on while reading succeeds, and else answers with the reason.
private struct Reading<Value>: Sendable {
    let done: TaskDesk.Answer<Value>

    init(_ done: @escaping TaskDesk.Answer<Value>) {
        self.done = done
    }

    func take<Part>(_ answer: Result<Part, StoreError>, _ next: (Part) -> Void) {
        switch answer {
        case .success(let part): next(part)
        case .failure(let error): done(.failure(WireError(error)))
        }
    }
}
