import CInotify
import Glibc

/// The three descriptors that every program starts with.
package enum StandardStreams {
    /// Opens those that are closed on nothing. Else the first file that is opened would be taken
    /// for what is typed, or be written to by whoever complains.
    package static func open() {
        for number: Int32 in 0...2 where isClosed(number) {
            // The lowest number that is free, which is this one.
            _ = unsafe linux_open("/dev/null", O_RDWR, 0)
        }
    }

    private static func isClosed(_ number: Int32) -> Bool {
        var status = stat()
        return unsafe fstat(number, &status) == -1 && errno == EBADF
    }

    /// Writes a line to the standard error. If that fails there is nobody to tell.
    package static func complain(_ line: String) {
        write(line + "\n", to: 2)
    }

    package static func say(_ text: String) {
        write(text, to: 1)
    }

    /// A line that a person types, without its end; nil if there is none.
    package static func readLine() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe Glibc.read(0, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            guard line.count < lineBytesMax else { return nil }
            line.append(byte)
        }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    private static let lineBytesMax = 4_096

    private static func write(_ text: String, to number: Int32) {
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(
                    number, $0.baseAddress.map { unsafe $0 + position }, $0.count - position)
            }
            if count > 0 { position += count } else if errno != EINTR { return }
        }
    }
}

/// The end of this process.
package enum ProcessExit {
    package static func now(_ status: Int32) -> Never {
        exit(status)
    }

    /// Ends at once, without the handlers that libraries registered: for a process whose modules
    /// may still have threads running.
    package static func immediately(_ status: Int32) -> Never {
        _exit(status)
    }
}
