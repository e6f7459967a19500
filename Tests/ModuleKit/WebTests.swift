import ModuleJSON
import ModuleKit
import Synchronization
import Testing

@testable import ModuleKitTesting

/// Asks servers.
private final class Fetcher: Module {
    static let manifest = Manifest(
        id: "fetcher", version: "1.0.0", about: "Fetches.",
        permissions: .init(network: ["example.org", "*.example.net:80"]))
    static let tasks: [TaskOf<Fetcher>] = [
        TaskOf("page", "A page.", risk: .read, run: page),
        TaskOf("send", "Sends JSON.", risk: .read, run: send),
        TaskOf("pieces", "Counts pieces.", risk: .read, run: pieces),
        TaskOf("head", "Reads nothing.", risk: .read, run: head),
        TaskOf("twice", "Two at once.", risk: .read, run: twice),
    ]

    struct Place: Arguments {
        @Argument("Where.") var url: String
    }

    init(_ host: Host) {}

    func page(_ place: Place, _ call: Call) async throws -> String {
        try await call.http.get(place.url).expectSuccess().text()
    }

    func send(_ call: Call) async throws -> JSON {
        try await call.http.post("https://example.org/api", json: ["a": 1]).json()
    }

    func pieces(_ place: Place, _ call: Call) async throws -> String {
        var sizes: [Int] = []
        for try await piece in try await call.http.get(place.url).body { sizes.append(piece.count) }
        return "\(sizes)"
    }

    func head(_ place: Place, _ call: Call) async throws -> String {
        let answer = try await call.http.get(place.url)
        return "\(answer.status) \(answer["content-TYPE"] ?? "")"
    }

    func twice(_ call: Call) async throws -> String {
        async let one = call.http.get("https://example.org/1").text()
        async let two = call.http.get("https://example.org/2").text()
        return try await one + two
    }
}

@Suite struct WebTests {
    private func host(
        _ answer: (@Sendable (WebRequest) async throws -> WebStandIn)?
    ) throws -> TestHost {
        var outside = Outside()
        outside.http = answer
        return try TestHost(Fetcher.self, outside: outside)
    }

    @Test func `a page comes as text`() async throws {
        let host = try host { .text("\($0.method) \($0.url)") }
        let outcome = try await host.call("page", ["url": "https://example.org/a"])
        #expect(outcome.text == "GET https://example.org/a")
        #expect(try await host.call("twice").text.count == 50)
        try host.close()
    }

    @Test func `what is sent arrives, and JSON comes back`() async throws {
        let host = try host { request in
            #expect(request.headers == [WebHeader("Content-Type", "application/json")])
            return .json(["got": try JSON(parsing: request.body)])
        }
        #expect(try await host.call("send").json == ["got": ["a": 1]])
        try host.close()
    }

    @Test func `a large body comes in pieces, as there is room`() async throws {
        let piece = [UInt8](repeating: 1, count: 200_000)
        let host = try host { _ in
            WebStandIn(pieces: [piece, piece, piece, [], piece])
        }
        let outcome = try await host.call("pieces", ["url": "http://a.example.net"])
        #expect(outcome.text == "[200000, 200000, 200000, 0, 200000]")
        try host.close()
    }

    @Test func `a status that tells of a failure is one only if it is asked about`() async throws {
        let host = try host { _ in .text("nothing here", status: 404) }
        let page = try await host.call("page", ["url": "https://example.org/"])
        #expect(page.status == .notFound)
        #expect(page.message == "https://example.org/ answered 404: nothing here")
        let head = try await host.call("head", ["url": "https://example.org/"])
        #expect(head.text == "404 text/plain")
        try host.close()
    }

    @Test func `what fails is told with its status`() async throws {
        let host = try host { _ in throw Failure("http: it is far away", .deadline) }
        let outcome = try await host.call("page", ["url": "https://example.org/"])
        #expect(outcome.status == .deadline && outcome.message == "http: it is far away")
        try host.close()
    }

    @Test(arguments: [
        "http://example.org", "https://a.example.org", "http://example.net", "ftp://x",
    ])
    func `what the manifest does not name is refused, as in the kernel`(url: String) async throws {
        let host = try host { _ in .text("never") }
        let outcome = try await host.call("page", ["url": .string(url)])
        #expect(outcome.status == (url == "ftp://x" ? .invalid : .denied))
        try host.close()
    }

    @Test func `an answer ends with its call`() async throws {
        let isCancelled = Mutex(false)
        let (wasAsked, asked) = AsyncStream.makeStream(of: Void.self)
        let host = try host { _ in
            asked.yield()
            // Ends when the task is cancelled.
            let (never, _) = AsyncStream.makeStream(of: Void.self)
            for await _ in never {}
            isCancelled.withLock { $0 = true }
            throw CancellationError()
        }
        let call = try host.begin("page", ["url": "https://example.org/"])
        for await _ in wasAsked { break }
        call.cancel()
        #expect(try await call.outcome().status == .cancelled)
        #expect(isCancelled.withLock { $0 })
        try host.close()
    }
}
