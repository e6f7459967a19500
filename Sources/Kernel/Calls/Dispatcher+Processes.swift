import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelSystem
import KernelWorkers

// Calls of tasks that run in a process of their own, each on a thread that waits for it.
extension Dispatcher {
    func runInProcess(
        _ call: RunningCall, _ request: CallRequest, _ generation: Generation
    ) {
        guard call.enterThread() else { return call.callFinished(unbegun(call)) }
        defer { if call.leaveThread() { call.pool.reclaimThread() } }
        if let reason = loader.quarantineOfTasks(generation) {
            return call.callFinished(.unbegun(.busy, "\(call.facts.address) is \(reason)"))
        }
        do throws(WorkerFailure) {
            while true {
                let deadline = request.deadlineNanoseconds
                let lease = try generation.workers.take(untilNanoseconds: deadline) {
                    !call.isAskedToEnd
                }
                guard let lease else { return call.callFinished(workerless(call)) }
                let isNew = lease.worker.callsServed == 0
                call.runs(in: lease.worker)
                do throws(WorkerFailure) {
                    let outcome = try lease.worker.call(
                        request, call, graceSeconds: options.graceSeconds)
                    call.runs(in: nil)
                    generation.workers.giveBack(lease, isSound: true)
                    loader.noteTaskSuccess(generation)
                    return call.callFinished(outcome)
                } catch {
                    call.runs(in: nil)
                    generation.workers.giveBack(lease, isSound: false)
                    // A warm worker that ended while nobody used it costs no call.
                    guard error == .unreached, !isNew else { throw error }
                }
            }
        } catch {
            call.callFinished(failure(call, generation, error))
        }
    }

    /// The call ended while it waited for a worker.
    private func workerless(_ call: RunningCall) -> CallOutcome {
        guard !call.isAskedToEnd else { return unbegun(call) }
        return .unbegun(
            .deadline, "\(call.facts.address) waited until its deadline for a free worker")
    }

    private func failure(
        _ call: RunningCall, _ generation: Generation, _ failure: WorkerFailure
    ) -> CallOutcome {
        let address = call.facts.address
        if case .refused(let reason) = failure {
            return .failure(reason.status, "\(address): \(reason)")
        }
        let now = SystemClock.monotonicNanoseconds
        let what = "\(address) ended its process: \(failure)"
        if call.isAskedToEnd {
            return .failure(.cancelled, "\(address) did not heed being cancelled and was killed")
        }
        if now >= call.deadlineNanoseconds {
            loader.noteTaskFailure(call.slot, generation, what, isCrash: false)
            return .failure(
                .deadline, "\(address) was still running at its deadline and was killed")
        }
        let build = generation.build.shortHash
        loader.noteTaskFailure(call.slot, generation, what, isCrash: !failure.isByOthers)
        if case .overran(let overrun) = failure, overrun.resource != .time {
            return .failure(.limit, "\(address) (build \(build)): \(overrun)")
        }
        return .failure(.failed, "\(address) (build \(build)) did not answer: \(failure)")
    }
}
