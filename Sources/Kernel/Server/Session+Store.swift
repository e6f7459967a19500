import KernelStore
import KernelTasks
import KernelWire

/// What a client asks of the database itself.
extension Session {
    func backUp(_ id: RequestID, _ request: BackUp) throws(WireError) {
        let store = try openStore
        store.backUp(to: request.path) { answer in
            switch answer {
            case .success: self.reply(id, request)
            case .failure(let error): self.send(.failure(id: id, WireError(error)))
            }
        }
    }

    private var openStore: any Store {
        get throws(WireError) {
            guard let store = server.store else { throw .refused(server.whyNoTasks) }
            return store
        }
    }

    /// With what is wrong with the tasks and the database.
    func complete(
        _ report: HealthReport, tellsTroubles: Bool, isFull: Bool,
        _ done: @escaping @Sendable (HealthReport) -> Void
    ) {
        server.taskHealth { tasks, troubles in
            var report = report
            report.troubles = !tellsTroubles || troubles.isEmpty ? nil : troubles
            if let tasks {
                for index in report.modules.indices {
                    report.modules[index].tasksQueued = tasks.queued[report.modules[index].id] ?? 0
                }
            }
            guard isFull else { return done(report) }
            let known = report
            self.checkStore { problems in
                var report = known
                report.databaseProblems = problems
                done(report)
            }
        }
    }

    /// What is wrong with the database, in so many sentences.
    private func checkStore(_ done: @escaping @Sendable ([String]) -> Void) {
        guard let store = server.store else { return done([server.whyNoTasks]) }
        store.problems(.full) { answer in
            switch answer {
            case .success(let problems): done(problems)
            case .failure(let error): done([error.description])
            }
        }
    }
}
