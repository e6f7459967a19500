import CDesktop
package import Desktop
import Glibc

/// A connection to the user's sound server, PulseAudio or PipeWire, for a few requests; closed with
/// the value. It runs libpulse's loop on the calling thread, and leaves no thread behind.
struct SoundServer: ~Copyable {
    let library: desktop_sound_library
    let context: OpaquePointer
    private let loop: OpaquePointer

    /// Both the connection and each request may take this long.
    static let limit = Duration.seconds(2)

    static func connected(to address: SoundAddress) throws(DesktopError) -> SoundServer {
        let server = try SoundServer()
        try server.connect(address)
        return server
    }

    private init() throws(DesktopError) {
        guard let library = desktop_sound_library_open()?.pointee else {
            throw DesktopError(
                .unavailable, "sound needs libpulse: install the package libpulse0")
        }
        guard let loop = library.pa_mainloop_new() else { throw SoundServer.outOfMemory }
        let context = library.pa_context_new(library.pa_mainloop_get_api(loop), "kernel")
        guard let context else {
            library.pa_mainloop_free(loop)
            throw SoundServer.outOfMemory
        }
        self.library = library
        self.loop = loop
        self.context = context
    }

    deinit {
        library.pa_context_disconnect(context)
        library.pa_context_unref(context)
        library.pa_mainloop_free(loop)
    }

    /// Waits for a request, whose callback fills in the answer.
    func finish(_ operation: OpaquePointer?, _ request: String) throws(DesktopError) {
        guard let operation else { throw failure(request) }
        defer { library.pa_operation_unref(operation) }
        let end = ContinuousClock.now + SoundServer.limit
        while library.pa_operation_get_state(operation) == PA_OPERATION_RUNNING {
            guard step(until: end) else {
                library.pa_operation_cancel(operation)
                throw failure(request)
            }
            guard ContinuousClock.now < end else {
                library.pa_operation_cancel(operation)
                throw DesktopError(
                    .timedOut, "the sound server did not \(request) within 2 seconds")
            }
        }
    }

    func failure(_ request: String) -> DesktopError {
        let code = library.pa_context_errno(context)
        let reason = library.pa_strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return DesktopError(.failed, "the sound server did not \(request): \(reason)")
    }

    private static var outOfMemory: DesktopError {
        DesktopError(.failed, "sound could not be reached: there is no memory left")
    }

    private func connect(_ address: SoundAddress) throws(DesktopError) {
        if let cookie = address.cookie {
            _ = library.pa_context_load_cookie_from_file(context, cookie)
        }
        let status = library.pa_context_connect(
            context, address.server, PA_CONTEXT_NOAUTOSPAWN, nil)
        guard status >= 0 else { throw unreachable(address) }
        let end = ContinuousClock.now + SoundServer.limit
        while true {
            switch library.pa_context_get_state(context) {
            case PA_CONTEXT_READY: return
            case PA_CONTEXT_FAILED, PA_CONTEXT_TERMINATED: throw unreachable(address)
            default: break
            }
            guard ContinuousClock.now < end else {
                throw DesktopError(
                    .timedOut,
                    "the sound server did not answer within 2 seconds: restart it, for instance "
                        + "with systemctl --user restart pipewire-pulse")
            }
            guard step(until: end) else { throw unreachable(address) }
        }
    }

    private func unreachable(_ address: SoundAddress) -> DesktopError {
        let code = library.pa_context_errno(context)
        let reason = library.pa_strerror(code).map { String(cString: $0) } ?? "error \(code)"
        let place = address.server.map { " at \($0)" } ?? ""
        return DesktopError(
            .unavailable,
            "no sound server answers\(place) (\(reason)): start PipeWire with its pulse service, "
                + "or PulseAudio, in your session")
    }

    /// One turn of the loop: waits for something to happen, at most until `end`.
    private func step(until end: ContinuousClock.Instant) -> Bool {
        let left = ContinuousClock.now.duration(to: end)
        let microseconds =
            left.components.seconds * 1_000_000
            + left.components.attoseconds / 1_000_000_000_000
        let wait = Int32(clamping: max(0, microseconds))
        return library.pa_mainloop_prepare(loop, wait) >= 0
            && library.pa_mainloop_poll(loop) >= 0
            && library.pa_mainloop_dispatch(loop) >= 0
    }
}

/// Where the sound server listens.
package struct SoundAddress: Sendable {
    /// As `$PULSE_SERVER`; nil: what libpulse finds.
    package var server: String?
    /// The file that proves to the server who is asking; nil: the user's own.
    package var cookie: String?

    package init(server: String? = nil, cookie: String? = nil) {
        self.server = server
        self.cookie = cookie
    }

    /// Without `$XDG_RUNTIME_DIR`, libpulse would make a folder of its own in the user's home, and
    /// look for the server there.
    package static func of(_ environment: Environment) -> SoundAddress {
        if environment["PULSE_SERVER"] != nil || environment["XDG_RUNTIME_DIR"] != nil {
            return SoundAddress()
        }
        return SoundAddress(server: "unix:/run/user/\(getuid())/pulse/native")
    }
}
