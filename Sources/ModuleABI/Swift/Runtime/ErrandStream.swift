internal import CModuleABI
internal import ModuleJSON
internal import Synchronization

/// One piece of news of an errand.
struct ErrandNews: Sendable {
    let kind: UInt32
    let number: UInt32
    let value: [UInt8]
}

/// How an errand ended that went well.
struct ErrandEnd: Sendable {
    let value: [UInt8]
}

/// An errand of the host's, as an author's code waits for it. Who lets it go ends it.
final class ErrandStream: Sendable {
    private let table: HostTable
    private let inbox: ErrandInbox
    let service: String

    /// `call` is the call that it is part of, or 0.
    init(
        _ table: HostTable, _ service: String, _ order: JSON, body: [UInt8], call: UInt64
    ) throws {
        guard table.hasErrands else {
            throw Failure("\(service): this host does no errands", .unsupported)
        }
        self.table = table
        self.service = service
        let inbox = ErrandInbox(service)
        self.inbox = inbox
        let id = unsafe service.withModText { service in
            unsafe order.serialized().withModBytes { order in
                unsafe body.withModBytes { body in
                    let argument = unsafe Unmanaged.passRetained(inbox)
                    var errand = unsafe mod_errand(
                        size: UInt32(MemoryLayout<mod_errand>.size), reserved: 0, call: call,
                        deadline_nanoseconds: 0, service: service, order: order, body: body,
                        credit: 0, argument: argument.toOpaque(), news: ErrandInbox.news,
                        end: ErrandInbox.end)
                    let id = unsafe table.begin(&errand)
                    if id == 0 { unsafe argument.release() }
                    return id
                }
            }
        }
        guard id != 0 else {
            throw Failure(
                "\(service): the host takes no errand now: the module is not started, or has too "
                    + "many in flight", .limit)
        }
        self.id = id
    }

    private let id: UInt64

    deinit {
        cancel()
    }

    func cancel() {
        if !inbox.hasEnded { table.cancelErrand(id) }
    }

    /// The next piece of news; nil once the errand has ended well.
    func next() async throws -> ErrandNews? {
        let news = try await withTaskCancellationHandler {
            try await inbox.next()
        } onCancel: {
            cancel()
        }
        if let news { table.creditErrand(id, bytes: max(news.value.count, 64)) }
        return news
    }

    /// How it ended, after `next` has returned nil.
    var end: ErrandEnd? { inbox.successfulEnd }

    /// How it ended, if that was not well.
    var failure: Failure? { inbox.failure }
}

/// What has come of an errand, and was not asked for yet.
@safe
private final class ErrandInbox: Sendable {
    private typealias Continuation = CheckedContinuation<ErrandNews?, any Error>

    private let service: String
    private let state = Mutex(State())

    private struct State {
        var news: [ErrandNews] = []
        /// Those before it were taken.
        var first = 0
        var end: Result<ErrandEnd, Failure>?
        var waiter: Continuation?
    }

    init(_ service: String) {
        self.service = service
    }

    var hasEnded: Bool { state.withLock { $0.end != nil } }

    var successfulEnd: ErrandEnd? { state.withLock { try? $0.end?.get() } }

    var failure: Failure? {
        state.withLock { if case .failure(let failure) = $0.end { failure } else { nil } }
    }

    func next() async throws -> ErrandNews? {
        try await withCheckedThrowingContinuation { continuation in
            let (answer, other) = state.withLock {
                state -> (Result<ErrandNews?, any Error>?, Continuation?) in
                if state.first < state.news.count {
                    state.first += 1
                    let news = state.news[state.first - 1]
                    if state.first == state.news.count {
                        state.news = []
                        state.first = 0
                    }
                    return (.success(news), nil)
                }
                if let end = state.end {
                    return (end.map { _ in nil }.mapError { $0 }, nil)
                }
                let other = state.waiter
                state.waiter = continuation
                return (nil, other)
            }
            other?.resume(
                throwing: Failure("\(service): two read the same answer at once", .misuse))
            if let answer { continuation.resume(with: answer) }
        }
    }

    private func add(_ news: ErrandNews) {
        let waiter = state.withLock { state -> Continuation? in
            if let waiter = state.waiter.take() { return waiter }
            state.news.append(news)
            return nil
        }
        waiter?.resume(returning: news)
    }

    private func finish(_ result: mod_result) {
        let end: Result<ErrandEnd, Failure>
        if unsafe result.status == MOD_OK {
            end = .success(ErrandEnd(value: unsafe result.value.copied))
        } else {
            let status = unsafe Failure.Status(rawValue: result.status) ?? .failed
            let message = unsafe result.message.copied
            end = .failure(Failure(message.isEmpty ? "\(service) failed" : message, status))
        }
        let waiter = state.withLock { state in
            state.end = end
            return state.waiter.take()
        }
        waiter?.resume(with: end.map { _ in nil }.mapError { $0 })
    }

    static let news: @convention(c) (UnsafeMutableRawPointer?, UInt32, UInt32, mod_bytes) -> Void =
        {
            argument, kind, number, value in
            guard let argument = unsafe argument else { return }
            let inbox = unsafe Unmanaged<ErrandInbox>.fromOpaque(argument).takeUnretainedValue()
            inbox.add(unsafe ErrandNews(kind: kind, number: number, value: value.copied))
        }

    static let end: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<mod_result>?) -> Void =
        {
            argument, result in
            guard let argument = unsafe argument, let result = unsafe result else { return }
            let inbox = unsafe Unmanaged<ErrandInbox>.fromOpaque(argument).takeRetainedValue()
            unsafe inbox.finish(result.pointee)
        }
}
