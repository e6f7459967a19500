internal import CModuleABI
internal import Synchronization

// What the host offers besides what every host must have: other modules, and a folder.
extension HostTable {
    /// Has a task of another module done. `call` is the call that it is part of, or 0.
    func ask(_ task: String, _ arguments: TaskInput, call: UInt64) async throws -> Reply {
        guard hasModules else {
            throw Failure("\(task): this host has no other modules", .unsupported)
        }
        let pending = PendingReply(task)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                pending.wait(continuation)
                begin(pending, task, arguments, call)
            }
        } onCancel: {
            if let id = pending.markCancelled() { cancelAsk(id) }
        }
    }

    private func begin(
        _ pending: PendingReply, _ task: String, _ arguments: TaskInput, _ call: UInt64
    ) {
        let (kind, bytes) =
            switch arguments {
            case .json(let json): (MOD_KIND_JSON, json.serialized())
            case .bytes(let bytes): (MOD_KIND_BYTES, bytes)
            }
        let id = unsafe task.withModText { task in
            unsafe bytes.withModBytes { bytes in
                let argument = unsafe Unmanaged.passRetained(pending)
                var request = unsafe mod_request(
                    size: UInt32(MemoryLayout<mod_request>.size), argument_kind: mod_kind(kind),
                    call: call, deadline_nanoseconds: 0, task: task, arguments: bytes,
                    argument: argument.toOpaque(), output: PendingReply.output,
                    reply: PendingReply.reply)
                let id = unsafe ask(&request)
                if id == 0 { unsafe argument.release() }
                return id
            }
        }
        if id == 0 {
            pending.end(
                .failure(
                    Failure(
                        "\(task): the host takes no request now: the module is not started, or "
                            + "has too many in flight", .limit)))
        } else if pending.hasBegun(id) {
            cancelAsk(id)
        }
    }
}

/// One request of an author's code until its reply.
@safe
private final class PendingReply: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Reply, any Error>?
        var id: UInt64?
        var isCancelled = false
        var output: [UInt8] = []
    }

    private let task: String
    private let state = Mutex(State())

    init(_ task: String) {
        self.task = task
    }

    func wait(_ continuation: CheckedContinuation<Reply, any Error>) {
        state.withLock { $0.continuation = continuation }
    }

    /// True if it was cancelled before its id was known.
    func hasBegun(_ id: UInt64) -> Bool {
        state.withLock { state in
            state.id = id
            return state.isCancelled
        }
    }

    /// The id, if it is known already.
    func markCancelled() -> UInt64? {
        state.withLock { state in
            state.isCancelled = true
            return state.id
        }
    }

    func end(_ result: Result<Reply, any Error>) {
        state.withLock { $0.continuation.take() }?.resume(with: result)
    }

    private func add(_ piece: UnsafeBufferPointer<UInt8>) {
        let bytes = unsafe Array(piece)
        state.withLock { $0.output += bytes }
    }

    private func end(_ result: mod_result) {
        guard unsafe result.status == MOD_OK else {
            let status = unsafe Failure.Status(rawValue: result.status) ?? .failed
            let message = unsafe result.message.copied
            return end(.failure(Failure(message.isEmpty ? "\(task) failed" : message, status)))
        }
        let output = state.withLock { String(decoding: $0.output, as: UTF8.self) }
        end(
            .success(
                Reply(
                    kind: unsafe Reply.Kind(rawValue: result.kind) ?? .bytes,
                    bytes: unsafe result.value.copied, output: output)))
    }

    static let output: @convention(c) (UnsafeMutableRawPointer?, mod_kind, mod_bytes) -> Void = {
        argument, _, piece in
        guard let argument = unsafe argument else { return }
        let pending = unsafe Unmanaged<PendingReply>.fromOpaque(argument).takeUnretainedValue()
        unsafe pending.add(piece.buffer)
    }

    static let reply:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<mod_result>?) -> Void = {
            argument, result in
            guard let argument = unsafe argument, let result = unsafe result else { return }
            let pending = unsafe Unmanaged<PendingReply>.fromOpaque(argument).takeRetainedValue()
            unsafe pending.end(result.pointee)
        }
}
