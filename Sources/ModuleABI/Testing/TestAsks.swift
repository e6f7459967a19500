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
        /// From before start() until after stop().
        var isOpen = false
    }

    private struct Ask {
        let listener: AskListener
        let call: UInt64
        let task: Task<Void, Never>
    }

    init(_ standIns: [String: StandIn], manifest: JSON) {
        self.standIns = standIns
        required = (manifest["requires"]?.array ?? []).compactMap { $0["name"]?.string }
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    func open() {
        state.withLock { $0.isOpen = true }
    }

    /// Returns the id of the request, or 0 if the instance is not active. Its reply comes on
    /// another thread.
    func begin(
        _ task: String, call: UInt64, _ kind: Outcome.Kind, _ arguments: [UInt8],
        _ listener: AskListener
    ) -> UInt64 {
        // Begun under the lock, which it needs to end: its request is known by then.
        state.withLock { state in
            guard state.isOpen else { return 0 }
            state.lastID += 1
            let id = state.lastID
            let work = Task { [self] in
                end(id, await outcome(of: task, kind, arguments))
            }
            state.inFlight[id] = Ask(listener: listener, call: call, task: work)
            return id
        }
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
        guard let ask = state.withLock({ $0.inFlight.removeValue(forKey: id) }) else { return }
        for piece in outcome.outputs { ask.listener.output(piece) }
        ask.listener.reply(outcome)
    }

    func cancel(_ id: UInt64) {
        state.withLock { $0.inFlight[id]?.task }?.cancel()
    }

    /// The call has ended or was asked to.
    func cancel(of call: UInt64) {
        let ids = state.withLock { $0.inFlight.filter { $0.value.call == call }.keys.sorted() }
        for id in ids { cancel(id) }
    }

    /// The instance was stopped: each request ends now, and none begins.
    func close() {
        let asks = state.withLock { state in
            defer { state.inFlight = [:] }
            state.isOpen = false
            return Array(state.inFlight.values)
        }
        for ask in asks {
            ask.task.cancel()
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
    private let outputFunction:
        (@convention(c) (UnsafeMutableRawPointer?, mod_kind, mod_bytes) -> Void)?

    /// Nil if the request has no function for its reply.
    init?(_ request: mod_request) {
        guard let reply = unsafe request.reply else { return nil }
        unsafe argument = request.argument
        unsafe function = reply
        unsafe outputFunction = request.output
    }

    func output(_ piece: String) {
        unsafe Array(piece.utf8).withModBytes { piece in
            unsafe outputFunction?(argument, mod_kind(MOD_KIND_TEXT), piece)
        }
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
