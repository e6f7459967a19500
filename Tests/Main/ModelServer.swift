import KernelSystem
import KernelTesting
import ModuleJSON

/// A server of models on this machine that speaks OpenAI's language. What it does depends on the
/// last words that it is sent: `fail`, `busy`, `hold` (half an answer, until `letGo`), or else it
/// says how many messages it got, for which model, and the words.
final class ModelServer: Sendable {
    private let server: LoopbackServer
    private let isHeld: Condition<Bool>
    private let asked: Condition<[JSON]>

    init() throws {
        let isHeld = Condition(true)
        let asked = Condition<[JSON]>([])
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
                guard Self.answer(body ?? .null, connection, isHeld) else { return }
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

    var connections: Int { server.connections }
    /// The bodies of the chats that it was asked to go on with.
    var bodies: [JSON] { asked.withLock { $0 } }

    /// False: the connection ends here.
    private static func answer(
        _ body: JSON, _ connection: LoopbackServer.Connection, _ isHeld: Condition<Bool>
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

    private static func piece(_ text: String) -> String {
        let content = JSON.string(text).text
        return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\(content)}}]}\n\n"
    }

    private static func words(_ content: JSON) -> String {
        content.string ?? content.array?.last?["text"]?.string ?? "a picture"
    }
}
