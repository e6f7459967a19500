import Glibc
package import KernelSystem
import Synchronization
import Testing

/// A terminal without a window: the reader under test has the one end, the test the other.
package final class PseudoTerminal: Sendable {
    package let controller: FileDescriptor
    package let device: FileDescriptor
    private let received = Mutex<[UInt8]>([])

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
        resize(columns: columns, rows: rows)
    }

    package func resize(columns: UInt16, rows: UInt16) {
        var window = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(controller.raw, UInt(TIOCSWINSZ), &window)
    }

    package func type(_ keys: String) throws {
        try controller.write(Array(keys.utf8))
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

    /// Reads until a terminal that shows what came would satisfy `condition`, ten seconds at most.
    @discardableResult
    package func wait(
        columns: Int = 40, rows: Int = 10, until condition: (TerminalEmulator) -> Bool
    ) throws -> TerminalEmulator {
        for _ in 0..<100 {
            let terminal = shown(columns: columns, rows: rows)
            if condition(terminal) { return terminal }
            var entry = pollfd(fd: controller.raw, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 100) > 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 4096)
            if case .bytes(let count) = try controller.read(into: &buffer) {
                received.withLock { $0 += buffer[..<count] }
            }
        }
        let terminal = shown(columns: columns, rows: rows)
        Issue.record("not seen; the terminal shows \(terminal.transcript)")
        return terminal
    }

    private func shown(columns: Int, rows: Int) -> TerminalEmulator {
        var terminal = TerminalEmulator(columns: columns, rows: rows)
        terminal.feed(received.withLock { $0 })
        return terminal
    }
}
