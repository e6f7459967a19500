internal import CModuleABI
internal import Dispatch
internal import ModuleJSON
internal import ModuleKit
internal import Synchronization

/// What the module under test asks of others, answered by stand-ins.
@safe
final class TestAsks: Sendable {
    private let standIns: [String: StandIn]
    private let required: [String]
    private let state = Mutex(State())

    private struct State {
        var lastID: UInt64 = 0
        var inFlight: [UInt64: Ask] = [:]
    }

    private struct Ask {
        let listener: AskListener
        let call: UInt64
        var task: Task<Void, Never>?
        var isCancelled = false
    }

    init(_ standIns: [String: StandIn], manifest: JSON) {
        self.standIns = standIns
        required = (manifest["requires"]?.array ?? []).compactMap { $0["name"]?.string }
    }

    /// Returns the id of the request. Its reply comes on another thread.
    func begin(
        _ task: String, call: UInt64, _ kind: Outcome.Kind, _ arguments: [UInt8],
        _ listener: AskListener
    ) -> UInt64 {
        let id = state.withLock { state in
            state.lastID += 1
            state.inFlight[state.lastID] = Ask(listener: listener, call: call)
            return state.lastID
        }
        let work = Task { [self] in
            end(id, await outcome(of: task, kind, arguments))
        }
        // It may have been cancelled, or have ended, before it was known here.
        let isWanted = state.withLock { state in
            state.inFlight[id]?.task = work
            return state.inFlight[id]?.isCancelled == false
        }
        if !isWanted { work.cancel() }
        return id
    }

    private func outcome(
        of task: String, _ kind: Outcome.Kind, _ arguments: [UInt8]
    ) async -> Outcome {
        let interface = task.lastIndex(of: ".").map { String(task[..<$0]) } ?? task
        guard required.contains(interface) else {
            return Outcome(
                status: .denied,
                message: "\(task): the module does not require \(interface) in its manifest; add "
                    + "it to requires")
        }
        guard let standIn = standIns[task] else {
            return Outcome(
                status: .notFound,
                message: "\(task): the test gives no stand-in for it; add one to modules")
        }
        do {
            return try await standIn.answer(kind, arguments)
        } catch let failure as Failure {
            return Outcome(status: failure.status, message: failure.message)
        } catch is CancellationError {
            return Outcome(status: .cancelled, message: "\(task) was cancelled")
        } catch {
            return Outcome(status: .failed, message: String(describing: error))
        }
    }

    private func end(_ id: UInt64, _ outcome: Outcome) {
        let ask = state.withLock { $0.inFlight.removeValue(forKey: id) }
        ask?.listener.reply(outcome)
    }

    func cancel(_ id: UInt64) {
        let task = state.withLock { state in
            state.inFlight[id]?.isCancelled = true
            return state.inFlight[id]?.task
        }
        task?.cancel()
    }

    /// The call has ended or was asked to.
    func cancel(of call: UInt64) {
        let ids = state.withLock { $0.inFlight.filter { $0.value.call == call }.keys.sorted() }
        for id in ids { cancel(id) }
    }

    /// The instance was stopped: each request ends now.
    func cancelAll() {
        let asks = state.withLock { state in
            defer { state.inFlight = [:] }
            return Array(state.inFlight.values)
        }
        for ask in asks {
            ask.task?.cancel()
            ask.listener.reply(
                Outcome(status: .cancelled, message: "the module that asked was stopped"))
        }
    }
}

/// The functions that the module gave with a request.
@safe
struct AskListener: @unchecked Sendable {
    // @unchecked: the contract says that the functions may be called on any thread, and that the
    // argument lives until `reply` has returned.
    private let argument: UnsafeMutableRawPointer?
    private let function:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<mod_result>?) -> Void

    /// Nil if the request has no function for its reply.
    init?(_ request: mod_request) {
        guard let reply = unsafe request.reply else { return nil }
        unsafe argument = request.argument
        unsafe function = reply
    }

    func reply(_ outcome: Outcome) {
        let status = outcome.status?.rawValue ?? mod_status(MOD_OK)
        unsafe outcome.message.withModText { message in
            unsafe outcome.bytes.withModBytes { value in
                var result = unsafe mod_result(
                    size: UInt32(MemoryLayout<mod_result>.size), status: status,
                    kind: outcome.kind.rawValue, reserved: 0, value: value, message: message)
                unsafe function(argument, &result)
            }
        }
    }
}
