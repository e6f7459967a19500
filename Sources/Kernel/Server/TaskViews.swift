import KernelBase
import KernelStore
import KernelTasks
import KernelWire

/// From what is stored to what travels.
extension TaskView {
    init(_ record: TaskRecord) {
        self.init(
            id: record.id.description, task: record.name, state: record.state.name,
            submitter: record.submitter, created: record.created.milliseconds)
        key = record.key
        priority = record.priority
        isIdempotent = record.isIdempotent
        attempts = record.attempts
        attemptsMax = TaskLife.attemptsMax(
            wanted: record.attemptsMax, isIdempotent: record.isIdempotent)
        started = record.started?.milliseconds
        ended = record.ended?.milliseconds
        notBefore = record.notBefore?.milliseconds
        deadline = record.deadline?.milliseconds
        timeoutSeconds = record.timeoutSeconds
        parent = record.parent?.description
        repeats = record.repeats?.description
        after = record.dependencies.map {
            Dependency(id: $0.id.description, state: $0.state?.name)
        }
        build = record.build
        fraction = record.state.isEnd ? nil : record.progress?.fraction
        note = record.state.isEnd ? nil : record.progress?.note
        isCancelAsked = record.cancelAsked != nil
        status = record.end?.status.name
        message = record.end.flatMap { $0.message.isEmpty ? nil : $0.message }
        resultBytes = record.end?.resultBytes
    }
}

extension TaskDetails.Value {
    init(_ payload: KernelStore.Payload) {
        self.init(
            kind: WirePayload.name(of: payload.kind),
            value: WirePayload.json(payload.kind, payload.bytes))
    }
}

extension TaskDetails.Attempt {
    init(_ attempt: TaskAttempt) {
        self.init(
            number: attempt.number, started: attempt.started.milliseconds,
            mode: attempt.start.mode.name)
        ended = attempt.ended?.milliseconds
        build = attempt.start.build
        end = attempt.end?.how.name
        message = attempt.end.flatMap { $0.message.isEmpty ? nil : $0.message }
    }
}

extension TaskOutputPage {
    init(_ record: TaskRecord, _ output: TaskOutput) {
        self.init(
            id: record.id.description, state: record.state.name, next: output.next,
            total: output.total)
        cutFrom = output.cut?.lowerBound
        cutTo = output.cut?.upperBound
        pieces = output.pieces.map { piece in
            Piece(
                offset: piece.offset, kind: WirePayload.name(of: piece.payload.kind),
                value: WirePayload.json(piece.payload.kind, piece.payload.bytes))
        }
    }
}

extension TaskNews {
    init(_ event: TaskEvent) {
        let record = event.record
        self.init(
            sequence: event.sequence, id: record.id.description, state: record.state.name)
        switch event.kind {
        case .changed: task = TaskView(record)
        case .progressed(_, let progress):
            fraction = progress.fraction
            note = progress.note
        case .printed: break
        }
    }
}

extension TaskEvent {
    var method: String {
        switch kind {
        case .changed: TaskNews.changed
        case .progressed: TaskNews.progress
        case .printed: TaskNews.printed
        }
    }
}

extension WireError {
    init(_ error: StoreError) {
        self.init(TaskProblem(error))
    }

    init(_ problem: TaskProblem) {
        let sentence = problem.description
        self =
            switch problem.kind {
            case .unknown: .notFound(sentence)
            case .invalid: .badParameters(sentence)
            case .busy: .busy(sentence)
            case .refused: .refused(sentence)
            case .failed: .unspeakable(sentence)
            }
    }
}
