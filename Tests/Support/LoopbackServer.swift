import Glibc
import KernelSystem

/// A server on this machine that answers each connection as a test tells it to.
package final class LoopbackServer: Sendable {
    /// Has the connection; it is closed afterwards.
    package typealias Answer = @Sendable (Connection, _ number: Int) -> Void

    package let port: UInt16
    private let listening: Int32
    private let answer: Answer
    private let count = Condition(0)
    private let isStopped = Condition(false)

    package var address: String { "http://127.0.0.1:\(port)" }

    package init(_ answer: @escaping Answer) throws {
        self.answer = answer
        listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = listening
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(number, pointer, length) == 0 && listen(number, 1_024) == 0
                    && getsockname(number, pointer, &length) == 0
            }
        }
        guard isBound else { throw SystemError("listen", "127.0.0.1", code: errno) }
        port = UInt16(bigEndian: address.sin_port)
        try SystemThread.start(name: "server") { [listening, answer, count] in
            while true {
                let accepted = accept(listening, nil, nil)
                guard accepted >= 0 else { break }
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                try? SystemThread.start(name: "connection") {
                    let connection = Connection(accepted)
                    answer(connection, number)
                    close(accepted)
                }
            }
            // Here and nowhere else: its number may be another socket's right after.
            close(listening)
        }
    }

    /// How many connections there were.
    package var connections: Int { count.withLock { $0 } }

    package func stop() {
        let isFirst = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return !isStopped
        }
        if isFirst { shutdown(listening, Int32(SHUT_RDWR)) }
    }

    deinit {
        stop()
    }

    package struct Connection: Sendable {
        private let descriptor: Int32

        init(_ descriptor: Int32) {
            self.descriptor = descriptor
        }

        /// The head and, if it says how long it is, the body of a request; nil at the end.
        package func request() -> String? {
            var text: [UInt8] = []
            while true {
                if let end = Self.end(of: text) {
                    let head = String(decoding: text[..<end], as: UTF8.self)
                    if text.count - end >= Self.length(head) {
                        return String(decoding: text, as: UTF8.self)
                    }
                }
                guard let piece = piece() else { return nil }
                text += piece
            }
        }

        private static func end(of text: [UInt8]) -> Int? {
            guard text.count > 3 else { return nil }
            let end: [UInt8] = [13, 10, 13, 10]
            return (0...text.count - 4).first { text[$0..<$0 + 4].elementsEqual(end) }.map {
                $0 + 4
            }
        }

        private static func length(_ head: String) -> Int {
            for line in head.split(separator: "\r\n") {
                let parts = line.split(separator: ":")
                if parts.first?.lowercased() == "content-length", parts.count == 2 {
                    return Int(parts[1].drop { $0 == " " }) ?? 0
                }
            }
            return 0
        }

        package func send(_ text: String) {
            send(Array(text.utf8))
        }

        package func send(_ bytes: [UInt8]) {
            _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }

        /// A whole answer.
        package func answer(_ body: String, status: String = "200 OK", headers: String = "") {
            send(
                "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
        }

        /// What has come, as soon as something has; nil at the end.
        package func piece() -> [UInt8]? {
            var piece = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &piece, piece.count, 0)
            return count > 0 ? Array(piece[..<count]) : nil
        }

        /// Waits until the other side is gone.
        package func waitForEnd() {
            var byte: [UInt8] = [0]
            while recv(descriptor, &byte, 1, 0) > 0 {}
        }
    }
}
