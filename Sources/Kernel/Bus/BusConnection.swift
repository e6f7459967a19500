import CBus
import KernelSystem

/// One connection to a bus, by sd-bus. Nothing here waits. All of it, its messages included, is to
/// be used on one thread.
@safe final class BusConnection {
    private let library: UnsafePointer<bus_library>
    private let bus: OpaquePointer

    /// What a look at the connection has brought.
    enum Step {
        case message(BusMessage)
        /// Something was done, and there may be more.
        case again
        case nothing
    }

    /// Begins to connect.
    init(_ address: String) throws(BusFailure) {
        guard let library = unsafe bus_library_open() else {
            throw BusFailure(
                .unavailable,
                "D-Bus needs libsystemd, which is not here: install the package libsystemd0")
        }
        var made: OpaquePointer?
        var status = unsafe library.pointee.sd_bus_new(&made)
        guard status >= 0, let bus = unsafe made else { throw Self.unreachable(status) }
        status = unsafe library.pointee.sd_bus_set_address(bus, address)
        if status >= 0 { status = unsafe library.pointee.sd_bus_set_bus_client(bus, 1) }
        if status >= 0 { status = unsafe library.pointee.sd_bus_start(bus) }
        guard status >= 0 else {
            _ = unsafe library.pointee.sd_bus_close_unref(bus)
            throw Self.unreachable(status)
        }
        unsafe self.library = unsafe library
        unsafe self.bus = unsafe bus
    }

    deinit {
        // Without a flush, which would wait.
        _ = unsafe library.pointee.sd_bus_close_unref(bus)
    }

    private static func unreachable(_ status: Int32) -> BusFailure {
        BusFailure(.unreachable, SystemError("connect", code: -status).reason)
    }

    /// Whether the bus has taken the connection.
    var isReady: Bool { unsafe library.pointee.sd_bus_is_ready(bus) > 0 }

    // MARK: When to look

    /// Nil while there is none.
    var descriptor: Int32? {
        let descriptor = unsafe library.pointee.sd_bus_get_fd(bus)
        return descriptor >= 0 ? descriptor : nil
    }

    var interest: Poller.Interest {
        Poller.Interest(
            rawValue: UInt32(max(unsafe library.pointee.sd_bus_get_events(bus), 0)))
    }

    /// When it has to be looked at, even if nothing comes.
    var dueNanoseconds: UInt64? {
        var microseconds: UInt64 = 0
        guard unsafe library.pointee.sd_bus_get_timeout(bus, &microseconds) >= 0,
            microseconds <= .max / 1_000
        else { return nil }
        return microseconds * 1_000
    }

    /// Reads and writes what can be, and gives one message that came.
    func step() throws(BusFailure) -> Step {
        var raw: OpaquePointer?
        let status = unsafe library.pointee.sd_bus_process(bus, &raw)
        let message = unsafe raw.map { unsafe BusMessage($0, library) }
        guard status >= 0, unsafe library.pointee.sd_bus_is_open(bus) > 0 else {
            throw BusFailure(
                .gone, status < 0 ? SystemError("talk", code: -status).reason : "it has ended")
        }
        if let message { return .message(message) }
        return status > 0 ? .again : .nothing
    }

    // MARK: Saying something

    /// Returns what the answer will refer to. Without an answer wanted, it refers to nothing.
    @discardableResult
    func send(_ call: BusCall, wantsAnswer: Bool = true) throws(BusFailure) -> UInt64 {
        var raw: OpaquePointer?
        let status = unsafe library.pointee.sd_bus_message_new_method_call(
            bus, &raw, call.owner ?? call.destination, call.path, call.interface, call.member)
        guard status >= 0, let message = unsafe raw else { throw unsendable(call, status) }
        defer { _ = unsafe library.pointee.sd_bus_message_unref(message) }
        try unsafe set(call, message, wantsAnswer)
        let writer = unsafe BusMessageWriter(message, library)
        for argument in call.arguments {
            let status = writer.append(argument)
            guard status >= 0 else { throw unsendable(call, status) }
        }
        var cookie: UInt64 = 0
        let sent = unsafe library.pointee.sd_bus_send(bus, message, &cookie)
        guard sent >= 0 else { throw unsendable(call, sent) }
        return cookie
    }

    @unsafe private func set(
        _ call: BusCall, _ message: OpaquePointer, _ wantsAnswer: Bool
    ) throws(BusFailure) {
        let statuses = [
            unsafe library.pointee.sd_bus_message_set_auto_start(
                message, call.startsService ? 1 : 0),
            unsafe library.pointee.sd_bus_message_set_allow_interactive_authorization(
                message, call.asksUser ? 1 : 0),
            unsafe library.pointee.sd_bus_message_set_expect_reply(message, wantsAnswer ? 1 : 0),
        ]
        if let status = statuses.first(where: { $0 < 0 }) { throw unsendable(call, status) }
    }

    private func unsendable(_ call: BusCall, _ status: Int32) -> BusFailure {
        let error = SystemError("call", code: -status)
        let kind: BusFailure.Kind =
            switch error.code {
            case Self.noRoom: .tooMany
            case Self.notConnected: .gone
            default: error.isPeerGone ? .gone : .invalid
            }
        return BusFailure(
            kind, "\(call.member) of \(call.destination) cannot be called: \(error.reason)")
    }

    /// ENOBUFS: too much waits to be sent.
    private static let noRoom: Int32 = 105
    /// ENOTCONN
    private static let notConnected: Int32 = 107

    /// Nothing here can be called.
    func refuse(_ message: BusMessage) {
        _ = unsafe message.withRaw { raw in
            unsafe library.pointee.sd_bus_reply_method_errno(raw, Self.noSuchObject, nil)
        }
    }

    /// EBADR, which sd-bus sends as "unknown object".
    private static let noSuchObject: Int32 = 53
}
