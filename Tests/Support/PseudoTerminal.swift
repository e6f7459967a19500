import Glibc
package import KernelSystem
import Synchronization
import Testing

/// A terminal without a window: the reader under test has the one end, the test the other.
package final class PseudoTerminal: Sendable {
    package let controller: FileDescriptor
    package let device: FileDescriptor
    private let received = Mutex(Received())

    /// TIOCSPTLCK and TIOCGPTN, which Glibc's overlay does not import.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    package init(columns: UInt16 = 40, rows: UInt16 = 10) throws {
        controller = try FileDescriptor.open("/dev/ptmx", .write, extraFlags: O_NOCTTY)
        var locked: CInt = 0
        var number: CInt = 0
        try #require(ioctl(controller.raw, Self.setLock, &locked) == 0)
        try #require(ioctl(controller.raw, Self.getNumber, &number) == 0)
        device = try FileDescriptor.open("/dev/pts/\(number)", .write, extraFlags: O_NOCTTY)
        // What the terminal takes back, as it does at Ctrl-C, is not waited for.
        try controller.setNonblocking(true)
        resize(columns: columns, rows: rows)
    }

    package func resize(columns: UInt16, rows: UInt16) {
        var window = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(controller.raw, UInt(TIOCSWINSZ), &window)
    }

    /// A terminal whose reader stands still takes 4 KiB.
    package func type(_ keys: String) throws {
        let bytes = Array(keys.utf8)
        var written = 0
        try waitFor("the terminal to take what is typed") {
            written += try controller.writeSome(bytes, from: written) ?? 0
            return written == bytes.count
        }
    }

    package var isRaw: Bool {
        var settings = termios()
        tcgetattr(device.raw, &settings)
        return settings.c_lflag & tcflag_t(ICANON) == 0
    }

    /// Keys that come before the terminal is raw would be echoed, and lose their meaning.
    package func waitForPrompt() throws {
        try wait { $0.transcript == [">"] }
    }

    /// Reads until a terminal that shows what came would satisfy `condition`.
    @discardableResult
    package func wait(
        columns: Int = 40, rows: Int = 10, withinSeconds seconds: UInt64 = 30,
        until condition: (TerminalEmulator) -> Bool
    ) throws -> TerminalEmulator {
        let deadline = SystemClock.monotonicNanoseconds + seconds * 1_000_000_000
        while true {
            let terminal = shown(columns: columns, rows: rows)
            if condition(terminal) { return terminal }
            guard SystemClock.monotonicNanoseconds < deadline else {
                throw WaitFailure(
                    description: "not seen within \(seconds) s; the terminal shows "
                        + "\(terminal.transcript)")
            }
            var entry = pollfd(fd: controller.raw, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 100) > 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            if case .bytes(let count) = try controller.read(into: &buffer) {
                received.withLock { $0.bytes += buffer[..<count] }
            }
        }
    }

    private func shown(columns: Int, rows: Int) -> TerminalEmulator {
        received.withLock { $0.shown(columns: columns, rows: rows) }
    }
}

/// What a terminal was sent, and what it shows of it: what was shown once is not read again.
private struct Received {
    var bytes: [UInt8] = []
    private var shownBytes = 0
    private var terminal = TerminalEmulator(columns: 1, rows: 1)

    mutating func shown(columns: Int, rows: Int) -> TerminalEmulator {
        if terminal.columns != columns || terminal.rows != rows {
            terminal = TerminalEmulator(columns: columns, rows: rows)
            shownBytes = 0
        }
        let end = wholeBytes
        terminal.feed(Array(bytes[shownBytes..<end]))
        shownBytes = end
        return terminal
    }

    /// Without a sequence or a character at the end of which only a part has come.
    private var wholeBytes: Int {
        let rest = bytes[shownBytes...]
        if let escape = rest.lastIndex(of: 0x1B) {
            let isWhole = rest[escape...].dropFirst(2).contains { (0x40...0x7E).contains($0) }
            if !isWhole { return escape }
        }
        guard let start = rest.lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return bytes.count }
        let width = bytes[start] < 0xC0 ? 1 : bytes[start] < 0xE0 ? 2 : bytes[start] < 0xF0 ? 3 : 4
        return start + width > bytes.count ? start : bytes.count
    }
}
