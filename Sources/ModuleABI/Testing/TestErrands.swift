internal import CModuleABI
internal import ModuleJSON
internal import ModuleKit
internal import Synchronization

/// What the module under test has the host do, done by stand-ins.
@safe
final class TestErrands: Sendable {
    let outside: Outside
    let manifest: JSON
    private let state = Mutex(State())

    private struct State {
        var lastID: UInt64 = 0
        var inFlight: [UInt64: Errand] = [:]
        /// From before start() until after stop().
        var isOpen = false
    }

    private struct Errand {
        let line: Line
        let call: UInt64
        let task: Task<Void, Never>
    }

    struct Order: Sendable {
        let service: String
        let order: [UInt8]
        let body: [UInt8]
        let credit: UInt64
    }

    /// Ids of errands are no ids of requests.
    private static let firstID: UInt64 = 1 << 32
    private static let creditUsual: UInt64 = 256 << 10

    init(_ outside: Outside, manifest: JSON) {
        self.outside = outside
        self.manifest = manifest
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    func open() {
        state.withLock { $0.isOpen = true }
    }

    /// Returns the id, or 0 if the instance is not active. News and end come on another thread.
    func begin(_ order: Order, call: UInt64, _ listener: ErrandListener) -> UInt64 {
        // Begun under the lock, which it needs to end: its errand is known by then.
        state.withLock { state in
            guard state.isOpen else { return 0 }
            state.lastID += 1
            let id = Self.firstID + state.lastID
            let line = Line(listener, credit: order.credit == 0 ? Self.creditUsual : order.credit)
            let work = Task { [self] in end(id, await outcome(of: order, line)) }
            state.inFlight[id] = Errand(line: line, call: call, task: work)
            return id
        }
    }

    private func outcome(of order: Order, _ line: Line) async -> Outcome {
        do {
            let json = try JSON(parsing: order.order)
            switch order.service {
            case MOD_SERVICE_HTTP: return try await visit(json, order.body, line)
            case MOD_SERVICE_CONNECT: return try await connect(json, line)
            case MOD_SERVICE_RUN: return try await run(json, order.body, line)
            case MOD_SERVICE_BUS: return try await callBus(json)
            case MOD_SERVICE_BUS_SIGNALS: return try await listen(json, line)
            default:
                throw Failure("\(order.service): this host has no such service", .unsupported)
            }
        } catch let failure as Failure {
            return Outcome(status: failure.status, message: failure.message)
        } catch is CancellationError {
            return Outcome(status: .cancelled, message: "\(order.service): it was cancelled")
        } catch {
            return Outcome(status: .failed, message: "\(order.service): \(error)")
        }
    }

    private func visit(_ order: JSON, _ body: [UInt8], _ line: Line) async throws -> Outcome {
        let request = try WebRequest(order: order, body: body)
        try check(try PermittedPlace(url: request.url), MOD_SERVICE_HTTP)
        guard let answer = outside.http else {
            throw Failure(
                "http: the test gives nobody who answers; set http of Outside", .notFound)
        }
        try await tell(try await answer(request), request, line)
        return Outcome()
    }

    private func run(_ order: JSON, _ body: [UInt8], _ line: Line) async throws -> Outcome {
        let request = ProgramRequest(
            program: order["program"]?.string ?? "",
            arguments: (order["arguments"]?.array ?? []).compactMap(\.string),
            folder: order["folder"]?.string, input: body)
        let entries = (manifest["permissions"]?["execute"]?.array ?? []).compactMap(\.string)
        guard
            entries.contains(where: { $0 == request.program || request.program.hasPrefix($0 + "/") }
            )
        else {
            throw Failure(
                "run: starting \(request.program) is refused: add \"\(request.program)\" to "
                    + "permissions.execute in the manifest", .denied)
        }
        guard let answer = outside.programs else {
            throw Failure(
                "run: the test gives nobody who runs programs; set programs of Outside", .notFound)
        }
        let standIn = try await answer(request)
        for piece in standIn.pieces {
            try await line.waitForRoom()
            switch piece {
            case .output(let bytes): line.tell(UInt32(MOD_RUN_OUTPUT), 0, bytes)
            case .errors(let bytes): line.tell(UInt32(MOD_RUN_ERRORS), 0, bytes)
            }
        }
        let end: JSON =
            switch standIn.end {
            case .exited(let status): ["exit": .integer(Int64(status))]
            case .killed(let signal): ["signal": .integer(Int64(signal))]
            }
        return Outcome(kind: .json, bytes: end.serialized())
    }

    private func tell(
        _ answer: WebStandIn, _ request: WebRequest, _ line: Line
    ) async throws {
        let headers = answer.headers.map { JSON.array([.string($0.name), .string($0.value)]) }
        let head: JSON = ["url": .string(request.url), "headers": .array(headers)]
        line.tell(UInt32(MOD_HTTP_HEAD), UInt32(answer.status), head.serialized())
        for piece in answer.pieces {
            try await line.waitForRoom()
            line.tell(UInt32(MOD_HTTP_PIECE), 0, piece)
        }
    }

    /// As the kernel does it, but for what an address leads to.
    func check(_ place: PermittedPlace, _ service: String) throws {
        let entries = (manifest["permissions"]?["network"]?.array ?? []).compactMap(\.string)
        guard entries.contains(where: place.isOpened) else {
            throw Failure(
                "\(service): reaching \(place) is refused: add \"\(place)\" to permissions.network "
                    + "in the manifest", .denied)
        }
    }

    private func end(_ id: UInt64, _ outcome: Outcome) {
        state.withLock { $0.inFlight.removeValue(forKey: id) }?.line.end(outcome)
    }

    func credit(_ id: UInt64, _ bytes: UInt64) {
        state.withLock { $0.inFlight[id]?.line }?.credit(bytes)
    }

    func cancel(_ id: UInt64) {
        state.withLock { $0.inFlight[id]?.task }?.cancel()
    }

    /// The call has ended or was asked to.
    func cancel(of call: UInt64) {
        let ids = state.withLock { $0.inFlight.filter { $0.value.call == call }.keys.sorted() }
        for id in ids { cancel(id) }
    }

    /// The instance was stopped: each errand ends now, and none begins.
    func close() {
        let errands = state.withLock { state in
            defer { state.inFlight = [:] }
            state.isOpen = false
            return Array(state.inFlight.values)
        }
        for errand in errands {
            errand.task.cancel()
            errand.line.end(
                Outcome(status: .cancelled, message: "the module that asked was stopped"))
        }
    }

    /// One errand: news while there is room, one end, and one thing after the other.
    final class Line: Sendable {
        private let listener: ErrandListener
        private let state: Mutex<State>

        private struct State {
            var credit: Int64
            var isOver = false
        }

        init(_ listener: ErrandListener, credit: UInt64) {
            self.listener = listener
            state = Mutex(State(credit: Int64(clamping: credit)))
        }

        private let telling = Mutex(())

        private var isFull: Bool { state.withLock { $0.credit <= 0 && !$0.isOver } }

        func waitForRoom() async throws {
            while isFull { try await Task.sleep(for: .milliseconds(1)) }
            try Task.checkCancellation()
        }

        func credit(_ bytes: UInt64) {
            state.withLock { $0.credit = ($0.credit &+ Int64(clamping: bytes)) }
        }

        func tell(_ kind: UInt32, _ number: UInt32, _ value: [UInt8]) {
            telling.withLock { _ in
                let isOver = state.withLock { state in
                    state.credit -= Int64(max(value.count, 64))
                    return state.isOver
                }
                if !isOver { listener.news(kind, number, value) }
            }
        }

        func end(_ outcome: Outcome) {
            telling.withLock { _ in
                let isFirst = state.withLock { state in
                    defer { state.isOver = true }
                    return !state.isOver
                }
                if isFirst { listener.end(outcome) }
            }
        }
    }
}

/// Where a URL leads, as a permission names it.
struct PermittedPlace: CustomStringConvertible {
    private let host: String
    private let port: String

    init(url: String) throws {
        let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, ["http:", "https:"].contains(parts[0]),
            let place = parts[2].split(whereSeparator: { "/?#".contains($0) }).first
        else {
            throw Failure(
                "http: \"\(url)\" is no URL that begins with http:// or https://", .invalid)
        }
        (host, port) = Self.ends(String(place), parts[0] == "https:" ? "443" : "80")
    }

    init(host: String, port: Int) {
        self.host = host.contains(":") ? "[\(host)]" : host.lowercased()
        self.port = "\(port)"
    }

    var description: String { "\(host):\(port)" }

    private static func ends(_ place: String, _ usual: String) -> (String, String) {
        guard let colon = place.lastIndex(of: ":"), !place.hasSuffix("]"),
            place.hasPrefix("[") || place.filter({ $0 == ":" }).count == 1
        else { return (place.lowercased(), usual) }
        return (
            place[..<colon].lowercased(), String(place[place.index(after: colon)...])
        )
    }

    func isOpened(by entry: String) -> Bool {
        guard entry != "*" else { return true }
        let (name, number) = Self.ends(entry, "443")
        guard number == port || number == "*" else { return false }
        return name == host || name == "*"
            || (name.hasPrefix("*.") && host.hasSuffix(name.dropFirst()))
    }
}

/// The functions that the module gave with an errand.
@safe
struct ErrandListener: @unchecked Sendable {
    // @unchecked: the contract says that the functions may be called on any thread, and that the
    // argument lives until `end` has returned.
    private let argument: UnsafeMutableRawPointer?
    private let newsFunction:
        @convention(c) (UnsafeMutableRawPointer?, UInt32, UInt32, mod_bytes) -> Void
    private let endFunction:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<mod_result>?) -> Void

    /// Nil if the errand lacks a function.
    init?(_ errand: mod_errand) {
        guard let news = unsafe errand.news, let end = unsafe errand.end else { return nil }
        unsafe argument = errand.argument
        unsafe newsFunction = news
        unsafe endFunction = end
    }

    func news(_ kind: UInt32, _ number: UInt32, _ value: [UInt8]) {
        unsafe value.withModBytes { unsafe newsFunction(argument, kind, number, $0) }
    }

    func end(_ outcome: Outcome) {
        let status = outcome.status?.rawValue ?? mod_status(MOD_OK)
        unsafe outcome.message.withModText { message in
            unsafe outcome.bytes.withModBytes { value in
                var result = unsafe mod_result(
                    size: UInt32(MemoryLayout<mod_result>.size), status: status,
                    kind: outcome.kind.rawValue, reserved: 0, value: value, message: message)
                unsafe endFunction(argument, &result)
            }
        }
    }
}
