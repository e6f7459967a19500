import KernelSystem
import KernelTesting
import ModuleJSON
import Synchronization

/// A server of models on this machine that speaks OpenAI's language. What it does depends on the
/// last words that it is sent: `fail`, `busy`, `hold` (half an answer, until `letGo`), `flood`
/// (as much as is taken, until `letGo`), or else it says how many messages it got, for which model,
/// and the words.
final class ModelServer: Sendable {
    private let server: LoopbackServer
    private let isHeld: Condition<Bool>
    private let flood: Flood
    private let asked: Condition<[JSON]>

    /// Of the answer that does not end.
    private final class Flood: Sendable {
        let bytes = Atomic(0)
    }

    init() throws {
        let (isHeld, flood) = (Condition(true), Flood())
        let asked = Condition<[JSON]>([])
        self.flood = flood
        self.asked = asked
        self.isHeld = isHeld
        server = try LoopbackServer { connection, _ in
            while let request = connection.request() {
                guard let mark = request.ranges(of: "\r\n\r\n").first,
                    request.hasPrefix("POST ")
                else {
                    connection.answer(#"{"data":[{"id":"small"},{"id":"large"}]}"#)
                    continue
                }
                let body = try? JSON(parsing: String(request[mark.upperBound...]))
                asked.withLock { $0.append(body ?? .null) }
                guard Self.answer(body ?? .null, connection, isHeld, flood) else { return }
            }
        }
    }

    deinit {
        letGo()
        server.stop()
    }

    /// Of a configuration file; the server may have any name.
    func provider(_ name: String = "here") -> String {
        "[providers.\(name)]\npreset = \"compatible\"\nbase_url = \"\(server.address)/v1\"\n"
    }

    func letGo() {
        isHeld.withLock { $0 = false }
        isHeld.broadcast()
    }

    /// Of text, that the connection has taken.
    var floodedBytes: Int { flood.bytes.load(ordering: .acquiring) }

    var connections: Int { server.connections }
    /// The bodies of the chats that it was asked to go on with.
    var bodies: [JSON] { asked.withLock { $0 } }

    /// False: the connection ends here.
    private static func answer(
        _ body: JSON, _ connection: LoopbackServer.Connection, _ isHeld: Condition<Bool>,
        _ flood: Flood
    ) -> Bool {
        let messages = body["messages"]?.array ?? []
        let model = body["model"]?.string ?? ""
        let last = words(messages.last?["content"] ?? .null)
        switch last {
        case "fail":
            let error = #"{"error":{"message":"wrong key","type":"invalid_request_error"}}"#
            connection.answer(error, status: "401 Unauthorized")
            return true
        case "busy":
            let error = #"{"error":{"message":"slow down"}}"#
            connection.answer(
                error, status: "429 Too Many Requests", headers: "Retry-After: 40\r\n")
            return true
        default: break
        }
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        if last == "flood" { send(flood, over: connection, until: isHeld) }
        connection.send(piece("\(messages.count) \(model)"))
        if last == "hold" {
            _ = isHeld.wait(untilNanoseconds: SystemClock.monotonicNanoseconds + 60_000_000_000) {
                $0 ? nil : true
            }
        }
        connection.send(piece(": \(last)"))
        connection.send(
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                + "data: [DONE]\n\n")
        return false
    }

    /// More than the kernel would keep for anybody, if that is what it takes.
    private static let floodBytesMax = 100 << 20

    private static func send(
        _ flood: Flood, over connection: LoopbackServer.Connection, until isHeld: Condition<Bool>
    ) {
        let line = String(repeating: "flood", count: 6_553) + "\n"
        while isHeld.withLock({ $0 }), flood.bytes.load(ordering: .acquiring) < floodBytesMax {
            connection.send(piece(line))
            flood.bytes.add(line.utf8.count, ordering: .acquiringAndReleasing)
        }
    }

    private static func piece(_ text: String) -> String {
        let content = JSON.string(text).text
        return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\(content)}}]}\n\n"
    }

    private static func words(_ content: JSON) -> String {
        content.string ?? content.array?.last?["text"]?.string ?? "a picture"
    }
}
